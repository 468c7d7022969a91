"""The basket ticket's form: what stands in it, and the basket that it makes at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final
from uuid import uuid4

from core.errors import RuleBroken
from core.instruments.instrument import Instrument
from core.ports.feed import FeedMode
from core.services import Services
from core.services.trading import Trading
from core.state.market import Col
from core.trading.baskets import Basket, BasketKind, Leg, Policy, new_execution_id, rank
from core.trading.executions import BasketRun
from core.trading.pricing import Pricing, limit_price
from core.trading.requests import NOTHING, OrderRequest, OrderType, Product, Side

MOST_LOTS: Final = 100_000


@dataclass(slots=True)
class Row:
    """A leg as it stands in the form; `give` ticks worse than the place in the market says."""

    instrument: Instrument
    side: Side
    lots: int
    product: Product = Product.CARRY
    closes: bool = False
    how: Pricing = Pricing.MID
    give: int = 0
    typed: Decimal = NOTHING
    id: str = field(default_factory=lambda: uuid4().hex[:8])

    @property
    def units(self) -> int:
        return self.lots * max(self.instrument.lot_size, 1)

    @property
    def slices(self) -> tuple[int, ...]:
        """The orders that the exchange will see."""
        freeze = self.instrument.freeze_quantity
        if not freeze or self.units <= freeze:
            return (self.units,)
        whole, rest = divmod(self.units, freeze)
        return (*[freeze] * whole, *([rest] if rest else []))


class BasketForm:
    """One for each opening; `id` becomes the basket's, so that it is sent once however often it
    is clicked."""

    def __init__(
        self,
        services: Services,
        trading: Trading,
        *,
        kind: BasketKind,
        title: str,
        rows: Sequence[Row],
        policy: Policy,
    ) -> None:
        self._services, self.trading = services, trading
        self.kind, self.title, self.rows, self.policy = kind, title, list(rows), policy
        self.id = new_execution_id(kind.value)
        self._owner = f"ticket {self.id}"
        self.revision = self.laid = 0
        self.look_at()

    # what it looks at
    def look_at(self) -> None:
        """Have the prices of its contracts."""
        keys = [row.instrument.key for row in self.rows]
        self._services.market.rows_of(keys)
        self._services.subscriptions.hold(self._owner, dict.fromkeys(keys, FeedMode.FULL))

    def leave(self) -> None:
        self._services.subscriptions.release(self._owner)

    def quote(self, row: Row) -> tuple[float, float]:
        """Bid and ask, nan where there is none."""
        market, key = self._services.market, row.instrument.key
        return market.get(key, Col.BID), market.get(key, Col.ASK)

    def price(self, row: Row) -> Decimal | None:
        """The limit as of now; None for a market order. Raises RuleBroken where there is none."""
        if row.how is Pricing.MARKET:
            return None
        if row.how is Pricing.TYPED:
            return row.typed
        bid, ask = self.quote(row)
        tick = row.instrument.tick_size
        return limit_price(row.how, row.side, bid=bid, ask=ask, tick=tick, give=row.give)

    def reckoned(self, row: Row) -> float:
        """What a unit is reckoned at: the limit, or for a market order what can be had now."""
        try:
            price = self.price(row)
        except RuleBroken:
            return float("nan")
        if price is not None:
            return float(price)
        bid, ask = self.quote(row)
        touch = ask if row.side is Side.BUY else bid
        return touch if touch == touch else self._services.market.get(row.instrument.key, Col.LTP)

    def in_steps(self) -> None:
        """The legs in the sequence in which they are sent."""
        first = self.policy.exits_first
        self.rows.sort(key=lambda row: rank(row.side, closes=row.closes, exits_first=first))

    # what is edited
    def changed(self) -> None:
        self.revision += 1

    def lay_anew(self) -> None:
        """Other legs, or others' places in the market."""
        self.laid += 1
        self.changed()

    def remove(self, id: str) -> None:
        self.rows = [row for row in self.rows if row.id != id]
        self.look_at()
        self.lay_anew()

    def price_all(self, how: Pricing, give: int) -> None:
        """Every leg at the same place of its own market."""
        for row in self.rows:
            row.how, row.give = how, give
        self.lay_anew()

    def hold_as(self, product: Product) -> None:
        """What is opened; what is closed stays what it is."""
        for row in self.rows:
            if not row.closes:
                row.product = product
        self.changed()

    def set_policy(self, **changes: object) -> None:
        """Raises RuleBroken for one that cannot be."""
        before, self.policy = self.policy, replace(self.policy, **changes)  # type: ignore[arg-type]
        if before.exits_first is self.policy.exits_first:
            self.changed()
        else:
            self.lay_anew()

    # what it makes
    def basket(self) -> Basket:
        """As it would be sent now; raises RuleBroken where it cannot be."""
        return Basket(
            id=self.id,
            title=self.title,
            kind=self.kind,
            legs=tuple(self._leg(row) for row in self.rows),
            policy=self.policy,
            made_at=self._services.clock.now(),
        )

    async def send(self, basket: Basket) -> BasketRun:
        """Exactly that one, which was shown. Raises RuleBroken where nothing was sent."""
        return await self.trading.baskets.start(basket)

    def _leg(self, row: Row) -> Leg:
        title = row.instrument.symbol
        if not 0 < row.lots <= MOST_LOTS:
            raise RuleBroken(f"{title}: {row.lots} lots cannot be ordered")
        try:
            price = self.price(row)
            request = OrderRequest(
                key=row.instrument.key,
                side=row.side,
                quantity=row.units,
                product=row.product,
                type=OrderType.MARKET if price is None else OrderType.LIMIT,
                price=price or NOTHING,
                slice=len(row.slices) > 1,
            )
        except RuleBroken as problem:
            raise RuleBroken(f"{title}: {problem}") from problem
        lot = max(row.instrument.lot_size, 1)
        return Leg(request=request, title=title, lot_size=lot, closes=row.closes)
