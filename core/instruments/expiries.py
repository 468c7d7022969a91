"""Expiries as the broker lists them: how long they have, and which of them are monthly."""

from collections.abc import Sequence
from datetime import date, datetime

MINUTES_A_YEAR = 525_600


def years_left(closes_at: datetime, now: datetime) -> float:
    """Minutes to the dated close over 525,600; 0 once it has closed."""
    return max((closes_at - now).total_seconds(), 0.0) / 60 / MINUTES_A_YEAR


def is_monthly(expiry: date, expiries: Sequence[date]) -> bool:
    """The last one listed in its month; the list itself decides, not a weekday."""
    return all(e <= expiry for e in expiries if (e.year, e.month) == (expiry.year, expiry.month))
