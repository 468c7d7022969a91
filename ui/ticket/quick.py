"""Quick orders: once armed, a key or a button sends a limit at the touch at once."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Final
from uuid import uuid4

from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.services import Services
from core.services.trading import Trading
from core.settings import Mode
from core.state.market import Col
from core.ticket.terms import Quote, Terms, on_tick
from core.trading.orders import Order
from core.trading.requests import OrderType, Product, Side
from ui.components.fresh import fresh
from ui.ticket.form import TicketForm, unsettled

IDLE: Final = 300.0
"""Seconds without a quick order after which the arming is over."""
ALWAYS_ASKS: Final = (Mode.LIVE,)
"""Where real money goes, the ticket opens all the same."""


class Quick:
    """Of one tab; off when it is opened."""

    def __init__(
        self,
        services: Services,
        trading: Trading,
        form: TicketForm,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services, self._trading, self._form, self._now = services, trading, form, now
        self._used: float | None = None
        self._busy: set[tuple[InstrumentKey, Side]] = set()

    @property
    def allowed(self) -> bool:
        return self._services.mode not in ALWAYS_ASKS

    @property
    def armed(self) -> bool:
        idle = None if self._used is None else self._now() - self._used
        return self.allowed and idle is not None and idle < IDLE

    def arm(self, on: bool) -> None:
        self._used = self._now() if on and self.allowed else None

    async def send(self, key: InstrumentKey, side: Side) -> Order:
        """Raises RuleBroken where it cannot be sent so, and the broker's refusals."""
        if not self.armed:
            raise RuleBroken("quick orders are not armed in this tab")
        if (key, side) in self._busy:
            raise RuleBroken("the last one is still on its way")
        self._used = self._now()
        self._busy.add((key, side))
        try:
            request = (await self._terms(key, side)).request()
            if reasons := unsettled(self._trading, request):
                raise RuleBroken(reasons[0])
            return await self._trading.desk.place(request, click=f"quick {uuid4().hex}")
        finally:
            self._busy.discard((key, side))

    async def _terms(self, key: InstrumentKey, side: Side) -> Terms:
        instrument = await self._trading.gate.know(key)
        market, row = self._services.market, self._services.market.row(key)
        if why := fresh(self._services, row)[1]:
            raise RuleBroken(f"no quick order on old prices: {why}")
        bid, ask = (float(market.values[row, col]) for col in (Col.BID, Col.ASK))
        price = on_tick(Quote(bid=bid, ask=ask).touch(side), instrument.tick_size)
        if price == Decimal(0):
            raise RuleBroken("nobody is there to trade with: use the ticket")
        kept = self._form.kept(instrument)
        return Terms(
            instrument=instrument,
            side=side,
            quantity=int(kept["lots"]) * max(instrument.lot_size, 1),
            product=Product(kept["product"]),
            type=OrderType.LIMIT,
            price=price,
        )
