"""One basket or order in slices as it goes on: its legs, what happens now, and what can be done."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from nicegui import ui

from core.errors import AppError
from core.services import Services
from core.services.trading import Trading
from core.trading.executions import BasketRun, Execution, Phase, SliceRun
from ui.basket.progress import (
    COLUMNS,
    TONES,
    basket_rows,
    kind_of,
    progress_of,
    slice_figures,
    title_of,
)
from ui.components.confirm import confirm
from ui.components.data_table import DataTable
from ui.components.fields import button
from ui.components.sight import paced
from ui.theme import formats

PACE: Final = 0.5
Act = Callable[[], Awaitable[object]]
BASKET_ACTS: Final = {
    Phase.RUNNING: ("pause", "stop", "unwind"),
    Phase.PAUSED: ("resume", "stop", "unwind"),
    Phase.UNWINDING: ("stop",),
    Phase.INTERRUPTED: ("continue", "stop", "unwind"),
    Phase.STOPPED: ("continue", "unwind"),
    Phase.FAILED: ("continue", "unwind"),
    Phase.DONE: ("unwind",),
}
SLICE_ACTS: Final = {
    Phase.RUNNING: ("pause", "stop"),
    Phase.PAUSED: ("resume", "stop"),
    Phase.INTERRUPTED: ("continue", "stop"),
    Phase.STOPPED: ("continue",),
}
WORDS: Final = {
    "pause": ("Pause", "pause", "Send nothing new; baskets leave what works at the exchange"),
    "resume": ("Resume", "play_arrow", "Go on where it was paused"),
    "stop": ("Stop", "stop", "Send nothing more, cancel what works, keep what is filled"),
    "continue": ("Go on", "play_arrow", "Send what is missing, as new orders"),
    "unwind": ("Unwind", "undo", "Stop, then close at the market what it has opened"),
}


class ExecutionCard:
    """`id` is a basket's or an order in slices; ends with its part of the page."""

    def __init__(self, services: Services, trading: Trading, id: str) -> None:
        self._services, self._trading, self._id = services, trading, id
        self._busy = False
        self._shown: tuple[Phase, bool] | None = None
        with ui.element("section").classes("execution").props(f'data-testid="execution-{id}"'):
            with ui.element("header"):
                self._kind = ui.label().classes("tag")
                self._title = ui.label().classes("strong execution-title")
                self._phase = ui.label().classes("execution-phase")
                self._phase.props(f'data-testid="phase-{id}"').mark(f"phase-{id}")
                self._since = ui.label().classes("dim num")
                self._acts = ui.element("div").classes("execution-acts")
            with ui.element("div").classes("execution-bar"):
                self._bar = ui.element("i")
            self._reason = ui.label().classes("execution-reason")
            self._build_body()
        paced(PACE, self.look)
        self.look()

    def _build_body(self) -> None:
        self._table: DataTable | None = None
        self._figures: ui.element | None = None
        if isinstance(self._run, BasketRun):
            self._table = DataTable(f"legs-{self._id}", COLUMNS).classes("execution-legs")
            words = self._run.basket.words()
        else:
            self._figures = ui.element("dl").classes("execution-figures")
            words = self._run.plan.words()
        with ui.element("details").classes("execution-plan"):
            with ui.element("summary"):
                ui.label("As it was agreed")
            for line in words:
                ui.label(line)

    @property
    def _run(self) -> Execution:
        return self._trading.executions.runs[self._id]

    def look(self) -> None:
        """Show how it stands now."""
        if self._id not in self._trading.executions.runs:
            return
        run = self._run
        self._kind.set_text(str(kind_of(run)))
        self._title.set_text(title_of(run))
        self._phase.set_text(str(run.phase))
        self._phase.classes(replace=f"execution-phase {TONES[run.phase]}")
        self._since.set_text(formats.clock_time(run.started_at))
        self._bar.style(f"width: {100 * progress_of(run, self._trading):.1f}%")
        self._reason.set_text(self._why(run))
        self._reason.set_visibility(bool(self._why(run)))
        if self._table is not None and isinstance(run, BasketRun):
            self._table.show(basket_rows(self._trading, run))
        self._show_figures(run)
        if self._shown != (run.phase, self._busy):
            self._shown = (run.phase, self._busy)
            self._show_acts(run)

    def _why(self, run: Execution) -> str:
        if isinstance(run, SliceRun) and run.phase is Phase.RUNNING:
            return self._trading.slicer.now(run.id).waits
        return run.reason

    def _show_figures(self, run: Execution) -> None:
        if self._figures is None or not isinstance(run, SliceRun):
            return
        told = slice_figures(run, self._trading.slicer.now(run.id))
        if self._figures.default_slot.children:
            for box, (_, text) in zip(self._figures.default_slot.children, told, strict=True):
                value = box.default_slot.children[1]
                assert isinstance(value, ui.label)
                value.set_text(text)
            return
        with self._figures:
            for name, text in told:
                with ui.element("div"):
                    ui.label(name)
                    mark = name.lower().replace(" ", "-")
                    ui.label(text).classes("num").props(f'data-testid="{self._id}-{mark}"')

    def _show_acts(self, run: Execution) -> None:
        known = BASKET_ACTS if isinstance(run, BasketRun) else SLICE_ACTS
        self._acts.clear()
        with self._acts:
            for name in known.get(run.phase, ()):
                text, icon, tip = WORDS[name]
                if name == "stop" and run.phase is Phase.INTERRUPTED:
                    text, tip = "Put away", "Cancel what works, keep what is filled"
                made = button(
                    text, f"{name}-{self._id}", partial(self.act, name), icon=icon, tip=tip
                )
                if self._busy:
                    made.props("disabled")

    async def act(self, name: str) -> None:
        """Once until it is answered."""
        if self._busy or not await self._sure(name):
            return
        self._busy = True
        self.look()
        try:
            await self._doings()[name]()
        except AppError as problem:
            ui.notify(str(problem), type="negative", position="bottom-right")
        finally:
            self._busy = False
            self.look()

    def _doings(self) -> dict[str, Act]:
        baskets, slicer, id = self._trading.baskets, self._trading.slicer, self._id
        runner = baskets if isinstance(self._run, BasketRun) else slicer
        return {
            "pause": lambda: runner.pause(id),
            "resume": lambda: runner.go_on(id),
            "continue": lambda: runner.go_on(id),
            "stop": lambda: runner.stop(id),
            "unwind": lambda: baskets.unwind(id),
        }

    async def _sure(self, name: str) -> bool:
        """What sends new orders is asked for again."""
        if name not in ("continue", "unwind"):
            return True
        run = self._run
        lines = {
            "continue": ["What is missing is sent as new orders, at the prices agreed."],
            "unwind": [
                "What still works is cancelled. What this has opened is closed at the market, "
                "sold legs first. What it closed stays closed."
            ],
        }[name]
        go = "Send the rest" if name == "continue" else "Unwind"
        return await confirm(self._services, f"{go}: {run.title}", lines, go, name=name)
