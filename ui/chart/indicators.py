"""Indicators that a user has put on charts: which, with which numbers and colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from core.errors import AppError
from core.indicators.registry import INDICATORS, Indicator, Style
from core.indicators.registry import Output as Line
from core.instruments.candle import Candles
from ui.chart.parts import Output, Study

Floats = NDArray[np.float64]

MOST: Final = 12
"""Indicators on one chart."""
SHORT: Final = 5
"""Letters of a name that is written in capitals instead of its title."""
INKS: Final = {
    "var(--accent)": "Blue",
    "var(--warn)": "Yellow",
    "var(--mode-simulated)": "Violet",
    "var(--mode-replay)": "Light blue",
    "var(--ask)": "Orange",
    "var(--up)": "Green",
    "var(--down)": "Red",
    "var(--txt2)": "Grey",
}
BY_NAME: Final = {
    "upper": "var(--txt2)",
    "lower": "var(--txt2)",
    "rising": "var(--up)",
    "falling": "var(--down)",
    "pivot": "var(--warn)",
    "plus": "var(--up)",
    "minus": "var(--down)",
    "signal": "var(--warn)",
}
"""Lines that everybody draws in the same colour."""
DRAWN: Final = {
    name: each
    for name, each in INDICATORS.items()
    if all(line.style is not Style.CANDLE for line in each.outputs)
}
"""Candles of another kind are a look of the bars themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One indicator on the chart; `values` of its parameters, `colours` by output, as tokens."""

    id: str
    indicator: Indicator
    values: Mapping[str, float]
    colours: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False

    @property
    def title(self) -> str:
        return " ".join([short(self.indicator), *self.told_values])

    @property
    def told_values(self) -> list[str]:
        told = []
        for each in self.indicator.parameters:
            value = self.values[each.name]
            if each.choices:
                told.append(each.choices[int(value)] if value != each.default else "")
            elif not each.moment:
                told.append(f"{value:g}")
        return [text for text in told if text]

    def with_value(self, name: str, value: object) -> "Chosen":
        """Raises RuleBroken for a value out of its range."""
        return replace(self, values=self.indicator.settled({**self.values, name: value}))

    def with_colour(self, output: str, colour: str) -> "Chosen":
        return replace(self, colours={**self.colours, output: colour})

    def study(self) -> Study:
        lines = [line for line in self.indicator.outputs if self._is_drawn(line)]
        outputs = tuple(
            Output(
                name=line.name,
                title=line.title if len(lines) > 1 else self.title,
                pane=line.pane.value,
                style=line.style.value,
                colour=self.colours.get(line.name, ""),
            )
            for line in lines
        )
        return Study(id=self.id, title=self.title, outputs=outputs, levels=self.indicator.levels)

    def _is_drawn(self, line: Line) -> bool:
        """The whole line of a stop is drawn in its two colours already."""
        return not (self.indicator.name == "supertrend" and line.name == "line")

    def lines(self, candles: Candles) -> dict[str, Floats]:
        """What is drawn, as long as the bars."""
        found = self.indicator.compute(candles, **self.values)
        by = int(self.values.get("displacement", 0))
        return {
            line.name: moved(found[line.name], line.displaced * by)
            for line in self.indicator.outputs
        }

    def kept(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.indicator.name,
            "values": dict(self.values),
            "colours": dict(self.colours),
            "hidden": self.hidden,
        }


def short(indicator: Indicator) -> str:
    name = indicator.name
    return name.upper() if len(name) <= SHORT and "_" not in name else indicator.title


def moved(values: Floats, bars: int) -> Floats:
    """So many bars to the right, to the left below 0; nan comes after them."""
    if not bars:
        return values
    found = np.full(values.size, np.nan)
    if abs(bars) < values.size:
        if bars > 0:
            found[bars:] = values[:-bars]
        else:
            found[:bars] = values[-bars:]
    return found


def new(indicator: Indicator, others: Sequence[Chosen]) -> Chosen:
    """With its usual numbers, in colours that others do not use."""
    used = {colour for each in others for colour in each.colours.values()}
    free = [ink for ink in INKS if ink not in used] or list(INKS)
    colours, next_one = dict[str, str](), 0
    for line in indicator.outputs:
        if line.style is Style.HISTOGRAM:
            continue  # green above and red below
        if line.name in BY_NAME and len(indicator.outputs) > 1:
            colours[line.name] = BY_NAME[line.name]
        elif _is_level(line.name):
            colours[line.name] = "var(--down)" if line.name[0] == "r" else "var(--up)"
        else:
            colours[line.name] = free[next_one % len(free)]
            next_one += 1
    return Chosen(
        id=f"{indicator.name}-{uuid4().hex[:8]}",
        indicator=indicator,
        values=indicator.settled({}),
        colours=colours,
    )


def _is_level(name: str) -> bool:
    return len(name) == 2 and name[0] in "rs" and name[1].isdigit()


def restored(kept: Sequence[object]) -> list[Chosen]:
    """What was kept, without what the registry does not know any more."""
    found = list[Chosen]()
    for each in kept:
        if not isinstance(each, dict) or str(each.get("name")) not in DRAWN:
            continue
        indicator = DRAWN[str(each["name"])]
        names = {parameter.name for parameter in indicator.parameters}
        given = each.get("values")
        given = given if isinstance(given, dict) else {}
        try:
            values = indicator.settled({k: v for k, v in given.items() if k in names})
        except AppError:
            values = indicator.settled({})
        colours = each.get("colours")
        colours = colours if isinstance(colours, dict) else {}
        found.append(
            Chosen(
                id=str(each.get("id") or f"{indicator.name}-{uuid4().hex[:8]}"),
                indicator=indicator,
                values=values,
                colours={k: v for k, v in colours.items() if v in INKS},
                hidden=each.get("hidden") is True,
            )
        )
    return found[:MOST]
