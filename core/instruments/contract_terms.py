"""Terms of index contracts by the dated rules, for contracts that the broker lists no more.

What trades today is told by the broker's list alone. Lots go by the day of expiry (`lots`), the
freeze quantity by the day of trading: from the monthly circulars on it, before 2024 those of the
days named.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.instruments import lots

OPTION_TICK: Final = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Index:
    key: InstrumentKey
    name: str
    exchange: str
    freeze: tuple[tuple[date, int], ...]

    @property
    def segment(self) -> str:
        return f"{self.exchange}_FO"


_START: Final = date(2000, 1, 1)


def _index(
    symbol: str, exchange: str, name: str, *freeze: tuple[date, int], called: str = ""
) -> tuple[str, Index]:
    """`called` is its name in words, where that is not its key's."""
    key = InstrumentKey(f"{exchange}_INDEX|{name}")
    return symbol, Index(key, called or name, exchange, freeze)


INDICES: Final = dict(
    (
        _index("NIFTY", "NSE", "Nifty 50", (_START, 1800)),
        _index(
            "BANKNIFTY",
            "NSE",
            "Nifty Bank",
            (_START, 900),
            (date(2026, 1, 1), 600),
            (date(2026, 4, 1), 900),
            (date(2026, 7, 1), 600),
        ),
        _index("FINNIFTY", "NSE", "Nifty Fin Service", (_START, 1800)),
        _index("MIDCPNIFTY", "NSE", "NIFTY MID SELECT", (_START, 2800)),
        _index("NIFTYNXT50", "NSE", "Nifty Next 50", (_START, 600)),
        _index("NIFTYFPI", "NSE", "Nifty FPI 150", (_START, 8500)),
        _index("SENSEX", "BSE", "SENSEX", (_START, 1000), called="BSE SENSEX"),
        _index("BANKEX", "BSE", "BANKEX", (_START, 900), called="BSE BANKEX"),
        _index("SENSEX50", "BSE", "SENSEX50", (_START, 1800)),
        _index("FOCIT", "BSE", "FOCIT", (_START, 1350)),
    )
)


def lot_size(symbol: str, expiry: date) -> int:
    """Units a lot of what expires on a day; raises BadData for an index without a rule."""
    try:
        return lots.lot_size(symbol, expiry, expiry)
    except RuleBroken as problem:
        raise BadData(str(problem)) from problem


def freeze_quantity(symbol: str, expiry: date, day: date) -> int:
    """The most that one order may have, in units: the largest multiple of the lot below it."""
    if symbol not in INDICES:
        raise BadData(f"there is no dated rule for the contracts of {symbol}")
    lot = lot_size(symbol, expiry)
    most = next(value for since, value in reversed(INDICES[symbol].freeze) if since <= day)
    return most // lot * lot
