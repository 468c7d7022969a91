"""Replay: drives a recorded day, second by second, at any speed.

Time goes on only when everything that a second asks for is done: the frame is in the market state,
its listeners were called, and what they set off has come to its end or waits for the market. The
same seconds are passed at every speed, so that the same orders get the same fills.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from core.clock import SetClock
from core.errors import RuleBroken
from core.ports.replay import RecordedFeed, ReplayDays
from core.state.replay import ReplayState

log = structlog.get_logger(__name__)

SECOND: Final = timedelta(seconds=1)
BEAT: Final = 0.05
"""Wall seconds between two advances."""
SLICE: Final = 0.008
"""Wall seconds after which others have their turn."""
SLOWEST: Final = 1.0
FASTEST: Final = 600.0
SPEEDS: Final = (1.0, 5.0, 15.0, 60.0, 300.0, 600.0)
MEASURED: Final = 1.0
"""Wall seconds over which the reached speed is measured."""

Settle = Callable[[bool], Awaitable[None]]
"""Bring to its end what a second asks for; told whether anything was heard in it."""
Anew = Callable[[date, datetime | None], None]
"""Begin another run, of this day, and drive it to a moment; returns at once."""


class Replay:
    """`anew` begins a run from nothing: no state can be taken back, so a jump back starts over."""

    def __init__(
        self,
        *,
        clock: SetClock,
        feed: RecordedFeed,
        state: ReplayState,
        days: ReplayDays,
        settle: Settle,
        anew: Anew,
    ) -> None:
        self._clock, self._feed, self._settle, self._anew = clock, feed, settle, anew
        self.state, self.days = state, days
        self._stirred = asyncio.Event()
        self._one = asyncio.Lock()

    @property
    def now(self) -> datetime:
        return self._clock.now()

    def play(self) -> None:
        """Raises RuleBroken without a day, or at its end."""
        self._need_day()
        if self._at_end():
            raise RuleBroken("The day is over: jump back, or choose another.")
        self._put(playing=True)
        self._stirred.set()

    def pause(self) -> None:
        self._put(playing=False)

    def speed(self, times: float) -> None:
        """1 to 600 times; raises RuleBroken for any other."""
        if not SLOWEST <= times <= FASTEST:
            raise RuleBroken(f"A replay runs 1 to {FASTEST:.0f} times as fast, not {times:g}.")
        self._put(speed=float(times))

    async def step(self, minutes: int) -> None:
        """So many minutes on (back begins anew), to the full minute; it stands there."""
        self._need_day()
        now = self._clock.now()
        full = now.replace(second=0, microsecond=0)
        behind = minutes < 0 and now != full
        await self.jump(full + timedelta(minutes=minutes + behind))

    async def jump(self, moment: datetime) -> None:
        """Stand at a moment of the day; an earlier one begins another run, and ends this one."""
        begins, _ = self._need_day()
        wanted = self._within(max(moment, begins))
        if wanted < self._clock.now():
            self.begin(self.state.day or begins.date(), wanted)
            return
        self._put(playing=False, bound_for=wanted)
        try:
            await self.advance(wanted)
        finally:
            self._put(bound_for=None)

    def begin(self, day: date, moment: datetime | None = None) -> None:
        """Another run, of this day or another; what this one did stays behind."""
        self._put(playing=False, bound_for=moment)
        self._anew(day, moment)

    def stay(self) -> None:
        """Another run was asked for and did not come."""
        self._put(bound_for=None)

    async def run(self) -> None:
        """Play while it is to be played; runs until cancelled."""
        while True:
            self._stirred.clear()
            if not self.state.playing:
                self._put(reached=0.0)
                await self._stirred.wait()
            await self._play()

    async def advance(self, until: datetime) -> None:
        """Second by second to a moment, as fast as can be; others have their turns meanwhile."""
        async with self._one:
            turn = time.monotonic()
            while self._clock.now() < until:
                await self._pass_a_second()
                if (now := time.monotonic()) - turn > SLICE:
                    await asyncio.sleep(0)
                    turn = now

    async def _play(self) -> None:
        """At the speed that is set; what cannot be kept up is not made up for."""
        due, seen = 0.0, time.monotonic()
        began, passed = seen, self._clock.now()
        while self.state.playing and not self._at_end():
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            due = min(due + (now - seen) * self.state.speed, 2 * BEAT * self.state.speed + 1)
            seen = now
            if due >= 1:
                await self.advance(self._within(self._clock.now() + int(due) * SECOND))
                due -= int(due)
            if now - began >= MEASURED:
                done = (self._clock.now() - passed).total_seconds()
                self._put(reached=done / (now - began))
                began, passed = now, self._clock.now()
        if self._at_end():
            self._put(playing=False)

    async def _pass_a_second(self) -> None:
        self._clock.advance(SECOND)
        heard = self._feed.move(self._clock.now())
        await self._settle(heard)

    def _need_day(self) -> tuple[datetime, datetime]:
        begins, ends = self.state.begins, self.state.ends
        if begins is None or ends is None:
            raise RuleBroken("Choose a recorded day first.")
        return begins, ends

    def _within(self, moment: datetime) -> datetime:
        return moment if self.state.ends is None else min(moment, self.state.ends)

    def _at_end(self) -> bool:
        return self.state.ends is None or self._clock.now() >= self.state.ends

    def _put(self, **values: object) -> None:
        changed = {name: each for name, each in values.items() if getattr(self.state, name) != each}
        for name, each in changed.items():
            setattr(self.state, name, each)
        self.state.revision += bool(changed)
