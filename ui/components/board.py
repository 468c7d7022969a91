"""A strip of named figures (ticker, status bar, headline numbers) that is cheap to keep moving."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite

from nicegui import ui


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure: `label` before it, `testid` on the value, `href` makes it a link."""

    name: str
    label: str = ""
    testid: str = ""
    classes: str = ""
    href: str = ""
    tip: str = ""


Shown = tuple[str, str, str, str, str, float | None]


class Board(ui.element, component="board.js"):
    """`put` notes what a figure should show; `flush` sends what differs, in one message."""

    def __init__(self, cells: Sequence[Cell], classes: str = "") -> None:
        super().__init__()
        self.classes(classes)
        self.shown: dict[str, Shown] = {}
        self._changed: set[str] = set()
        self._props["cells"] = [asdict(cell) for cell in cells]
        self._props["state"] = self.shown

    def put(
        self,
        name: str,
        text: str,
        *,
        tone: str = "",
        extra: str = "",
        extra_tone: str = "",
        tip: str = "",
        raw: float | None = None,
    ) -> None:
        """`raw` is the number itself, for whoever wants more than the text."""
        exact = raw if raw is not None and isfinite(raw) else None
        wanted = (text, tone, extra, extra_tone, tip, exact)
        if self.shown.get(name) != wanted:
            self.shown[name] = wanted
            self._changed.add(name)

    def text(self, name: str) -> str:
        return self.shown[name][0] if name in self.shown else ""

    def flush(self) -> bool:
        """True if anything was sent."""
        if not self._changed or not self.client.has_socket_connection:
            return False
        self.run_method("patch", [[name, *self.shown[name]] for name in sorted(self._changed)])
        self._changed.clear()
        return True
