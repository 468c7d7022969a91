"""Runs that are kept, and the one that runs now: open, compare, run again, rename, delete."""

import time
from collections.abc import Awaitable, Callable
from math import isnan
from typing import Final

from nicegui import ui

from core.backtest.run import Run, RunState
from core.errors import AppError
from core.services.backtests import Backtests, Removed
from core.state.backtests import Progress
from ui.backtest.lines import run_row
from ui.components.data_table import Column, DataTable
from ui.components.fields import button, text_field
from ui.components.sight import paced
from ui.theme import formats

PACE: Final = 0.5
COLUMNS: Final = (
    Column(name="name", title="Run"),
    Column(name="state", title="", width="54px"),
    Column(name="return", title="Return", classes="num", width="62px"),
    Column(name="sharpe", title="Sharpe", classes="num", width="50px"),
    Column(name="compare", title="", width="28px", tip="Tick runs to compare them"),
)


class RunsPanel:
    """`open` shows a run, `compare` those that are ticked, `refill` puts a plan into the form."""

    def __init__(
        self,
        backtests: Backtests,
        *,
        open: Callable[[str], Awaitable[object]],
        compare: Callable[[list[str]], Awaitable[object]],
        refill: Callable[[Run], object],
    ) -> None:
        self._backtests, self._open, self._compare, self._refill = backtests, open, compare, refill
        self.shown = ""
        self.ticked: list[str] = []
        self._seen = -1
        self._make_progress()
        with ui.element("div").classes("bt-line bt-runs-head"):
            ui.label("Runs").classes("bt-head")
            ui.element("div").classes("spring")
            tip = "Put what it ran into the form"
            button("", "bt-refill", self.refill, icon="edit_note", tip=tip)
            button("", "bt-again", self.again, icon="replay", tip="Run it again")
            button("", "bt-rename", self.rename, icon="edit", tip="Rename")
            button("", "bt-delete", self.delete, icon="delete_outline", tip="Delete")
        self._undo = ui.element("div").classes("callout bt-undo").props('role="status"')
        self._undo.set_visibility(False)
        self.table = DataTable(
            "run",
            COLUMNS,
            empty="No runs yet. What you run is kept here, with all that it takes to run it again.",
            on_pick=self.picked,
            on_act=self._tick,
        ).classes("bt-runs")
        self.look()
        paced(PACE, self.look)

    def _make_progress(self) -> None:
        with ui.element("div").classes("bt-progress").props('data-testid="bt-progress"') as box:
            self._bar = ui.element("i")
            self._words = ui.label().classes("num").props('data-testid="bt-progress-words"')
            button("Cancel", "bt-cancel", self.cancel, icon="close", tip="End it")
        self._progress = box
        box.set_visibility(False)

    # what is shown
    def look(self) -> None:
        self._show_progress()
        state = self._backtests.state
        if self._seen != state.revision:
            self._seen = state.revision
            self.draw()

    def draw(self) -> None:
        runs = self._backtests.state.newest_first()
        self.ticked = [id for id in self.ticked if id in self._backtests.state.runs]
        self.table.show(
            [
                run_row(run, shown=run.id == self.shown, compared=run.id in self.ticked)
                for run in runs
            ]
        )

    def _show_progress(self) -> None:
        waiting = self._backtests.state.waiting()
        running = next((r for r in waiting.values() if r.state is RunState.RUNNING), None)
        self._progress.set_visibility(bool(waiting))
        if not waiting:
            return
        if running is None:
            self._words.set_text(f"{len(waiting)} waiting")
            return
        progress = self._backtests.state.progress.get(running.id)
        share = progress.share if progress else 0.0
        self._bar.style(f"width: {share:.1%}")
        self._words.set_text(said(running, len(waiting) - 1, progress, time.monotonic()))

    # acts
    async def picked(self, id: str) -> None:
        self.shown = id
        self.draw()
        await self._open(id)

    async def _tick(self, id: str, action: str) -> None:
        run = self._backtests.state.runs.get(id)
        if run is None or run.state is not RunState.DONE:
            ui.notify("Only finished runs can be compared.", type="warning")
            return
        others = [each for each in self.ticked if each != id]
        self.ticked = others if id in self.ticked else [*others, id]
        self.draw()
        await self._compare(self.ticked)

    def _run(self) -> Run | None:
        run = self._backtests.state.runs.get(self.shown)
        if run is None:
            ui.notify("Pick a run in the list first.", type="warning")
        return run

    def refill(self) -> None:
        if (run := self._run()) is not None:
            self._refill(run)

    async def again(self) -> None:
        if (run := self._run()) is not None:
            await self._try(self._backtests.again(run.id))

    async def cancel(self) -> None:
        waiting = self._backtests.state.waiting()
        running = [id for id, run in waiting.items() if run.state is RunState.RUNNING]
        for id in running or list(waiting):
            await self._try(self._backtests.cancel(id))

    async def rename(self) -> None:
        run = self._run()
        if run is None:
            return
        with ui.dialog() as dialog, ui.element("div").classes("sheet"):
            ui.label("Rename the run").classes("sheet-title")
            name = text_field("Name", "bt-name", value=run.name).props('maxlength="80" autofocus')
            with ui.element("div").classes("card-actions"):
                button("Rename", "bt-name-yes", lambda: dialog.submit(True), primary=True)
                button("Leave it", "bt-name-no", lambda: dialog.submit(False))
        name.on("keydown.enter", lambda: dialog.submit(True))
        sure = await dialog
        dialog.delete()
        if sure is True:
            await self._try(self._backtests.rename(run.id, str(name.value or "")))
            self.look()

    async def delete(self) -> None:
        run = self._run()
        if run is None:
            return
        try:
            removed = await self._backtests.delete(run.id)
        except AppError as problem:
            ui.notify(str(problem), type="warning")
            return
        self.shown = ""
        self.look()
        await self._open("")
        self._offer_back(removed)

    def _offer_back(self, removed: Removed) -> None:
        """Until the page is left."""

        async def back() -> None:
            self._undo.set_visibility(False)
            await self._try(self._backtests.put_back(removed))
            await self.picked(removed.run.id)

        self._undo.clear()
        self._undo.set_visibility(True)
        with self._undo:
            ui.label(f"{removed.run.name} is deleted.").classes("dim")
            button("Put it back", "bt-undo", back, icon="undo")

    async def _try(self, act: Awaitable[object]) -> None:
        try:
            await act
        except AppError as problem:
            ui.notify(str(problem), type="negative", multi_line=True)


def said(run: Run, behind: int, progress: Progress | None, now: float) -> str:
    """`SMA cross · 9 s · 42% · 12 s left · 2 waiting`."""
    parts = [run.name]
    if progress is not None:
        parts.append(formats.duration(now - progress.begun))
        left = progress.left(now)
        parts += [f"{progress.share:.0%}", progress.words]
        parts.append("" if isnan(left) else f"{formats.duration(left)} left")
    parts.append(f"{behind} waiting" if behind else "")
    return " · ".join(part for part in parts if part)
