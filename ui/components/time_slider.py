"""The time of a page: live, or any minute that was recorded today or on another day."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

from core.analytics.chain_day import ChainDay, minute_of
from core.clock import IST
from core.services import Services
from ui.components.keys import KEYS
from ui.components.sight import paced
from ui.theme import formats
from ui.theme.style import ASSETS

GROWTH: Final = 5.0
"""Seconds between two looks whether a new minute was recorded."""
ESM: Final = {"desk-formats": str(ASSETS / "js" / "formats"), **KEYS}


class TimeSlider(ui.element, component="time_slider.js", esm=ESM):
    """`await turn(symbol, expiry)` gives it a chain; `on_change` hears each new choice.

    It is called with the start of the chosen minute, or None for live; `recorded` and `row` then
    say where its numbers are: `recorded.oi[row]`. Keys: ← → a minute, space plays, `L` is live.
    """

    def __init__(
        self, services: Services, *, on_change: Callable[[datetime | None], Awaitable[object]]
    ) -> None:
        super().__init__()
        self._history, self._on_change = services.chain_history, on_change
        self._symbol, self._expiry = "", date.min
        self._days: list[date] = []
        self._revision = self._history.revision
        self._shown: ChainDay | None = None
        self.minute: datetime | None = None
        self.on("ready", self._tell)
        self.on("minute", self._minute_chosen)
        self.on("day", self._day_chosen)
        self.on("live", self.live)
        paced(GROWTH, self._grow)

    @property
    def recorded(self) -> ChainDay | None:
        """The day that the chosen minute is of; None when live."""
        return self._shown if self.minute is not None else None

    @property
    def row(self) -> int:
        """Row of the chosen minute in `recorded`; -1 when live."""
        if self._shown is None or self.minute is None:
            return -1
        return self._shown.at(minute_of(self.minute))

    @property
    def moment(self) -> datetime | None:
        """What the recorded numbers are of, the minute's end; None when live."""
        return self._shown.moment(self.row) if self._shown is not None and self.row >= 0 else None

    async def turn(self, symbol: str, expiry: date) -> None:
        """Another chain: at the same minute if that was recorded there too, else live.

        Does not call `on_change`: who turns it knows, and asks for `minute` afterwards.
        """
        self._symbol, self._expiry = symbol, expiry
        self._days = await self._history.days(symbol, expiry)
        wanted = self.minute.astimezone(IST).date() if self.minute is not None else None
        await self._read(wanted if wanted in self._days else None)
        if self.row < 0:
            self.minute = None
        self._tell()

    async def live(self) -> None:
        """Back to what is now."""
        self.minute = None
        if self._days and self._shown is not None and self._shown.day != self._days[-1]:
            await self._read(None)
        self._tell()
        await self._on_change(None)

    async def _read(self, day: date | None) -> None:
        """Lay a recorded day on the slider; None for the newest."""
        wanted = day or (self._days[-1] if self._days else None)
        history, symbol, expiry = self._history, self._symbol, self._expiry
        self._shown = await history.day(symbol, expiry, wanted) if wanted else None

    # what the user does
    async def _minute_chosen(self, event: GenericEventArguments) -> None:
        chosen = int(event.args)
        if self._shown is None or self._shown.at(chosen) < 0:
            self._tell()  # its slider was of another day or chain
        else:
            await self._choose(datetime.fromtimestamp(chosen * 60, UTC))

    async def _day_chosen(self, event: GenericEventArguments) -> None:
        """Another day opens at the same time of the day, or at the last minute before it."""
        await self._read(date.fromisoformat(str(event.args)))
        if self._shown is None:
            return
        time = self.minute.astimezone(IST).timetz() if self.minute is not None else None
        last = len(self._shown) - 1
        at = datetime.combine(self._shown.day, time) if time else self._shown.moment(last)
        row = max(0, self._shown.latest(minute_of(at)))
        await self._choose(datetime.fromtimestamp(int(self._shown.minutes[row]) * 60, UTC))

    async def _choose(self, minute: datetime) -> None:
        self.minute = minute
        self._tell()
        await self._on_change(minute)

    # what the browser is told
    async def _grow(self) -> None:
        if not self._symbol or self._history.revision == self._revision:
            return
        self._revision = self._history.revision
        self._days = await self._history.days(self._symbol, self._expiry)
        await self._read(self._shown.day if self._shown and self.minute is not None else None)
        self._tell()

    def _tell(self) -> None:
        if self.client.has_socket_connection:
            self.run_method("show", self.state)

    @property
    def state(self) -> dict[str, Any]:
        """What the browser shows."""
        minutes = self._shown.minutes.tolist() if self._shown is not None else []
        return {
            "days": [[day.isoformat(), formats.day(day)] for day in reversed(self._days)],
            "day": self._shown.day.isoformat() if self._shown is not None else "",
            "minutes": minutes,
            "row": self.row if self.row >= 0 else max(0, len(minutes) - 1),
            "live": self.minute is None,
        }
