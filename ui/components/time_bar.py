"""The time bar of a replay, on every page: which day, when in it, and how fast."""

from datetime import UTC, date, datetime
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

from core.clock import IST
from core.errors import AppError, RuleBroken
from core.ports.replay import ReplayDay
from core.services import Services
from core.services.replay import SPEEDS, Replay
from ui.components.confirm import confirm
from ui.components.sight import paced
from ui.components.time_slider import ESM
from ui.theme import formats

PACE: Final = 0.2
MOST: Final = 200
"""Days that the chooser shows at once."""
DROPPED: Final = (
    "A day begins anew from its first second: nothing that was done can be taken back one by one.",
    "The orders, positions and strategies of this run are dropped, and cannot be brought back.",
)


class TimeBar(ui.element, component="time_bar.js", esm=ESM):
    """Keys: P plays and pauses, `,` and `.` step a minute, `<` and `>` change the speed."""

    def __init__(self, services: Services, replay: Replay) -> None:
        super().__init__()
        self._services, self._replay = services, replay
        self._props["speeds"] = [int(each) for each in SPEEDS]
        self._told: dict[str, Any] = {}
        self._chooser = DayChooser(self._begin)
        self.on("ready", self._ready)
        self.on("choose", self._choose)
        self.on("play", lambda: self._try(replay.play))
        self.on("pause", lambda: self._try(replay.pause))
        self.on("speed", lambda event: self._try(lambda: replay.speed(float(event.args))))
        self.on("step", self._step)
        self.on("jump", self._jump)
        self.on("time", self._typed)
        paced(PACE, self._tell)

    async def _ready(self) -> None:
        self._told = {}
        self._tell()
        if self._replay.state.day is None:
            await self._choose()

    async def _choose(self) -> None:
        self._chooser.show(await self._replay.days.all(), self._replay.state.day)

    async def _begin(self, day: date) -> None:
        if await self._may_drop():
            self._replay.begin(day)

    async def _step(self, event: GenericEventArguments) -> None:
        minutes = int(event.args)
        if minutes > 0 or await self._may_drop():
            await self._go(lambda: self._replay.step(minutes))

    async def _jump(self, event: GenericEventArguments) -> None:
        await self._to(datetime.fromtimestamp(int(event.args), UTC))
        if self.client.has_socket_connection:
            self.run_method("released")

    async def _typed(self, event: GenericEventArguments) -> None:
        try:
            await self._to(moment_of(str(event.args), self._replay.now))
        except AppError as problem:
            ui.notify(str(problem), type="warning")

    async def _to(self, moment: datetime) -> None:
        if moment >= self._replay.now or await self._may_drop():
            await self._go(lambda: self._replay.jump(moment))

    async def _may_drop(self) -> bool:
        """Asks first where there is anything to lose."""
        trading = self._services.trading
        count = len(trading.state.orders) if trading is not None else 0
        if not count:
            return True
        what = "order" if count == 1 else f"{count} orders"
        title = f"Begin the day anew, without the {what} of this run?"
        return await confirm(self._services, title, DROPPED, "Begin anew", name="replay-anew")

    async def _go(self, act: Any) -> None:
        try:
            await act()
        except AppError as problem:
            ui.notify(str(problem), type="warning")
        self._tell()

    def _try(self, act: Any) -> None:
        try:
            act()
        except AppError as problem:
            ui.notify(str(problem), type="warning")
        self._tell()

    def _tell(self) -> None:
        """What has changed since last told."""
        if not self.client.has_socket_connection:
            return
        new = {k: v for k, v in self.shown.items() if self._told.get(k, self) != v}
        if new:
            self._told |= new
            self.run_method("show", new)

    @property
    def shown(self) -> dict[str, Any]:
        """What the browser shows; times in epoch seconds."""
        state, now = self._replay.state, self._replay.now
        if state.day is None or state.begins is None or state.ends is None:
            return {"day": "", "title": "Choose a day"}
        return {
            "day": state.day.isoformat(),
            "title": formats.day(state.day),
            "begins": int(state.begins.timestamp()),
            "ends": int(state.ends.timestamp()),
            "windows": [[int(a.timestamp()), int(b.timestamp())] for a, b in state.windows],
            "gaps": [[int(a.timestamp()), int(b.timestamp())] for a, b in state.gaps],
            "word": "REPLAY · SIMULATED" if state.made_up else "REPLAY",
            "notes": [state.words, *state.notes],
            "now": int(now.timestamp()),
            "playing": state.playing,
            "speed": int(state.speed) if state.speed.is_integer() else state.speed,
            "reached": round(state.reached, 1),
            "bound": int(state.bound_for.timestamp()) if state.bound_for else 0,
            "ended": now >= state.ends,
        }


class DayChooser:
    """A list of the recorded days, newest first, that typing narrows."""

    def __init__(self, chosen: Any) -> None:
        self._chosen, self._days = chosen, list[ReplayDay]()
        self._here: date | None = None
        with ui.dialog() as self._dialog, ui.element("div").classes("sheet replay-days"):
            ui.label("Replay a day").classes("sheet-title")
            self._filter = (
                ui.input(placeholder="2026-11, NIFTY …", on_change=self._fill)
                .props('dense outlined data-testid="replay-filter"')
                .classes("field")
            )
            self._list = ui.element("div").classes("replay-list")

    def show(self, days: list[ReplayDay], here: date | None) -> None:
        self._days, self._here = days, here
        self._fill()
        self._dialog.open()

    def _fill(self) -> None:
        words = str(self._filter.value or "").lower().split()
        found = [d for d in self._days if all(w in f"{d.day} {d.words}".lower() for w in words)]
        self._list.clear()
        with self._list:
            for each in found[:MOST]:
                self._line(each)
            if len(found) > MOST:
                ui.label(f"and {len(found) - MOST} earlier ones: type to narrow").classes("dim")
            if not self._days:
                ui.label(
                    "Nothing is recorded yet. A desk that runs records the chains that are open,"
                    " minute by minute; past days can be downloaded or imported."
                ).classes("dim").props('data-testid="replay-none"')

    def _line(self, each: ReplayDay) -> None:
        name = f"replay-day-{each.day.isoformat()}"
        line = ui.element("button").classes("replay-line").mark(name)
        line.props(f'data-testid="{name}"')
        line.classes("here" if each.day == self._here else "")
        with line:
            ui.label(formats.day(each.day)).classes("num")
            ui.label(each.words).classes("dim")

        async def take() -> None:
            self._dialog.close()
            await self._chosen(each.day)

        line.on("click", take)


def moment_of(text: str, now: datetime) -> datetime:
    """A time of the replay's day, `13:45` or `13:45:30`; raises RuleBroken for no time."""
    try:
        numbers = [int(part) for part in text.strip().split(":")]
        hour, minute, second = [*numbers, 0][:3] if len(numbers) in (2, 3) else [-1, 0, 0]
        local = now.astimezone(IST)
        return local.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError as problem:
        raise RuleBroken(f"“{text}” is no time of the day: write it as 13:45.") from problem
