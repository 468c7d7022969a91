"""Backtest: strategies on the past, with what they cost and how much of it may be luck."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import isawaitable
from typing import Any, Final, Protocol

from nicegui import ui

from core.backtest.run import Plan, Run, RunState
from core.errors import AppError
from core.services import Services
from ui.backtest.export import tables
from ui.backtest.opened import Opened
from ui.backtest.opening import opened_of
from ui.components.backtest_chance import ChanceView
from ui.components.backtest_compare import CompareView
from ui.components.backtest_exposure import ExposureView
from ui.components.backtest_form import BacktestForm
from ui.components.backtest_overview import OverviewView
from ui.components.backtest_runs import RunsPanel
from ui.components.backtest_sweep import SweepView
from ui.components.backtest_trades import TradesView
from ui.components.backtest_walk import WalkView
from ui.components.backtest_words import WordsView
from ui.components.choices import Choices
from ui.components.empty_state import empty_state
from ui.components.export_menu import export_menu
from ui.components.fields import button
from ui.components.keys import Keys
from ui.components.watch import watch

TABS: Final = {
    "overview": "Overview",
    "trades": "Trades",
    "exposure": "Exposure",
    "chance": "Chance",
    "sweep": "Sweep",
    "walk": "Walk-forward",
    "words": "Assumptions",
    "compare": "Compare",
}
ALWAYS: Final = ("overview", "trades", "exposure", "chance", "words", "compare")


class View(Protocol):
    def show(self, opened: Opened) -> Any: ...


async def page(services: Services, run: str = "") -> None:
    """`/backtest?run=…` opens a kept run."""
    choices = await Choices.load(services.preferences)
    visit = BacktestPage(services, choices)
    await visit.open(run)


class BacktestPage:
    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices
        self._backtests = services.backtests
        self.opened: Opened | None = None
        self.compared: list[Opened] = []
        self.tab = "overview"
        self._mine = ""
        self._shows = 0
        self._views: dict[str, View | CompareView] = {}
        self._holders: dict[str, ui.element] = {}
        self._tabs: dict[str, ui.element] = {}

    async def open(self, run: str) -> None:
        with ui.element("div").classes("page page-backtest"):
            with ui.element("aside").classes("bt-side"):
                self.form = BacktestForm(
                    self._services,
                    self._choices,
                    cover=self._backtests.material.coverage,
                    run=self.start,
                    again=self.look_again,
                )
                self.runs = RunsPanel(
                    self._backtests, open=self.show, compare=self.compare, refill=self._refill
                )
            with ui.element("main").classes("bt-main"):
                self._head()
                self._main = ui.element("div").classes("bt-views")
        Keys({"ctrl+enter": self.form.go})
        watch(self._mine_ended, self._show_mine)
        await self.look_again()
        first = run or self._newest_done()
        if first:
            await self.runs.picked(first)
        else:
            self._nothing()

    def _head(self) -> None:
        with ui.element("div").classes("orders-tabs bt-tabs").props('role="tablist"') as self._bar:
            for name, title in TABS.items():
                made = ui.element("button").props(
                    f'type="button" role="tab" data-testid="bt-tab-{name}"'
                )
                made.mark(f"bt-tab-{name}").on("click", lambda name=name: self.choose(name))
                with made:
                    ui.label(title)
                self._tabs[name] = made
            ui.element("div").classes("spring")
            self._title = ui.label().classes("bt-name").props('data-testid="bt-title"')
            self._export = export_menu(
                self._services,
                lambda: tables(self.opened)[self.tab if self.tab == "sweep" else "trades"],
                "backtest",
                subject=lambda: self.opened.run.name if self.opened else "",
            )
        self._bar.set_visibility(False)

    def _newest_done(self) -> str:
        runs = self._backtests.state.newest_first()
        return next((run.id for run in runs if run.state is RunState.DONE), "")

    def _nothing(self) -> None:
        self.opened = None
        self._bar.set_visibility(False)
        self._clear()
        with (
            self._main,
            empty_state(
                "Nothing has been run yet",
                "Choose a strategy, an instrument and a span on the left, and press Run. Or let the"
                " desk show one: the SMA cross on a year of NIFTY days.",
                icon="science",
            ).props('data-testid="bt-empty"'),
        ):
            button("Run a demo", "bt-demo", self.demo, icon="play_arrow", primary=True)

    def _clear(self) -> None:
        self._main.clear()
        self._views, self._holders = {}, {}

    # running
    async def look_again(self) -> None:
        """Take up files that were added or changed."""
        try:
            strategies = await self._backtests.material.strategies()
            symbols = await self._services.option_history.symbols()
        except AppError as problem:
            ui.notify(str(problem), type="negative", multi_line=True)
            return
        await self.form.load(strategies, symbols)

    async def start(self, plan: Plan, name: str = "") -> None:
        try:
            run = await self._backtests.start(plan, name or self.form.described.title)
        except AppError as problem:
            ui.notify(str(problem), type="negative", multi_line=True)
            return
        self._mine = run.id
        if self.opened is None:
            await self.runs.picked(run.id)
        self.runs.look()

    async def demo(self) -> None:
        plan = await self._backtests.material.demo()
        self.form.put(plan)
        await self.start(plan, "Demo: SMA cross")

    def _mine_ended(self) -> object:
        run = self._backtests.state.runs.get(self._mine)
        return run.state if run is not None and run.is_over else None

    async def _show_mine(self) -> None:
        """What was started here is shown as soon as it is over."""
        if self._mine_ended() is not None:
            id, self._mine = self._mine, ""
            self.form.renew()
            await self.runs.picked(id)

    async def _run_alone(self, parameters: Mapping[str, Any]) -> None:
        """One combination of the sweep that is shown."""
        if self.opened is None:
            return
        plan = replace(self.opened.run.plan, parameters=dict(parameters), sweep={}, folds=0)
        await self.start(plan, self.opened.run.name)

    def _refill(self, run: Run) -> None:
        self.form.put(run.plan)

    # looking
    async def show(self, id: str) -> None:
        run = self._backtests.state.runs.get(id)
        self._shows += 1
        mine = self._shows
        ui.navigate.history.replace(f"/backtest?run={id}" if run else "/backtest")
        if run is None:
            self._nothing()
            return
        words = ""
        try:
            opened = await opened_of(self._services, run)
        except AppError as problem:
            opened, words = None, str(problem)
        if mine != self._shows:
            return  # another run, or this one anew, was asked for since
        if opened is None:
            self._say(run, words)
            return
        if self.opened is None:
            self._clear()
        self.opened = opened
        self._bar.set_visibility(True)
        self._title.set_text(run.name)
        report = opened.report
        own = (
            *ALWAYS,
            *(["sweep"] if report.tried else []),
            *(["walk"] if report.stretches else []),
        )
        for name, made in self._tabs.items():
            made.set_visibility(name in own)
        await self.choose(self.tab if self.tab in own else "overview")

    def _say(self, run: Run, problem: str) -> None:
        """In the place of a result: why there is none."""
        self.opened = None
        self._bar.set_visibility(False)
        self._clear()
        words = {
            RunState.QUEUED: ("It waits for its turn", "hourglass_empty"),
            RunState.RUNNING: ("It runs", "hourglass_top"),
            RunState.CANCELLED: ("It was cancelled", "block"),
            RunState.INTERRUPTED: ("It was interrupted", "power_off"),
        }
        text, icon = words.get(run.state, ("It failed", "error_outline"))
        with self._main:
            empty_state(f"{run.name}: {text.lower()}", problem or run.problem, icon=icon).props(
                'data-testid="bt-said"'
            )

    async def choose(self, name: str) -> None:
        """Show a tab; it is built when it is first wanted."""
        self.tab = name
        if name not in self._views:
            with self._main, ui.element("div").classes(f"bt-view bt-{name}") as holder:
                self._views[name] = self._builders()[name]()
            self._holders[name] = holder
        for each, holder in self._holders.items():
            holder.set_visibility(each == name)
        for each, made in self._tabs.items():
            made.classes(add="here") if each == name else made.classes(remove="here")
            made.props(f'aria-selected="{str(each == name).lower()}"')
        await self._draw()

    async def _draw(self) -> None:
        view = self._views[self.tab]
        if isinstance(view, CompareView):
            view.show(self.compared)
        elif self.opened is not None:
            done = view.show(self.opened)
            if isawaitable(done):
                await done

    def _builders(self) -> dict[str, Callable[[], View | CompareView]]:
        return {
            "overview": OverviewView,
            "trades": lambda: TradesView(self._choices),
            "exposure": ExposureView,
            "chance": ChanceView,
            "sweep": lambda: SweepView(self._run_alone),
            "walk": WalkView,
            "words": WordsView,
            "compare": CompareView,
        }

    async def compare(self, ids: list[str]) -> None:
        runs = [self._backtests.state.runs[id] for id in ids]
        found = [await opened_of(self._services, run) for run in runs]
        self.compared = [each for each in found if each is not None]
        if self.opened is not None and (self.tab == "compare" or len(self.compared) > 1):
            await self.choose("compare")
