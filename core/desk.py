"""The desk without its walls: every service built over doors to the outside, and what must run."""

from collections.abc import Awaitable, Callable

from core import log
from core.clock import Clock
from core.desk_downloads import after_close, downloads_of
from core.desk_parts import Broker, Conditions, Records, State
from core.instruments.calendar import MarketCalendar
from core.jobs.keep_chains import keep_chains
from core.jobs.new_day import new_day
from core.jobs.settle_expired import settle_expired
from core.jobs.table import table
from core.services import Services
from core.services.account_side import AccountAround
from core.services.backtest_side import make_backtests
from core.services.candle_series import CandleSeries
from core.services.chain_history import ChainHistory
from core.services.chain_keeper import ChainKeeper
from core.services.database_watch import DatabaseWatch
from core.services.day_bars import DayBars
from core.services.draft_keeper import DraftKeeper
from core.services.journal_side import JournalAround
from core.services.market_feed import MarketFeed
from core.services.order_side import OrderRecordsKept, OrderSide, Surroundings
from core.services.recorder import Recorder
from core.services.replay import Replay
from core.services.scheduler import Scheduler
from core.services.second_bars import SecondBars
from core.services.session_keeper import SessionKeeper
from core.services.signal_side import make_runner
from core.services.smile_keeper import SmileKeeper
from core.services.standing_chains import StandingChains
from core.services.strategy_runner import StrategyRunner
from core.services.subscriptions import Subscriptions
from core.services.volatility_history import VolatilityRecord
from core.settings import Mode

Run = Callable[[], Awaitable[None]]


class Desk:
    def __init__(
        self, conditions: Conditions, clock: Clock, state: State, records: Records, broker: Broker
    ) -> None:
        self._clock, self._state, self._records, self._broker = clock, state, records, broker
        self._calendar = MarketCalendar(clock)
        self._subscriptions = Subscriptions(broker.feed)
        self._day_bars = DayBars(broker.history, state.market, clock)
        self._chain_keeper = self._make_chain_keeper(conditions.rate)
        self._chain_history = ChainHistory(records.snapshots)
        self._candle_series = self._make_candle_series()
        self._recorder = self._make_recorder()
        self._draft_keeper = self._make_draft_keeper()
        self._scheduler = self._make_scheduler(conditions.rate)
        self._downloads = downloads_of(
            records,
            broker,
            state,
            self._calendar,
            clock,
            conditions.rate,
            self._chain_keeper.remake,
        )
        if broker.replaying is None:
            self._scheduler.add(after_close(self._downloads, records, self._calendar))
            self._scheduler.add(keep_chains(records.option_history, self._calendar))
        bars, have, told = self._candle_series, self._downloads.coverage, state.notices
        self._backtests = make_backtests(
            records.backtests, bars, have, self._calendar, clock, told, conditions.rate
        )
        self._order_side = self._make_order_side(conditions)
        self._runner = self._make_runner(conditions.rate)
        self._session_keeper, self._replay = self._make_session_keeper(), self._make_replay()
        self.services = self._bundle(conditions)
        self._standing_chains = self._make_standing_chains()

    def running(self) -> dict[str, Run]:
        """By name, in the order of their start."""
        state = self._state
        market_feed = MarketFeed(
            feed=self._broker.feed, health=state.health, session=state.session, clock=self._clock
        )
        return {
            "feed": market_feed.run,
            "session": self._session_keeper.run,
            "chains": self._chain_keeper.run,
            "day bars": self._day_bars.run,
            "drafts": self._draft_keeper.run,
            "backtests": self._backtests.run,
            "database": DatabaseWatch(self._records.instruments, state.health).run,
            **(self._order_side.running() if self._order_side else {}),
            **({"replay": self._replay.run} if self._replay else self._of_the_present()),
        }

    def _of_the_present(self) -> dict[str, Run]:
        """What a day that is over has no use for."""
        return {
            "recorder": self._recorder.run,
            "standing chains": self._standing_chains.run,
            "downloads": self._downloads.run,
            "signals": self._runner.run,
            "scheduler": self._scheduler.run,
        }

    async def close(self) -> None:
        """Before anything is stopped: what is on its way to the broker comes to its end."""
        if self._order_side is not None:
            await self._order_side.close()

    def _make_chain_keeper(self, rate: float) -> ChainKeeper:
        return ChainKeeper(
            instruments=self._records.instruments,
            market_data=self._broker.market_data,
            feed=self._broker.feed,
            market=self._state.market,
            chains=self._state.chains,
            subscriptions=self._subscriptions,
            calendar=self._calendar,
            clock=self._clock,
            rate=rate,
        )

    def _make_candle_series(self) -> CandleSeries:
        seconds = SecondBars(self._state.market)
        self._broker.feed.listen(seconds.frame)
        return CandleSeries(
            candles=self._records.candles,
            history=self._broker.history,
            seconds=seconds,
            calendar=self._calendar,
            clock=self._clock,
            actions=self._records.actions,
            link=lambda: self._state.health.feed.connected_at,
            giver="the record" if self._broker.replaying else "the broker",
        )

    def _make_recorder(self) -> Recorder:
        recorder = Recorder(
            market=self._state.market,
            chains=self._state.chains,
            chain_keeper=self._chain_keeper,
            calendar=self._calendar,
            feed=self._state.health.feed,
            snapshots=self._records.snapshots,
            candles=self._records.candles,
            clock=self._clock,
        )
        if self._broker.replaying is None:
            self._broker.feed.listen(recorder.frame)
        recorder.listen(self._chain_history.take)
        return recorder

    def _make_standing_chains(self) -> StandingChains:
        return StandingChains(
            chain_keeper=self._chain_keeper,
            instruments=self._records.instruments,
            preferences=self._records.preferences,
            calendar=self._calendar,
            health=self._state.health,
            ready=lambda: not self.services.ready(),
        )

    def _make_draft_keeper(self) -> DraftKeeper:
        return DraftKeeper(
            drafts=self._records.drafts,
            state=self._state.drafts,
            instruments=self._records.instruments,
            market=self._state.market,
            subscriptions=self._subscriptions,
            calendar=self._calendar,
            feed=self._state.health.feed,
            clock=self._clock,
            notices=self._state.notices,
        )

    def _make_scheduler(self, rate: float) -> Scheduler:
        scheduler = Scheduler(
            state=self._state.jobs,
            runs=self._records.job_runs,
            calendar=self._calendar,
            clock=self._clock,
            notices=self._state.notices,
        )
        if self._broker.replaying is not None:
            return scheduler
        jobs = table(
            source=self._broker.source,
            instruments=self._records.instruments,
            market_data=self._broker.market_data,
            database=self._records.database,
            snapshots=self._records.snapshots,
            job_runs=self._records.job_runs,
            calendar=self._calendar,
            chain_keeper=self._chain_keeper,
            health=self._state.health,
            notices=self._state.notices,
            clock=self._clock,
            history=self._broker.history,
            expired=self._broker.expired,
            volatility_days=self._records.volatility_days,
            preferences=self._records.preferences,
            rate=rate,
        )
        scheduler.add(*jobs)
        return scheduler

    def _make_order_side(self, conditions: Conditions) -> OrderSide | None:
        records, state = self._records, self._state
        make_paper = self._broker.paper
        paper = make_paper(self._calendar, self._subscriptions) if make_paper else None
        door = self._broker.orders or paper
        if door is None:
            return None
        kept = OrderRecordsKept(
            orders=records.orders,
            fills=records.fills,
            journal=records.journal,
            executions=records.executions,
            strategies=records.strategies,
            instruments=records.instruments,
            preferences=records.preferences,
        )
        around = Surroundings(
            account=conditions.account,
            clock=self._clock,
            calendar=self._calendar,
            market=state.market,
            session=state.session,
            feed=state.health.feed,
            notices=state.notices,
            needs_arming=conditions.mode is Mode.LIVE,
            chain_keeper=self._chain_keeper,
            subscriptions=self._subscriptions,
            rate=conditions.rate,
            journal=JournalAround(
                doors=records.trade_journal,
                chains=state.chains,
                day_bars=self._day_bars,
                history=self._broker.history,
                chain_history=self._chain_history,
            ),
            at_broker=AccountAround(
                gtt_door=paper.gtts if paper else self._broker.gtts,
                account_door=paper.own if paper else self._broker.account,
                gtts=records.gtts,
                market_data=self._broker.market_data,
                health=state.health.broker,
            ),
            spelling=self._broker.spelling,
            paper=paper,
        )
        side = OrderSide(door, state.trading, kept, around)
        if paper is not None:
            paper.bound_by(side.trading.gate.bands)
        self._chain_keeper.tell_limits = side.account.bands.told
        self._broker.feed.listen(side.trading.strategies.keeper.frame)
        if self._broker.replaying is None:
            self._scheduler.add(settle_expired(side.journal.settling))
        return side

    def _make_runner(self, rate: float) -> StrategyRunner:
        state, records = self._state, self._records
        return make_runner(
            trading=self._order_side.trading if self._order_side else None,
            market=state.market,
            chains=state.chains,
            chain_keeper=self._chain_keeper,
            subscriptions=self._subscriptions,
            instruments=records.instruments,
            preferences=records.preferences,
            calendar=self._calendar,
            clock=self._clock,
            notices=state.notices,
            series=self._candle_series,
            rate=rate,
            folder=records.backtests.files.folder,
            ready=lambda: not self.services.ready(),
        )

    def _make_session_keeper(self) -> SessionKeeper:
        return SessionKeeper(
            session=self._state.session,
            calendar=self._calendar,
            clock=self._clock,
            notices=self._state.notices,
            new_day=[self._new_day],
        )

    def _make_replay(self) -> Replay | None:
        given, side = self._broker.replaying, self._order_side
        if given is None:
            return None
        catching_up = side.catching_up() if side is not None else None

        async def settle(heard: bool) -> None:
            self._session_keeper.look()
            if heard:
                if minutes := given.feed.taken_down():
                    self._chain_history.take(minutes)
                self._day_bars.look()
                self._draft_keeper.look()
            if catching_up is not None:
                await catching_up.second(heard=heard)
                await self._runner.second(lambda: catching_up.second(heard=False))

        return Replay(
            clock=given.clock,
            feed=given.feed,
            state=given.state,
            days=given.days,
            settle=settle,
            anew=given.anew,
        )

    async def _new_day(self) -> None:
        await new_day(
            day_bars=self._day_bars,
            chain_keeper=self._chain_keeper,
            scheduler=self._scheduler,
            health=self._state.health,
            calendar=self._calendar,
        )
        if self._order_side is not None:
            await self._order_side.new_day()

    def _bundle(self, conditions: Conditions) -> Services:
        state, records, broker = self._state, self._records, self._broker
        return Services(
            mode=conditions.mode,
            version=conditions.version,
            rate=conditions.rate,
            environment=conditions.environment,
            clock=self._clock,
            market=state.market,
            chains=state.chains,
            drafts=state.drafts,
            session=state.session,
            health=state.health,
            notices=state.notices,
            jobs=state.jobs,
            subscriptions=self._subscriptions,
            chain_keeper=self._chain_keeper,
            smiles=SmileKeeper(state.market, self._clock),
            draft_keeper=self._draft_keeper,
            day_bars=self._day_bars,
            scheduler=self._scheduler,
            calendar=self._calendar,
            login=broker.login,
            market_data=broker.market_data,
            history=broker.history,
            expired=broker.expired,
            margin=broker.margin,
            trading=self._order_side.trading if self._order_side else None,
            replay=self._replay,
            instruments=records.instruments,
            candles=records.candles,
            candle_series=self._candle_series,
            runner=self._runner,
            snapshots=records.snapshots,
            volatility_days=records.volatility_days,
            chain_history=self._chain_history,
            option_history=records.option_history,
            exporter=records.exporter,
            importer=records.importer,
            downloads=self._downloads,
            backtests=self._backtests,
            actions=records.actions,
            volatility_history=VolatilityRecord(
                days=records.volatility_days,
                history=broker.history,
                candles=records.candles,
                calendar=self._calendar,
            ),
            watchlists=records.watchlists,
            preferences=records.preferences,
            drawings=records.drawings,
            job_runs=records.job_runs,
            log=log.ring,
            database=records.database,
        )
