"""What keeps running, and the bundle that pages and programs are given."""

from dataclasses import dataclass

from core.clock import Clock
from core.instruments.calendar import MarketCalendar
from core.log import Ring
from core.ports.corporate_actions import ActionRepository
from core.ports.drawings import DrawingRepository
from core.ports.exports import Exporter
from core.ports.imports import Importer
from core.ports.margin import MarginCalculator
from core.ports.market_data import ExpiredContracts, History, LoginDoor, MarketData
from core.ports.option_history import OptionHistory
from core.ports.repositories import (
    CandleRepository,
    DatabaseFigures,
    InstrumentRepository,
    JobRunRepository,
    PreferenceRepository,
    SnapshotRepository,
    VolatilityRepository,
    WatchlistRepository,
)
from core.services.backtests import Backtests
from core.services.candle_series import CandleSeries
from core.services.chain_history import ChainHistory
from core.services.chain_keeper import ChainKeeper
from core.services.day_bars import DayBars
from core.services.downloads import Downloads
from core.services.draft_keeper import DraftKeeper
from core.services.replay import Replay
from core.services.scheduler import Scheduler
from core.services.smile_keeper import SmileKeeper
from core.services.strategy_runner import StrategyRunner
from core.services.subscriptions import Subscriptions
from core.services.trading import Trading
from core.services.volatility_history import VolatilityRecord
from core.settings import Mode, SettingLine
from core.state.chains import ChainState
from core.state.drafts import DraftState
from core.state.health import HealthState, Link
from core.state.jobs import JobsState
from core.state.market import MarketState
from core.state.notices import Notices
from core.state.session import Login, SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a page, a program or the REST interface may look at or ask."""

    mode: Mode
    version: str
    rate: float
    clock: Clock
    market: MarketState
    chains: ChainState
    drafts: DraftState
    session: SessionState
    health: HealthState
    notices: Notices
    jobs: JobsState
    subscriptions: Subscriptions
    chain_keeper: ChainKeeper
    smiles: SmileKeeper
    draft_keeper: DraftKeeper
    day_bars: DayBars
    scheduler: Scheduler
    calendar: MarketCalendar
    login: LoginDoor | None
    market_data: MarketData
    history: History
    expired: ExpiredContracts
    instruments: InstrumentRepository
    candles: CandleRepository
    candle_series: CandleSeries
    runner: StrategyRunner
    """Strategies on the market as it moves: signals, and orders where they were switched on."""
    snapshots: SnapshotRepository
    volatility_days: VolatilityRepository
    chain_history: ChainHistory
    option_history: OptionHistory
    exporter: Exporter
    importer: Importer
    downloads: Downloads
    backtests: Backtests
    actions: ActionRepository
    volatility_history: VolatilityRecord
    watchlists: WatchlistRepository
    preferences: PreferenceRepository
    drawings: DrawingRepository
    job_runs: JobRunRepository
    log: Ring
    database: DatabaseFigures
    margin: MarginCalculator | None = None
    """The broker's; None where it cannot be asked, as with a token for reading only."""
    trading: Trading | None = None
    """None where nothing can be ordered, as in mode readonly."""
    replay: Replay | None = None
    """Where a recorded day is replayed; None in every other mode."""
    environment: tuple[SettingLine, ...] = ()
    """The environment settings in force, to be looked at only."""

    def ready(self) -> list[str]:
        """Why the desk cannot do its job now; empty when it can."""
        reasons = []
        if self.health.database_problem:
            reasons.append(f"the database does not answer: {self.health.database_problem}")
        if not self.health.instruments_count:
            reasons.append("there are no instruments yet")
        if self.session.login is not Login.OK:
            reasons.append(f"broker: {self.session.login}")
        if self.health.feed.link is not Link.UP:
            reasons.append(f"the feed is {self.health.feed.link}")
        return reasons
