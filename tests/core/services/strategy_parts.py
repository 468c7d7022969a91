"""Strategies over fakes: an exchange that fills what is asked at the market, and moving prices."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from core.clock import SetClock
from core.ids import BrokerOrderId, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument, Kind
from core.services.strategy_desk import StrategyDesk
from core.services.strategy_keeper import StrategyKeeper
from core.services.strategy_side import make_strategies
from core.services.subscriptions import Subscriptions
from core.state.health import FeedHealth, HealthState, Link
from core.state.market import WIDTH, Col
from core.state.session import Login, Phase, SessionState
from core.state.strategies import StrategyState
from core.trading.broker_orders import Status
from core.trading.exit_rules import ExitRules, Goal
from core.trading.groups import StrategyGroup
from core.trading.orders import Order
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.core.services.trading_desk import OPEN, Trading, make_trading, soon
from tests.core.trading.samples import CALL, KEY, LOT, OTHER, PUT
from tests.fake_broker import FakeFeed
from tests.fake_exchange import FakeExchange
from tests.fake_strategies import MemoryStrategies
from tests.fake_trading import MemoryTrading
from tests.fakes import MemoryInstruments

SPOT = InstrumentKey("NSE_INDEX|Nifty 50")
STOP = ExitRules(stop=Goal(1_300))
C, P = (KEY, Product.CARRY), (OTHER, Product.CARRY)


def option(number: int, strike: float, kind: Kind) -> Instrument:
    word = "CE" if kind is Kind.CALL else "PE"
    return replace(
        CALL,
        key=InstrumentKey(f"NSE_FO|{number}"),
        symbol=f"NIFTY {strike:.0f} {word} 25 AUG 26",
        kind=kind,
        strike=strike,
        series=word,
    )


WING_CALL, WING_PUT = option(43212, 24_400, Kind.CALL), option(43213, 24_000, Kind.PUT)
LISTED = [CALL, PUT, WING_CALL, WING_PUT]
LISTED += [option(43220 + n, 24_300, kind) for n, kind in enumerate((Kind.CALL, Kind.PUT))]
NEXT_CALL, NEXT_PUT = LISTED[-2:]
WC, WP = (WING_CALL.key, Product.CARRY), (WING_PUT.key, Product.CARRY)


class FillingExchange(FakeExchange):
    """Market orders are filled at once, `part` of each; `holds` lists contracts that are not."""

    def __init__(self, clock: SetClock) -> None:
        super().__init__(clock)
        self.prices: dict[InstrumentKey, str] = {}
        self.holds: set[InstrumentKey] = set()
        self.part = 1.0

    async def place(self, order: Order) -> tuple[BrokerOrderId, ...]:
        ids = await super().place(order)
        if order.request.type is OrderType.MARKET and order.request.key not in self.holds:
            self.fill(*ids)
        return ids

    def fill(self, *ids: BrokerOrderId) -> None:
        for id in ids:
            had = self.book[id]
            units = int((had.quantity - had.filled) * self.part) // LOT * LOT
            if units:
                self.trade(id, units, self.prices.get(had.key, "150"))

    def sold(self, key: InstrumentKey) -> int:
        """Units at the broker, below 0 sold."""
        traded = sum(each.signed for each in self.fills if each.key == key)
        return traded + sum(n for at, n in self.overnight.items() if at[0] == key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    trading: Trading
    broker: FillingExchange
    store: MemoryStrategies
    state: StrategyState
    session: SessionState
    feed: FeedHealth
    subscriptions: Subscriptions
    keeper: StrategyKeeper
    desk: StrategyDesk

    @property
    def clock(self) -> SetClock:
        return self.trading.clock

    def price(self, key: InstrumentKey, price: float) -> None:
        """A quote around a price, heard now; market orders are filled at it."""
        values = [float("nan")] * WIDTH
        values[Col.BID], values[Col.ASK], values[Col.LTP] = price - 0.05, price + 0.05, price
        values[Col.RECEIVED] = self.clock.now().timestamp() * 1000
        self.feed.last_frame = self.clock.now()
        self.trading.market.write(self.trading.market.row(key), values)
        self.broker.prices[key] = f"{price:.2f}"

    def tick(self, key: InstrumentKey, price: float) -> None:
        self.price(key, price)
        self.keeper.frame([self.trading.market.row(key)])

    async def trade(
        self, key: InstrumentKey, units: int, *, group: str = "", price: float = 150.0
    ) -> Order:
        """Buy or sell at the market, and wait until it is in the books."""
        self.price(key, price)
        request = OrderRequest(
            key=key,
            side=Side.BUY if units > 0 else Side.SELL,
            quantity=abs(units),
            product=Product.CARRY,
            type=OrderType.MARKET,
            group=group,
        )
        order = await self.trading.desk.place(request)
        await soon(lambda: order.id in self.trading.state.orders and self.told(order))
        self.keeper.sync()
        return order

    def told(self, order: Order) -> bool:
        now = self.trading.state.orders[order.id]
        told = self.trading.state.ledger.fills_of(now.broker_ids)
        return now.filled == now.request.quantity == sum(each.quantity for each in told)

    async def straddle(self, lots: int = 1, name: str = "") -> StrategyGroup:
        await self.trade(KEY, -LOT * lots)
        await self.trade(OTHER, -LOT * lots)
        return await self.desk.create({C: -LOT * lots, P: -LOT * lots}, name)

    def now(self, group: StrategyGroup) -> StrategyGroup:
        return self.state.groups[group.id]

    async def ended(self, group: StrategyGroup) -> StrategyGroup:
        await soon(lambda: not self.now(group).is_running)
        await self.quiet()
        return self.now(group)

    async def quiet(self) -> None:
        """Until nothing of the keeper's is on its way."""
        await soon(lambda: not self.keeper._tasks)


def make_parts(
    *,
    broker: FillingExchange | None = None,
    memory: MemoryTrading | None = None,
    store: MemoryStrategies | None = None,
    account: str = "paper",
    entry_patience: float = 5.0,
    **more: object,
) -> Parts:
    broker = broker or FillingExchange(SetClock(OPEN))
    trading = make_trading(broker=broker, memory=memory, patience=5.0, **more)  # type: ignore[arg-type]
    broker._clock = trading.clock
    listed, store = MemoryInstruments(LISTED), store or MemoryStrategies()
    trading.gate._instruments = listed
    session = SessionState(phase=Phase.OPEN, login=Login.OK)
    feed = FeedHealth(link=Link.UP, connected_at=OPEN, last_frame=OPEN)
    health_feed = FakeFeed(trading.market, HealthState(feed=feed), trading.clock)
    subscriptions = Subscriptions(health_feed)
    desk = make_strategies(
        account=account,
        groups=store,
        state=trading.state,
        desk=trading.desk,
        gate=trading.gate,
        records=trading.records,
        market=trading.market,
        feed=feed,
        session=session,
        subscriptions=subscriptions,
        instruments=listed,
        calendar=MarketCalendar(trading.clock),
        clock=trading.clock,
        notices=trading.notices,
        between=0.01,
        patience=entry_patience,
    )
    parts = Parts(
        trading=trading,
        broker=broker,
        store=store,
        state=desk.state,
        session=session,
        feed=feed,
        subscriptions=subscriptions,
        keeper=desk.keeper,
        desk=desk,
    )
    for each in LISTED:
        parts.price(each.key, 150.0)
    parts.price(SPOT, 24_205.0)
    return parts


@asynccontextmanager
async def running(make: Callable[[], Parts] = make_parts) -> AsyncIterator[Parts]:
    """With the broker's stream listened to."""
    parts = make()
    listening = asyncio.create_task(parts.trading.desk.run())
    try:
        yield parts
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def armed_straddle(parts: Parts, rules: ExitRules = STOP, lots: int = 1) -> str:
    group = await parts.straddle(lots)
    await parts.desk.set_rules(group.id, rules)
    await parts.desk.arm(group.id)
    return group.id


def at_broker(parts: Parts) -> list[Order]:
    """Orders that the broker has taken, and that may still be filled."""
    working = parts.trading.state.working()
    return [each for each in working if each.status is Status.OPEN]
