"""Terms of index contracts by the dated rules, for contracts that the broker lists no more.

What trades today is told by the broker's list alone. Lots go by the day of expiry, the freeze
quantity by the day of trading. Sources: NSE and BSE circulars on lot sizes, April 2024, October and
November 2024 (75 for series listed from 20 November 2024), 2025 and 30 December 2025 (from January
2026 on); the monthly circulars on freeze quantities. Before 2024 they are those of the days named.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from core.errors import BadData
from core.ids import InstrumentKey

OPTION_TICK: Final = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Index:
    key: InstrumentKey
    name: str
    exchange: str
    lots: tuple[tuple[date, int], ...]
    freeze: tuple[tuple[date, int], ...]

    @property
    def segment(self) -> str:
        return f"{self.exchange}_FO"


_START: Final = date(2000, 1, 1)
INDICES: Final = {
    "NIFTY": Index(
        InstrumentKey("NSE_INDEX|Nifty 50"),
        "Nifty 50",
        "NSE",
        (
            (_START, 75),
            (date(2021, 7, 1), 50),
            (date(2024, 5, 1), 25),
            (date(2025, 1, 2), 75),
            (date(2026, 1, 1), 65),
        ),
        ((_START, 1800),),
    ),
    "BANKNIFTY": Index(
        InstrumentKey("NSE_INDEX|Nifty Bank"),
        "Nifty Bank",
        "NSE",
        (
            (_START, 25),
            (date(2023, 7, 1), 15),
            (date(2025, 1, 1), 30),
            (date(2025, 7, 1), 35),
            (date(2026, 1, 1), 30),
        ),
        (
            (_START, 900),
            (date(2026, 1, 1), 600),
            (date(2026, 4, 1), 900),
            (date(2026, 7, 1), 600),
        ),
    ),
    "FINNIFTY": Index(
        InstrumentKey("NSE_INDEX|Nifty Fin Service"),
        "Nifty Fin Service",
        "NSE",
        ((_START, 40), (date(2024, 5, 1), 25), (date(2025, 1, 1), 65), (date(2026, 1, 1), 60)),
        ((_START, 1800),),
    ),
    "MIDCPNIFTY": Index(
        InstrumentKey("NSE_INDEX|NIFTY MID SELECT"),
        "NIFTY MID SELECT",
        "NSE",
        (
            (_START, 75),
            (date(2024, 5, 1), 50),
            (date(2025, 1, 1), 120),
            (date(2025, 7, 1), 140),
            (date(2026, 1, 1), 120),
        ),
        ((_START, 2800),),
    ),
    "SENSEX": Index(
        InstrumentKey("BSE_INDEX|SENSEX"),
        "BSE SENSEX",
        "BSE",
        ((_START, 10), (date(2025, 1, 1), 20)),
        ((_START, 1000),),
    ),
    "BANKEX": Index(
        InstrumentKey("BSE_INDEX|BANKEX"),
        "BSE BANKEX",
        "BSE",
        ((_START, 15), (date(2025, 1, 1), 30)),
        ((_START, 900),),
    ),
}


def lot_size(symbol: str, expiry: date) -> int:
    """Units a lot of what expires on a day; raises BadData for an index without a rule."""
    return _in_force(_index(symbol).lots, expiry)


def freeze_quantity(symbol: str, expiry: date, day: date) -> int:
    """The most that one order may have, in units: the largest multiple of the lot below it."""
    lot = lot_size(symbol, expiry)
    most = _in_force(_index(symbol).freeze, day)
    return most // lot * lot


def _index(symbol: str) -> Index:
    found = INDICES.get(symbol)
    if found is None:
        raise BadData(f"there is no dated rule for the contracts of {symbol}")
    return found


def _in_force(rows: tuple[tuple[date, int], ...], day: date) -> int:
    return next(value for since, value in reversed(rows) if since <= day)
