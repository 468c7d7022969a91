"""Legs that are late: waited for, chased, turned into market orders, or given up."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.errors import BrokerRejected, RuleBroken
from core.ids import OrderId
from core.services.basket_legs import LegNow
from core.services.order_desk import OrderDesk
from core.services.risk_gate import RiskGate
from core.state.market import Col, MarketState
from core.state.trading import TradingState
from core.trading.baskets import Late, Policy
from core.trading.broker_orders import Status
from core.trading.orders import Order
from core.trading.requests import NOTHING, Change, OrderType, Side

ON_ITS_WAY: Final = frozenset({Status.OPEN, Status.PARTIAL, Status.ACCEPTED})


class LegFailed(Exception):
    """A leg will not be filled; its text says why."""


@dataclass(slots=True)
class _Patience:
    """By the event loop's clock."""

    since: float
    steps: int = 0


class LateLegs:
    """One for every basket that runs; a pause stops its clocks."""

    def __init__(
        self, desk: OrderDesk, gate: RiskGate, state: TradingState, market: MarketState
    ) -> None:
        self._desk, self._gate, self._state, self._market = desk, gate, state, market
        self._known: dict[OrderId, _Patience] = {}

    def forget(self) -> None:
        """All clocks begin anew."""
        for each in self._known.values():
            each.since = asyncio.get_running_loop().time()

    def waited(self, order: Order) -> tuple[float, int]:
        """Seconds since its price was last set, and how often it was moved."""
        known = self._known.get(order.id)
        if known is None:
            return 0.0, 0
        return asyncio.get_running_loop().time() - known.since, known.steps

    async def look(self, leg: LegNow, policy: Policy) -> None:
        """Do what the policy says of a leg that works too long; raises LegFailed."""
        order = leg.working
        if order is None or order.status not in ON_ITS_WAY:
            return
        now = asyncio.get_running_loop().time()
        patience = self._known.setdefault(order.id, _Patience(now))
        if now - patience.since < policy.seconds or policy.late is Late.WAIT:
            return
        steps = {Late.CHASE: policy.steps, Late.MARKET: 1}.get(policy.late, 0)
        if patience.steps >= steps:
            raise LegFailed(f"{leg.leg.title} was not filled in its time")
        patience.since, patience.steps = now, patience.steps + 1
        if policy.late is Late.CHASE:
            await self._chase(order, policy.ticks)
        else:
            await self._to_market(leg, order)

    async def _chase(self, order: Order, ticks: int) -> None:
        """A step that is refused is a step; the next one comes in its time."""
        price = await self._moved(order, ticks)
        if price != order.terms.price:
            with suppress(BrokerRejected, RuleBroken):  # it may just have been filled
                await self._desk.modify(order.id, Change(price=price))

    async def _to_market(self, leg: LegNow, order: Order) -> None:
        if order.terms.type is OrderType.MARKET:
            return
        try:
            await self._desk.modify(order.id, Change(type=OrderType.MARKET, price=NOTHING))
        except (BrokerRejected, RuleBroken) as problem:
            if self._state.orders[order.id].status.is_working:
                why = f"{leg.leg.title} could not be turned into a market order: {problem}"
                raise LegFailed(why) from problem

    async def _moved(self, order: Order, ticks: int) -> Decimal:
        """So many ticks towards the other side of the market, never beyond it; where that is not
        known, the price stays."""
        terms = order.terms
        tick = (await self._gate.know(terms.key)).tick_size
        buys = terms.side is Side.BUY
        other = self._market.get(terms.key, Col.ASK if buys else Col.BID)
        if not (other > 0 and terms.type.has_price):
            return terms.price
        reach = Decimal(str(other))
        if buys:
            return max(terms.price, min(terms.price + ticks * tick, reach))
        return min(terms.price, max(terms.price - ticks * tick, reach))
