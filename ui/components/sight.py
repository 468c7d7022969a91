"""Sight: whether anybody sees the page, and timers that rest while nobody does."""

from collections.abc import Callable
from typing import Final

from nicegui import app, ui

SHOWN: Final = "shown"


class Sight(ui.element, component="sight.js"):
    """One in each page's frame; the browser tells it when the page is hidden or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.on("shown", lambda event: app.storage.client.update({SHOWN: bool(event.args)}))


def paced(seconds: float, look: Callable[[], object]) -> ui.timer:
    """Call `look` every so many seconds while the page is seen; ends with its part of the page."""

    def seen() -> object:
        return look() if app.storage.client.get(SHOWN, True) else None

    return ui.timer(seconds, seen)
