"""A paper account and a paper broker to test with: a morning in August, one strike of NIFTY."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from core.clock import IST, SetClock
from core.ids import BrokerOrderId, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument, Kind
from core.instruments.tick import DepthLevel
from core.paper.account import PaperAccount
from core.paper.memory import PaperOrder, fresh
from core.paper.writing import Writer, read
from core.services.subscriptions import Subscriptions
from core.state.health import HealthState
from core.state.market import Col, MarketState
from core.trading.broker_orders import BrokerOrder
from core.trading.orders import Order
from core.trading.requests import OrderRequest, new_order_id
from data.brokers.paper.broker import PaperBroker
from tests.core.trading.samples import CALL, KEY, NOW, PUT
from tests.fake_broker import FakeFeed, FakeHistory, Row
from tests.fake_trading import MemoryPaperStore
from tests.fakes import MemoryInstruments

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
FUTURE = replace(
    CALL,
    key=InstrumentKey("NSE_FO|43300"),
    symbol="NIFTY FUT 25 AUG 26",
    kind=Kind.FUTURE,
    series="FUT",
    strike=None,
    tick_size=Decimal("0.10"),
)
SHARE = Instrument(
    key=InstrumentKey("NSE_EQ|INE467B01029"),
    segment="NSE_EQ",
    exchange="NSE",
    symbol="TCS",
    name="TATA CONSULTANCY SERV",
    kind=Kind.EQUITY,
    series="EQ",
    lot_size=1,
    tick_size=Decimal("0.10"),
)
SPOT = Decimal(24_200)
Book = Sequence[tuple[str, int]]


def at(hour: int, minute: int = 0, second: int = 0, day: date = date(2026, 8, 21)) -> datetime:
    """A moment in IST; the day is a Friday, and NIFTY expires on the Tuesday after it."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


@dataclass(slots=True, kw_only=True)
class PaperBench:
    """An account, and the time that its calls are told."""

    account: PaperAccount
    clock: SetClock
    calendar: MarketCalendar

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def place(self, request: OrderRequest, instrument: Instrument = CALL) -> PaperOrder:
        """The last of its slices."""
        order = Order(id=new_order_id(self.now), request=request, placed_at=self.now)
        return self.order(self.account.place(order, instrument, self.now)[-1])

    def order(self, id: BrokerOrderId) -> PaperOrder:
        return self.account.memory.orders[id]

    def quote(self, bids: Book, asks: Book, key: InstrumentKey = KEY) -> None:
        levels = [[(Decimal(p), n) for p, n in side] for side in (bids, asks)]
        self.account.quote(key, levels[0], levels[1], self.now)

    def trade(self, price: str, units: int = 650, key: InstrumentKey = KEY) -> None:
        self.account.trade(key, Decimal(price), units, self.now)

    def spot(self, price: Decimal | str = SPOT) -> None:
        self.account.exchange.saw(NIFTY, self.now, last=Decimal(price))

    def go(self, to: datetime) -> None:
        self.clock.set(to)
        self.account.advance(to)

    def restarted(self) -> "PaperBench":
        """The account as it is after the process ended and began anew."""
        memory = read(Writer().written(self.account.memory))
        account = PaperAccount(memory, self.calendar)
        return PaperBench(account=account, clock=self.clock, calendar=self.calendar)


def paper_bench(
    now: datetime = NOW, capital: int = 1_000_000, *, quoted: bool = True
) -> PaperBench:
    """With quotes of the call of 149.95 to 150.05 unless told otherwise."""
    clock = SetClock(now)
    calendar = MarketCalendar(clock)
    account = PaperAccount(fresh(now, Decimal(capital)), calendar)
    bench = PaperBench(account=account, clock=clock, calendar=calendar)
    for each in (CALL, PUT, FUTURE, SHARE):
        account.memory.instruments[each.key] = each
    if quoted:
        bench.spot()
        bench.trade("150")
        bench.quote([("149.95", 650)], [("150.05", 650)])
    return bench


class PaperDisk(MemoryPaperStore):
    def __init__(self) -> None:
        super().__init__()
        self.problem: Exception | None = None
        """Raised by the next saves, as a full disk would."""

    async def save(self, body: str) -> None:
        if self.problem is not None:
            raise self.problem
        await super().save(body)


class PaperFeed(FakeFeed):
    """Sends one level of depth where somebody looks at it."""

    def send(self, frame: Mapping[InstrumentKey, Row]) -> None:
        for key, values in frame.items():
            row = self.market.row(key)
            if row in self.market.depth_rows and Col.BID in values:
                level = DepthLevel(
                    bid_quantity=int(values[Col.BID_QTY]),
                    bid=values[Col.BID],
                    ask_quantity=int(values[Col.ASK_QTY]),
                    ask=values[Col.ASK],
                )
                self.market.depth[row] = (level,)
        super().send(frame)


@dataclass(slots=True, kw_only=True)
class PaperDoor:
    """A paper broker over a feed that says what the test says."""

    broker: PaperBroker
    feed: PaperFeed
    history: FakeHistory
    clock: SetClock
    store: PaperDisk

    def quote(
        self, bid: float, ask: float, units: int = 650, key: InstrumentKey = KEY, **more: float
    ) -> None:
        """One frame of one contract; it stays what a new subscriber is sent first."""
        named = {Col[name.upper()]: value for name, value in more.items()}
        values = {Col.BID: bid, Col.BID_QTY: units, Col.ASK: ask, Col.ASK_QTY: units, **named}
        self.feed.values[key] = {**self.feed.values.get(key, {}), **values}
        if key in self.feed.wanted:
            self.feed.say(key, self.feed.values[key])

    async def place(self, request: OrderRequest) -> BrokerOrderId:
        """The number of its last slice."""
        now = self.clock.now()
        order = Order(id=new_order_id(now), request=request, placed_at=now)
        return (await self.broker.place(order))[-1]

    async def order(self, id: BrokerOrderId) -> BrokerOrder:
        return next(each for each in await self.broker.orders() if each.id == id)


def paper_door(store: PaperDisk | None = None, clock: SetClock | None = None) -> PaperDoor:
    """With prices of the index, and of the call 149.95 to 150.05."""
    clock, market = clock or SetClock(NOW), MarketState()
    feed, store = PaperFeed(market, HealthState(), clock), store or PaperDisk()
    history = FakeHistory(feed.values, clock)
    broker = PaperBroker(
        store=store,
        instruments=MemoryInstruments([CALL, PUT, FUTURE, SHARE]),
        market=market,
        subscriptions=Subscriptions(feed),
        feed=feed,
        calendar=MarketCalendar(clock),
        clock=clock,
        history=history,
    )
    feed.connect()
    feed.values[NIFTY] = {Col.LTP: float(SPOT)}
    door = PaperDoor(broker=broker, feed=feed, history=history, clock=clock, store=store)
    for key in (KEY, PUT.key):
        door.quote(149.95, 150.05, key=key, ltp=150.0, ltq=65.0, volume=1_000.0)
    return door
