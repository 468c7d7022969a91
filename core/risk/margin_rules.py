"""What the clearing corporation scans and charges, as dated tables with their sources.

The price scan range is 6·√2·σ of the underlying's previous close, at least a floor (σ: NSE's daily
EWMA volatility, λ = 0.995); the volatility scan is a quarter of the annual volatility (σ·√365), to
the whole point, at least a floor. Source: NSE Clearing, "SPAN risk parameters", after SEBI circular
CIR/P/2020/27. Without σ the desk takes what the exchange's files showed last: `SCANS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Final

from core.dated import in_force

PARAMETERS: Final = "NSE Clearing, SPAN risk parameters"
FILES: Final = "median of the quarter in NSE Clearing's SPAN files, % of the near future"
FIRST: Final = date(2024, 7, 1)
"""Of an earlier day a replay or a backtest takes this day's scan ranges, and says so."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Fractions: of the near future's price, and of volatility (0.04 is four points)."""

    start: date
    price: float
    vol: float
    source: str = FILES


def _rows(*rows: tuple[date, float, int]) -> tuple[Scan, ...]:
    return tuple(Scan(start, percent / 100, points / 100) for start, percent, points in rows)


SCANS: Final[Mapping[str, tuple[Scan, ...]]] = {
    "NIFTY": _rows((FIRST, 9.28, 4)),
    "BANKNIFTY": _rows(
        (FIRST, 11.27, 5),
        (date(2025, 10, 1), 11.26, 4),
        (date(2026, 2, 27), 9.27, 4),  # the floor of 11.3 % ended
        (date(2026, 4, 1), 9.41, 5),
        (date(2026, 7, 1), 9.31, 5),
    ),
    "FINNIFTY": _rows(
        (FIRST, 11.27, 5),
        (date(2025, 10, 1), 11.26, 4),
        (date(2025, 12, 31), 9.27, 4),
        (date(2026, 4, 1), 9.58, 5),
        (date(2026, 7, 1), 9.45, 5),
    ),
    "MIDCPNIFTY": _rows(
        (FIRST, 10.51, 6),
        (date(2024, 10, 1), 10.05, 6),
        (date(2025, 1, 1), 10.30, 6),
        (date(2025, 4, 1), 11.12, 6),
        (date(2025, 7, 1), 10.63, 6),
        (date(2025, 10, 1), 9.85, 6),
        (date(2026, 4, 1), 11.00, 6),
        (date(2026, 7, 1), 10.65, 6),
    ),
    "NIFTYNXT50": _rows(
        (FIRST, 10.32, 6),
        (date(2024, 10, 1), 10.08, 6),
        (date(2025, 1, 1), 10.64, 6),
        (date(2025, 4, 1), 10.95, 6),
        (date(2025, 7, 1), 10.10, 6),
        (date(2025, 10, 1), 9.28, 5),
        (date(2026, 4, 1), 10.17, 6),
        (date(2026, 7, 1), 9.95, 6),
    ),
}
"""Read to 31 Jul 2026. The floor of BANKNIFTY and FINNIFTY was 11.3 % before."""

LIKE: Final = {"SENSEX": "NIFTY", "SENSEX50": "NIFTY", "BANKEX": "BANKNIFTY"}
"""Indices whose files were not read, and the index that stands in for each."""
OTHER_INDICES: Final = frozenset({"NIFTYFPI", "FOCIT"})


@dataclass(frozen=True, slots=True)
class Terms:
    """Of indices or of single shares; fractions of a notional value where nothing else is said."""

    start: date
    least_price_scan: float
    least_vol_scan: float  # of volatility, a fraction
    extreme: float  # scan ranges of the two extreme moves
    extreme_cover: float  # the share of their loss that counts
    long_dated: float  # years; options with more left are scanned wider
    long_dated_scan: float
    calendar: float  # of the far contract, for each spread between expiries
    short_minimum: float  # of the underlying, for each short option without a long one
    exposure: float
    exposure_deep: float
    exposure_long_dated: float
    deep: float  # from so far out of the money on
    source: str


INDEX_TERMS: Final = (
    Terms(
        start=date(2020, 5, 1),
        least_price_scan=0.093,
        least_vol_scan=0.04,
        extreme=2.0,
        extreme_cover=0.35,
        long_dated=0.75,
        long_dated_scan=0.177,
        calendar=0.0175,
        short_minimum=0.03,
        exposure=0.02,
        exposure_deep=0.03,
        exposure_long_dated=0.05,
        deep=0.10,
        source=f"{PARAMETERS}; exposure and short option minimum from memory of its older pages",
    ),
)
SHARE_TERMS: Final = (
    Terms(
        start=date(2020, 5, 1),
        least_price_scan=0.142,
        least_vol_scan=0.10,
        extreme=2.0,
        extreme_cover=0.35,
        long_dated=0.75,
        long_dated_scan=0.142,
        calendar=0.022,
        short_minimum=0.075,
        exposure=0.035,
        exposure_deep=0.0525,
        exposure_long_dated=0.035,
        deep=0.30,
        source=f"{PARAMETERS}; exposure and short option minimum from memory of its older pages",
    ),
)

EXPIRY_DAY_EXPOSURE: Final = ((date(2024, 11, 20), 0.02, "SEBI circular of 1 Oct 2024"),)
"""Added for short index options on the day of their expiry."""
NO_SPREAD_ON_EXPIRY_DAY: Final = {True: date(2025, 2, 10), False: date(2026, 5, 5)}
"""From when on expiring contracts stand alone, of an index or of a share (SEBI, 1 Oct 2024 and 5
Feb 2026)."""


def is_index(symbol: str) -> bool:
    return symbol in SCANS or symbol in LIKE or symbol in OTHER_INDICES


def terms(symbol: str, day: date) -> Terms:
    rows = INDEX_TERMS if is_index(symbol) else SHARE_TERMS
    return in_force(rows, day, f"margin of {symbol}")


def scan(symbol: str, day: date, daily_vol: float | None = None) -> Scan:
    """The scan ranges of an underlying, by its daily volatility where that is known.

    `daily_vol` is a fraction (NSE's EWMA). Raises RuleBroken for a day before the tables.
    """
    floor = terms(symbol, day)
    if daily_vol is not None:
        return Scan(
            floor.start,
            max(6 * sqrt(2) * daily_vol, floor.least_price_scan),
            max(round(25 * sqrt(365) * daily_vol) / 100, floor.least_vol_scan),
            PARAMETERS,
        )
    if symbol in SCANS:
        return in_force(SCANS[symbol], day, f"margin of {symbol}")
    if symbol in LIKE:
        found = in_force(SCANS[LIKE[symbol]], day, f"margin of {symbol}")
        return Scan(found.start, found.price, found.vol, f"taken from {LIKE[symbol]}")
    return Scan(floor.start, floor.least_price_scan, floor.least_vol_scan, f"{PARAMETERS}: least")


def expiry_day_exposure(symbol: str, day: date) -> float:
    """What is added for a short option that expires on `day`."""
    rows = [extra for start, extra, _ in EXPIRY_DAY_EXPOSURE if start <= day]
    return rows[-1] if rows and is_index(symbol) else 0.0


def stands_alone(symbol: str, expiry: date, day: date) -> bool:
    """Whether a contract of this expiry has no offset against other expiries on `day`."""
    return expiry <= day and day >= NO_SPREAD_ON_EXPIRY_DAY[is_index(symbol)]
