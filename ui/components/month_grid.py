"""Months as grids of days: one element for a month or a year."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from nicegui import ui


@dataclass(frozen=True, slots=True)
class DayCell:
    """`marks` are short words; `*` in front makes one strong, `~` before that tells what is only
    expected.
    """

    day: date
    classes: str = ""
    note: str = ""
    marks: tuple[str, ...] = ()
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """`weeks` start on Monday; None fills the days of other months."""

    title: str
    weeks: tuple[tuple[DayCell | None, ...], ...]


class MonthGrid(ui.element, component="month_grid.js"):
    def __init__(self, on_pick: Callable[[date], object]) -> None:
        super().__init__()
        self.months: list[Month] = []
        self._props["months"] = []
        self._props["picked"] = ""
        self._on_pick = on_pick
        self.mark("month-grid")
        self.on("pick", lambda e: self.pick(date.fromisoformat(e.args)))

    def pick(self, day: date) -> object:
        self._props["picked"] = day.isoformat()
        self.update()
        return self._on_pick(day)

    def show(self, months: Sequence[Month], picked: date) -> None:
        self.months = list(months)
        self._props["months"] = [
            {"title": m.title, "weeks": [[_cell(c) for c in week] for week in m.weeks]}
            for m in self.months
        ]
        self._props["picked"] = picked.isoformat()
        self.update()

    def cell(self, day: date) -> DayCell | None:
        cells = (c for m in self.months for week in m.weeks for c in week)
        return next((c for c in cells if c is not None and c.day == day), None)


def _cell(cell: DayCell | None) -> list[object] | None:
    if cell is None:
        return None
    iso = cell.day.isoformat()
    return [iso, cell.day.day, cell.classes, cell.note, list(cell.marks), cell.tip]
