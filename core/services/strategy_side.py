"""The strategies of a desk: their parts over one order side, and what must run."""

from core.clock import Clock
from core.instruments.calendar import MarketCalendar
from core.ports.repositories import InstrumentRepository
from core.ports.strategies import StrategyRepository
from core.services.order_desk import OrderDesk
from core.services.order_records import OrderRecords
from core.services.risk_gate import RiskGate
from core.services.strategy_books import StrategyBooks
from core.services.strategy_desk import StrategyDesk
from core.services.strategy_entry import PATIENCE, StrategyEntry
from core.services.strategy_exits import BETWEEN, StrategyExits
from core.services.strategy_keeper import StrategyKeeper
from core.services.strategy_watch import StrategyWatch
from core.services.subscriptions import Subscriptions
from core.state.health import FeedHealth
from core.state.market import MarketState
from core.state.notices import Notices
from core.state.session import SessionState
from core.state.strategies import StrategyState
from core.state.trading import TradingState


def make_strategies(
    *,
    account: str,
    groups: StrategyRepository,
    state: TradingState,
    desk: OrderDesk,
    gate: RiskGate,
    records: OrderRecords,
    market: MarketState,
    feed: FeedHealth,
    session: SessionState,
    subscriptions: Subscriptions,
    instruments: InstrumentRepository,
    calendar: MarketCalendar,
    clock: Clock,
    notices: Notices,
    between: float = BETWEEN,
    patience: float = PATIENCE,
) -> StrategyDesk:
    """`account` tells apart whose strategies these are: one database may know several.

    Its `keeper.run` must run, and `keeper.frame` hear of every frame.
    """
    strategies = StrategyState()
    books = StrategyBooks(account, state, strategies, clock)
    watch = StrategyWatch(
        state=strategies,
        trading=state,
        gate=gate,
        groups=groups,
        market=market,
        feed=feed,
        session=session,
        subscriptions=subscriptions,
        instruments=instruments,
        calendar=calendar,
        clock=clock,
    )
    keeper = StrategyKeeper(
        account=account,
        groups=groups,
        state=strategies,
        books=books,
        watch=watch,
        exits=StrategyExits(desk=desk, gate=gate, state=state, clock=clock, between=between),
        entry=StrategyEntry(
            desk=desk,
            gate=gate,
            state=state,
            market=market,
            instruments=instruments,
            patience=patience,
        ),
        records=records,
        clock=clock,
        notices=notices,
    )
    return StrategyDesk(
        account=account,
        state=strategies,
        trading=state,
        keeper=keeper,
        watch=watch,
        books=books,
        desk=desk,
        instruments=instruments,
        clock=clock,
    )
