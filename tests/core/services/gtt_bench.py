"""GTTs over fakes, beside an order desk over fakes."""

from dataclasses import dataclass, replace
from decimal import Decimal

from core.services.gtt_side import Gtts, make_gtts
from core.trading.gtt import Gtt
from core.trading.gtt_terms import GttRequest, Role, Rule, Trigger
from core.trading.requests import Side
from tests.core.services.trading_desk import Trading, make_trading
from tests.core.trading.test_gtt import ENTRY, STOP, TARGET, rule, wanted
from tests.fake_gtts import FakeGtts, MemoryGtts

SINGLE = wanted(ENTRY)
BRACKET = wanted(rule(Role.ENTRY, 150, Trigger.BELOW), TARGET, STOP)
AT_ONCE = wanted(rule(Role.ENTRY, 150), TARGET, STOP)


def closing(price: int, trigger: Trigger) -> GttRequest:
    """A sale of what a test has bought."""
    return wanted(rule(Role.ENTRY, price, trigger), side=Side.SELL)


STOP_HALF, TARGET_HALF = closing(140, Trigger.BELOW), closing(180, Trigger.ABOVE)


def dearer(request: GttRequest, price: str = "151") -> GttRequest:
    entry: Rule = replace(request.entry, price=Decimal(price))
    return replace(request, rules=(entry, *request.rules[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    trading: Trading
    door: FakeGtts
    gtts: Gtts
    kept: MemoryGtts

    async def listen(self) -> None:
        """Take in what the stream has said, and let what follows from it come to its end."""
        for _ in range(3):
            await self.trading.listen()
            await self.gtts.desk.close()

    def now(self, gtt: Gtt) -> Gtt:
        return self.gtts.state.gtts[gtt.id]

    async def bought(self, units: int = 65) -> None:
        """Hold what the pairs of this bench close."""
        order = await self.trading.desk.place(replace(SINGLE, quantity=units).order())
        (id,) = order.broker_ids
        self.trading.broker.trade(id, units, "150")
        await self.listen()


def make_bench(
    trading: Trading | None = None,
    kept: MemoryGtts | None = None,
    door: FakeGtts | None = None,
    *,
    settled_after: float = 0.0,
) -> Bench:
    trading = trading or make_trading()
    kept = kept or MemoryGtts(trading.memory)
    door = door or FakeGtts(trading.broker, trading.clock)
    gtts = make_gtts(
        door=door,
        kept=kept,
        desk=trading.desk,
        gate=trading.gate,
        pace=trading.pace,
        trading=trading.state,
        clock=trading.clock,
        notices=trading.notices,
        patience=0.05,
        settled_after=settled_after,
    )
    return Bench(trading=trading, door=door, gtts=gtts, kept=kept)
