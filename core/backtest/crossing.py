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
from core.backtest.cross_points import CrossPoints
from core.backtest.engine import BarRun, first_bar, run
from core.backtest.metrics import of_days, of_many_trades
from core.backtest.results import Trade
from core.strategies.ready.ema_cross import EmaCross
from core.strategies.ready.sma_cross import SmaCross
from core.strategies.strategy import Strategy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CROSSES: Final[Mapping[type[Strategy], str]] = {SmaCross: "sma", EmaCross: "ema"}
SAMPLE: Final = 2_000
"""Bars over which the loop is asked whether it agrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The round trips of one combination, as columns; the last may be open.

    `bars` are the places of the fills, `units` and `prices` theirs; `held` is what is held before
    the first and after each. `profits` are of the closed round trips, charges off.
    """

    bars: Ints
    units: Ints
    prices: Floats
    charges: Floats
    held: Ints
    profits: Floats


class Crossings:
    """Over one stretch of bars."""

    def __init__(self, kind: type[Strategy], over: BarRun) -> None:
        self._kind, self._over = kind, over
        self._bars: Prepared = prepared(over.candles, over.interval, over.calendar)
        self._candles = self._bars.candles
        self._points = CrossPoints(CROSSES.get(kind, ""), self._candles)
        self._patterns: dict[tuple[int, int], Ints] = {}
        self._lot = over.lots(self._bars.days[0]) if over.lots else 1
        self._charge = over.costs.charge()
        self._free = over.costs.segment is None
        starts, size = self._bars.starts, len(self._candles)
        self._begins = first_bar(self._bars, over.begins)
        last_bars = np.append(starts[1:], size) - 1
        self._last_bars = last_bars[last_bars >= self._begins]
        self._last_closes = self._candles.close[self._last_bars]
        self._day_of = np.repeat(np.arange(len(starts)), np.diff(starts, append=size))

    def can(self) -> bool:
        """A square-off, and lots that change within the run, need the loop."""
        lots = self._over.lots
        same = lots is None or len({lots(day) for day in self._bars.days}) == 1
        return self._kind in CROSSES and self._over.square_off is None and same

    def rounds(self, chosen: Mapping[str, Any]) -> Rounds:
        return self._rounds(self._kind(**chosen))

    def _rounds(self, strategy: Strategy) -> Rounds:
        """Crossings upwards and downwards take turns, and so do what is bought and sold."""
        places, up = self._points.of(strategy.fast, strategy.slow)  # type: ignore[attr-defined]
        if self._begins:
            early = int(np.searchsorted(places, self._begins))
            places, up = places[early:], up == (early % 2 == 0)
        size: int = strategy.lots * self._lot  # type: ignore[attr-defined]
        low = -size if strategy.below == "short" else 0  # type: ignore[attr-defined]
        if not up and not low:  # flat already
            places, up = places[1:], True
        if len(places) and places[-1] == len(self._candles) - 1:
            places = places[:-1]  # the last bar's order has no market any more
        return self._filled(places + 1, *((size, low) if up else (low, size)))

    def metrics(self, chosen: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
        """By name, of each combination: the same numbers as `metrics` of the loop's result."""
        strategies = [self._kind(**each) for each in chosen]
        self._points.prepare((each.fast, each.slow) for each in strategies)  # type: ignore[attr-defined]
        every = [self._rounds(each) for each in strategies]
        capital = self._over.capital
        curves = of_days(np.array([self._equity(each) for each in every]), capital)
        trades = of_many_trades([each.profits for each in every])
        days = float(len(self._last_bars))
        told = {name: values.tolist() for name, values in curves.items()}
        return [
            {
                **{name: values[i] for name, values in told.items()},
                **trades[i],
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
        for i, held in enumerate(found.held[1:].tolist()):
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

    def _filled(self, bars: Ints, first: int, then: int) -> Rounds:
        """`first` is held after the first fill, `then` after the next, and so on in turns."""
        held = self._pattern(first, then)[: len(bars) + 1]
        units = held[1:] - held[:-1]
        prices = self._candles.open[bars]
        if slip := self._over.costs.slippage:
            prices += np.where(units > 0, slip, -slip)
        gone = held[1:-1] if len(bars) else held[:0]
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
            profits=profits if then else profits[::2],
        )

    def _pattern(self, first: int, then: int) -> Ints:
        """Nothing, then the two in turns, as long as any run may be."""
        if (first, then) not in self._patterns:
            turns = np.resize(np.array([first, then], dtype=np.int64), len(self._candles))
            self._patterns[first, then] = np.concatenate([np.zeros(1, dtype=np.int64), turns])
        return self._patterns[first, then]

    def _charges(self, bars: Ints, units: Ints, prices: Floats) -> Floats:
        if self._free:
            return np.zeros(len(bars))
        days = [self._bars.days[n] for n in self._day_of[bars].tolist()]
        rows = zip(units.tolist(), prices.tolist(), days, strict=True)
        return np.array([self._charge(*row) for row in rows], dtype=np.float64)

    def _equity(self, found: Rounds) -> Floats:
        """At the end of each day."""
        cash = np.zeros(len(found.bars) + 1)
        paid = found.units * found.prices
        np.cumsum(-(paid if self._free else paid + found.charges), out=cash[1:])
        until = found.bars.searchsorted(self._last_bars, side="right")
        values = self._over.capital + cash[until] + found.held[until] * self._last_closes
        return np.asarray(values)

    def _exposure(self, found: Rounds) -> float:
        """The share of bars at whose close something was held."""
        bars, size = found.bars, len(self._candles)
        if not len(bars):
            return 0.0
        if len(found.held) > 2 and not found.held[2]:  # in and out
            held = int(bars[1::2].sum()) - int(bars[::2].sum()) + (size if len(bars) % 2 else 0)
        else:
            held = size - int(bars[0])
        return held / (size - self._begins)


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
