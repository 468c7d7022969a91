"""Instruments: what can be looked at and traded, as the broker lists it today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.errors import BadData
from core.ids import InstrumentKey


class Kind(StrEnum):
    EQUITY = "equity"
    INDEX = "index"
    FUTURE = "future"
    CALL = "call"
    PUT = "put"


class Right(StrEnum):
    """The option's side, written as the exchange writes it."""

    CALL = "CE"
    PUT = "PE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One row of the broker's instrument file.

    `lot_size` and `freeze_quantity` are in units, `tick_size` in rupees, `strike` in rupees
    (None unless an option), `expiry` the day in IST (None unless a future or option).
    `series` is the broker's own type word (`EQ`, `BE`, `SM`, `CE`, …).
    """

    key: InstrumentKey
    segment: str
    exchange: str
    symbol: str
    name: str
    kind: Kind
    series: str
    lot_size: int
    tick_size: Decimal
    exchange_token: str = ""
    isin: str = ""
    freeze_quantity: int | None = None
    expiry: date | None = None
    strike: float | None = None
    weekly: bool | None = None
    underlying_key: InstrumentKey | None = None
    underlying_symbol: str = ""

    @property
    def is_option(self) -> bool:
        return self.kind in (Kind.CALL, Kind.PUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentFilter:
    """Empty means "any"."""

    segments: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    underlying_symbol: str = ""
    expiry: date | None = None


def strike_text(strike: float) -> str:
    """The shortest way to write a strike: `24200`, `102.5`."""
    return f"{strike:.2f}".rstrip("0").rstrip(".")


def is_traded(key: InstrumentKey) -> bool:
    """An index is computed, not traded: it has neither a book nor volume."""
    return not key.partition("|")[0].endswith("_INDEX")


def has_open_interest(key: InstrumentKey) -> bool:
    """Futures and options have it, by their segment; shares and indices do not."""
    return key.partition("|")[0].endswith(("_FO", "_COM"))


EXCHANGES: Final = {"NSE": "NSE", "NCD": "NSE", "BSE": "BSE", "BCD": "BSE", "MCX": "MCX"}
"""Whose each of the broker's segments is, by what its name begins with."""


def exchange_of(key: InstrumentKey) -> str:
    """NSE, BSE or MCX, by the key's segment; raises BadData for a segment that is not known."""
    segment = key.partition("|")[0]
    begin, _, rest = segment.partition("_")
    if begin not in EXCHANGES or not rest:
        raise BadData(f"{key} is in no segment of an exchange that the desk knows")
    return EXCHANGES[begin]


SEGMENT_ORDER: Final = ("NSE_FO", "BSE_FO", "NCD_FO", "MCX_FO", "NSE_COM", "BCD_FO")


def main_segment(segments: Iterable[str]) -> str:
    """Where a symbol's contracts are looked at, when two exchanges list it; "" for none."""

    def order(segment: str) -> tuple[int, str]:
        known = segment in SEGMENT_ORDER
        return SEGMENT_ORDER.index(segment) if known else len(SEGMENT_ORDER), segment

    return min(segments, key=order, default="")
