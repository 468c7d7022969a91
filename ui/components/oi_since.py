"""Since when open interest is compared: yesterday's close, the open, or any time of the day."""

from collections.abc import Callable
from datetime import time
from typing import Final

from nicegui import ui

from core.analytics.oi_base import Base
from ui.components.choices import Choices
from ui.components.oi_source import OiSource
from ui.components.segments import Segments

NAMES: Final = {
    "yesterday": "Yest.",
    "open": "Open",
    "15m": "15 m",
    "60m": "1 h",
    "time": "At…",
}
FIRST_TIME: Final = "09:30"


class Since:
    """A switch and, for "At…", a clock; the choice is shared by the views."""

    def __init__(self, choices: Choices, then: Callable[[], object]) -> None:
        self._choices, self._then = choices, then
        ui.label("Change since").classes("oi-word")
        self._segments = Segments(NAMES, choices, "oi.since", self._chosen)
        self._clock = (
            ui.input(value=choices.get("oi.since-time", FIRST_TIME))
            .props('type=time dense outlined data-testid="oi-since-clock" aria-label="Since"')
            .classes("oi-clock")
            .on_value_change(lambda e: self._timed(str(e.value or "")))
        )
        self._clock.set_visibility(self._segments.value == "time")

    def base(self, source: OiSource) -> tuple[Base | None, str]:
        """What to compare with; None, and why, if it is not known."""
        chosen = self._segments.value
        if chosen == "yesterday":
            return source.yesterday()
        if chosen == "open":
            return source.opening()
        if chosen == "time":
            return source.at_time(
                time.fromisoformat(self._choices.get("oi.since-time", FIRST_TIME))
            )
        return source.ago(int(chosen.removesuffix("m")))

    def _chosen(self) -> None:
        self._clock.set_visibility(self._segments.value == "time")
        self._then()

    def _timed(self, text: str) -> None:
        try:
            time.fromisoformat(text)
        except ValueError:
            return  # half typed
        self._choices.keep("oi.since-time", text)
        self._then()
