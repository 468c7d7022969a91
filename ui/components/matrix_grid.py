"""A table of numbers over rows and columns, shaded by sign and size; a cell can be picked."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from nicegui import ui
from nicegui.events import GenericEventArguments
from numpy.typing import NDArray

from ui.theme.style import GRID_MODULES

Floats = NDArray[np.float64]

MAX_BEHIND: Final = 4
"""Messages that the browser may owe before we wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Of a row or a column; `sub` is written small, `id` names a row's cells for tests."""

    text: str
    sub: str = ""
    tip: str = ""
    mark: bool = False
    id: str = ""


class MatrixGrid(ui.element, component="matrix_grid.js", esm=GRID_MODULES):
    """`push` brings headings and numbers at once; what has not changed is not sent.

    `values` are those of the last push. Cells are named `{name}-{row id}-{column}`.
    `on_pick(row, column)` hears a click and the arrow keys, with -1 that nothing is picked any
    more; `on_seen()` that somebody looks again.
    """

    def __init__(
        self,
        *,
        name: str,
        on_pick: Callable[[int, int], object],
        on_seen: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__()
        self.classes("heat-holder matrix-holder")
        self._props["name"] = name
        self._props["data-testid"] = name
        self._on_seen = on_seen
        self._rows: tuple[Heading, ...] = ()
        self._columns: tuple[Heading, ...] = ()
        self._words: tuple[object, ...] = ()
        self.values: Floats = np.empty((0, 0))
        self.sent: Floats = np.empty((0, 0))
        self.shown = False
        self.messages = self._answered = 0
        self.on("view", self._viewed)
        self.on("pick", lambda event: on_pick(int(event.args[0]), int(event.args[1])))

    @property
    def behind(self) -> bool:
        """The browser owes us too many answers."""
        return self.messages - self._answered > MAX_BEHIND

    def push(
        self,
        values: Floats,
        rows: Sequence[Heading],
        columns: Sequence[Heading],
        *,
        corner: Heading,
        format: str,
        missing: str = "",
        here: tuple[int, int] | None = None,
    ) -> None:
        """`values` are [row, column], nan where unknown (`missing` says why); `here` is ringed.

        `format` is a name in `assets/js/formats`, or "auto".
        """
        self.values = values
        if not self.shown or self.behind or not self.client.has_socket_connection:
            return
        self._head(tuple(rows), tuple(columns), corner)
        now = _readable(values)
        differs = (now != self.sent) & ~(np.isnan(now) & np.isnan(self.sent))
        index = np.flatnonzero(differs)
        ringed = -1 if here is None else here[0] * len(columns) + here[1]
        words = (format, missing, ringed)
        if len(index) or words != self._words:
            self.sent, self._words = now, words
            told = [None if np.isnan(x) else x for x in now.ravel()[index].tolist()]
            self.messages += 1
            self.run_method("patch", index.tolist(), told, *words, self.messages)

    def _head(
        self, rows: tuple[Heading, ...], columns: tuple[Heading, ...], corner: Heading
    ) -> None:
        same_shape = len(rows) == len(self._rows) and columns == self._columns
        moved = [i for i, (a, b) in enumerate(zip(rows, self._rows, strict=False)) if a != b]
        if same_shape and all(rows[i].mark and self._rows[i].mark for i in moved):
            for i in moved:
                self.run_method("relabel", i, asdict(rows[i]))
        else:
            if self.sent.shape != (len(rows), len(columns)):
                self.sent = np.full((len(rows), len(columns)), np.nan)
            self.messages += 1
            headings = [asdict(each) for each in rows], [asdict(each) for each in columns]
            self.run_method("build", *headings, asdict(corner), self.messages)
        self._rows, self._columns = rows, columns

    def _viewed(self, event: GenericEventArguments) -> None:
        told = event.args
        if told["fresh"]:  # a new browser part knows nothing
            self._rows = self._columns = self._words = ()
            self.sent = np.empty((0, 0))
            self.messages = self._answered = 0
        self._answered = max(self._answered, int(told["seq"]))
        before, self.shown = self.shown, bool(told["shown"])
        if self.shown and not before:
            self._on_seen()


def _readable(values: Floats) -> Floats:
    """To five significant digits of the largest: what stands still is not sent."""
    known = np.abs(values[np.isfinite(values)])
    largest = float(known.max()) if known.size else 0.0
    step = 10.0 ** (4 - np.floor(np.log10(largest))) if largest > 0 else 1.0
    return np.where(np.isfinite(values), np.round(values * step) / step, np.nan)
