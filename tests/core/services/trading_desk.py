"""An order desk over fakes: one exchange, one memory, one market with prices."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.clock import SetClock
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.risk.limits import Limits
from core.services.order_desk import OrderDesk
from core.services.order_pace import OrderPace
from core.services.order_records import OrderRecords
from core.services.reconciler import Reconciler
from core.services.risk_gate import RiskGate
from core.state.market import WIDTH, Col, MarketState
from core.state.notices import Notices
from core.state.trading import TradingState
from tests.core.trading.samples import CALL, PUT
from tests.fake_exchange import FakeExchange
from tests.fake_trading import MemoryTrading
from tests.fakes import MemoryInstruments

OPEN = datetime(2026, 8, 21, 5, 0, tzinfo=UTC)  # a Friday, 10:30 IST
WIDE = Limits(duplicate_seconds=0, naked_lots=None, orders_a_day=None, open_lots=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trading:
    """All parts of an order desk, as a test may want to look at them."""

    clock: SetClock
    broker: FakeExchange
    memory: MemoryTrading
    market: MarketState
    state: TradingState
    notices: Notices
    gate: RiskGate
    pace: OrderPace
    records: OrderRecords
    desk: OrderDesk
    reconciler: Reconciler

    async def listen(self) -> None:
        """Take in what the stream has said so far."""
        while not self.broker.told.empty():
            await self.desk.hear([self.broker.told.get_nowait()])
        await self.desk.close()

    def quote(self, key: InstrumentKey, bid: float, ask: float, ltp: float | None = None) -> None:
        row = self.market.row(key)
        values = [float("nan")] * WIDTH
        values[Col.BID], values[Col.ASK] = bid, ask
        values[Col.LTP] = (bid + ask) / 2 if ltp is None else ltp
        self.market.write(row, values)


def make_trading(
    *,
    broker: FakeExchange | None = None,
    memory: MemoryTrading | None = None,
    limits: Limits = WIDE,
    patience: float = 0.05,
    settled_after: float = 0.0,
    ready: Callable[[], list[str]] = list,
    needs_arming: bool = False,
    pace: OrderPace | None = None,
    reconciled: bool = True,
) -> Trading:
    clock = SetClock(OPEN)
    broker = broker or FakeExchange(clock)
    memory = memory or MemoryTrading()
    market, state, notices = MarketState(), TradingState(), Notices()
    state.limits = limits
    state.reconciled_at = OPEN if reconciled else None
    gate = RiskGate(
        state=state,
        market=market,
        instruments=MemoryInstruments([CALL, PUT]),
        calendar=MarketCalendar(clock),
        clock=clock,
        ready=ready,
        needs_arming=needs_arming,
    )
    pace = pace or OrderPace((10_000, 100_000, 1_000_000))
    records = OrderRecords(memory.orders, state, clock)
    desk = OrderDesk(
        broker=broker,
        gate=gate,
        pace=pace,
        records=records,
        state=state,
        clock=clock,
        notices=notices,
        patience=patience,
    )
    reconciler = Reconciler(
        broker=broker,
        desk=desk,
        records=records,
        orders=memory.orders,
        fills=memory.fills,
        state=state,
        clock=clock,
        notices=notices,
        settled_after=settled_after,
        second_look=0.0,
    )
    made = Trading(
        clock=clock,
        broker=broker,
        memory=memory,
        market=market,
        state=state,
        notices=notices,
        gate=gate,
        pace=pace,
        records=records,
        desk=desk,
        reconciler=reconciler,
    )
    for each in (CALL, PUT):
        made.quote(each.key, 149.95, 150.05)
    return made


async def soon(true: Callable[[], bool], seconds: float = 3.0) -> None:
    """Wait until something is true; fails when it does not become so."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
