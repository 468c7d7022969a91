"""Poll and react: pages look at the state at the pace of the eye; the state never calls a page."""

from collections.abc import Callable
from typing import Final

from nicegui import ui

PACE: Final = 0.5


def watch(
    value: Callable[[], object], then: Callable[[], object], *, pace: float = PACE
) -> ui.timer:
    """Call `then`, which may be a coroutine function, when `value()` has changed; ends with the
    part of the page it is in."""
    seen = value()

    def look() -> object:
        nonlocal seen
        if (now := value()) == seen:
            return None
        seen = now
        return then()

    return ui.timer(pace, look)
