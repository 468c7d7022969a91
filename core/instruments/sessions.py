"""The dated tables of NSE and BSE: hours, holidays, special sessions, each from its day of effect.

Sources: NSE FAOP/71777 (holidays 2026), FAOP/74467 (15:40), CMTR/74466 (closing auction),
CMTR/74969 (pre-open). A year absent from `HOLIDAYS` has no list: nothing may be guessed of it.
"""

from dataclasses import dataclass
from datetime import date, time
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A usual day from `since` on, IST; in the auction the cash index stands still."""

    since: date
    pre_open: time
    opens: time
    closes: time  # of derivatives
    auction: tuple[time, time] | None


HOURS: Final = (
    Hours(
        since=date(2010, 10, 18),
        pre_open=time(9, 0),
        opens=time(9, 15),
        closes=time(15, 30),
        auction=None,
    ),
    Hours(
        since=date(2026, 8, 3),
        pre_open=time(9, 0),
        opens=time(9, 15),
        closes=time(15, 40),
        auction=(time(15, 15), time(15, 35)),
    ),
)

HOLIDAYS: Final[dict[int, dict[date, str]]] = {
    2025: {
        date(2025, 2, 26): "Mahashivratri",
        date(2025, 3, 14): "Holi",
        date(2025, 3, 31): "Id-ul-Fitr",
        date(2025, 4, 10): "Mahavir Jayanti",
        date(2025, 4, 14): "Ambedkar Jayanti",
        date(2025, 4, 18): "Good Friday",
        date(2025, 5, 1): "Maharashtra Day",
        date(2025, 8, 15): "Independence Day",
        date(2025, 8, 27): "Ganesh Chaturthi",
        date(2025, 10, 2): "Gandhi Jayanti",
        date(2025, 10, 21): "Diwali Laxmi Pujan",
        date(2025, 10, 22): "Diwali Balipratipada",
        date(2025, 11, 5): "Guru Nanak Jayanti",
        date(2025, 12, 25): "Christmas",
    },
    2026: {
        date(2026, 1, 15): "Municipal elections in Maharashtra",
        date(2026, 1, 26): "Republic Day",
        date(2026, 3, 3): "Holi",
        date(2026, 3, 26): "Ram Navami",
        date(2026, 3, 31): "Mahavir Jayanti",
        date(2026, 4, 3): "Good Friday",
        date(2026, 4, 14): "Ambedkar Jayanti",
        date(2026, 5, 1): "Maharashtra Day",
        date(2026, 5, 28): "Bakri Id",
        date(2026, 6, 26): "Muharram",
        date(2026, 9, 14): "Ganesh Chaturthi",
        date(2026, 10, 2): "Gandhi Jayanti",
        date(2026, 10, 20): "Dussehra",
        date(2026, 11, 10): "Diwali Balipratipada",
        date(2026, 11, 24): "Guru Nanak Jayanti",
        date(2026, 12, 25): "Christmas",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """A session of its own hours; no windows = hours not announced."""

    name: str
    windows: tuple[tuple[time, time], ...]
    pre_open: time | None = None


_TWO_SITES: Final = ((time(9, 15), time(10, 0)), (time(11, 30), time(12, 30)))

SPECIAL: Final[dict[date, Special]] = {
    date(2024, 1, 20): Special(name="Saturday session", windows=((time(9, 15), time(15, 30)),)),
    date(2024, 3, 2): Special(name="Recovery-site drill", windows=_TWO_SITES),
    date(2024, 5, 18): Special(name="Recovery-site drill", windows=_TWO_SITES),
    date(2024, 11, 1): Special(name="Muhurat trading", windows=((time(18, 0), time(19, 0)),)),
    date(2025, 2, 1): Special(name="Union Budget", windows=((time(9, 15), time(15, 30)),)),
    date(2025, 10, 21): Special(
        name="Muhurat trading", windows=((time(13, 45), time(14, 45)),), pre_open=time(13, 30)
    ),
    date(2026, 2, 1): Special(
        name="Union Budget", windows=((time(9, 15), time(15, 30)),), pre_open=time(9, 0)
    ),
    date(2026, 11, 8): Special(name="Muhurat trading", windows=()),
}

HALTS: Final[dict[date, tuple[tuple[time, time], ...]]] = {
    date(2020, 3, 13): ((time(9, 20), time(10, 20)),),
    date(2020, 3, 23): ((time(9, 58), time(10, 58)),),
}
"""When the market-wide circuit breaker stopped everything, with the call auction after it, IST.
Source: the day's news (Business Today, CNBC-TV18): 45 minutes at 10 %, then 15 of auction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One phase of a usual day's timetable, IST, in effect from `since` until before `until`."""

    since: date
    until: date | None
    market: str
    name: str
    starts: time
    ends: time


_OLD, _CLOSE, _PRE = date(2010, 10, 18), date(2026, 8, 3), date(2026, 9, 7)
_FUTURES_PRE = date(2025, 12, 8)


def _slot(
    since: date, until: date | None, market: str, name: str, starts: time, ends: time
) -> Slot:
    return Slot(since=since, until=until, market=market, name=name, starts=starts, ends=ends)


_CASH, _FO, _FUT = "Cash", "Futures & options", "Futures (near month)"

TIMETABLE: Final = (
    _slot(_OLD, _PRE, _CASH, "Pre-open: order entry", time(9, 0), time(9, 8)),
    _slot(_OLD, _PRE, _CASH, "Pre-open: matching", time(9, 8), time(9, 12)),
    _slot(_PRE, None, _CASH, "Pre-open: limit and market orders", time(9, 0), time(9, 5)),
    _slot(_PRE, None, _CASH, "Pre-open: limit orders only", time(9, 5), time(9, 10)),
    _slot(_PRE, None, _CASH, "Pre-open: matching", time(9, 10), time(9, 12)),
    _slot(_OLD, None, _CASH, "Buffer", time(9, 12), time(9, 15)),
    _slot(_OLD, None, _CASH, "Continuous, shares without derivatives", time(9, 15), time(15, 30)),
    _slot(_OLD, _CLOSE, _CASH, "Continuous, shares with derivatives", time(9, 15), time(15, 30)),
    _slot(_CLOSE, None, _CASH, "Continuous, shares with derivatives", time(9, 15), time(15, 15)),
    _slot(_CLOSE, None, _CASH, "Closing auction: reference price", time(15, 15), time(15, 20)),
    _slot(_CLOSE, None, _CASH, "Closing auction: limit and market", time(15, 20), time(15, 25)),
    _slot(_CLOSE, None, _CASH, "Closing auction: limit only", time(15, 25), time(15, 30)),
    _slot(_CLOSE, None, _CASH, "Closing auction: matching", time(15, 30), time(15, 35)),
    _slot(_OLD, _CLOSE, _CASH, "Post-close", time(15, 40), time(16, 0)),
    _slot(_CLOSE, None, _CASH, "Post-close", time(15, 50), time(16, 0)),
    _slot(_FUTURES_PRE, _PRE, _FUT, "Pre-open: order entry", time(9, 0), time(9, 8)),
    _slot(_PRE, None, _FUT, "Pre-open: order entry", time(9, 0), time(9, 10)),
    _slot(_OLD, _CLOSE, _FO, "Continuous", time(9, 15), time(15, 30)),
    _slot(_CLOSE, None, _FO, "Continuous", time(9, 15), time(15, 40)),
    _slot(_OLD, _CLOSE, _FO, "Closing price window (VWAP)", time(15, 0), time(15, 30)),
    _slot(_CLOSE, None, _FO, "Closing price window (VWAP)", time(15, 10), time(15, 40)),
    _slot(_OLD, None, _FO, "Trade modification until", time(15, 30), time(16, 15)),
)
