"""Each repository three times: in memory, on SQLite, on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator

import pytest

from core.ports.backtests import BacktestRepository
from core.ports.corporate_actions import ActionRepository
from core.ports.downloads import DownloadRepository
from core.ports.drafts import DraftRepository
from core.ports.drawings import DrawingRepository
from core.ports.executions import ExecutionRepository
from core.ports.gtt import GttRepository
from core.ports.orders import FillRepository, JournalRepository, OrderRepository
from core.ports.repositories import (
    CandleRepository,
    InstrumentRepository,
    JobRunRepository,
    PreferenceRepository,
    SnapshotRepository,
    VolatilityRepository,
    WatchlistRepository,
)
from core.ports.strategies import StrategyRepository
from data.db.database import Database
from data.repositories.backtests import SqlBacktests
from data.repositories.candles import SqlCandles
from data.repositories.corporate_actions import SqlActions
from data.repositories.downloads import SqlDownloads
from data.repositories.drafts import SqlDrafts
from data.repositories.drawings import SqlDrawings
from data.repositories.executions import SqlExecutions
from data.repositories.gtts import SqlGtts
from data.repositories.instruments import SqlInstruments
from data.repositories.job_runs import SqlJobRuns
from data.repositories.journal import SqlJournal
from data.repositories.orders import SqlFills, SqlOrders
from data.repositories.preferences import SqlPreferences
from data.repositories.snapshots import SqlSnapshots
from data.repositories.strategies import SqlStrategies
from data.repositories.volatility_days import SqlVolatilityDays
from data.repositories.watchlists import SqlWatchlists
from tests import (
    fake_backtests,
    fake_downloads,
    fake_drawings,
    fake_gtts,
    fake_strategies,
    fake_trading,
    fakes,
)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Database | None]:
    """None stands for memory."""
    if request.param == "memory":
        yield None
        return
    database = Database(request.getfixturevalue(f"new_{request.param}"))
    yield database
    database.close_now()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


@pytest.fixture
def instruments(store: Database | None) -> InstrumentRepository:
    return SqlInstruments(store) if store else fakes.MemoryInstruments()


@pytest.fixture
def candles(store: Database | None) -> CandleRepository:
    return SqlCandles(store) if store else fakes.MemoryCandles()


@pytest.fixture
def snapshots(store: Database | None) -> SnapshotRepository:
    return SqlSnapshots(store) if store else fakes.MemorySnapshots()


@pytest.fixture
def volatility_days(store: Database | None) -> VolatilityRepository:
    return SqlVolatilityDays(store) if store else fakes.MemoryVolatilityDays()


@pytest.fixture
def watchlists(store: Database | None) -> WatchlistRepository:
    return SqlWatchlists(store) if store else fakes.MemoryWatchlists()


@pytest.fixture
def preferences(store: Database | None) -> PreferenceRepository:
    return SqlPreferences(store) if store else fakes.MemoryPreferences()


@pytest.fixture
def job_runs(store: Database | None) -> JobRunRepository:
    return SqlJobRuns(store) if store else fakes.MemoryJobRuns()


@pytest.fixture
def drafts(store: Database | None) -> DraftRepository:
    return SqlDrafts(store) if store else fakes.MemoryDrafts()


@pytest.fixture
def drawings(store: Database | None) -> DrawingRepository:
    return SqlDrawings(store) if store else fake_drawings.MemoryDrawings()


@pytest.fixture
def memory() -> fake_trading.MemoryTrading:
    """What the three doors to trading share where there is no database."""
    return fake_trading.MemoryTrading()


@pytest.fixture
def orders(store: Database | None, memory: fake_trading.MemoryTrading) -> OrderRepository:
    return SqlOrders(store) if store else memory.orders


@pytest.fixture
def fills(store: Database | None, memory: fake_trading.MemoryTrading) -> FillRepository:
    return SqlFills(store) if store else memory.fills


@pytest.fixture
def journal(store: Database | None, memory: fake_trading.MemoryTrading) -> JournalRepository:
    return SqlJournal(store) if store else memory.journal


@pytest.fixture
def executions(store: Database | None) -> ExecutionRepository:
    return SqlExecutions(store) if store else fake_trading.MemoryExecutions()


@pytest.fixture
def gtts(store: Database | None, memory: fake_trading.MemoryTrading) -> GttRepository:
    return SqlGtts(store) if store else fake_gtts.MemoryGtts(memory)


@pytest.fixture
def strategies(store: Database | None) -> StrategyRepository:
    return SqlStrategies(store) if store else fake_strategies.MemoryStrategies()


@pytest.fixture
def backtests(store: Database | None) -> BacktestRepository:
    return SqlBacktests(store) if store else fake_backtests.MemoryBacktests()


@pytest.fixture
def downloads(store: Database | None) -> DownloadRepository:
    return SqlDownloads(store) if store else fake_downloads.MemoryDownloads()


@pytest.fixture
def actions(store: Database | None) -> ActionRepository:
    return SqlActions(store) if store else fake_downloads.MemoryActions()
