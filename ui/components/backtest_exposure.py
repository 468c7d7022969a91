"""What a run held over time: units, rupees, margin, and of option runs the greeks."""

from typing import Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.backtest.results import Result
from ui.backtest.curves import places, rows
from ui.backtest.opened import Opened
from ui.components.chart import Chart
from ui.components.chart_theme import axis, line, lines
from ui.components.empty_state import empty_state

Floats = NDArray[np.float64]
GREEKS: Final = {
    "delta": "Delta, rupees per point",
    "gamma": "Gamma, delta per point",
    "theta": "Theta, rupees a day",
    "vega": "Vega, rupees per vol point",
}
EMPTY: Final = "Nothing was held."


class ExposureView:
    def __init__(self) -> None:
        self._box = ui.element("div").classes("bt-stack")
        self.charts: dict[str, Chart] = {}

    def show(self, opened: Opened) -> None:
        found = told(opened.result)
        if list(found) != list(self.charts):
            self._build(found)
        time = opened.result.time.astype(float) * 1000
        for name, (_, _, values) in found.items():
            self.charts[name].subject = opened.result.symbol
            self.charts[name].push({name: rows(time, values, places(values))})

    def _build(self, found: dict[str, tuple[str, str, Floats]]) -> None:
        self._box.clear()
        self.charts = {}
        with self._box:
            if not found:
                empty_state("Nothing was held", "The run never had a position.", icon="layers")
            for name, (title, format, _) in found.items():
                series = line(name, title, format, step=True, area=True)
                option = lines([series], x=axis("date", kind="time"), y=axis(AXES[format]))
                self.charts[name] = Chart(
                    option, name=f"bt-{name}", title=title, height=190, empty=EMPTY
                )


AXES: Final = {"rupees": "rupeesLakh", "quantity": "lakh", "points2": "points2"}


def told(result: Result) -> dict[str, tuple[str, str, Floats]]:
    """By name: title, format and values; what was nothing all the time is left out."""
    every = {
        "exposure": ("Rupees held, longs and shorts added up", "rupees", result.exposure),
        "units": ("Units of the own instrument", "quantity", result.units.astype(float)),
        "margin": ("Margin blocked (estimate)", "rupees", result.margin),
        **{
            name: (GREEKS.get(name, name), "points2", values)
            for name, values in result.greeks.items()
        },
    }
    return {name: each for name, each in every.items() if np.nan_to_num(each[2]).any()}
