"""A basket runner over the fake exchange, with a market that fills what it is told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal

from core.ids import InstrumentKey
from core.services.basket_runner import BasketRunner
from core.services.slicer import Slicer
from core.services.subscriptions import Subscriptions
from core.state.executions import ExecutionState
from core.state.health import HealthState
from core.trading.baskets import Basket, BasketKind, Leg, Policy
from core.trading.broker_orders import BrokerOrder
from core.trading.orders import Order
from core.trading.requests import OrderRequest, Side
from tests.core.services.trading_desk import OPEN, Trading, make_trading
from tests.core.trading.samples import CALL, LOT, PUT, ask
from tests.fake_broker import FakeFeed
from tests.fake_trading import MemoryExecutions

LOOK = 0.005
Rule = Callable[[BrokerOrder], int]
"""Units to fill of a resting order now."""


@dataclass(slots=True)
class BasketDesk:
    trading: Trading
    runner: BasketRunner
    slicer: Slicer
    kept: MemoryExecutions
    runs: ExecutionState
    subscriptions: Subscriptions
    rule: Rule = lambda order: order.quantity - order.filled

    @property
    def sent(self) -> list[Order]:
        """Of ours, in the sequence of their making."""
        return self.trading.state.own()

    @property
    def asked(self) -> list[str]:
        """`buy NSE_FO|…`, of what arrived at the broker, in its sequence."""
        book = sorted(self.trading.broker.book.values(), key=lambda order: order.id)
        return [f"{order.side} {order.key}" for order in book]

    def held(self, key: InstrumentKey) -> int:
        return self.trading.state.ledger.held(key)

    async def _market(self) -> None:
        """Hears the broker, and fills what the rule says."""
        broker = self.trading.broker
        while True:
            await self.trading.listen()
            for order in list(broker.book.values()):
                if order.standing.is_working and (units := self.rule(order)):
                    broker.trade(order.id, units, str(order.price or Decimal(150)))
            await asyncio.sleep(LOOK)

    @asynccontextmanager
    async def market(self) -> AsyncIterator["BasketDesk"]:
        task = asyncio.create_task(self._market())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self.runner.close()
            await self.slicer.close()


def make_baskets(
    trading: Trading | None = None, kept: MemoryExecutions | None = None
) -> BasketDesk:
    trading = trading or make_trading()
    kept, runs = kept or MemoryExecutions(), ExecutionState()
    subscriptions = Subscriptions(FakeFeed(trading.market, HealthState(), trading.clock))
    given = {
        "desk": trading.desk,
        "gate": trading.gate,
        "records": trading.records,
        "kept": kept,
        "runs": runs,
        "state": trading.state,
        "market": trading.market,
        "subscriptions": subscriptions,
        "clock": trading.clock,
        "notices": trading.notices,
        "look": LOOK,
    }
    return BasketDesk(
        trading=trading,
        runner=BasketRunner(**given),  # type: ignore[arg-type]
        slicer=Slicer(**given),  # type: ignore[arg-type]
        kept=kept,
        runs=runs,
        subscriptions=subscriptions,
    )


def leg(request: OrderRequest, *, closes: bool = False) -> Leg:
    title = CALL.symbol if request.key == CALL.key else PUT.symbol
    return Leg(request=request, title=title, lot_size=LOT, closes=closes)


def basket(
    *legs: Leg, id: str = "basket-1", policy: Policy | None = None, **more: object
) -> Basket:
    given: dict[str, object] = {
        "id": id,
        "title": "Test",
        "kind": BasketKind.BASKET,
        "legs": legs or (leg(ask(Side.SELL)), leg(ask(key=PUT.key))),
        "policy": policy or Policy(),
        "made_at": OPEN,
    }
    return Basket(**(given | more))  # type: ignore[arg-type]
