"""Strategy runner: the same strategies that are tested, on the market as it moves now.

Until the user has switched a strategy to trade, its orders are signals: they are shown, and its
book goes on as if they had been filled at the quotes. Switched, they go through the order desk like
any other order of a rule. Its code runs beside the event loop, one event at a time.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from core.clock import IST, Clock
from core.errors import AppError, BrokerUnavailable, RuleBroken
from core.ids import InstrumentKey, UserId
from core.instruments.calendar import MarketCalendar, Session
from core.instruments.candle import Candles, Interval
from core.ports.feed import FeedMode
from core.ports.repositories import InstrumentRepository, PreferenceRepository
from core.services.chain_keeper import ChainKeeper
from core.services.live_context import Bar, LiveContext
from core.services.signal_voice import SignalVoice
from core.services.strategy_orders import StrategyOrders
from core.services.strategy_sight import StrategySight
from core.services.strategy_thread import LIMIT, call
from core.services.strategy_work import WARM_UP, LiveSetup, Work, bar_at
from core.services.subscriptions import Subscriptions
from core.state.notices import Level, Notices
from core.state.signals import Asked, Doing, Run, SignalState, asked_of, kept_of
from core.strategies.asking import Ask
from core.strategies.strategy import Context, Filled, Strategy

log = structlog.get_logger(__name__)

PACE: Final = 0.25
GAP: Final = timedelta(minutes=1)
LATE: Final = timedelta(seconds=20)
"""How long after its end a bar is waited for; one that comes later is not told."""
ROUNDS: Final = 5
"""Orders, their fills, and what these call for: so often within one second of a replay."""
USER: Final = UserId("signals")
KEPT: Final = "runs"

BarsOf = Callable[[InstrumentKey, Interval, int], Awaitable[Candles]]
"""The newest bars, so many; the last one may still be growing."""
StrategyOf = Callable[[str], type[Strategy]]
"""The class of that name; raises RuleBroken for none."""
Event = Callable[[Strategy, Context], None]


class StrategyRunner:
    """Where nothing can be ordered there are signals only."""

    def __init__(
        self,
        *,
        state: SignalState,
        orders: StrategyOrders,
        sight: StrategySight,
        chain_keeper: ChainKeeper,
        subscriptions: Subscriptions,
        instruments: InstrumentRepository,
        preferences: PreferenceRepository,
        calendar: MarketCalendar,
        clock: Clock,
        notices: Notices,
        bars_of: BarsOf,
        strategy_of: StrategyOf,
        ready: Callable[[], bool] = lambda: True,
        patience: float = LIMIT,
    ) -> None:
        self.state, self._orders, self._sight = state, orders, sight
        self._chain_keeper = chain_keeper
        self._subscriptions, self._instruments = subscriptions, instruments
        self._preferences, self._calendar, self._clock = preferences, calendar, clock
        self._bars_of, self._strategy_of = bars_of, strategy_of
        self._voice = SignalVoice(state, notices, clock)
        self._ready, self._patience = ready, patience
        self._works: dict[str, Work] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._minute: datetime | None = None
        self._loaded = False
        self._acting = asyncio.Lock()  # a stop waits for the switch before it

    async def start(self, asked: Asked) -> Run:
        """Begin as signals only. Raises RuleBroken for what cannot run."""
        if not self._loaded:  # else those that were kept would be forgotten
            if not self._ready():
                raise RuleBroken("The desk is not ready yet: Health says why.")
            await self.load()
        made = await self._make(asked, f"s-{secrets.token_hex(4)}")
        await self._begin(made)
        await self._save()
        return made.run

    async def stop(self, id: str) -> None:
        """Its working orders are cancelled; what it holds is left to the user."""
        async with self._acting:
            await self._stop(self._known(id))
            await self._save()

    async def remove(self, id: str) -> None:
        async with self._acting:
            await self._stop(self._known(id))
            self._works.pop(id, None)
            self.state.runs.pop(id, None)
            self.state.revision += 1
            await self._save()

    async def _stop(self, work: Work) -> None:
        """Nothing more is begun or sent; then what was under way is cancelled too."""
        self._end(work, Doing.STOPPED, "")
        while work.busy:  # noqa: ASYNC110 – its turn has an end, and no other sign of it
            await asyncio.sleep(PACE / 10)
        await self._cancel_all(work)

    async def _cancel_all(self, work: Work) -> None:
        for problem in await self._orders.cancel_all(work):
            text = f"An order of {work.run.title} may still work, see Orders: {problem}"
            self._voice.tell(Level.PROBLEM, text)

    async def switch(self, id: str, *, trades: bool) -> None:
        """Let it trade, or signal only. Either way it begins anew, flat: what it held is yours."""
        if trades:
            self._orders.require()
        async with self._acting:
            before = self._known(id)
            await self._stop(before)
            made = await self._make(before.run.asked, id)
            made.run.trades = trades
            await self._begin(made)
            words = "trades now" if trades else "signals only from now on"
            self._voice.tell(Level.WARNING if trades else Level.INFO, f"{made.run.title} {words}")
            await self._save()

    async def load(self) -> None:
        """What ran when the desk ended goes on as signals; what traded waits for the user."""
        self._loaded = True
        kept = (await self._preferences.all(USER)).get(KEPT, [])
        for each in kept if isinstance(kept, list) else []:
            try:
                work = await self._make(asked_of(each), str(each["id"]))
            except (AppError, KeyError, TypeError, ValueError) as problem:
                log.warning("signals.not_read", problem=str(problem))
                continue
            self._works[work.run.id] = work
            self.state.runs[work.run.id] = work.run
            if each.get("trades"):
                self._end(work, Doing.STOPPED, "It traded when the desk ended: start it again.")
            elif each.get("doing") == Doing.RUNNING:
                await self._begin_again(work)
            else:
                self._end(work, Doing.STOPPED, str(each.get("problem", "")))

    async def run(self) -> None:
        """Runs until cancelled."""
        try:
            while True:
                if not self._loaded and self._ready():
                    await self.load()
                self.look()
                await asyncio.sleep(PACE)
        finally:
            if self._loaded:  # else what was kept would be forgotten
                await self._save()
            for work in self._works.values():
                self._let_go(work)
            for task in self._tasks:
                task.cancel()

    def look(self) -> None:
        """Take in fills, and tell every strategy of a minute that has ended."""
        now = self._clock.now()
        minute = now.astimezone(UTC).replace(second=0, microsecond=0)
        ended, self._minute = self._minute, minute
        over = ended is not None and ended < minute <= ended + GAP
        session = self._calendar.session_of(now.astimezone(IST).date())
        is_open = over and session is not None and ended is not None and session.open_at(ended)
        for work in list(self._works.values()):
            if work.run.doing is not Doing.RUNNING:
                continue
            if is_open:
                work.over = session  # one that is busy hears of it at its next turn
            if not work.busy:
                work.busy = True
                self._go(self._turn(work, now))

    async def second(self, orders_done: Callable[[], Awaitable[None]]) -> None:
        """A replay's second: all that a look sets off is done, its fills heard of, at this moment.

        `orders_done` returns once nothing is on its way to or from the account.
        """
        for _ in range(ROUNDS):
            said = self.state.count
            self.look()
            await self.settle()
            if self.state.count == said:
                return
            await orders_done()

    async def settle(self) -> None:
        """Return once all that was begun is done: a replay's time stands still until then."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _turn(self, work: Work, now: datetime) -> None:
        """One look at one strategy."""
        session, work.over = work.over, None
        try:
            await self._fills(work, now)
            if session is not None:
                await self._minute_over(work, now, session)
            if work.bar_due is not None:
                await self._bars(work, now)
            await self._fills(work, now)
            work.run.held = work.book.held
            work.run.pnl = work.book.pnl(self._sight.price)
        except AppError as problem:
            await self._fail(work, str(problem))
        except Exception as problem:
            log.exception("signals.failed", run=work.run.id)
            await self._fail(work, str(problem))
        finally:
            work.busy = False
            self.state.revision += 1

    async def _minute_over(self, work: Work, now: datetime, session: Session) -> None:
        if work.day != session.day:
            if work.day is not None:
                await self._open_chains(work)  # one of them may have ended
            work.day = session.day
            await self._event(work, now, lambda s, c: s.on_day(c))
        if work.has_bars and work.closes_bar(session, now):
            work.bar_due = now
        if work.setup.wanted:
            spot = self._sight.spot(work.run.asked.symbol)
            await self._event(work, now, lambda s, c: s.on_minute(c), Bar(close=spot))
        if now >= session.closes_at:
            await self._event(work, now, lambda s, c: s.on_day_end(c))
        work.run.last_at = now
        self._watch(work)

    async def _bars(self, work: Work, now: datetime) -> None:
        """The bar that is due may come a little later than its end.

        Of several that come at once only the newest is told: the others' moments are gone.
        """
        assert work.bar_due is not None
        try:
            candles = await self._bars_of(work.run.asked.key, work.interval, 2 * WARM_UP)
        except BrokerUnavailable as problem:  # a read is tried again, at the next look
            log.warning("signals.no_bars", run=work.run.id, problem=str(problem))
            candles = Candles.none()
        at = work.new_bar(candles, now)
        if at is not None or now > work.bar_due + LATE:
            work.bar_due = None
        if at is not None:
            work.move_lines(candles, at)
            await self._event(work, now, lambda s, c: s.on_bar(c), bar_at(candles, at))

    async def _fills(self, work: Work, now: datetime) -> None:
        for fill in await self._orders.fills(work, now):
            await self._event(work, now, partial(_filled, fill))
        refused, work.refused = work.refused, []
        for number, why in refused:
            await self._event(work, now, partial(_refused, number, why))

    async def _event(self, work: Work, now: datetime, act: Event, bar: Bar | None = None) -> None:
        """Tell the strategy, then do what it asked for."""
        context = LiveContext(self._sight.moment(work, now, bar or Bar()), work.numbers)
        await call(lambda: act(work.strategy, context), self._patience)
        for asked in context.asked:
            if isinstance(asked, Ask):
                await self._carry_out(work, asked)
            else:
                await self._orders.cancel(work, asked)
        for text in context.notes:
            self._voice.note(work.run, text)

    async def _carry_out(self, work: Work, ask: Ask) -> None:
        price = self._orders.touch(ask.key, ask.units)
        known = await self._instruments.get(ask.key)
        words = f"{'buy' if ask.units > 0 else 'sell'} {abs(ask.units)}"
        named = f"{words} {known.symbol if known is not None else ask.key}"
        try:
            order, outcome = await self._orders.place(work, ask)
        except AppError as problem:
            work.refused.append((ask.number, str(problem)))
            self._voice.signal(work.run, words, ask, price, f"refused: {problem}")
            self._voice.tell(Level.PROBLEM, f"{work.run.title}: {named} was refused: {problem}")
            return
        self._voice.signal(work.run, words, ask, price, outcome, order)
        if order is None:
            self._voice.tell(Level.INFO, f"{work.run.title}: {named}", event="signal")

    async def _make(self, asked: Asked, id: str) -> Work:
        found: list[Strategy] = []  # a file's code runs when it is loaded
        await call(
            lambda: found.append(self._strategy_of(asked.strategy)(**asked.parameters)),
            self._patience,
        )
        (made,) = found
        interval = Interval.parse(asked.interval)
        if not interval.intraday:
            raise RuleBroken(f"Bars of {interval} are too long to wait for: take 1m to 5h.")
        run = Run(
            id=id,
            asked=asked,
            title=f"{type(made).title or asked.strategy} on {asked.symbol or asked.key}",
            started_at=self._clock.now(),
        )
        return Work(run=run, strategy=made, interval=interval, setup=LiveSetup(asked.symbol))

    async def _begin(self, work: Work) -> None:
        """`init`, then everything that it has declared; raises RuleBroken where it cannot be."""
        await call(lambda: work.strategy.init(work.setup), self._patience)
        if work.run.asked.key:
            instrument = await self._instruments.get(work.run.asked.key)
            if instrument is None:
                raise RuleBroken(f"{work.run.asked.key} is not listed today.")
            work.lot = max(instrument.lot_size, 1)
        await self._open_chains(work)
        self._works[work.run.id] = work
        self.state.runs[work.run.id] = work.run
        work.run.doing = Doing.RUNNING
        self._watch(work)
        self.state.revision += 1

    async def _begin_again(self, work: Work) -> None:
        try:
            await self._begin(work)
        except AppError as problem:
            self._end(work, Doing.FAILED, str(problem))

    async def _open_chains(self, work: Work) -> None:
        """Those of the nearest expiries; raises RuleBroken where fewer are listed."""
        before, work.viewers = work.viewers, []
        for symbol, count in work.setup.wanted.items():
            today = self._calendar.today()
            listed = [d for d in await self._instruments.expiries(symbol) if d >= today]
            if len(listed) < count:
                raise RuleBroken(f"{symbol or 'Nothing'} lists {len(listed)} expiries of {count}.")
            for expiry in listed[:count]:
                viewer = f"strategy {work.run.id} {symbol} {expiry}"
                await self._chain_keeper.open(viewer, symbol, expiry)
                work.viewers.append(viewer)
        for viewer in set(before) - set(work.viewers):
            self._chain_keeper.release(viewer)

    def _watch(self, work: Work) -> None:
        wanted = {key: FeedMode.FULL for key in work.keys if key}
        self._subscriptions.hold(f"strategy {work.run.id}", wanted)

    def _let_go(self, work: Work) -> None:
        for viewer in work.viewers:
            self._chain_keeper.release(viewer)
        work.viewers.clear()
        self._subscriptions.release(f"strategy {work.run.id}")

    def _end(self, work: Work, doing: Doing, problem: str) -> None:
        self._let_go(work)
        work.run.doing, work.run.problem, work.run.trades = doing, problem, False
        self.state.revision += 1

    async def _fail(self, work: Work, problem: str) -> None:
        """Nothing more is begun from here on, whatever cancelling brings."""
        traded = work.run.trades and bool(work.book.held)
        left = " What it holds is left to you: see Positions." if traded else ""
        self._end(work, Doing.FAILED, problem + left)
        await self._cancel_all(work)
        self._voice.tell(Level.PROBLEM, f"{work.run.title} was stopped: {problem}.{left}")
        await self._save()

    def _known(self, id: str) -> Work:
        if id not in self._works:
            raise RuleBroken("That strategy is not here any more.")
        return self._works[id]

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="strategy turn")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _save(self) -> None:
        runs = [kept_of(work.run) for work in self._works.values()]
        await self._preferences.set(USER, KEPT, runs)


def _filled(fill: Filled, strategy: Strategy, desk: Context) -> None:
    strategy.on_fill(desk, fill)


def _refused(order: int, why: str, strategy: Strategy, desk: Context) -> None:
    strategy.on_refused(desk, order, why)
