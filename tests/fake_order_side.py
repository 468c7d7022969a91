"""The order side of a desk of fakes."""

from dataclasses import replace

from core.services.order_side import OrderRecordsKept, OrderSide, Surroundings
from core.services.trading import Trading
from core.settings import Mode
from core.state.trading import TradingState
from data.brokers.paper.broker import PaperBroker
from tests.fake_broker import (
    FakeFeed,
)
from tests.fake_exchange import FakeExchange
from tests.fake_strategies import MemoryStrategies
from tests.fake_trading import MemoryExecutions, MemoryPaperStore, MemoryTrading
from tests.fakes import (
    MemoryInstruments,
    MemoryPreferences,
)


def fake_trading(
    exchange: FakeExchange,
    instruments: MemoryInstruments,
    preferences: MemoryPreferences,
    around: Surroundings,
    feed: FakeFeed,
) -> Trading:
    """An order side that was compared with its exchange already; on paper, with its account."""
    memory, state = MemoryTrading(), TradingState()
    paper = _paper(instruments, around, feed) if around.account == Mode.PAPER else None
    if paper is not None:
        at_broker = replace(around.at_broker, gtt_door=paper.gtts, account_door=paper.own)
        around = replace(around, paper=paper, at_broker=at_broker)
    state.reconciled_at = around.clock.now()
    kept = OrderRecordsKept(
        orders=memory.orders,
        fills=memory.fills,
        journal=memory.journal,
        executions=MemoryExecutions(),
        strategies=MemoryStrategies(),
        instruments=instruments,
        preferences=preferences,
    )
    return OrderSide(paper or exchange, state, kept, around).trading


def _paper(instruments: MemoryInstruments, around: Surroundings, feed: FakeFeed) -> PaperBroker:
    return PaperBroker(
        store=MemoryPaperStore(),
        instruments=instruments,
        market=around.market,
        subscriptions=around.subscriptions,
        feed=feed,
        calendar=around.calendar,
        clock=around.clock,
    )
