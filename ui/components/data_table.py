"""A table of texts: one element however many rows; for what changes at most twice a second."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from nicegui import ui
from nicegui.events import GenericEventArguments

CLICK: Final = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`classes` are for its cells (`num` aligns right in tabular figures); `width` is CSS."""

    name: str
    title: str
    classes: str = ""
    width: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """`action` makes the text a button that reports that word; `led` puts a coloured dot before."""

    text: str
    classes: str = ""
    tip: str = ""
    action: str = ""
    led: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """`id` tells rows apart from one showing to the next, and names their test ids."""

    id: str
    cells: tuple[Cell | str, ...]
    classes: str = ""


class DataTable(ui.element, component="data_table.js"):
    """Shows `rows`; a row can be picked (click, Enter) and its buttons pressed.

    `name` begins every test id: `{name}-{row id}-{column}`. `driver` is the CSS selector of an
    input whose arrow and Enter keys move and pick rows too. With `on_sort`, titles are clicked to
    sort: the page shows the rows in that order and marks it by `mark_sorted`.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        *,
        empty: str = "Nothing here yet.",
        on_pick: Callable[[str], object] | None = None,
        on_act: Callable[[str, str], object] | None = None,
        driver: str = "",
        on_sort: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.picked = ""
        self._on_pick, self._on_act = on_pick, on_act
        self._props["name"] = name
        self._props["columns"] = [asdict(column) for column in columns]
        self._props["rows"] = []
        self._props["picked"] = ""
        self._props["empty"] = empty
        self._props["pickable"] = on_pick is not None
        self._props["driver"] = driver
        self._props["sortable"], self._props["sorted"] = on_sort is not None, ""
        self.mark(name)
        self.on("pick", lambda e: self.pick(str(e.args)))
        self.on(CLICK, self._acted)
        if on_sort is not None:
            self.on("sort", lambda e: on_sort(str(e.args)))

    def show(self, rows: Sequence[Row]) -> None:
        if list(rows) != self.rows:
            self.rows = list(rows)
            self._props["rows"] = [[row.id, row.classes, _cells(row)] for row in self.rows]
            self.update()

    def say_when_empty(self, words: str) -> None:
        if self._props["empty"] != words:
            self._props["empty"] = words
            self.update()

    def pick(self, id: str) -> object:
        """Mark the row and tell the page; the same whether a person or a test does it."""
        if all(row.id != id for row in self.rows):
            return None  # it left the table while the click was on its way
        self.mark_picked(id)
        return self._on_pick(id) if self._on_pick else None

    def mark_picked(self, id: str) -> None:
        if self.picked != id:
            self.picked = id
            self._props["picked"] = id
            self.update()

    def mark_sorted(self, column: str, *, falling: bool) -> None:
        """Which title says that the rows are in its order."""
        self._props["sorted"] = f"{column} {'↓' if falling else '↑'}"
        self.update()

    def act(self, id: str, action: str) -> object:
        if self._on_act is None or all(row.id != id for row in self.rows):
            return None
        return self._on_act(id, action)

    def _acted(self, event: GenericEventArguments) -> object:
        id, action = event.args
        return self.act(str(id), str(action))


def _cells(row: Row) -> list[str | list[str]]:
    return [
        c if isinstance(c, str) else [c.text, c.classes, c.tip, c.action, c.led] for c in row.cells
    ]
