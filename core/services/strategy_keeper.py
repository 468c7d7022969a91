"""Strategy keeper: watches the groups at live prices, and closes one when its rules say so.

An exit is written down before its first order. There is one at a time of a group; whatever else
fires meanwhile finds it on its way. What was on its way when the desk ended is interrupted: a
person looks at it, and nothing goes on by itself.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import structlog

from core.clock import Clock
from core.errors import AppError, RuleBroken
from core.ports.strategies import StrategyRepository
from core.services.order_records import OrderRecords
from core.services.strategy_books import StrategyBooks
from core.services.strategy_entry import StrategyEntry
from core.services.strategy_exits import Now, StrategyExits
from core.services.strategy_watch import StrategyWatch
from core.state.notices import Level, Notices
from core.state.strategies import StrategyState
from core.trading.exit_rules import (
    Action,
    Exit,
    Phase,
    Trigger,
    after_entry,
    after_exit,
    decide,
)
from core.trading.groups import Doing, Run, RunState, StrategyGroup
from core.trading.journal import Kind
from core.trading.requests import Source

log = structlog.get_logger(__name__)

PACE: Final = 1.0
REMEMBERED: Final = timedelta(days=7)
"""So long a strategy that is closed stays in sight."""
LINK: Final = "/positions"
SLOW: Final = timedelta(seconds=15)
"""An exit that takes longer is told of, with what it waits for."""


class StrategyKeeper:
    """What users change is in `core.services.strategy_desk`."""

    def __init__(
        self,
        *,
        account: str,
        groups: StrategyRepository,
        state: StrategyState,
        books: StrategyBooks,
        watch: StrategyWatch,
        exits: StrategyExits,
        entry: StrategyEntry,
        records: OrderRecords,
        clock: Clock,
        notices: Notices,
    ) -> None:
        self._account, self._groups, self._state = account, groups, state
        self._books, self._watch, self._exits, self._entry = books, watch, exits, entry
        self._records, self._clock, self._notices = records, clock, notices
        self._unsaved: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._told: dict[str, str] = {}
        self._loaded = False
        self._writing = asyncio.Lock()

    async def load(self) -> None:
        """Take up what was kept, once; what was on its way when the desk ended is interrupted."""
        if self._loaded:
            return
        self._loaded = True
        for group in await self._groups.all(self._account, self._clock.now() - REMEMBERED):
            self._state.put(group)
            if group.is_running or group.state.phase.is_busy:
                await self._end(group.id, "the desk ended in the middle of it")

    async def run(self) -> None:
        """Runs until cancelled; the minute that runs is written before it ends."""
        await self.load()
        try:
            while True:
                await self._watch.learn()
                self.look()
                await self.flush()
                await asyncio.sleep(PACE)
        finally:
            self._watch.end_minutes()
            await self.flush()

    def look(self) -> None:
        """Enter new fills, judge every group, and take down the minute."""
        self.sync()
        self._watch.hold()
        for group in self._state.active():
            self.judge(group.id)
        for group in self._state.groups.values():
            if group.state.phase is Phase.WAITING:
                self.judge(group.id)
        for group in self._state.groups.values():
            self._tell_waiting(group)
        self._watch.take_minutes()
        self._state.looked += 1

    def frame(self, rows: Iterable[int]) -> None:
        """The feed's listener: judge those groups whose prices have changed."""
        for id in self._watch.concerned(rows):
            self.judge(id)

    def sync(self) -> None:
        """Enter what was filled; a group that is flat has nothing more to watch."""
        for group in self._books.sync():
            self._unsaved.add(group.id)
        for group in list(self._state.groups.values()):
            if group.state.phase is Phase.ARMED and not group.is_open:
                why = "nothing of it is held any more"
                self._change(group, state=replace(group.state, phase=Phase.DONE, why=why))

    def judge(self, id: str) -> None:
        """Ask the rules; begin what they want."""
        group = self._state.groups[id]
        view = self._watch.look_at(group)
        after, action = decide(
            group.rules,
            group.state,
            view.numbers,
            self._clock.now(),
            trading=self._watch.trading,
        )
        why = self._watch.shut() if self._watch.trading and group.watches else ""
        if why:
            self._state.views[id] = replace(view, held_back=why)
        if action is not None and why:
            self._say_once(f"{id} act", Level.PROBLEM, f"“{self.title(group)}” cannot act: {why}.")
            return
        self._told.pop(f"{id} act", None)
        blind = group.state.phase is Phase.ARMED and self._watch.trading and view.numbers.blind
        words = f"“{self.title(group)}” is blind: {blind}." if blind else ""
        self._say_once(f"{id} blind", Level.WARNING, words)
        if action is not None:
            self._begin(group, after.phase, action)
        elif after != group.state:
            self._change(group, state=after)

    def begin_exit(self, group: StrategyGroup, action: Exit) -> None:
        """Raises RuleBroken where one is on its way, or nothing is open."""
        if group.is_running or group.state.phase.is_busy:
            raise RuleBroken("The strategy is being closed or opened already.")
        if not group.is_open:
            raise RuleBroken("Nothing of this strategy is open.")
        self._begin(group, Phase.EXITING, action)

    async def put(self, group: StrategyGroup, kind: Kind, text: str, **facts: str) -> None:
        """Change a group from this moment on; it is on the disk when this returns."""
        self._state.put(group)
        self._unsaved.add(group.id)
        await self.flush()
        await self._records.note(kind, group.id, text, **facts)

    async def end_run(self, id: str, why: str) -> None:
        """Stop what is on its way: nothing more is sent."""
        group = self._state.groups[id]
        if not group.is_running:
            raise RuleBroken("Nothing is on its way.")
        await self._end(id, why)

    def waits(self, group: StrategyGroup) -> list[str]:
        """What an exit on its way waits for, leg by leg, in words."""
        if not group.is_running:
            return []
        named = {at[0]: self._watch.contract(at[0]) for at in group.held()}
        return [
            f"{contract.symbol if (contract := named[at[0]]) else at[0]}: {text}"
            for at, text in self._exits.waits(group).items()
        ]

    @property
    def under_way(self) -> int:
        """How many exits and entries are being worked on."""
        return len(self._tasks)

    def title(self, group: StrategyGroup) -> str:
        return self._watch.title(group)

    async def flush(self) -> None:
        """Write what has changed; what cannot be written goes on waiting."""
        async with self._writing:
            while self._unsaved:
                ids = set(self._unsaved)
                self._unsaved -= ids
                try:
                    await self._groups.save(*(self._state.groups[id] for id in ids))
                except BaseException:
                    self._unsaved |= ids
                    raise
            await self._watch.flush()

    async def close(self) -> None:
        """Stop working on exits: what is being sent is sent to its end by the order desk."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, group: StrategyGroup, phase: Phase, action: Action) -> None:
        """In the state before anything waits, so that a second trigger finds it there."""
        exiting = isinstance(action, Exit)
        last = group.run.legs if group.run else ()
        run = Run(
            id=uuid4().hex,
            doing=Doing.EXIT if exiting else Doing.ENTRY,
            trigger=action.trigger if isinstance(action, Exit) else Trigger.REENTRY,
            words=action.words if isinstance(action, Exit) else "the wait after the stop is over",
            legs=tuple((*at, n) for at, n in group.held().items()) if exiting else last,
            began_at=self._clock.now(),
        )
        state = replace(group.state, phase=phase, why=run.words)
        if exiting:
            state = replace(state, fired=run.trigger)
        after = group.edited(self._clock.now(), state=state, run=run)
        self._state.put(after)
        self._start(self._carry_out(group, after, run))

    async def _carry_out(self, before: StrategyGroup, group: StrategyGroup, run: Run) -> None:
        """Write it down, then do it. What cannot be written down is not done."""
        try:
            await self.put(group, Kind.INTENT, f"{run.doing}: {run.words}", trigger=run.trigger)
        except Exception as problem:
            log.exception("strategy.not_written", id=group.id)
            self._change(self._state.groups[group.id], state=before.state, run=before.run)
            text = f"The {run.doing} of “{self.title(group)}” could not be written down: {problem}."
            self._say_once(f"{group.id} written", Level.PROBLEM, text)
            return
        self._say(Level.WARNING, f"{run.doing.capitalize()} of “{self.title(group)}”: {run.words}.")
        try:
            words = await self._do(group.id, run)
        except AppError as problem:
            await self._end(group.id, str(problem))
        except Exception:
            log.exception("strategy.run_failed", id=group.id)
            await self._end(group.id, "something of the desk broke: see the log")
        else:
            await self._done(group.id, run, words)

    async def _do(self, id: str, run: Run) -> str:
        source = Source.HUMAN if run.trigger is Trigger.HAND else Source.RULE
        if run.doing is Doing.EXIT:
            return "; ".join(await self._exits.close(id, run.id, self._now(run), source))
        await self._entry.open(id, run, self._state.groups[id], self._now(run))
        return ""

    def _now(self, run: Run) -> Now:
        """The group as it is, as long as this run is on its way."""

        def now(id: str) -> StrategyGroup | None:
            self.sync()
            group = self._state.groups[id]
            ours = group.run is not None and group.run.id == run.id and group.run.is_running
            return group if ours else None

        return now

    async def _done(self, id: str, run: Run, words: str) -> None:
        await self._watch.learn()
        self.sync()
        group, now = self._state.groups[id], self._clock.now()
        if group.run is None or group.run.id != run.id or not group.run.is_running:
            return
        ended = replace(group.run, state=RunState.DONE, why=words, ended_at=now)
        if run.doing is Doing.EXIT:
            state = after_exit(group.rules, group.state, now)
        else:
            numbers, money = self._watch.look_at(group).numbers, self._watch.money(group)
            state = after_entry(group.state, numbers, now, money)
        after = group.edited(now, state=state, run=ended)
        self._state.put(after)
        self._watch.hold()
        await self.put(after, Kind.UPDATE, f"{run.doing} done{f': {words}' if words else ''}")
        level = Level.WARNING if words else Level.GOOD
        text = f"{run.doing.capitalize()} of “{self.title(group)}” is done"
        self._say(level, f"{text}; {words}." if words else f"{text}.")

    async def _end(self, id: str, why: str) -> None:
        """Interrupted: a person decides what comes next."""
        group, now = self._state.groups[id], self._clock.now()
        run = group.run
        if run is not None and run.is_running:
            run = replace(run, state=RunState.INTERRUPTED, why=why, ended_at=now)
        state = replace(group.state, phase=Phase.INTERRUPTED, why=why)
        after = group.edited(now, state=state, run=run)
        self._state.put(after)  # at once: nothing more is sent
        what = run.doing if run else Doing.EXIT
        self._say(
            Level.PROBLEM,
            f"The {what} of “{self.title(group)}” is interrupted: {why}. Look at its legs.",
        )
        await self.put(after, Kind.UPDATE, f"{what} interrupted: {why}")

    def _tell_waiting(self, group: StrategyGroup) -> None:
        """An exit that does not get on is told."""
        run = group.run
        if run is None or not run.is_running or self._clock.now() - run.began_at < SLOW:
            return
        if why := "; ".join(self.waits(group)):
            text = f"The {run.doing} of “{self.title(group)}” waits. {why}."
            self._say_once(f"{group.id} waits", Level.WARNING, text)

    def _change(self, group: StrategyGroup, **changes: object) -> None:
        self._state.put(group.edited(self._clock.now(), **changes))
        self._unsaved.add(group.id)

    def _say_once(self, about: str, level: Level, text: str) -> None:
        """A state that lasts is told as it begins; without a text it is over."""
        if text and self._told.get(about) != text:
            self._say(level, text)
        self._told[about] = text

    def _say(self, level: Level, text: str) -> None:
        at = self._clock.now()
        self._notices.add(level, text, at=at, source="strategies", link=LINK)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
