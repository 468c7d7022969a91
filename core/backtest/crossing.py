"""The cross strategies of a sweep by arrays: the trades of the event loop, many times as fast.

Two averages decide alone, and every order is a market order: so what the loop would do follows from
the places where they cross. The loop stays the reference; `agrees` holds both side by side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.bars import Prepared, picked, prepared
from core.backtest.engine import BarRun, first_bar, run
from core.backtest.lines import BarSetup
from core.backtest.metrics import of_days, of_trades
from core.backtest.results import Trade
from core.strategies.ready.ema_cross import EmaCross
from core.strategies.ready.sma_cross import SmaCross
from core.strategies.strategy import Strategy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CROSSES: Final[Mapping[type[Strategy], str]] = {SmaCross: "sma", EmaCross: "ema"}
_NONE: Final = np.zeros(1, dtype=np.int64)
SAMPLE: Final = 4_000
"""Bars over which the loop is asked whether it agrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The round trips of one combination, as columns; the last may be open.

    `bars` are the places of the fills, `units` and `prices` theirs, `held` what is held after each.
    """

    bars: Ints
    units: Ints
    prices: Floats
    charges: Floats
    held: Ints
    profits: Floats
    """Of the closed round trips, charges off."""


class Crossings:
    """Over one stretch of bars; averages are made once for each length."""

    def __init__(self, kind: type[Strategy], over: BarRun) -> None:
        self._kind, self._over = kind, over
        self._bars: Prepared = prepared(over.candles, over.interval, over.calendar)
        self._candles = self._bars.candles
        self._lines: dict[int, tuple[Floats, int]] = {}
        self._lot = over.lots(self._bars.days[0]) if over.lots else 1
        self._charge = over.costs.charge()
        self._free = over.costs.segment is None
        starts, size = self._bars.starts, len(self._candles)
        self._begins = first_bar(self._bars, over.begins)
        last_bars = np.append(starts[1:], size) - 1
        self._last_bars = last_bars[last_bars >= self._begins]
        self._day_of = np.repeat(np.arange(len(starts)), np.diff(starts, append=size))

    def can(self) -> bool:
        """A square-off, and lots that change within the run, need the loop."""
        lots = self._over.lots
        same = lots is None or len({lots(day) for day in self._bars.days}) == 1
        return self._kind in CROSSES and self._over.square_off is None and same

    def rounds(self, chosen: Mapping[str, Any]) -> Rounds:
        strategy = self._kind(**chosen)
        places, rising = self._crosses(strategy.fast, strategy.slow)  # type: ignore[attr-defined]
        size = strategy.lots * self._lot  # type: ignore[attr-defined]
        low = -size if strategy.below == "short" else 0  # type: ignore[attr-defined]
        taken = places >= self._begins
        places, rising = places[taken], rising[taken]
        wanted = np.where(rising, size, low)
        if len(wanted) and wanted[0] == 0:  # flat already
            places, wanted = places[1:], wanted[1:]
        inside = places < len(self._candles) - 1  # the last bar's order has no market any more
        return self._filled(places[inside] + 1, wanted[inside])

    def metrics(self, chosen: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
        """By name, of each combination: the same numbers as `metrics` of the loop's result."""
        every = [self.rounds(each) for each in chosen]
        capital = self._over.capital
        curves = of_days(np.array([self._equity(each) for each in every]), capital)
        days = float(len(self._last_bars))
        told = {name: values.tolist() for name, values in curves.items()}
        return [
            {
                **{name: values[i] for name, values in told.items()},
                **of_trades(each.profits),
                "exposure": self._exposure(each),
                "days": days,
                "charges": float(each.charges.sum()),
            }
            for i, each in enumerate(every)
        ]

    def trades(self, chosen: Mapping[str, Any]) -> list[Trade]:
        """As the loop records them."""
        found, key = self.rounds(chosen), self._over.key
        times, close = self._candles.time[found.bars], float(self._candles.close[-1])
        paid = found.charges / np.abs(found.units)
        trades, closed = list[Trade](), 0
        for i, held in enumerate(found.held.tolist()):
            if held == 0:
                continue
            ends = i + 1 < len(found.bars)
            each = float(paid[i]) + (float(paid[i + 1]) if ends else 0.0)
            price = float(found.prices[i + 1]) if ends else close
            entry, cost = float(found.prices[i]), abs(held) * each
            profit = float(found.profits[closed]) if ends else held * (price - entry) - cost
            left = int(times[i + 1]) if ends else int(self._bars.ends[-1])
            trades.append(
                Trade(key, held, int(times[i]), entry, left, price, profit, cost, "", not ends)
            )
            closed += ends
        return trades

    def _crosses(self, fast: int, slow: int) -> tuple[Ints, NDArray[np.bool_]]:
        """Bars at which the fast line has crossed the slow one, and whether it rose above."""
        (quick, first), (calm, second) = self._line(fast), self._line(slow)
        known = max(first, second)
        quick, calm = quick[known:], calm[known:]
        above = quick > calm
        edges = (above[1:] != above[:-1]).nonzero()[0] + 1
        edges = _past_ties(edges, above, quick, calm)
        return edges + known, above[edges]

    def _line(self, length: int) -> tuple[Floats, int]:
        """The average, and the first place at which it is known; it is known from there on."""
        if length not in self._lines:
            setup = BarSetup()
            setup.line(CROSSES[self._kind], length=length)
            (values,) = setup.values(self._candles)
            unknown = np.flatnonzero(np.isnan(values))
            self._lines[length] = values, int(unknown[-1]) + 1 if len(unknown) else 0
        return self._lines[length]

    def _filled(self, bars: Ints, held: Ints) -> Rounds:
        before = np.concatenate([_NONE, held[:-1]])
        units = held - before
        prices = self._candles.open[bars]
        if slip := self._over.costs.slippage:
            prices += np.where(units > 0, slip, -slip)
        gone = held[:-1]
        profits = gone * (prices[1:] - prices[:-1])
        charges = self._charges(bars, units, prices)
        if not self._free:
            each = charges / np.abs(units)
            profits -= np.abs(gone) * (each[:-1] + each[1:])
        return Rounds(
            bars=bars,
            units=units,
            prices=prices,
            charges=charges,
            held=held,
            profits=profits[gone != 0],
        )

    def _charges(self, bars: Ints, units: Ints, prices: Floats) -> Floats:
        if self._free:
            return np.zeros(len(bars))
        days = [self._bars.days[n] for n in self._day_of[bars].tolist()]
        rows = zip(units.tolist(), prices.tolist(), days, strict=True)
        return np.array([self._charge(*row) for row in rows], dtype=np.float64)

    def _equity(self, found: Rounds) -> Floats:
        """At the end of each day."""
        flows = -(found.units * found.prices + found.charges)
        cash = np.concatenate([[0.0], np.cumsum(flows)])
        held = np.concatenate([[0], found.held])
        until = np.searchsorted(found.bars, self._last_bars, side="right")
        close = self._candles.close[self._last_bars]
        return np.asarray(self._over.capital + cash[until] + held[until] * close)

    def _exposure(self, found: Rounds) -> float:
        size, bars = len(self._candles), found.bars
        if not len(bars):
            return 0.0
        occupied = int(np.dot(bars[1:] - bars[:-1], found.held[:-1] != 0))
        occupied += size - int(bars[-1]) if found.held[-1] else 0
        return occupied / (size - self._begins)


def agrees(kind: type[Strategy], over: BarRun, chosen: Mapping[str, Any]) -> bool:
    """Whether the loop makes the very same trades, on bars out of the middle of the run."""
    begin = max(0, len(over.candles) // 2 - SAMPLE // 2)
    sample = BarRun(
        candles=picked(over.candles, slice(begin, begin + SAMPLE)),
        key=over.key,
        interval=over.interval,
        symbol=over.symbol,
        capital=over.capital,
        costs=over.costs,
        lots=over.lots,
        calendar=over.calendar,
    )
    return list(run(kind(**chosen), sample).trades) == Crossings(kind, sample).trades(chosen)


def _past_ties(edges: Ints, above: NDArray[np.bool_], quick: Floats, calm: Floats) -> Ints:
    """Lines that meet have not crossed yet: an edge downwards waits until they part.

    Where they part upwards again nothing happened; the edge upwards that follows says nothing new.
    """
    first = [0] if len(above) and quick[0] == calm[0] else []
    if not first and not (quick[edges] == calm[edges]).any():
        return edges
    found: list[int] = []
    was = None
    for edge in sorted([*edges.tolist(), *first]):
        at = edge
        while at < len(above) and quick[at] == calm[at]:
            at += 1
        if at < len(above) and bool(above[at]) is not was:
            found.append(at)
            was = bool(above[at])
    return np.array(found, dtype=np.int64)
