"""A live table of positions in groups: rows are marked, sorted, folded and acted on."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from nicegui import ui
from nicegui.events import GenericEventArguments

MAX_BEHIND: Final = 4
"""Messages that the browser may owe before we wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridColumn:
    """`classes` are for its cells; `roomy` ones are left out on a phone."""

    name: str
    title: str
    classes: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class GridCell:
    text: str
    classes: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A small label beside the name."""

    text: str
    tone: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """`name` is what is reported; the first of a row is a button, the others are in its menu."""

    name: str
    label: str
    icon: str = ""
    tone: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """`kind` is `group`, `line` or `total`; only lines that are not `closed` can be marked."""

    id: str
    title: str
    cells: tuple[GridCell, ...]
    kind: str = "line"
    marks: tuple[Mark, ...] = ()
    acts: tuple[Act, ...] = ()
    classes: str = ""

    @property
    def frame(self) -> list[object]:
        """All but the cells."""
        return [
            self.id,
            self.kind,
            self.title,
            [[mark.text, mark.tone, mark.tip] for mark in self.marks],
            [[act.name, act.label, act.icon, act.tone, act.tip] for act in self.acts],
            self.classes,
        ]


class PositionsGrid(ui.element, component="positions_grid.js"):
    """Cells are named `{name}-{row id}-{column}`. `marked` are the ids of the marked lines.

    `on_act(id, what)` hears buttons, the menu and clicks on a line (`show`); `on_mark()` that
    others are marked; `on_sort(column)` a title, `title` the first; `on_fold(id)` a group.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[GridColumn],
        *,
        on_act: Callable[[str, str], object],
        on_mark: Callable[[], object],
        on_sort: Callable[[str], object],
        on_fold: Callable[[str], object],
    ) -> None:
        super().__init__()
        self.classes("positions-holder")
        self.columns = tuple(columns)
        self.rows: tuple[GridRow, ...] = ()
        self.marked: frozenset[str] = frozenset()
        self.shown = False
        self.messages = self._answered = 0
        self._on_act, self._on_mark = on_act, on_mark
        self._frames: list[list[object]] = []
        self._cells: dict[str, tuple[GridCell, ...]] = {}
        self._props["name"], self._props["sorted"] = name, ""
        self._props["columns"] = [asdict(column) for column in columns]
        self.mark(name)
        self.on("view", self._viewed)
        self.on("mark", lambda e: self.mark_lines([str(id) for id in e.args]))
        self.on("act", lambda e: self.act(str(e.args[0]), str(e.args[1])))
        self.on("sort", lambda e: on_sort(str(e.args)))
        self.on("fold", lambda e: on_fold(str(e.args)))

    def show(self, rows: Sequence[GridRow]) -> None:
        """These rows and no others; marks of lines that are gone are dropped."""
        self.rows = tuple(rows)
        markable = {row.id for row in rows if row.kind == "line" and "closed" not in row.classes}
        if not self.marked <= markable:
            self.marked &= markable
            self._on_mark()
        self._send()

    def mark_sorted(self, column: str, *, falling: bool) -> None:
        wanted = f"{column} {'↓' if falling else '↑'}" if column else ""
        if self._props["sorted"] != wanted:
            self._props["sorted"] = wanted
            self.update()

    def mark_lines(self, ids: Sequence[str]) -> None:
        """As if they had been clicked."""
        self.marked = frozenset(ids)
        self._on_mark()

    def act(self, id: str, what: str) -> object:
        """Nothing for a row that left while the click was on its way."""
        return self._on_act(id, what) if any(row.id == id for row in self.rows) else None

    def text(self, id: str, column: str) -> str:
        """What a cell says now; "" where there is none."""
        at = [each.name for each in self.columns].index(column)
        return next((row.cells[at].text for row in self.rows if row.id == id), "")

    @property
    def behind(self) -> bool:
        return self.messages - self._answered > MAX_BEHIND

    def _send(self) -> None:
        if not self.shown or self.behind or not self.client.has_socket_connection:
            return
        frames = [row.frame for row in self.rows]
        if frames != self._frames:
            self._frames = frames
            kept = {row.id for row in self.rows}
            self._cells = {id: cells for id, cells in self._cells.items() if id in kept}
            self.messages += 1
            self.run_method("build", frames, sorted(self.marked), self.messages)
        changed = list(self._changed())
        if changed:
            self.messages += 1
            self.run_method("patch", changed, self.messages)

    def _changed(self) -> list[list[object]]:
        found: list[list[object]] = []
        for row in self.rows:
            before = self._cells.get(row.id)
            for i, cell in enumerate(row.cells):
                if before is None or before[i] != cell:
                    found.append([row.id, i, cell.text, cell.classes, cell.tip])
            self._cells[row.id] = row.cells
        return found

    def _viewed(self, event: GenericEventArguments) -> None:
        told = event.args
        if told["fresh"]:  # a new browser part knows nothing
            self._frames, self._cells = [], {}
            self.messages = self._answered = 0
        self._answered = max(self._answered, int(told["seq"]))
        before, self.shown = self.shown, bool(told["shown"])
        if self.shown and not before:
            self._send()
