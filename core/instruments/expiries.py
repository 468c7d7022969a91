"""Expiries as the broker lists them: how long they have, which to show first, what to call them."""

from collections.abc import Sequence
from datetime import date, datetime

MINUTES_A_YEAR = 525_600


def days_left(expiry: date, today: date) -> int:
    """Calendar days; 0 on the day itself, negative once it is over."""
    return (expiry - today).days


def years_left(closes_at: datetime, now: datetime) -> float:
    """Minutes to the dated close over 525,600; 0 once it has closed."""
    return max((closes_at - now).total_seconds(), 0.0) / 60 / MINUTES_A_YEAR


def nearest(expiries: Sequence[date], today: date) -> date | None:
    """The first expiry that is not over."""
    return min((e for e in expiries if e >= today), default=None)


def is_monthly(expiry: date, expiries: Sequence[date]) -> bool:
    """The last one listed in its month; the list itself decides, not a weekday."""
    return all(e <= expiry for e in expiries if (e.year, e.month) == (expiry.year, expiry.month))


def label(expiry: date, today: date) -> str:
    """`25 Nov`, with the year when it is another than this one."""
    text = f"{expiry.day} {expiry:%b}"
    return text if expiry.year == today.year else f"{text} {expiry:%y}"


def left_text(expiry: date, today: date) -> str:
    """`today`, `1 day`, `6 days`; `over` once it is past."""
    days = days_left(expiry, today)
    if days < 0:
        return "over"
    return "today" if days == 0 else f"{days} day{'s' if days > 1 else ''}"
