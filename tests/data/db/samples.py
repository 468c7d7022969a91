"""A database with something in every table."""

from datetime import UTC, date, datetime
from decimal import Decimal

from core.clock import SetClock
from core.ids import LOCAL_USER
from core.instruments.candle import Interval
from core.journal.contracts import Settled
from core.journal.notes import TradeNote
from core.ports.repositories import RunResult
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
from data.repositories.orders import SqlOrders, SqlPaperStore
from data.repositories.preferences import SqlPreferences
from data.repositories.snapshots import SqlSnapshots
from data.repositories.strategies import SqlStrategies
from data.repositories.trade_journal import SqlContracts, SqlNotes, SqlSettlements, SqlSnaps
from data.repositories.volatility_days import SqlVolatilityDays
from data.repositories.watchlists import SqlWatchlists
from tests.core.trading.samples import CALL, order
from tests.core.trading.samples import fill as trade
from tests.data.repositories.samples import NIFTY, RELIANCE, bars, listing
from tests.data.repositories.test_backtests import backtest
from tests.data.repositories.test_corporate_actions import ACTIONS
from tests.data.repositories.test_downloads import download, piece
from tests.data.repositories.test_drafts import draft, minute
from tests.data.repositories.test_drawings import drawing
from tests.data.repositories.test_executions import basket_run, slice_run
from tests.data.repositories.test_gtts import rich as gtt
from tests.data.repositories.test_orders import journal_entry
from tests.data.repositories.test_others import run, snapshot, watchlist
from tests.data.repositories.test_strategies import minute as strategy_minute
from tests.data.repositories.test_strategies import strategy
from tests.data.repositories.test_trade_journal import snap
from tests.data.repositories.test_volatility_days import volatility_day

FIRST = int(datetime(2026, 8, 31, 3, 45, tzinfo=UTC).timestamp())
FAR = date(2026, 8, 25)
TABLES = 33


async def fill(url: str) -> None:
    database = Database(url)
    await SqlInstruments(database).replace(listing(), datetime(2026, 8, 18, tzinfo=UTC))
    candles = SqlCandles(database)
    await candles.upsert(NIFTY, Interval.MINUTE, bars(FIRST, 2_000))
    await candles.upsert(RELIANCE, Interval.DAY, bars(FIRST, 30, step=86_400))
    await candles.upsert(RELIANCE, Interval.parse("15m"), bars(FIRST, 30, step=900))
    await SqlDownloads(database).begin(download(), [piece(0).done(7), piece(1)])
    await SqlActions(database).replace("INE002A01018", ACTIONS)
    await SqlSnapshots(database).save([snapshot(), snapshot(datetime(2026, 8, 19, tzinfo=UTC))])
    await SqlVolatilityDays(database).save([volatility_day(18), volatility_day(19, iv30=0.13)])
    for each in (watchlist("é", 0, NIFTY, RELIANCE), watchlist("Z", 1, NIFTY), watchlist("a", 2)):
        await SqlWatchlists(database).save(each)
    drafts = SqlDrafts(database)
    await drafts.save(draft("d"))
    await drafts.save_minutes([minute("d", 0), minute("d", 1)])
    await SqlDrawings(database).save(LOCAL_USER, drawing(1))
    await SqlPreferences(database).set(LOCAL_USER, "theme", {"name": "dark", "₹": None})
    await SqlJobRuns(database).save(run("1", 1, RunResult.RUNNING))
    await SqlJobRuns(database).save(run("2", 2, RunResult.OK))
    entry = journal_entry("sd0", "bought ₹")
    await SqlOrders(database).record([order()], [trade(1, 65, "150.05")], [entry, entry])
    await SqlContracts(database).save([CALL])
    await SqlSnaps(database).save([snap()])
    await SqlNotes(database).save(TradeNote(trade="1-1", note="₹"))
    settled = Settled(key=CALL.key, expiry=FAR, price=Decimal(52), at=entry.at, source="the close")
    await SqlSettlements(database).save([settled])
    await SqlGtts(database).record([gtt("sg1")])
    strategies = SqlStrategies(database)
    await strategies.save(strategy("st"))
    await strategies.save_minutes([strategy_minute("st", 0), strategy_minute("st", 1)])
    for execution in (basket_run("b"), slice_run("s")):
        await SqlExecutions(database, "paper").save(execution)
    backtests = SqlBacktests(database)
    await backtests.save(backtest("b"))
    await backtests.save_result("b", '{"₹": 1}')
    await SqlPaperStore(database, SetClock(entry.at)).save("{}")
    await database.close()
