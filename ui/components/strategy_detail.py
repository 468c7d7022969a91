"""One strategy: its rules and acts, its legs, and its profit and loss by the minute."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from math import isfinite, nan
from typing import Final

import numpy as np
from nicegui import background_tasks, context, ui

from core.clock import IST
from core.errors import AppError
from core.services import Services
from core.services.strategy_desk import StrategyDesk
from core.strategies.tracking import Floats
from core.strategies.tracking import Mark as Worth
from core.strategies.wording import rupees
from core.trading.exit_rules import Measure, Phase, Trigger, levels
from core.trading.exit_words import rules_sentence
from core.trading.groups import StrategyGroup
from core.trading.positions import Position
from ui.builder.live_candle import LiveCandles
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import Option, axis, candle_chart, line
from ui.components.choices import Choices
from ui.components.confirm import confirm
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import button
from ui.components.segments import Segments
from ui.strategies import words
from ui.strategies.free_offers import free_offers
from ui.strategies.rules_dialog import edit_rules, tell_problem
from ui.strategies.shares_dialog import Chosen, SharesForm, choose, offers_of
from ui.theme import formats
from ui.theme.colors import tone

LEGS: Final = (
    Column(name="contract", title="Leg", classes="strong"),
    Column(name="units", title="Units", classes="num", width="76px"),
    Column(name="entry", title="Entry", classes="num wide-only", width="76px"),
    Column(name="now", title="Now", classes="num", width="76px", tip="The middle of the quotes"),
    Column(
        name="pnl", title="P&L", classes="num", width="92px", tip="Before charges, realised too"
    ),
)
SPANS: Final = {"1": "Today", "7": "7 days"}
DRAWDOWN, LOW, HIGH = "drawdown", "__low", "__high"
GRID: Final = {
    "left": 8,
    "right": 14,
    "top": 14,
    "bottom": 6,
    "outerBoundsMode": "same",
    "outerBoundsContain": "axisLabel",
}
REACH: Final = 4.0
"""Levels so many spans of the candles away are still drawn."""
COLOURS: Final = {Trigger.STOP: "--down", Trigger.TRAIL: "--warn", Trigger.TARGET: "--up"}
EMPTY: Final = "No minute of it is recorded yet: the chart grows by the minute while it is open"
LONGEST_NAME: Final = 80


class StrategyDetail:
    """`dissolved` hears of one that was put out of sight."""

    def __init__(
        self,
        services: Services,
        desk: StrategyDesk,
        choices: Choices,
        *,
        dissolved: Callable[[StrategyGroup], object],
    ) -> None:
        self._services, self._desk, self._choices = services, desk, choices
        self._dissolved, self._id = dissolved, ""
        self._client = context.client
        self._candles, self._minute = LiveCandles(), 0
        with ui.element("div").classes("strategy-detail") as self._box:
            with ui.element("div").classes("strategy-side"):
                self._head()
                self._rules = ui.element("div").classes("rule-preview")
                self._rules.props('data-testid="strategy-rules"')
                self._run = ui.label().classes("strategy-run dim")
                self._run.props('data-testid="strategy-run" aria-live="polite"')
                self._legs = DataTable("strategy-legs", LEGS, empty="Nothing of it is open.")
            with ui.element("div").classes("strategy-chart"):
                with ui.element("div").classes("tool-bar"):
                    ui.label("P&L by the minute").classes("dim")
                    self._drawn = ui.label().classes("num dim")
                    self._drawn.props('data-testid="strategy-drawdown"')
                    with ui.element("span").classes("springy"):
                        Segments(SPANS, choices, "strategies.span", self._turn)
                self._chart = Chart(
                    _option("1"),
                    name="strategy-m2m",
                    height=None,
                    empty=EMPTY,
                    label="Profit and loss of the strategy by the minute",
                )
        self._box.set_visibility(False)

    def _head(self) -> None:
        with ui.element("div").classes("tool-bar"):
            self._name = ui.input(placeholder="its legs' name", on_change=self._rename)
            self._name.props(f'outlined dense hide-bottom-space maxlength="{LONGEST_NAME}"')
            self._name.props('debounce=400 data-testid="strategy-name" aria-label="Name"')
            self._name.mark("strategy-name")
            mode = self._services.mode
            self._arm = button("Arm", "strategy-arm", self.arm, tip=f"Watch it: {mode.upper()}")
            self._arm.classes(f"arm mode-{mode}")
            tip = "Watch it no longer; nothing is closed"
            self._disarm = button("Disarm", "strategy-disarm", self.disarm, tip=tip)
            button("Rules …", "strategy-edit", self.edit, icon="tune")
            self._exit = button("Exit now", "strategy-exit", self.exit, tip="You are asked first")
            self._exit.classes("danger")
            self._stop = button("Stop it", "strategy-stop", self.stop, tip="Send nothing more")
            with ui.element("span").classes("springy"):
                tip = "Take in positions that are in no strategy"
                button("", "strategy-add", self.add, icon="add_circle_outline", tip=tip)
                tip = "Move a part into a strategy of its own"
                split = button("", "strategy-split", self.split, icon="call_split", tip=tip)
                tip = "Let go of a part: it stays held, in no strategy"
                release = button("", "strategy-release", self.release, icon="output", tip=tip)
                self._parts = (split, release)
                tip = "Dissolve it: its positions stay held; it can be undone"
                button("", "strategy-dissolve", self.dissolve, icon="delete_outline", tip=tip)

    @property
    def _group(self) -> StrategyGroup | None:
        return self._desk.state.groups.get(self._id)

    # what is shown
    def show(self, id: str) -> None:
        if id == self._id:
            return
        self._id = id
        self._candles.forget()
        self._chart.forget()
        self.changed()
        self._read()
        self.look()

    def changed(self) -> None:
        """The group is another now: its name, rules, phase."""
        group = self._group
        self._box.set_visibility(group is not None)
        if group is None:
            return
        if (self._name.value or "").strip() != group.name:
            self._name.set_value(group.name)
        placeholder = self._desk.watch.title(group).replace('"', "")
        self._name.props(f'placeholder="{placeholder}"')
        phase = group.state.phase
        watched = phase in (Phase.ARMED, Phase.WAITING)
        self._arm.set_visibility(group.is_open and not watched and not group.is_running)
        self._disarm.set_visibility(watched)
        self._exit.set_visibility(group.is_open and not group.is_running)
        self._stop.set_visibility(group.is_running)
        for each in self._parts:
            each.set_visibility(group.is_open and not group.is_running)
        self._tell_rules(group)
        self._run.set_text(words.run_words(group, self._desk))

    def _tell_rules(self, group: StrategyGroup) -> None:
        view = self._desk.state.views.get(group.id)
        entry = view.numbers.entry if view else nan
        sold = entry > 0 if isfinite(entry) else None
        told = rules_sentence(group.rules, len(group.held()), sold=sold)
        armed = group.state.phase is Phase.ARMED
        mode = self._services.mode.upper()
        lead = f"Armed, {mode}:" if armed else "Not armed:"
        self._rules.clear()
        with self._rules:
            if not told:
                ui.label("No rules yet. Set a stop, a target, a trail or a time.").classes("dim")
                return
            ui.label(lead).classes(f"mode-line mode-{self._services.mode}" if armed else "dim")
            ui.label(told)

    def look(self) -> None:
        """Live numbers of the legs, and the minute that runs."""
        group = self._group
        if group is None:
            return
        self._legs.show([self._leg(group, each) for each in self._desk.watch.positions(group)])
        view = self._desk.state.views.get(group.id)
        if view is not None and group.is_open and not view.numbers.blind:
            mark = Worth(at=view.at, pnl=view.numbers.pnl, spot=nan)
            if self._desk.watch.trading and self._candles.add(mark):
                self._read()
        if self._chart.shown:
            self._draw(group)

    def _leg(self, group: StrategyGroup, position: Position) -> Row:
        contract = self._desk.watch.contract(position.key)
        price = self._desk.watch.price(position.key) if position.quantity else nan
        made = float(position.earned)
        if position.quantity:
            made += position.quantity * price - float(position.cost)
        view = self._desk.state.views.get(group.id)
        missing = (view.lacking if view else {}).get((position.key, position.product), 0)
        tip = f"{abs(missing)} of them are not really held" if missing else str(position.product)
        old = "stale" if view and view.numbers.blind and position.quantity else ""
        return Row(
            f"{position.key}:{position.product.name.lower()}",
            (
                contract.symbol if contract else str(position.key),
                Cell(f"{position.quantity:+,d}" if position.quantity else "0", "", tip)
                if not missing
                else Cell(f"{position.quantity:+,d} !", "down", tip),
                formats.price(float(position.average_price)) if position.quantity else "",
                Cell(formats.price(price) if position.quantity else "closed", old),
                Cell(formats.signed(made), f"{tone(made)} {old}"),
            ),
            classes="" if position.quantity else "closed",
        )

    # what is done with it
    async def _rename(self) -> None:
        group, name = self._group, (self._name.value or "").strip()
        if group is not None and name != group.name:
            await self._try(lambda: self._desk.rename(group.id, name))

    async def arm(self) -> None:
        group = self._group
        if group is None:
            return
        if not group.rules.any:
            await self.edit()
            return
        await self._try(lambda: self._desk.arm(group.id))

    async def disarm(self) -> None:
        await self._try(lambda: self._desk.disarm(self._id))

    async def edit(self) -> None:
        group = self._group
        if group is not None:
            await edit_rules(self._services, self._desk, group)
            self.changed()

    async def exit(self) -> None:
        """All legs at the market, after a question."""
        group = self._group
        if group is None:
            return
        legs = self._desk.watch.legs(group)
        sure = await confirm(
            self._services,
            f"Exit “{self._desk.watch.title(group)}” now?",
            [
                f"{len(group.held())} legs are closed at market with protection,"
                " what is sold first; what is bought follows once that is filled.",
                *(f"{leg.quantity:+,d} {leg.title}" for leg in legs),
            ],
            "Exit now",
            name="strategy-exit",
        )
        if sure:
            try:
                self._desk.exit_now(group.id)
            except AppError as problem:
                tell_problem(problem)
            self.changed()

    async def stop(self) -> None:
        await self._try(lambda: self._desk.stop_run(self._id))

    async def add(self) -> None:
        free = self._desk.free()
        if not free:
            ui.notify("Everything that is held is in a strategy.", position="bottom-right")
            return
        offers = await free_offers(self._services, free)
        await choose(
            SharesForm("Take in these positions", offers, self._taken, go="Take in", named=False)
        )
        self.changed()

    async def _taken(self, chosen: Chosen) -> None:
        await self._desk.add(self._id, chosen.shares, prices=chosen.prices, adopt=chosen.adopt)

    async def split(self) -> None:
        group = self._group
        if group is None or not group.is_open:
            return
        offers = offers_of(group, self._desk.watch.contract)
        await choose(SharesForm("Into a strategy of its own", offers, self._parted, go="Split"))

    async def _parted(self, chosen: Chosen) -> None:
        await self._desk.split(self._id, chosen.shares, chosen.name)

    async def release(self) -> None:
        group = self._group
        if group is None or not group.is_open:
            return
        offers = offers_of(group, self._desk.watch.contract)
        title = "Let go of these; they stay held"
        await choose(SharesForm(title, offers, self._let_go, go="Let go", named=False))

    async def _let_go(self, chosen: Chosen) -> None:
        await self._desk.release(self._id, chosen.shares)

    async def dissolve(self) -> None:
        try:
            before = await self._desk.dissolve(self._id)
        except AppError as problem:
            tell_problem(problem)
        else:
            self._dissolved(before)

    async def _try(self, act: Callable[[], object]) -> None:
        try:
            done = act()
            if hasattr(done, "__await__"):
                await done
        except AppError as problem:
            tell_problem(problem)
        self.changed()

    # its minutes
    def _turn(self) -> None:
        self._chart.set(_option(self._choices.get("strategies.span", "1")))
        self._read()

    def _read(self) -> None:
        background_tasks.create(self._read_candles(self._id), name="strategy candles")

    async def _read_candles(self, id: str) -> None:
        if not id:
            return
        now = self._services.clock.now()
        days = int(self._choices.get("strategies.span", "1"))
        today = datetime.combine(now.astimezone(IST).date(), time(), IST)
        made = await self._desk.candles(id, today - timedelta(days=days - 1), now)
        if id == self._id:
            self._candles.take(made)
            if (group := self._group) is not None:
                self._draw(group)

    def _draw(self, group: StrategyGroup) -> None:
        times, rows = self._candles.times, self._candles.rows
        fallen = drawdown(rows)
        marks = self._levels(group)
        low, high = reach(rows, [mark.at for mark in marks])
        marks = [mark for mark in marks if low <= mark.at <= high]
        ends = {LOW: np.full(len(times), low), HIGH: np.full(len(times), high)}
        self._chart.push({"candles": rows, DRAWDOWN: fallen, **ends}, x=times)
        self._chart.marks(marks if len(times) else [])
        deepest = float(np.nanmin(fallen)) if len(fallen) else nan
        self._drawn.set_text(
            f"drawdown {rupees(fallen[-1])}, deepest {rupees(deepest)}" if len(fallen) else ""
        )

    def _levels(self, group: StrategyGroup) -> list[Mark]:
        """Where rules on P&L act, in rupees of the whole."""
        if group.state.phase is not Phase.ARMED:
            return []
        found = []
        for trigger, goal, level in levels(group.rules, group.state):
            base = group.state.base or nan
            scale = {Measure.PNL: 1.0, Measure.PNL_PERCENT: base / 100}.get(goal.measure, nan)
            at = level * scale + group.state.baseline
            if isfinite(at):
                label = f"{trigger} {rupees(at)}"
                found.append(Mark(at=at, axis="y", label=label, colour=COLOURS[trigger]))
        return found


def drawdown(rows: Floats) -> Floats:
    """From the best so far to the close of each minute, 0 or below; `rows` are o, h, l, c."""
    if not len(rows):
        return np.empty(0)
    best = np.maximum.accumulate(np.maximum(rows[:, 1], 0.0))
    fallen: Floats = rows[:, 3] - best
    return fallen


def reach(rows: Floats, levels: list[float]) -> tuple[float, float]:
    """Lowest and highest of the candles, and of those levels that are not far from them."""
    if not len(rows) or not np.isfinite(rows).any():
        return nan, nan
    low, high = float(np.nanmin(rows)), float(np.nanmax(rows))
    far = REACH * max(high - low, 1_000.0)
    near = [level for level in levels if low - far <= level <= high + far]
    return min([low, *near]), max([high, *near])


def _option(span: str) -> Option:
    """Candles of the P&L and its drawdown; unseen lines make room for the levels."""
    x = axis("clock" if span == "1" else "moment", kind="category")
    fallen = line(DRAWDOWN, "Drawdown", "rupeesLakh", colour="var(--txt3)", dashed=True)
    ends = [line(id, id, "plain", width=0) for id in (LOW, HIGH)]
    made = {**candle_chart("P&L", [fallen, *ends], format="rupeesLakh"), "xAxis": x}
    made["series"][0]["barMaxWidth"] = 14
    return {**made, "legend": {"show": False}, "grid": GRID}
