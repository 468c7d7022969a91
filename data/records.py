"""The records of a desk: every repository over one database, and the files beside it."""

from functools import partial
from pathlib import Path

from core.clock import Clock
from core.desk_parts import Records
from core.instruments.calendar import MarketCalendar
from core.ports.journal import JournalDoors
from core.services.backtest_side import BacktestDoors
from core.settings import SIMULATED
from data.db.database import Database
from data.exports.exporter import FileExporter
from data.options.history import StoredOptionHistory
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
from data.repositories.trade_journal import (
    SqlContracts,
    SqlNotes,
    SqlSettlements,
    SqlSnaps,
)
from data.repositories.volatility_days import SqlVolatilityDays
from data.repositories.watchlists import SqlWatchlists
from data.sources.importer import FileImporter
from data.workers.crew import ProcessCrew
from data.workers.option_days import days_of
from data.workers.option_years import chain_years
from data.workers.processes import WorkerProcesses
from data.workers.strategy_files import FolderOfStrategies


def records_of(database: Database, home: Path, clock: Clock, account: str) -> Records:
    """`home` keeps the market's data; `account` tells apart who trades in one database."""
    snapshots, instruments = SqlSnapshots(database), SqlInstruments(database)
    option_history = StoredOptionHistory(home / "options", snapshots, clock)
    exporter, candles = FileExporter(), SqlCandles(database)
    return Records(
        database=database,
        instruments=instruments,
        candles=candles,
        snapshots=snapshots,
        exporter=exporter,
        importer=FileImporter(
            candles=candles,
            option_history=option_history,
            calendar=MarketCalendar(clock),
            exporter=exporter,
            home=home,
        ),
        option_history=option_history,
        downloads=SqlDownloads(database),
        actions=SqlActions(database),
        volatility_days=SqlVolatilityDays(database),
        watchlists=SqlWatchlists(database),
        drafts=SqlDrafts(database),
        drawings=SqlDrawings(database),
        preferences=SqlPreferences(database),
        job_runs=SqlJobRuns(database),
        orders=SqlOrders(database, account),
        fills=SqlFills(database, account),
        journal=SqlJournal(database),
        executions=SqlExecutions(database, account),
        gtts=SqlGtts(database, account),
        strategies=SqlStrategies(database),
        trade_journal=JournalDoors(
            contracts=SqlContracts(database),
            settlements=SqlSettlements(database),
            notes=SqlNotes(database),
            snaps=SqlSnaps(database),
        ),
        backtests=BacktestDoors(
            runs=SqlBacktests(database),
            workers=WorkerProcesses(),
            files=FolderOfStrategies(_own(home) / "strategies"),
            crew=ProcessCrew(),
            days_of=partial(days_of, home / "options", database.url),
            years_of=partial(chain_years, home / "options", home / "cache" / "cubes", database.url),
            option_history=option_history,
            instruments=instruments,
        ),
    )


def _own(home: Path) -> Path:
    """Where the user's own things are, of whatever market."""
    return home.parent if home.name == SIMULATED else home
