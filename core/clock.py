"""Clocks: the only source of `now`."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Protocol

IST: Final = timezone(timedelta(hours=5, minutes=30), "IST")


class Clock(Protocol):
    """Tells the time of the market that we look at; always aware, always UTC."""

    def now(self) -> datetime: ...

    @property
    def simulated(self) -> bool:
        """True where the time is an exchange's own and not the wall's."""
        ...


class WallClock:
    simulated: bool = False

    def now(self) -> datetime:
        return datetime.now(UTC)


class FollowedClock:
    """The time of a simulated exchange, carried on at its speed between two looks at it."""

    simulated: bool = True

    def __init__(self) -> None:
        self._base = datetime.now(UTC)
        self._seen = time.monotonic()
        self._speed = 1.0
        self.followed = False

    def follow(self, now: datetime, speed: float) -> None:
        """Take over what the exchange said a moment ago."""
        self._base, self._speed, self._seen = now.astimezone(UTC), speed, time.monotonic()
        self.followed = True

    def now(self) -> datetime:
        return self._base + timedelta(seconds=(time.monotonic() - self._seen) * self._speed)


class SetClock:
    """A clock that tests and replays move by hand."""

    simulated: bool = True

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._now += by
