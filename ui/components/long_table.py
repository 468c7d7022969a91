"""A long list of lines, live: the browser paints those in view, and is sent what differs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

FIRST_VIEW: Final = 100
"""Lines that are sent before the browser has said which it wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LongColumn:
    """`kind` is how its cells are drawn: "" as text, `chip` as a label with a note, `acts` as
    buttons, `fold` as text with a button that opens what is below. `width` is CSS; where there is
    little room, those that are `roomy` are left out."""

    name: str
    title: str
    classes: str = ""
    width: str = ""
    tip: str = ""
    kind: str = ""
    sorts: bool = False
    roomy: bool = False


Act = tuple[str, str, str, str]
"""What it reports, its icon, its tip, its class (`busy` = not now)."""
Shown = str | tuple[str | tuple[Act, ...], str, str, str]
"""A text; or text (buttons, for `acts`), classes, tip, note."""


@dataclass(frozen=True, slots=True)
class Line:
    cells: tuple[Shown, ...]
    classes: str = ""

    def text(self, place: int) -> str:
        cell = self.cells[place]
        shown = cell if isinstance(cell, str) else cell[0]
        return shown if isinstance(shown, str) else " ".join(act[0] for act in shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A number that is being typed into a line: in steps, in the place of the column's text."""

    value: str
    step: str
    tip: str


class LongTable(ui.element, component="long_table.js"):
    """`show` takes the ids in their order and the lines by id; both may be thousands.

    `name` begins every test id: `{name}-{id}-{column}`, `{name}-{act}-{id}`. `on_send` is told the
    texts of the fields that `edit` has put into a line.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[LongColumn],
        *,
        empty: str,
        on_pick: Callable[[str], object] | None = None,
        on_act: Callable[[str, str], object] | None = None,
        on_sort: Callable[[str], object] | None = None,
        on_send: Callable[[str, Mapping[str, str]], object] | None = None,
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.ids: list[str] = []
        self.lines: Mapping[str, Line] = {}
        self.picked = ""
        self.editing: dict[str, Mapping[str, Field]] = {}
        self.messages = 0
        """How many were sent, for whoever counts what it costs."""
        self._sent_ids: list[str] = []
        self._sent_lines: dict[str, Line] = {}
        self._seq, self._wanted = 0, False
        self._view = (0, FIRST_VIEW)
        self._on_pick, self._on_act = on_pick, on_act
        self._props["name"], self._props["empty"] = name, empty
        self._props["columns"] = [asdict(column) for column in columns]
        self._props["picked"] = self._props["sorted"] = ""
        self.mark(name)
        self.on("again", lambda _: self._again())
        self.on("view", lambda e: self.view(int(e.args[0]), int(e.args[1])))
        self.on("pick", lambda e: self.pick(str(e.args)))
        self.on("act", self._acted)
        if on_sort is not None:
            self.on("sort", lambda e: on_sort(str(e.args)))
        if on_send is not None:
            self.on("send", lambda e: on_send(str(e.args.pop("id")), e.args))

    def show(self, ids: Sequence[str], lines: Mapping[str, Line]) -> None:
        self.ids, self.lines = list(ids), lines
        self.push()

    def say_when_empty(self, words: str) -> None:
        self._prop("empty", words)

    def mark_sorted(self, column: str, *, falling: bool) -> None:
        self._prop("sorted", f"{column} {'↓' if falling else '↑'}")

    def mark_picked(self, id: str) -> None:
        self.picked = id
        self._prop("picked", id)

    def pick(self, id: str) -> object:
        """The same whether a person or a test does it."""
        if id not in self.lines:
            return None
        self.mark_picked(id)
        return self._on_pick(id) if self._on_pick else None

    def act(self, id: str, action: str) -> object:
        return self._on_act(id, action) if self._on_act and id in self.lines else None

    def edit(self, id: str, fields: Mapping[str, Field] | None) -> None:
        """Let numbers be typed into a line; None ends it."""
        if fields is None:
            self.editing.pop(id, None)
        else:
            self.editing[id] = fields
        self.run_method("edit", id, _fields(fields))

    def texts(self, id: str) -> dict[str, str]:
        """What a line says, by column."""
        line = self.lines[id]
        return {column.name: line.text(i) for i, column in enumerate(self.columns)}

    def acts(self, id: str) -> set[str]:
        """The buttons of a line that can be pressed now."""
        found = (c[0] for c in self.lines[id].cells if isinstance(c, tuple))
        return {a[0] for each in found if isinstance(each, tuple) for a in each if a[3] != "busy"}

    def push(self) -> None:
        """Send what differs from what was sent last; nothing before the browser has asked."""
        if not self._wanted or not self.client.has_socket_connection:
            return
        splice, lines = spliced(self._sent_ids, self.ids), self._in_view()
        gone = self._sent_lines.keys() - set(self.ids) if splice else set[str]()
        if splice is not None or lines:
            self._send({"splice": splice, "lines": lines, "gone": sorted(gone)})

    def view(self, first: int, last: int) -> None:
        """Places that the browser wants to have; it keeps the lines of others that it has seen."""
        self._view = max(0, first), last
        self.push()

    def _again(self) -> None:
        """The browser is there anew: it gets every id, and the lines in its view."""
        self._wanted = True
        self._sent_lines.clear()
        self._send({"ids": self.ids, "lines": self._in_view()})
        for id, fields in self.editing.items():
            self.run_method("edit", id, _fields(fields))

    def _in_view(self) -> list[list[object]]:
        first, last = self._view
        return [
            [id, self.lines[id].classes, cells]
            for id in self.ids[first : last + 1]
            if (cells := _differs(self._sent_lines.get(id), self.lines[id])) is not None
        ]

    def _send(self, told: dict[str, Any]) -> None:
        self._seq += 1
        self.messages += 1
        self._sent_ids = list(self.ids)
        for id in told.get("gone", ()):
            del self._sent_lines[id]
        self._sent_lines.update({str(line[0]): self.lines[str(line[0])] for line in told["lines"]})
        self.run_method("patch", {"seq": self._seq, **told})

    def _acted(self, event: GenericEventArguments) -> object:
        id, action = event.args
        return self.act(str(id), str(action))

    def _prop(self, name: str, value: str) -> None:
        if self._props[name] != value:
            self._props[name] = value
            self.update()


def spliced(before: Sequence[str], after: Sequence[str]) -> list[Any] | None:
    """Where, how many and what makes one list into the other; None where they are the same."""
    if before == after:
        return None
    most = min(len(before), len(after))
    start = next((i for i in range(most) if before[i] != after[i]), most)
    end = next((i for i in range(most - start) if before[-1 - i] != after[-1 - i]), most - start)
    return [start, len(before) - start - end, list(after[start : len(after) - end])]


def _differs(before: Line | None, now: Line) -> list[list[object]] | None:
    """Places and cells that are new; None where nothing is."""
    if before is now or before == now:
        return None
    if before is None:
        return _cells(now)
    return [[i, c] for i, c in enumerate(now.cells) if c != before.cells[i]]


def _cells(line: Line) -> list[list[object]]:
    return [[i, cell] for i, cell in enumerate(line.cells)]


def _fields(fields: Mapping[str, Field] | None) -> dict[str, Any] | None:
    if fields is None:
        return None
    return {
        name: {"value": f.value, "step": float(f.step), "tip": f.tip} for name, f in fields.items()
    }
