"""One strategy at work: what it declared, its lines, its book, and its orders that still work."""

from dataclasses import dataclass, field
from datetime import date, datetime
from math import nan
from typing import Final

import numpy as np

from core.errors import RuleBroken
from core.ids import InstrumentKey, OrderId
from core.indicators.registry import INDICATORS
from core.instruments.calendar import Session
from core.instruments.candle import Candles, Interval
from core.services.live_context import Bar, Numbers, is_market
from core.state.signals import Run
from core.strategies.asking import Ask
from core.strategies.book import Book
from core.strategies.strategy import Formula, Line, Strategy

WARM_UP: Final = 1_000
"""Bars before the first that a strategy hears of: they make its lines known."""


@dataclass(slots=True)
class _Declared:
    line: Line
    formula: Formula


@dataclass(slots=True)
class LiveSetup:
    """Fills the `Setup` of the contract; `chains` are numbers of expiries by symbol."""

    symbol: str
    lines: list[_Declared] = field(default_factory=list)
    wanted: dict[str, int] = field(default_factory=dict)

    def line(self, indicator: str, output: str = "", **parameters: float) -> Line:
        known = INDICATORS.get(indicator)
        if known is None:
            raise RuleBroken(f"there is no indicator {indicator!r}")
        names = [each.name for each in known.outputs]
        if output and output not in names:
            raise RuleBroken(f"{known.title} has no output {output!r}: {', '.join(names)}")
        known.settled(parameters)
        name = output or names[0]
        return self.own_line(lambda past: known.compute(past, **parameters)[name])

    def own_line(self, formula: Formula) -> Line:
        """Whatever it computes, it is given no bar that is not over."""
        self.lines.append(_Declared(Line(), formula))
        return self.lines[-1].line

    def chains(self, symbol: str = "", expiries: int = 1) -> None:
        name = symbol or self.symbol
        self.wanted[name] = max(expiries, self.wanted.get(name, 0))


@dataclass(slots=True)
class Working:
    """An order that is not over; `order` is ours once it was sent, `filled` what was taken in."""

    ask: Ask
    order: OrderId | None = None
    filled: int = 0
    value: float = 0.0


@dataclass(slots=True)
class Work:
    run: Run
    strategy: Strategy
    interval: Interval
    setup: LiveSetup
    lot: int = 1
    book: Book = field(default_factory=Book)
    numbers: Numbers = field(default_factory=Numbers)
    working: dict[int, Working] = field(default_factory=dict)
    viewers: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Orders that came to nothing, and why; the strategy has not heard of them yet."""
    day: date | None = None
    last_bar: int | None = None
    """Start of the newest bar that it has heard of, epoch seconds; None before the first look."""
    bar_due: datetime | None = None
    """When the bar ended that it waits for."""
    over: Session | None = None
    """The session in which a minute has ended that it has not heard of."""
    busy: bool = False

    @property
    def has_bars(self) -> bool:
        """Whether bars of an instrument are asked for: it overrides the event, or has lines."""
        return bool(self.setup.lines) or type(self.strategy).on_bar is not Strategy.on_bar

    @property
    def keys(self) -> set[InstrumentKey]:
        """Whose prices it needs."""
        held = {each.key for each in self.book.held}
        return held | {each.ask.key for each in self.working.values()} | {self.run.asked.key}

    @property
    def waiting(self) -> int:
        """Units of the own instrument that market orders have not brought yet, below 0 sold."""
        total = 0
        for each in self.working.values():
            ask = each.ask
            if ask.key == self.run.asked.key and is_market(ask):
                total += ask.units - (each.filled if ask.units > 0 else -each.filled)
        return total

    def closes_bar(self, session: Session, now: datetime) -> bool:
        """Whether a bar has ended in the minute before: they count from the session's opening."""
        minute = now.replace(second=0, microsecond=0)
        window = next((a for a, b in reversed(session.windows) if a < minute), session.opens_at)
        whole = int((minute - window).total_seconds()) % self.interval.seconds == 0
        return whole or any(minute == end for _, end in session.windows)

    def new_bar(self, candles: Candles, now: datetime) -> int | None:
        """Place of the newest bar that has closed; None where it has heard of that one already.

        The first look tells none: what was before its start is its lines' past only.
        """
        over = np.flatnonzero(candles.time + self.interval.seconds <= now.timestamp())
        if not over.size:
            return None
        at = int(over[-1])
        before, self.last_bar = self.last_bar, int(candles.time[at])
        return at if before is not None and self.last_bar > before else None

    def move_lines(self, candles: Candles, at: int) -> None:
        """Every line to bar `at`: computed of the bars up to it, and of none after it."""
        past = upto(candles, at)
        for each in self.setup.lines:
            values = each.formula(past)
            each.line.now = float(values[-1])
            each.line.before = float(values[-2]) if len(values) > 1 else nan


def upto(candles: Candles, at: int) -> Candles:
    """The bars until and with `at`, at most as many as the warm-up needs."""
    part = slice(max(at + 1 - WARM_UP, 0), at + 1)
    return Candles(
        time=candles.time[part],
        open=candles.open[part],
        high=candles.high[part],
        low=candles.low[part],
        close=candles.close[part],
        volume=candles.volume[part],
        open_interest=candles.open_interest[part],
    )


def bar_at(candles: Candles, at: int) -> Bar:
    return Bar(
        open=float(candles.open[at]),
        high=float(candles.high[at]),
        low=float(candles.low[at]),
        close=float(candles.close[at]),
        volume=float(candles.volume[at]),
    )
