"""What a desk is made of: its state, its doors to the outside, and how it was asked to be."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from core.clock import SetClock
from core.instruments.calendar import MarketCalendar
from core.ports import broker as order_door
from core.ports.account import AccountDoor
from core.ports.corporate_actions import ActionRepository, ActionSource
from core.ports.downloads import DownloadRepository
from core.ports.drafts import DraftRepository
from core.ports.drawings import DrawingRepository
from core.ports.executions import ExecutionRepository
from core.ports.exports import Exporter
from core.ports.feed import Feed
from core.ports.gtt import GttDoor, GttRepository
from core.ports.imports import Importer
from core.ports.journal import JournalDoors
from core.ports.margin import MarginCalculator
from core.ports.market_data import (
    ExpiredContracts,
    History,
    InstrumentSource,
    LoginDoor,
    MarketData,
)
from core.ports.option_history import OptionHistory
from core.ports.orders import FillRepository, JournalRepository, OrderRepository
from core.ports.paper import PaperDoor
from core.ports.replay import RecordedFeed, ReplayDays
from core.ports.repositories import (
    CandleRepository,
    DatabaseCare,
    DatabaseFigures,
    InstrumentRepository,
    JobRunRepository,
    PreferenceRepository,
    SnapshotRepository,
    VolatilityRepository,
    WatchlistRepository,
)
from core.ports.spelling import Spelling
from core.ports.strategies import StrategyRepository
from core.services.backtest_side import BacktestDoors
from core.services.replay import Anew
from core.services.subscriptions import Subscriptions
from core.settings import Mode, SettingLine
from core.state.chains import ChainState
from core.state.downloads import DownloadsState
from core.state.drafts import DraftState
from core.state.health import HealthState
from core.state.jobs import JobsState
from core.state.market import MarketState
from core.state.notices import Notices
from core.state.replay import ReplayState
from core.state.session import SessionState
from core.state.trading import TradingState

PaperMaker = Callable[[MarketCalendar, Subscriptions], PaperDoor]


@dataclass(frozen=True, slots=True)
class State:
    """All that is true now; made first, since the doors write into it."""

    market: MarketState = field(default_factory=MarketState)
    chains: ChainState = field(default_factory=ChainState)
    drafts: DraftState = field(default_factory=DraftState)
    session: SessionState = field(default_factory=SessionState)
    health: HealthState = field(default_factory=HealthState)
    notices: Notices = field(default_factory=Notices)
    jobs: JobsState = field(default_factory=JobsState)
    trading: TradingState = field(default_factory=TradingState)
    downloads: DownloadsState = field(default_factory=DownloadsState)


class DeskDatabase(DatabaseFigures, DatabaseCare, Protocol):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Doors to what is remembered, and to files that come and are taken away."""

    database: DeskDatabase
    instruments: InstrumentRepository
    candles: CandleRepository
    snapshots: SnapshotRepository
    option_history: OptionHistory
    downloads: DownloadRepository
    actions: ActionRepository
    exporter: Exporter
    importer: Importer
    volatility_days: VolatilityRepository
    watchlists: WatchlistRepository
    drafts: DraftRepository
    drawings: DrawingRepository
    preferences: PreferenceRepository
    job_runs: JobRunRepository
    orders: OrderRepository
    fills: FillRepository
    journal: JournalRepository
    executions: ExecutionRepository
    gtts: GttRepository
    strategies: StrategyRepository
    trade_journal: JournalDoors
    backtests: BacktestDoors


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """A recorded day in the broker's place: it is driven by the clock that the desk goes by.

    `anew` begins another run, of this day or another.
    """

    feed: RecordedFeed
    clock: SetClock
    state: ReplayState
    days: ReplayDays
    anew: Anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Doors to the broker; without `orders` or `paper` nothing can be ordered.

    `paper` makes the account that takes the orders in the broker's place; with `replaying` nothing
    is recorded, and no job has its hour.
    """

    feed: Feed
    login: LoginDoor | None
    market_data: MarketData
    history: History
    expired: ExpiredContracts
    source: InstrumentSource
    margin: MarginCalculator | None = None
    orders: order_door.Broker | None = None
    paper: PaperMaker | None = None
    spelling: Spelling | None = None
    gtts: GttDoor | None = None
    account: AccountDoor | None = None
    action_source: ActionSource | None = None
    replaying: Replaying | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How this desk was asked to be.

    `run` tells one run of the built-in exchange, or of a replay, from the next: its books begin
    empty.
    """

    mode: Mode
    version: str
    rate: float
    environment: tuple[SettingLine, ...]
    run: str = ""

    @property
    def account(self) -> str:
        """Whose orders, fills and strategies are ours in the database."""
        return f"{self.mode} {self.run}".strip()
