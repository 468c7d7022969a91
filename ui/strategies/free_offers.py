"""What is held and in no strategy, as it can be chosen from."""

from collections.abc import Sequence

from core.services import Services
from core.services.strategy_books import Free
from ui.strategies.shares_dialog import Offer


async def free_offers(services: Services, free: Sequence[Free]) -> list[Offer]:
    known = await services.instruments.get_many([each.at[0] for each in free])
    return [
        Offer(
            at=each.at,
            units=each.units,
            contract=known.get(each.at[0]),
            foreign=each.foreign,
            average=each.average,
        )
        for each in free
    ]
