"""A table of numbers by strike, shaded by size: sends what reads otherwise, at the page's pace."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from ui.theme.style import GRID_MODULES

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatColumn:
    """`format` is a name in `assets/js/formats`, or "auto": as many digits as the largest needs.

    `side` is CE, PE or "" for a column of the strike itself; `missing` is said of an unknown.
    `label` is the whole name, where the title alone does not tell.
    """

    name: str
    title: str
    tip: str = ""
    side: str = ""
    format: str = "auto"
    heat: bool = True
    label: str = ""
    missing: str = "No implied volatility, so no greeks"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatGroup:
    """Columns under one title; the group named "strike" has none and shows the strikes."""

    title: str
    columns: tuple[HeatColumn, ...] = ()
    side: str = ""


STRIKES = HeatGroup(title="strike")


class HeatGrid(ui.element, component="heat_grid.js", esm=GRID_MODULES):
    """`shape` says what stands where; `push` brings the numbers, (strikes, columns).

    Cells are named `{name}-{strike}-{side}-{column}`. `on_pick(column index)` hears a click on a
    column's title, `on_strike(strike, side)` one on a row, the side "" where it is of both. On a
    phone only the groups of one side are shown: `data-side` on the element.
    """

    def __init__(
        self,
        *,
        name: str,
        on_pick: Callable[[int], object] | None = None,
        on_strike: Callable[[float, str], object] | None = None,
    ) -> None:
        super().__init__()
        self.classes("heat-holder")
        self._props["name"] = name
        self._props["data-testid"] = name
        self.columns: tuple[HeatColumn, ...] = ()
        self.sent: Floats = np.empty((0, 0))
        self._strikes: list[float] = []
        self._groups: tuple[HeatGroup, ...] = ()
        self._money: tuple[int, float] | None = None
        self.on("ready", self._tell_all)
        if on_pick is not None:
            self.on("pick", lambda event: on_pick(int(event.args)))
        if on_strike is not None:
            self.classes("picks-strikes")
            self.on("strike", lambda event: on_strike(float(event.args[0]), str(event.args[1])))

    def shape(self, strikes: Floats, groups: Sequence[HeatGroup]) -> None:
        if strikes.tolist() == self._strikes and tuple(groups) == self._groups:
            return
        self._strikes, self._groups = strikes.tolist(), tuple(groups)
        self.columns = tuple(column for group in groups for column in group.columns)
        self._tell_all()

    def _tell_all(self) -> None:
        """The browser's part is new, or what it shows is."""
        self.sent = np.full((len(self._strikes), len(self.columns)), np.nan)
        self._money = None
        if self.client.has_socket_connection and self._strikes:
            self.run_method("build", self._strikes, [_told(group) for group in self._groups])

    def push(self, values: Floats, *, atm: int, spot: float, stale: bool) -> None:
        """nan where unknown; rounded to what can be read, so that what stands still is not sent."""
        if not self.client.has_socket_connection or values.shape != self.sent.shape:
            return
        now = _readable(values)
        differs = (now != self.sent) & ~(np.isnan(now) & np.isnan(self.sent))
        index = np.flatnonzero(differs)
        self.sent = now
        money = (atm, spot if np.isfinite(spot) else -1.0)
        if len(index) or money != self._money:
            self._money = money
            told = [None if np.isnan(x) else x for x in now.ravel()[index].tolist()]
            self.run_method("patch", index.tolist(), told, *money)
        self.classes(add="stale" if stale else "", remove="" if stale else "stale")


def _told(group: HeatGroup) -> dict[str, Any]:
    return {**asdict(group), "columns": [asdict(column) for column in group.columns]}


def _readable(values: Floats) -> Floats:
    """Each column to five significant digits of its largest value."""
    with np.errstate(all="ignore"):
        largest = np.nanmax(np.where(np.isfinite(values), np.abs(values), 0.0), axis=0, initial=0.0)
        digits = 4 - np.floor(np.log10(np.where(largest > 0, largest, 1.0)))
        step = 10.0**digits
    rounded: Floats = np.round(values * step) / step
    return np.where(np.isfinite(values), rounded, np.nan)
