"""The reconcile panel: on what we and the broker do not agree, why, and what can be done."""

from typing import Final

from nicegui import ui

from core.errors import AppError
from core.state.trading import Difference
from ui.components.confirm import confirm
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import button
from ui.components.sight import paced
from ui.positions.state import PositionsState
from ui.theme import formats

PACE: Final = 1.0
COLUMNS: Final = (
    Column(name="contract", title="Contract", classes="strong", width="24%"),
    Column(name="what", title="What differs"),
    Column(name="remedy", title="What to do"),
    Column(name="accept", title="", width="66px"),
)
AGREED: Final = "We and the broker agree on orders, trades, positions and average prices."
ACCEPTED: Final = (
    "From now on the broker's word is ours. Where units came or went without a trade of ours, what "
    "they cost may stay unknown. It is written into the journal."
)
OLD: Final = 150.0
"""Seconds: every minute there should be a comparison."""


def build_reconcile(state: PositionsState) -> "ReconcilePanel":
    return ReconcilePanel(state)


class ReconcilePanel:
    def __init__(self, state: PositionsState) -> None:
        self._state, self._trading = state, state.trading
        self._busy = False
        with ui.element("div").classes("positions-reconcile differences"):
            with ui.element("div").classes("tool-bar"):
                self._led = ui.element("i").classes("led")
                self._said = ui.label().props('data-testid="reconciled"').mark("reconciled")
                ui.element("div").classes("spring")
                self._now = button("Reconcile now", "reconcile-now", self.reconcile, icon="sync")
            self._problem = ui.label().classes("down").props('data-testid="reconcile-problem"')
            self._problem.mark("reconcile-problem")
            self.table = DataTable("difference", COLUMNS, empty=AGREED, on_act=self._act)
        paced(PACE, self.draw)
        self.draw()

    def draw(self) -> None:
        kept = self._trading.state
        age = self._age()
        words = "Never compared with the broker" if age is None else f"Compared {_ago(age)}"
        many = len(kept.differences)
        if many:
            words += f" · {many} difference{'s' if many > 1 else ''}"
        self._say(self._said, words)
        problem = kept.problem and f"The broker could not be asked: {kept.problem}"
        self._say(self._problem, problem)
        self._problem.set_visibility(bool(problem))
        bad, late = bool(many or problem), age is None or age > OLD
        wanted = "bad" if bad else "wait" if late else "good"
        self._led.classes(add=wanted, remove=" ".join({"bad", "wait", "good"} - {wanted}))
        self.table.show([self._row(each) for each in kept.differences.values()])

    async def reconcile(self) -> None:
        if self._busy:
            return
        self._busy = True
        self._now.classes(add="busy")
        try:
            await self._trading.reconciler.reconcile()
        except AppError as problem:
            _tell(str(problem))
        finally:
            self._busy = False
            self._now.classes(remove="busy")
        self.draw()
        self._state.look()

    def _age(self) -> float | None:
        at = self._trading.state.reconciled_at
        return None if at is None else (self._state.services.clock.now() - at).total_seconds()

    def _row(self, each: Difference) -> Row:
        known = self._trading.portfolio.known.get(each.key)
        return Row(
            each.name,
            (
                Cell(known.symbol if known else each.key, tip=f"Its {each.about}"),
                Cell(each.text, "down", f"Since {formats.clock_time(each.since)}"),
                Cell(each.remedy),
                Cell("Accept", action="accept", tip="The broker's word becomes ours"),
            ),
        )

    async def _act(self, name: str, _: str) -> None:
        """Accepting changes our books, so it is said once more."""
        found = self._trading.state.differences.get(name)
        if found is None:
            return
        lines = (found.text, ACCEPTED)
        title = "Accept what the broker says?"
        if await confirm(self._state.services, title, lines, "Accept", name="accept"):
            await self._accept(name)

    async def _accept(self, name: str) -> None:
        try:
            await self._trading.reconciler.accept(name)
        except AppError as problem:
            _tell(str(problem))
        self.draw()
        self._state.look()

    def _say(self, label: ui.label, words: str) -> None:
        if label.text != words:
            label.set_text(words)


def _ago(seconds: float) -> str:
    return "just now" if seconds < 2 else f"{formats.age(round(seconds))} ago"


def _tell(problem: str) -> None:
    ui.notify(problem, type="negative", position="bottom-right")
