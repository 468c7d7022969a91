"""A surface in space: implied volatility over strike and time to expiry."""

from pathlib import Path
from typing import Any, Final

import nicegui.elements.plotly as bundle

from ui.components.chart import ESM, Chart
from ui.components.chart_theme import Axis

ALL: Final = {"nicegui-plotly": str(Path(str(bundle.__file__)).parent / "dist"), **ESM}


class Surface(Chart, component="surface.js", esm=ALL):
    """Push `heat` as one row per x with one value per y, with `x` and `y`; a new one moves it.

    The browser loads what draws it (4.6 MB from this desk) when it is first seen, and keeps the
    view that the user turned it to. Without a graphics card a frame takes a second: push it every
    five seconds at most.
    """

    def __init__(
        self, *, name: str, title: str, value: str, format: str, x: Axis, y: Axis, **more: Any
    ) -> None:
        series = {"id": "heat", "name": value, "type": "heatmap", "format": format}
        super().__init__(
            {"xAxis": x, "yAxis": [y], "series": [series]}, name=name, title=title, **more
        )
