"""The broker's own switch by segment, and the addresses from which it takes orders."""

from functools import partial
from typing import Final

from nicegui import background_tasks, ui

from core.errors import AppError
from core.ports.account import SegmentState
from core.services import Services
from core.services.account_desk import RESUME_WORD, STOP_WORD, AccountDesk
from core.services.trading import Trading
from ui.components.confirm import mode_line
from ui.components.fields import button, text_field
from ui.components.sight import paced
from ui.theme import formats

PACE: Final = 2.0
NAMES: Final = {
    "NSE_EQ": "NSE shares",
    "BSE_EQ": "BSE shares",
    "NSE_FO": "NSE futures and options",
    "BSE_FO": "BSE futures and options",
    "NCD_FO": "NSE currencies",
    "BCD_FO": "BSE currencies",
    "MCX_FO": "MCX commodities",
    "NSE_COM": "NSE commodities",
}
RULE: Final = (
    "The broker stops a segment only without an open position in it, cancels its orders, and "
    "keeps it stopped for 12 hours, whatever anybody does. STOP in the top bar is the desk's own."
)


class BrokerSegments:
    def __init__(self, services: Services, account: AccountDesk) -> None:
        self._services, self._account = services, account
        self._chosen: set[str] = set()
        self._shown: list[SegmentState] | None = None
        self._busy = False
        self._said = ui.label().classes("funds-source").props('data-testid="segments-said"')
        self._list = ui.element("div")
        ui.label(RULE).classes("dim funds-source")
        with ui.element("div").classes("switch-acts"):
            self._word = text_field(f"Type {STOP_WORD} or {RESUME_WORD}", "segment-word")
            tip = "Stop the chosen segments at the broker"
            stop = partial(self.switch, stop=True)
            self._stop = button("Stop at the broker", "segment-stop", stop, icon="block", tip=tip)
            self._stop.classes("to-cancel")
            resume = partial(self.switch, stop=False)
            button("Let on again", "segment-resume", resume, icon="play_arrow")
        mode_line(services)
        self._answer = ui.label().props('role="status" data-testid="segment-answer"')
        paced(PACE, self.look)
        background_tasks.create(self.read(), name="read segments")
        self.look()

    async def read(self) -> None:
        await self._account.read_safety()
        if not self._list.is_deleted:
            self.look()

    def look(self) -> None:
        reading = self._account.segments
        if reading.problem:
            self._said.set_text(f"Could not be read: {reading.problem}.")
            self._said.classes(replace="funds-source warn")
        else:
            at = formats.clock_time(reading.at)
            self._said.set_text(f"As the broker told at {at}." if reading.at else "Being read …")
            self._said.classes(replace="funds-source dim")
        if reading.value != self._shown:
            self._shown = reading.value
            self._draw(reading.value or [])

    def _draw(self, segments: list[SegmentState]) -> None:
        self._list.clear()
        with self._list:
            for each in segments:
                self._row(each)

    def _row(self, segment: SegmentState) -> None:
        name = segment.segment
        with ui.element("div").classes("segment-row").props(f'data-testid="segment-{name}"'):
            box = ui.checkbox(
                value=name in self._chosen, on_change=lambda e: self._choose(name, e.value)
            ).props(f'dense aria-label="{NAMES.get(name, name)}" data-testid="choose-{name}"')
            box.mark(f"choose-{name}")
            if not segment.active:
                box.disable()
            ui.label(NAMES.get(name, name))
            word, tone = _state(segment)
            ui.label(word).classes(f"tag {tone}").props(f'data-testid="state-{name}"')

    def _choose(self, name: str, on: bool) -> None:
        self._chosen ^= {name} if on != (name in self._chosen) else set()

    async def switch(self, *, stop: bool) -> None:
        """Once, with the typed word; what came of it is said."""
        if self._busy:
            return
        self._busy = True
        typed = (self._word.value or "").strip()
        try:
            await self._account.switch(sorted(self._chosen), stop=stop, typed=typed)
        except AppError as problem:
            words = str(problem)
            self._answered(f"{words[:1].upper()}{words[1:]}.", "down")
        else:
            self._word.set_value("")
            self._answered("The broker has done it.", "up")
        finally:
            self._busy = False
        self.look()

    def _answered(self, text: str, tone: str) -> None:
        self._answer.set_text(text)
        self._answer.classes(replace=tone)


class RegisteredList:
    """From where the broker takes orders, and whether it has refused this computer."""

    def __init__(self, trading: Trading, account: AccountDesk) -> None:
        self._trading, self._account = trading, account
        self._list = ui.element("div").props('data-testid="addresses"')
        self._shown: object = None
        paced(PACE, self.look)
        self.look()

    def look(self) -> None:
        reading, check = self._account.addresses, self._trading.addresses
        told = reading.value or check.addresses
        problems = check.not_ready()
        now = (told, tuple(problems), reading.problem)
        if now == self._shown:
            return
        self._shown = now
        self._list.clear()
        with self._list:
            if told is None:
                why = (
                    f"Could not be read: {reading.problem}." if reading.problem else "Being read …"
                )
                ui.label(why).classes("warn" if reading.problem else "dim")
                return
            for title, address, since in (
                ("Primary", told.primary, told.primary_since),
                ("Secondary", told.secondary, told.secondary_since),
            ):
                with ui.element("div").classes("kv"):
                    ui.label(title)
                    day = f", since {since:%d %b %Y}" if address and since else ""
                    ui.label(f"{address}{day}" if address else "none registered").classes("num")
            for problem in problems:
                ui.label(f"{problem[:1].upper()}{problem[1:]}.").classes("down")
            if not problems:
                ui.label("No order was refused for where it came from.").classes("dim")
            words = "Changed in the broker's own settings: once a week, and it ends every login."
            ui.label(words).classes("dim funds-source")


def _state(segment: SegmentState) -> tuple[str, str]:
    if not segment.active:
        return "not set up", ""
    return ("STOPPED at the broker", "down") if segment.stopped else ("open", "up")
