"""The log console: the last lines, newest at the bottom, following as they come."""

from collections.abc import Sequence

from nicegui import ui

Line = tuple[int, str, str, str]
"""Number, time, level, text."""


class LogConsole(ui.element, component="log_console.js"):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._props["lines"] = []
        self.mark("log-console").props('data-testid="log-console"')

    def show(self, lines: Sequence[Line]) -> None:
        if list(lines) != self.lines:
            self.lines = list(lines)
            self._props["lines"] = self.lines
            self.update()

    def copy(self) -> None:
        """Put what is shown on the clipboard of whoever looks."""
        self.run_method("copy")
