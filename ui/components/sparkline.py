"""A small line of a day's closes."""

from collections.abc import Sequence
from math import isfinite

from nicegui import ui


class Sparkline(ui.element, component="sparkline.js"):
    """`base` (the previous close) is drawn dashed and decides the colour."""

    def __init__(self, values: Sequence[float] = (), base: float | None = None) -> None:
        super().__init__()
        self._show(values, base)

    def show(self, values: Sequence[float], base: float | None = None) -> None:
        self._show(values, base)
        if self.client.has_socket_connection:
            self.run_method("show", self._props["values"], self._props["base"])

    def _show(self, values: Sequence[float], base: float | None) -> None:
        self._props["values"] = [float(v) for v in values if isfinite(v)]
        self._props["base"] = base if base is not None and isfinite(base) else None
