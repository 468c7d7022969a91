"""The exchange's clock: simulated time that skips the nights, or the wall's."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, Protocol

from core.clock import IST

ClockKind = Literal["open", "wall"]

DAY_MS: Final = 86_400_000
YEAR_MS: Final = 365 * DAY_MS
IST_MS: Final = 19_800_000
NEVER_CLOSES_AFTER: Final = 14  # days looked ahead for a session before we give up


class Calendar(Protocol):
    """What the clock must know of the market."""

    def hours(self, day: date) -> tuple[int, int] | None: ...


class Clock(Protocol):
    """What the rest of the exchange needs of a clock."""

    @property
    def kind(self) -> str: ...

    @property
    def speed(self) -> float: ...

    def now_ms(self) -> int: ...


class OpenClock:
    """Runs from the opening to the close of one trading day, then goes on at the next opening."""

    kind: ClockKind = "open"

    def __init__(
        self,
        calendar: Calendar,
        speed: float = 1.0,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.speed = speed
        self._calendar = calendar
        self._monotonic = monotonic
        # Candles are computed in a thread: it and the loop must never see half a jump.
        self._lock = threading.Lock()
        started = wall().astimezone(IST)
        hours = calendar.hours(started.date())
        if hours is None or started.timestamp() * 1000 >= hours[1]:
            hours = self._next_session(started.date())
        self._opens, self._closes = hours
        self._base = monotonic()

    def now_ms(self) -> int:
        with self._lock:
            now = self._elapsed_from(self._opens)
            while now >= self._closes:
                late = now - self._closes
                self._opens, self._closes = self._next_session(day_of(self._opens))
                now = self._opens + late
                self._base = self._monotonic() - late / 1000 / self.speed
            return now

    def _elapsed_from(self, opens: int) -> int:
        return opens + int((self._monotonic() - self._base) * self.speed * 1000)

    def _next_session(self, after: date) -> tuple[int, int]:
        for days in range(1, NEVER_CLOSES_AFTER + 1):
            hours = self._calendar.hours(after + timedelta(days=days))
            if hours is not None:
                return hours
        raise ValueError(f"no trading day within {NEVER_CLOSES_AFTER} days after {after}")


class WallClock:
    """The time that it is: closed when the market is closed."""

    kind: ClockKind = "wall"
    speed: float = 1.0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


def make_clock(kind: ClockKind, calendar: Calendar, speed: float) -> Clock:
    return OpenClock(calendar, speed) if kind == "open" else WallClock()


def day_of(ms: int) -> date:
    """The day in India at that moment."""
    return datetime.fromtimestamp(ms / 1000, IST).date()


def at_ist(day: date, hour: int, minute: int = 0, second: int = 0) -> int:
    """Epoch ms of a time of day in India."""
    moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)
    return int(moment.timestamp()) * 1000


def iso(ms: int) -> str:
    """As the broker writes moments: ISO with milliseconds and +05:30."""
    return datetime.fromtimestamp(ms / 1000, IST).isoformat(timespec="milliseconds")
