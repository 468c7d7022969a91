"""Expiries that the dated rules lead to expect, for days on which nothing is listed yet.

What trades is told by the broker's list alone: an expected day may move with a holiday that is
announced later, or with the rule. Sources: SEBI, 26 May 2025 (every expiry on a Tuesday or a
Thursday: at the NSE Tuesday from 2 September 2025, at the BSE Thursday from 4 September 2025);
SEBI, October 2024 (one weekly index an exchange); NSE FAOP/71876 (the day before a holiday).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

TUESDAY, THURSDAY = 1, 3
SINCE: Final = date(2025, 9, 1)
"""From here on one weekday an exchange holds; earlier expiries are history, not expected."""
WEEKDAY: Final = {
    "NIFTY": TUESDAY,
    "BANKNIFTY": TUESDAY,
    "FINNIFTY": TUESDAY,
    "MIDCPNIFTY": TUESDAY,
    "SENSEX": THURSDAY,
    "BANKEX": THURSDAY,
}
WEEKLY: Final = ("NIFTY", "SENSEX")
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedExpiry:
    symbol: str
    day: date
    monthly: bool


def expected(
    symbol: str,
    first: date,
    last: date,
    listed: Iterable[date],
    ordinary: Callable[[date], bool],
) -> list[ExpectedExpiry]:
    """Of an index, between two days (both included), in weeks for which nothing is listed.

    `ordinary` tells a day with the usual session: an expiry falls back to the one before it.
    """
    taken = {_monday(day) for day in listed}
    found = []
    nominal = _monday(max(first, SINCE)) + WEEKDAY[symbol] * DAY
    while nominal <= last + WEEK:
        monthly = (nominal + WEEK).month != nominal.month
        day = _until(nominal, ordinary)
        wanted = monthly or symbol in WEEKLY
        if wanted and first <= day <= last and not {_monday(nominal), _monday(day)} & taken:
            found.append(ExpectedExpiry(symbol=symbol, day=day, monthly=monthly))
        nominal += WEEK
    return found


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def _until(day: date, ordinary: Callable[[date], bool]) -> date:
    while not ordinary(day):
        day -= DAY
    return day
