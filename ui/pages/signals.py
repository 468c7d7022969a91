"""Signals: strategies on the market as it moves, what they say, and which of them may trade."""

from typing import Final

from nicegui import ui

from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import is_traded
from core.ports.exports import Table
from core.services import Services
from core.state.signals import Asked, Run
from ui.components.choices import Choices
from ui.components.confirm import confirm, mode_line
from ui.components.data_table import DataTable
from ui.components.export_menu import export_menu
from ui.components.long_table import Line, LongTable
from ui.components.sight import paced
from ui.components.signals_form import SignalsForm
from ui.signals.lines import RUNS, SIGNALS, run_row, signal_line

PACE: Final = 0.5
NO_RUNS: Final = (
    "Nothing runs. Start a strategy on the left: it begins with signals only, and nothing is sent"
    " before you switch it to trade."
)
HEADS: Final = ("Time", "Strategy", "Signal", "Contract", "Units", "Price ₹", "What became of it")
NO_SIGNALS: Final = "No signal yet. What a strategy wants is told here, with what became of it."


async def page(services: Services) -> None:
    choices = await Choices.load(services.preferences)
    await SignalsPage(services, choices).open()


class SignalsPage:
    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices
        self._runner = services.runner
        self._names: dict[InstrumentKey, str] = {}
        self._lines: dict[str, Line] = {}
        self._seen = self._said = -1

    async def open(self) -> None:
        with ui.element("div").classes("page page-backtest page-signals") as body:
            body.style(f"--trades: var(--mode-{self._services.mode})")
            with ui.element("aside").classes("bt-side"):
                self.form = SignalsForm(self._services, self._choices, self._start)
            with ui.element("main").classes("bt-main"):
                with ui.element("div").classes("bt-line signals-head"):
                    ui.label("Running").classes("bt-head")
                    ui.element("div").classes("spring")
                    mode_line(self._services)
                self.runs = DataTable("sig", RUNS, empty=NO_RUNS, on_act=self._act)
                self.runs.classes("signals-runs wrap")
                with ui.element("div").classes("bt-line"):
                    ui.label("Said, the newest first").classes("bt-head")
                    ui.element("div").classes("spring")
                    export_menu(self._services, self.as_table, "signals")
                self.log = LongTable("said", SIGNALS, empty=NO_SIGNALS)
        strategies = await self._services.backtests.material.strategies()
        symbols = await self._services.instruments.underlyings()
        await self.form.load([each for each in strategies if not each.problem], symbols)
        await self.look()
        paced(PACE, self.look)

    # what is shown
    async def look(self) -> None:
        state = self._runner.state
        if state.revision == self._seen:
            return
        self._seen = state.revision
        await self._learn_names()
        may = self._services.trading is not None
        runs = sorted(state.runs.values(), key=lambda run: run.started_at, reverse=True)
        self.runs.show([run_row(run, self._names, may_trade=may) for run in runs])
        if state.count != self._said:
            self._said = state.count
            known = {str(s.number): s for s in reversed(state.signals)}
            before, names = self._lines, self._names
            self._lines = {
                id: before.get(id) or signal_line(each, names) for id, each in known.items()
            }
            self.log.show(list(known), self._lines)

    def as_table(self) -> Table:
        """All that was said since the desk started, the oldest first."""
        rows = [
            (s.at, s.title, s.text, self._names.get(s.key, s.key), s.units, s.price, s.outcome)
            for s in self._runner.state.signals
        ]
        return Table(name="Signals", heads=HEADS, rows=rows)

    async def _learn_names(self) -> None:
        state = self._runner.state
        keys = {h.key for run in state.runs.values() for h in run.held}
        keys |= {signal.key for signal in state.signals}
        if unknown := [key for key in keys if key and key not in self._names]:
            found = await self._services.instruments.get_many(unknown)
            self._names |= {key: found[key].symbol if key in found else key for key in unknown}

    # acts
    async def _start(self, asked: Asked) -> None:
        run = await self._runner.start(asked)
        ui.notify(f"{run.title} runs, with signals only.", type="positive")
        await self.look()

    async def _act(self, id: str, action: str) -> None:
        run = self._runner.state.runs.get(id)
        if run is None:
            return
        acts = {
            "trade": self._let_trade,
            "signal": self._only_signal,
            "stop": self._stop,
            "remove": self._remove,
        }
        try:
            await acts[action](run)
        except AppError as problem:
            ui.notify(str(problem), type="negative", multi_line=True)
        await self.look()

    async def _let_trade(self, run: Run) -> None:
        if run.asked.key and not is_traded(run.asked.key):
            raise RuleBroken("An index is not traded itself: start it on a future of it.")
        lines = (
            "From now on its orders are sent without another question, through the risk limits.",
            "It begins anew, flat. After a restart of the desk it waits for you.",
        )
        if await confirm(
            self._services, f"Let {run.title} trade?", lines, "Let it trade", name="sig-trade"
        ):
            await self._runner.switch(run.id, trades=True)

    async def _only_signal(self, run: Run) -> None:
        """What takes risk away needs no question."""
        await self._runner.switch(run.id, trades=False)

    async def _stop(self, run: Run) -> None:
        lines = ("Its working orders are cancelled. What it holds is left to you: see Positions.",)
        if run.trades and not await confirm(
            self._services, f"Stop {run.title}?", lines, "Stop it", name="sig-stop"
        ):
            return
        await self._runner.stop(run.id)

    async def _remove(self, run: Run) -> None:
        await self._runner.remove(run.id)
