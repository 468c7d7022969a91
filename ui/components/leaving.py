"""Undo on leaving: what a page asked for ends with the part of the page that asked."""

from collections.abc import Callable

from nicegui import ui


class Leaving(ui.element):
    """An unseen element; its removal (page closed, left or rebuilt) calls `then` once."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__("span")
        self.set_visibility(False)
        self._then = then

    def _handle_delete(self) -> None:
        self._then()
        super()._handle_delete()
