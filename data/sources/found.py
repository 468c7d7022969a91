"""What a file was found to hold, before anything of it is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.analytics.chain_day import ChainDay
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.ports.exports import Table
from core.ports.imports import Choice, Home
from data.sources.chains import Closes
from data.sources.sheet import Complaints

Bars = tuple[InstrumentKey, Interval, Candles]
Lots = Callable[[str, date, date], int | None]
"""Lot of a symbol's contracts of an expiry on a day; None where no table says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What files leave to the market's own rules."""

    closes: Closes
    lot: Lots


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`asks` are the fields of a choice that matter for this file, `needs` those without an answer.

    `source` is what the catalogue calls it.
    """

    title: str
    source: str
    home: Home
    makes: str
    rows: int
    heads: Sequence[str]
    sample: Sequence[Sequence[str]]
    complaints: Complaints
    choice: Choice = field(default_factory=Choice)
    asks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    days: Sequence[ChainDay] = ()
    candles: Sequence[Bars] = ()
    reference: Table | None = None


SAMPLE: int = 12
"""Rows that are shown of a file."""


def chain_words(days: Sequence[ChainDay]) -> str:
    """`18 expiries of NIFTY, 754 contracts, 5 Dec 2025`."""
    if not days:
        return "nothing"
    symbols = {day.symbol for day in days}
    who = next(iter(symbols)) if len(symbols) == 1 else f"{len(symbols)} underlyings"
    expiries = len({(day.symbol, day.expiry) for day in days})
    minutes = len({minute for day in days for minute in day.minutes.tolist()})
    first, last = min(day.day for day in days), max(day.day for day in days)
    span = f"{first:%d %b %Y}" if first == last else f"{first:%d %b %Y} to {last:%d %b %Y}"
    return (
        f"{plural(expiries, 'expiry', 'expiries')} of {who}, {plural(minutes, 'minute')} of {span}"
    )


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
