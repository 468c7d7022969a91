"""A whole desk on fakes: Wednesday 18 Nov 2026, 10:00 IST, logged in, feed up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

from core.clock import SetClock
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument
from core.log import ring
from core.services import Services
from core.services.account_side import AccountAround
from core.services.backtest_side import make_backtests
from core.services.candle_series import CandleSeries
from core.services.chain_history import ChainHistory
from core.services.chain_keeper import ChainKeeper
from core.services.day_bars import DayBars
from core.services.download_side import DownloadDoors, make_downloads
from core.services.draft_keeper import DraftKeeper
from core.services.journal_side import JournalAround
from core.services.order_side import Surroundings
from core.services.scheduler import Scheduler
from core.services.second_bars import SecondBars
from core.services.session_keeper import SessionKeeper
from core.services.signal_side import make_runner
from core.services.smile_keeper import SmileKeeper
from core.services.subscriptions import Subscriptions
from core.services.trading import Trading
from core.services.volatility_history import VolatilityRecord
from core.settings import Mode
from core.state.chains import ChainState
from core.state.downloads import DownloadsState
from core.state.drafts import DraftState
from core.state.health import Condition, HealthState, ServiceHealth
from core.state.jobs import JobsState
from core.state.market import MarketState
from core.state.notices import Notices
from core.state.session import Login, SessionState
from data.exports.exporter import FileExporter
from data.sources.importer import FileImporter
from tests.fake_account import FakeAccount
from tests.fake_backtests import backtest_doors
from tests.fake_broker import (
    FakeExpired,
    FakeFeed,
    FakeHistory,
    FakeInstruments,
    FakeLogin,
    FakeMargin,
    FakeMarketData,
)
from tests.fake_downloads import FakeActions, MemoryActions, MemoryDownloads
from tests.fake_drawings import MemoryDrawings
from tests.fake_exchange import FakeExchange
from tests.fake_gtts import FakeGtts, MemoryGtts
from tests.fake_journal import memory_doors
from tests.fake_options import MemoryOptionHistory
from tests.fake_order_side import fake_trading
from tests.fake_universe import NOW, universe
from tests.fakes import (
    MemoryCandles,
    MemoryDrafts,
    MemoryInstruments,
    MemoryJobRuns,
    MemoryPreferences,
    MemorySnapshots,
    MemoryVolatilityDays,
    MemoryWatchlists,
)


class FakeDatabase:
    def __init__(self) -> None:
        self.fails: Exception | None = None

    async def figures(self) -> dict[str, str | int]:
        if self.fails is not None:
            raise self.fails
        return {"engine": "memory", "instruments": 0, "candles": 0, "bytes": 0}


@dataclass(slots=True, kw_only=True)
class FakeDesk:
    """The bundle, and the fakes behind its doors."""

    services: Services
    feed: FakeFeed
    market_data: FakeMarketData
    history: FakeHistory
    expired: FakeExpired
    actions: FakeActions
    source: FakeInstruments
    login: FakeLogin
    exchange: FakeExchange
    gtts: FakeGtts
    account: FakeAccount
    clock: SetClock

    @property
    def trading(self) -> Trading:
        assert self.services.trading is not None
        return self.services.trading

    async def listen(self) -> None:
        """Take in what the exchange's stream has said so far."""
        while not self.exchange.told.empty():
            await self.trading.desk.hear([self.exchange.told.get_nowait()])
        await self.trading.desk.close()
        if self.trading.gtts is not None:
            await self.trading.gtts.desk.close()

    @property
    def margin(self) -> FakeMargin:
        assert isinstance(self.services.margin, FakeMargin)
        return self.services.margin


def make_desk(
    *,
    now: datetime = NOW,
    mode: Mode = Mode.SIMULATED,
    logged_in: bool = True,
    connected: bool = True,
    instruments: Sequence[Instrument] | None = None,
    grace: float = 0.0,
) -> FakeDesk:
    listed = universe() if instruments is None else list(instruments)
    clock, market, health = SetClock(now), MarketState(), HealthState()
    feed, login = FakeFeed(market, health, clock), FakeLogin(clock, logged_in=logged_in)
    market_data = FakeMarketData(listed, clock)
    history, expired = FakeHistory(market_data.values, clock), FakeExpired()
    actions = FakeActions()
    feed.values = market_data.values
    if connected:
        feed.connect()
    health.instruments_count, health.instruments_date = len(listed), clock.now()
    health.services["feed"] = ServiceHealth(
        name="feed", condition=Condition.RUNNING, since=clock.now()
    )
    exchange = FakeExchange(clock)
    gtts, account = FakeGtts(exchange, clock), FakeAccount()
    at_broker = AccountAround(
        gtt_door=gtts,
        account_door=account,
        gtts=MemoryGtts(),
        market_data=market_data,
        health=health.broker,
    )
    services = _bundle(
        clock,
        market,
        health,
        feed,
        login,
        market_data,
        history,
        expired,
        actions,
        listed,
        mode,
        grace,
        exchange,
        at_broker,
    )
    SessionKeeper(
        session=services.session,
        calendar=services.calendar,
        clock=clock,
        notices=services.notices,
    ).look()
    if services.trading is not None:
        feed.listen(services.trading.strategies.keeper.frame)
    session = services.session
    session.login = Login.OK if logged_in else Login.NONE
    session.user = "Test Trader" if logged_in else ""
    session.token_expires_at = login.expires_at
    return FakeDesk(
        services=services,
        feed=feed,
        market_data=market_data,
        history=history,
        expired=expired,
        actions=actions,
        source=FakeInstruments(listed),
        login=login,
        exchange=exchange,
        gtts=gtts,
        account=account,
        clock=clock,
    )


def make_services(
    *,
    now: datetime = NOW,
    mode: Mode = Mode.SIMULATED,
    logged_in: bool = True,
    connected: bool = True,
) -> Services:
    """A whole bundle for tests that need none of the fakes behind it."""
    return make_desk(now=now, mode=mode, logged_in=logged_in, connected=connected).services


def _bundle(
    clock: SetClock,
    market: MarketState,
    health: HealthState,
    feed: FakeFeed,
    login: FakeLogin,
    market_data: FakeMarketData,
    history: FakeHistory,
    expired: FakeExpired,
    actions: FakeActions,
    listed: Sequence[Instrument],
    mode: Mode,
    grace: float,
    exchange: FakeExchange,
    at_broker: AccountAround,
) -> Services:
    instruments, calendar, subscriptions = (
        MemoryInstruments(listed),
        MarketCalendar(clock),
        Subscriptions(feed),
    )
    chains, jobs, runs, notices = ChainState(), JobsState(), MemoryJobRuns(), Notices()
    snapshots, candles = MemorySnapshots(), MemoryCandles()
    volatility_days, drafts = MemoryVolatilityDays(), DraftState()
    session, preferences = SessionState(), MemoryPreferences()
    chain_keeper = ChainKeeper(
        instruments=instruments,
        market_data=market_data,
        feed=feed,
        market=market,
        chains=chains,
        subscriptions=subscriptions,
        calendar=calendar,
        clock=clock,
        rate=0.065,
        grace=grace,
    )
    chain_history, day_bars = ChainHistory(snapshots), DayBars(history, market, clock)
    around = Surroundings(
        account=mode,
        clock=clock,
        calendar=calendar,
        market=market,
        session=session,
        feed=health.feed,
        notices=notices,
        needs_arming=mode is Mode.LIVE,
        chain_keeper=chain_keeper,
        subscriptions=subscriptions,
        rate=0.065,
        at_broker=at_broker,
        journal=JournalAround(
            doors=memory_doors(),
            chains=chains,
            day_bars=day_bars,
            history=history,
            chain_history=chain_history,
        ),
    )
    doors = DownloadDoors(
        history=history,
        expired=expired,
        market_data=market_data,
        action_source=actions,
        refresh=instruments.count,
        downloads=MemoryDownloads(),
        candles=candles,
        snapshots=snapshots,
        instruments=instruments,
        option_history=MemoryOptionHistory(snapshots, clock),
        actions=MemoryActions(),
    )
    downloads = make_downloads(
        doors,
        state=DownloadsState(),
        calendar=calendar,
        clock=clock,
        notices=notices,
        rate=0.065,
    )
    seconds = SecondBars(market)
    feed.listen(seconds.frame)
    series = CandleSeries(
        candles=candles, history=history, seconds=seconds, calendar=calendar, clock=clock
    )
    trading = None
    if mode is not Mode.READONLY:
        trading = fake_trading(exchange, instruments, preferences, around, feed)
    return Services(
        mode=mode,
        version="0.0.0-test",
        rate=0.065,
        clock=clock,
        market=market,
        chains=chains,
        drafts=drafts,
        session=session,
        health=health,
        notices=notices,
        jobs=jobs,
        subscriptions=subscriptions,
        smiles=SmileKeeper(market, clock),
        chain_keeper=chain_keeper,
        draft_keeper=DraftKeeper(
            drafts=MemoryDrafts(),
            state=drafts,
            instruments=instruments,
            market=market,
            subscriptions=subscriptions,
            calendar=calendar,
            feed=health.feed,
            clock=clock,
            notices=notices,
        ),
        day_bars=day_bars,
        scheduler=Scheduler(state=jobs, runs=runs, calendar=calendar, clock=clock, notices=notices),
        calendar=calendar,
        login=login,
        market_data=market_data,
        history=history,
        expired=expired,
        margin=FakeMargin(),
        trading=trading,
        runner=make_runner(
            trading=trading,
            market=market,
            chains=chains,
            chain_keeper=chain_keeper,
            subscriptions=subscriptions,
            instruments=instruments,
            preferences=preferences,
            calendar=calendar,
            clock=clock,
            notices=notices,
            series=series,
            rate=0.065,
            folder="strategies",
        ),
        instruments=instruments,
        candles=candles,
        candle_series=series,
        snapshots=snapshots,
        volatility_days=volatility_days,
        chain_history=chain_history,
        exporter=FileExporter(),
        importer=FileImporter(
            candles=candles,
            option_history=doors.option_history,
            calendar=calendar,
            exporter=FileExporter(),
            home=Path(gettempdir()) / f"desk-{uuid4().hex}",
        ),
        downloads=downloads,
        backtests=make_backtests(
            backtest_doors(instruments, doors.option_history),
            series,
            downloads.coverage,
            calendar,
            clock,
            notices,
            0.065,
        ),
        actions=doors.actions,
        option_history=doors.option_history,
        volatility_history=VolatilityRecord(
            days=volatility_days, history=history, candles=candles, calendar=calendar
        ),
        watchlists=MemoryWatchlists(),
        preferences=preferences,
        drawings=MemoryDrawings(),
        job_runs=runs,
        log=ring,
        database=FakeDatabase(),
    )
