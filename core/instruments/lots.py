"""Lots of index contracts by their expiry: a dated table, for days whose listing nobody kept.

What trades today is told by the broker's list alone. Read off the futures' turnover and the stated
lots of each day from 2019 to July 2026; of the BSE from its notices, and of weekly NIFTY options of
January 2025 from NSE's circular of October 2024: series listed from 20 November 2024 have 75.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from core.dated import in_force
from core.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class Lot:
    """Of contracts that expire from `start` on; `since` is the day on which those that were listed
    already were changed."""

    start: date
    units: int
    since: date = date.min


LOTS: Final = {
    "NIFTY": (
        Lot(date(2019, 1, 1), 75),
        Lot(date(2021, 7, 1), 50),
        Lot(date(2024, 4, 26), 25, since=date(2024, 4, 26)),
        Lot(date(2025, 1, 1), 75),
        Lot(date(2026, 1, 1), 65),
    ),
    "BANKNIFTY": (
        Lot(date(2019, 1, 1), 20),
        Lot(date(2020, 7, 1), 25),
        Lot(date(2023, 7, 1), 15),
        Lot(date(2025, 2, 1), 30),
        Lot(date(2025, 7, 1), 35),
        Lot(date(2026, 1, 1), 30),
    ),
    "FINNIFTY": (
        Lot(date(2021, 1, 11), 40),
        Lot(date(2024, 7, 1), 25),
        Lot(date(2025, 2, 1), 65),
        Lot(date(2026, 1, 1), 60),
    ),
    "MIDCPNIFTY": (
        Lot(date(2023, 6, 1), 75),
        Lot(date(2024, 7, 1), 50),
        Lot(date(2025, 2, 1), 120),
        Lot(date(2025, 7, 1), 140),
        Lot(date(2026, 1, 1), 120),
    ),
    "NIFTYNXT50": (Lot(date(2024, 4, 24), 10), Lot(date(2025, 2, 1), 25)),
    "NIFTYFPI": (Lot(date(2026, 8, 12), 1_100),),
    "SENSEX50": (Lot(date(2026, 5, 11), 75),),
    "FOCIT": (Lot(date(2026, 5, 11), 45),),
    "SENSEX": (Lot(date(2023, 5, 15), 10), Lot(date(2025, 1, 1), 20)),
    "BANKEX": (Lot(date(2023, 5, 15), 15), Lot(date(2025, 1, 1), 30)),
}
LEFT: Final = {("NIFTY", date(2025, 1, 30)): 25}
"""Contracts that kept the lot with which they were listed."""


@lru_cache(maxsize=4_096)
def lot_size(symbol: str, expiry: date, day: date) -> int:
    """Units of one lot on `day`; raises RuleBroken where the table does not know it."""
    if symbol not in LOTS:
        raise RuleBroken(f"the desk keeps no dated lots of {symbol}: give its lot with the run")
    if (kept := LEFT.get((symbol, expiry))) is not None:
        return kept
    rows = [each for each in LOTS[symbol] if each.since <= day]
    return in_force(rows, expiry, f"lots of {symbol}").units
