"""The paper account's day: the moments at which something must be done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import Final

from core.clock import IST
from core.dated import in_force
from core.instruments.calendar import MarketCalendar, Session
from core.instruments.instrument import Instrument, Kind

RELEASE_AFTER: Final = timedelta(seconds=5)
"""So long after the opening the orders go in that waited for it."""


@dataclass(frozen=True, slots=True)
class SquareOff:
    """So long before their trading ends intraday positions are closed."""

    start: date
    shares: timedelta
    derivatives: timedelta
    source: str


SQUARE_OFFS: Final = (
    SquareOff(
        date(2010, 10, 18),
        timedelta(minutes=15),
        timedelta(minutes=10),
        "older help pages of brokers: about 15:15 to 15:20",
    ),
    SquareOff(
        date(2026, 8, 3),
        timedelta(minutes=3),
        timedelta(minutes=10),
        "this account's own: the broker's times since the closing auction are not published",
    ),
)


class Moment(IntEnum):
    """In the order in which they are done when they fall together."""

    NEW_DAY = 0
    OPEN = 1
    SQUARE_OFF_SHARES = 2
    SHARES_CLOSE = 3
    SQUARE_OFF = 4
    CLOSE = 5


def between(
    calendar: MarketCalendar, after: datetime, until: datetime
) -> Iterator[tuple[datetime, Moment]]:
    """Moments after `after`, up to `until`, in order."""
    day = after.astimezone(IST).date()
    while midnight(day) <= until:
        yield from ((at, m) for at, m in moments(calendar, day) if after < at <= until)
        day += timedelta(days=1)


def moments(calendar: MarketCalendar, day: date) -> list[tuple[datetime, Moment]]:
    """Of one day; only its beginning where there is no trading."""
    session, found = calendar.session_of(day), [(midnight(day), Moment.NEW_DAY)]
    if session is None:
        return found
    early, shares = in_force(SQUARE_OFFS, day, "square-off times"), shares_close(session)
    return sorted(
        [
            *found,
            (session.opens_at, Moment.OPEN),
            (shares - early.shares, Moment.SQUARE_OFF_SHARES),
            (shares, Moment.SHARES_CLOSE),
            (session.closes_at - early.derivatives, Moment.SQUARE_OFF),
            (session.closes_at, Moment.CLOSE),
        ]
    )


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), IST)


def shares_close(session: Session) -> datetime:
    """The end of continuous trading in shares: the paper account takes part in no auction."""
    return session.auction[0] if session.auction else session.closes_at


def takes(calendar: MarketCalendar, instrument: Instrument, now: datetime) -> bool:
    """Whether orders of a contract meet the market now."""
    session = calendar.session_of(now.astimezone(IST).date())
    if session is None or not session.open_at(now):
        return False
    return instrument.kind is not Kind.EQUITY or now < shares_close(session)


def released(calendar: MarketCalendar, placed_at: datetime, now: datetime) -> bool:
    """Whether an order may go in: one that waited for the opening goes in a little after it."""
    session = calendar.session_of(now.astimezone(IST).date())
    if session is None:
        return False
    return placed_at >= session.opens_at or now >= session.opens_at + RELEASE_AFTER
