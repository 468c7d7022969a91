"""The minutes of one day that is over: drag, step by a minute, play."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from core.analytics.chain_day import ChainDay
from ui.components.time_slider import ESM


class DaySlider(ui.element, component="time_slider.js", esm=ESM):
    """`show` lays a day on it; `on_change` hears the row that was chosen. Keys: ← → space."""

    def __init__(self, *, on_change: Callable[[int], Awaitable[object]]) -> None:
        super().__init__()
        self.classes("day-slider")
        self._on_change = on_change
        self._day: ChainDay | None = None
        self.row = -1
        self.on("ready", self._tell)
        self.on("live", self._tell)
        self.on("minute", self._minute_chosen)

    def show(self, day: ChainDay | None, row: int) -> None:
        self._day, self.row = day, row
        self._tell()

    async def choose(self, minute: int) -> None:
        """An epoch minute of the day; of any other nothing is known."""
        row = self._day.at(minute) if self._day is not None else -1
        if row >= 0:
            self.row = row
            await self._on_change(row)
        else:
            self._tell()

    async def _minute_chosen(self, event: GenericEventArguments) -> None:
        await self.choose(int(event.args))

    def _tell(self) -> None:
        if self.client.has_socket_connection:
            self.run_method("show", self.state)

    @property
    def state(self) -> dict[str, Any]:
        """What the browser shows."""
        minutes = self._day.minutes.tolist() if self._day is not None else []
        return {"days": [], "day": "", "minutes": minutes, "row": max(self.row, 0), "live": False}
