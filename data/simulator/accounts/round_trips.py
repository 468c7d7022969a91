"""What was bought and sold again: deals paired first in, first out, as the tax report wants."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from data.simulator.accounts.deals import Deal
from data.simulator.market import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """Units bought and sold at one price each, in paise."""

    contract: Contract
    quantity: int
    bought: date
    buy_paise: int
    sold: date
    sell_paise: int

    @property
    def closed(self) -> date:
        return max(self.bought, self.sold)


@dataclass(slots=True)
class _Open:
    deal: Deal
    units: int


def round_trips(deals: Iterable[Deal]) -> list[RoundTrip]:
    """In the order in which they were closed; each product of a contract by itself."""
    waiting: dict[tuple[str, str], deque[_Open]] = defaultdict(deque)
    found: list[RoundTrip] = []
    for deal in deals:
        line, left = waiting[deal.contract.key, deal.product], deal.quantity
        while left and line and line[0].deal.buy is not deal.buy:
            units = min(left, line[0].units)
            found.append(_paired(line[0].deal, deal, units))
            left -= units
            line[0].units -= units
            if not line[0].units:
                line.popleft()
        if left:
            line.append(_Open(deal, left))
    return found


def _paired(first: Deal, second: Deal, units: int) -> RoundTrip:
    buy, sell = (first, second) if first.buy else (second, first)
    return RoundTrip(
        contract=first.contract,
        quantity=units,
        bought=buy.day,
        buy_paise=buy.paise,
        sold=sell.day,
        sell_paise=sell.paise,
    )
