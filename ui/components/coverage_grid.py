"""What there is, by row and day: gaps in red, one click fills a row's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from nicegui import ui

from core.downloads.coverage import DayState

LETTERS = {
    DayState.HAVE: "h",
    DayState.PART: "p",
    DayState.MISSING: "m",
    DayState.NONE: "n",
    DayState.NO_SESSION: "-",
}


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """`states` has one entry a day of the grid; `fillable` shows the button."""

    id: str
    name: str
    note: str
    states: tuple[DayState, ...]
    fillable: bool


class CoverageGrid(ui.element, component="coverage_grid.js"):
    def __init__(self, on_fill: Callable[[str], object]) -> None:
        super().__init__()
        self.rows: list[CoverageRow] = []
        self._props["days"], self._props["rows"] = [], []
        self._on_fill = on_fill
        self.mark("coverage-grid")
        self.on("fill", lambda e: self.fill(str(e.args)))

    def show(self, days: Sequence[date], rows: Sequence[CoverageRow]) -> None:
        self.rows = list(rows)
        self._props["days"] = [day.isoformat() for day in days]
        self._props["rows"] = [
            [r.id, r.name, r.note, "".join(LETTERS[s] for s in r.states), r.fillable]
            for r in self.rows
        ]
        self.update()

    def fill(self, id: str) -> object:
        """What the button of a row does."""
        return self._on_fill(id) if any(row.id == id for row in self.rows) else None
