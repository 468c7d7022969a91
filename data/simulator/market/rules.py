"""The exchange's rules as dated tables: each row holds from its date until the next one's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Final, TypeVar

T = TypeVar("T")


def in_force(table: Mapping[date, T], day: date) -> T:
    """The row that holds on `day`; before the first row, the first."""
    return table[max((since for since in table if since <= day), default=min(table))]


@dataclass(frozen=True, slots=True)
class Hours:
    """IST clock times of one trading day; `auction` is None where there is no closing auction."""

    pre_open: time
    pre_open_ends: time
    opens: time
    closes: time  # futures and options
    cash_closes: time  # continuous trading of shares that have derivatives
    auction: time | None  # the closing auction starts and the index is frozen
    close_printed: time  # the day's close of shares and indices is known


HOURS: Final[dict[date, Hours]] = {
    date(2000, 1, 1): Hours(
        time(9), time(9, 8), time(9, 15), time(15, 30), time(15, 30), None, time(15, 30)
    ),
    # NSE/FAOP/74467 and NSE/CMTR/74466; BSE 20260801-2
    date(2026, 8, 3): Hours(
        time(9), time(9, 8), time(9, 15), time(15, 40), time(15, 15), time(15, 15), time(15, 35)
    ),
    # NSE/CMTR/74969 and NSE/FAOP/74970
    date(2026, 9, 7): Hours(
        time(9), time(9, 10), time(9, 15), time(15, 40), time(15, 15), time(15, 15), time(15, 35)
    ),
}

HOLIDAYS: Final[dict[int, dict[date, str]]] = {
    2025: {
        date(2025, 2, 26): "Mahashivratri",
        date(2025, 3, 14): "Holi",
        date(2025, 3, 31): "Id-Ul-Fitr",
        date(2025, 4, 10): "Shri Mahavir Jayanti",
        date(2025, 4, 14): "Dr. Baba Saheb Ambedkar Jayanti",
        date(2025, 4, 18): "Good Friday",
        date(2025, 5, 1): "Maharashtra Day",
        date(2025, 8, 15): "Independence Day",
        date(2025, 8, 27): "Ganesh Chaturthi",
        date(2025, 10, 2): "Mahatma Gandhi Jayanti/Dussehra",
        date(2025, 10, 21): "Diwali Laxmi Pujan",
        date(2025, 10, 22): "Diwali Balipratipada",
        date(2025, 11, 5): "Prakash Gurpurb Sri Guru Nanak Dev",
        date(2025, 12, 25): "Christmas",
    },
    2026: {
        date(2026, 1, 15): "Municipal Corporation Election in Maharashtra",
        date(2026, 1, 26): "Republic Day",
        date(2026, 3, 3): "Holi",
        date(2026, 3, 26): "Shri Ram Navami",
        date(2026, 3, 31): "Shri Mahavir Jayanti",
        date(2026, 4, 3): "Good Friday",
        date(2026, 4, 14): "Dr. Baba Saheb Ambedkar Jayanti",
        date(2026, 5, 1): "Maharashtra Day",
        date(2026, 5, 28): "Bakri Id",
        date(2026, 6, 26): "Muharram",
        date(2026, 9, 14): "Ganesh Chaturthi",
        date(2026, 10, 2): "Mahatma Gandhi Jayanti",
        date(2026, 10, 20): "Dussehra",
        date(2026, 11, 10): "Diwali Balipratipada",
        date(2026, 11, 24): "Prakash Gurpurb Sri Guru Nanak Dev",
        date(2026, 12, 25): "Christmas",
    },
}
"""Published lists. For a year without one the simulated exchange closes on weekends and on
`FIXED_HOLIDAYS` only: those years are its own, no forecast of the real list."""

FIXED_HOLIDAYS: Final[dict[tuple[int, int], str]] = {
    (1, 26): "Republic Day",
    (5, 1): "Maharashtra Day",
    (8, 15): "Independence Day",
    (10, 2): "Mahatma Gandhi Jayanti",
    (12, 25): "Christmas",
}


@dataclass(frozen=True, slots=True)
class Special:
    """A day with trading outside the ordinary days or hours."""

    description: str
    opens: time
    closes: time


SPECIAL_SESSIONS: Final[dict[date, Special]] = {
    date(2024, 1, 20): Special("Special live trading session", time(9, 15), time(15, 30)),
    date(2024, 3, 2): Special("Disaster recovery session", time(9, 15), time(12, 30)),
    date(2024, 5, 18): Special("Disaster recovery session", time(9, 15), time(12, 30)),
    date(2024, 11, 1): Special("Muhurat trading", time(18), time(19)),
    date(2025, 2, 1): Special("Union Budget", time(9, 15), time(15, 30)),
    date(2025, 10, 21): Special("Muhurat trading", time(13, 45), time(14, 45)),
    date(2026, 2, 1): Special("Union Budget", time(9, 15), time(15, 30)),
    # the hour is the simulated exchange's own: no circular with the real one was found
    date(2026, 11, 8): Special("Muhurat trading", time(18), time(19)),
}

TUESDAY, THURSDAY, FRIDAY = 1, 3, 4

EXPIRY_WEEKDAY: Final[dict[str, dict[date, int]]] = {
    "NSE": {date(2000, 1, 1): THURSDAY, date(2025, 8, 29): TUESDAY},
    "BSE": {date(2000, 1, 1): FRIDAY, date(2025, 1, 1): TUESDAY, date(2025, 9, 1): THURSDAY},
}
"""By the day of expiry."""

WEEKLIES: Final[dict[str, dict[date, int]]] = {
    "NIFTY": {date(2000, 1, 1): 0, date(2019, 2, 11): 4},
    "BANKNIFTY": {date(2000, 1, 1): 0, date(2016, 5, 27): 4, date(2024, 11, 14): 0},
    "FINNIFTY": {date(2000, 1, 1): 0, date(2021, 1, 11): 4, date(2024, 11, 20): 0},
    "MIDCPNIFTY": {date(2000, 1, 1): 0, date(2022, 1, 24): 4, date(2024, 11, 19): 0},
    "SENSEX": {date(2000, 1, 1): 0, date(2023, 5, 15): 5},
    "BANKEX": {date(2000, 1, 1): 0, date(2023, 5, 15): 4, date(2024, 11, 19): 0},
}
"""How many weekly series, not counting those that are the month's, are listed on a day."""

LOTS: Final[dict[str, dict[date, int]]] = {
    "NIFTY": {
        date(2000, 1, 1): 50,
        date(2024, 5, 1): 25,
        date(2025, 1, 2): 75,
        date(2026, 1, 1): 65,
    },
    "BANKNIFTY": {
        date(2000, 1, 1): 15,
        date(2024, 12, 1): 30,
        date(2025, 7, 1): 35,
        date(2026, 1, 1): 30,
    },
    "FINNIFTY": {
        date(2000, 1, 1): 40,
        date(2024, 5, 1): 25,
        date(2025, 1, 1): 65,
        date(2026, 1, 1): 60,
    },
    "MIDCPNIFTY": {
        date(2000, 1, 1): 75,
        date(2024, 5, 1): 50,
        date(2025, 1, 1): 120,
        date(2025, 7, 1): 140,
        date(2026, 1, 1): 120,
    },
    "SENSEX": {date(2000, 1, 1): 10, date(2025, 1, 1): 20},
    "BANKEX": {date(2000, 1, 1): 15, date(2025, 1, 1): 30},
}
"""Units, by the day of expiry."""

FREEZE: Final[dict[str, dict[date, int]]] = {
    "NIFTY": {date(2000, 1, 1): 1800},
    "BANKNIFTY": {
        date(2000, 1, 1): 900,
        date(2026, 1, 1): 600,
        date(2026, 4, 1): 900,
        date(2026, 7, 1): 600,
    },
    "FINNIFTY": {date(2000, 1, 1): 1800},
    "MIDCPNIFTY": {date(2000, 1, 1): 2800},
    "SENSEX": {date(2000, 1, 1): 1000},
    "BANKEX": {date(2000, 1, 1): 900},
}
"""The exchange's freeze quantity by trading day; the broker states the largest lot multiple
below."""

FUTURE_FREEZE: Final[dict[str, int]] = {"SENSEX": 500, "BANKEX": 600}
"""Where the future's differs from the options'."""

LONG_DATED: Final[dict[str, tuple[int, int]]] = {
    "NIFTY": (3, 10),
    "BANKNIFTY": (3, 0),
    "SENSEX": (3, 10),
}
"""After the three months: how many quarterly and half-yearly series are listed (to five years)."""

MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its key and contract terms; `level` in rupees is where 20 November 2026 is led
    to."""

    symbol: str
    key: str
    name: str
    exchange: str
    token: str
    level: float
    step: float
    long_step: float


INDICES: Final = (
    Index("NIFTY", "NSE_INDEX|Nifty 50", "Nifty 50", "NSE", "26000", 24250, 50, 1500),
    Index("BANKNIFTY", "NSE_INDEX|Nifty Bank", "Nifty Bank", "NSE", "26009", 55000, 100, 1500),
    Index(
        "FINNIFTY", "NSE_INDEX|Nifty Fin Service", "Nifty Fin Service", "NSE", "26037", 26000, 50, 0
    ),
    Index(
        "MIDCPNIFTY", "NSE_INDEX|NIFTY MID SELECT", "NIFTY MID SELECT", "NSE", "26074", 14000, 25, 0
    ),
    Index("SENSEX", "BSE_INDEX|SENSEX", "BSE SENSEX", "BSE", "1", 79500, 100, 1000),
    Index("BANKEX", "BSE_INDEX|BANKEX", "BSE BANKEX", "BSE", "12", 62000, 100, 0),
)
VIX_KEY: Final = "NSE_INDEX|India VIX"


def index_future_tick(level: float) -> float:
    """The NSE's tick of an index future by the level of its index, in rupees."""
    return 0.05 if level < 15_000 else 0.10 if level <= 30_000 else 0.20
