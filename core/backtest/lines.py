"""Lines of a strategy: each value is made of the bars until then, never of one after."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.bars import moment, picked
from core.errors import RuleBroken
from core.indicators.registry import INDICATORS
from core.instruments.candle import Candles
from core.strategies.strategy import Formula, Line

Floats = NDArray[np.float64]
CUTS: Final = (0.25, 0.5, 0.8, 0.97)
"""Where bars are cut short to see whether a formula knew what comes after."""


class BarSetup:
    """Fills the `Setup` of the contract for a run over bars; holds names, and no numbers."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._recipes: list[tuple[str, str, Mapping[str, float]] | Formula] = []

    def line(self, indicator: str, output: str = "", **parameters: float) -> Line:
        known = INDICATORS.get(indicator)
        if known is None:
            raise RuleBroken(f"There is no indicator {indicator!r}.")
        names = [each.name for each in known.outputs]
        if output and output not in names:
            raise RuleBroken(f"{known.title} has no output {output!r}: {', '.join(names)}.")
        return self._added((indicator, output or names[0], known.settled(parameters)))

    def own_line(self, formula: Formula) -> Line:
        return self._added(formula)

    def chains(self, symbol: str = "", expiries: int = 1) -> None:
        raise RuleBroken("This strategy asks for chains: run it over days of options, not bars.")

    def values(self, candles: Candles) -> list[Floats]:
        """One array for each line, in the order in which they were declared."""
        made: dict[object, Floats] = {}
        found = []
        for recipe in self._recipes:
            if callable(recipe):
                found.append(_own(recipe, candles))
                continue
            name, output, parameters = recipe
            key = (name, output, tuple(sorted(parameters.items())))
            if key not in made:
                made[key] = INDICATORS[name].compute(candles, **parameters)[output]
            found.append(made[key])
        return found

    @property
    def has_own(self) -> bool:
        """Whether the strategy brought a formula, which is shown whole arrays."""
        return any(callable(recipe) for recipe in self._recipes)

    def _added(self, recipe: tuple[str, str, Mapping[str, float]] | Formula) -> Line:
        self._recipes.append(recipe)
        self.lines.append(Line())
        return self.lines[-1]


def _own(formula: Formula, candles: Candles) -> Floats:
    whole = _computed(formula, candles)
    for cut in sorted({max(1, int(len(candles) * share)) for share in CUTS}):
        short = _computed(formula, picked(candles, slice(0, cut)))
        same = np.isclose(whole[:cut], short, rtol=1e-9, atol=1e-12, equal_nan=True)
        if not same.all():
            at = int(candles.time[np.flatnonzero(~same)[0]])
            raise RuleBroken(
                f"The line {_name(formula)} looks ahead: its value of {moment(at)} is another one"
                f" when the bars after {moment(int(candles.time[cut - 1]))} are not there."
            )
    return whole


def _computed(formula: Formula, candles: Candles) -> Floats:
    """The formula gets bars of its own, which are wiped when it is done: keeping them is no use."""
    lent = picked(candles, np.arange(len(candles)))
    values = np.array(formula(lent), dtype=np.float64)
    for column in (lent.open, lent.high, lent.low, lent.close):
        column.fill(np.nan)
    if values.shape != (len(candles),):
        raise RuleBroken(
            f"The line {_name(formula)} has {values.size} values for {len(candles)} bars."
        )
    return values


def _name(formula: Formula) -> str:
    return getattr(formula, "__name__", type(formula).__name__)
