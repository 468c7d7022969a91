"""Strategies of open positions: what each is worth, what watches over it, how far away it is."""

from typing import Final

from nicegui import background_tasks, ui

from core.errors import AppError
from core.services import Services
from core.services.strategy_books import Free
from core.services.strategy_desk import StrategyDesk
from core.trading.exit_rules import Trigger
from core.trading.groups import StrategyGroup
from ui.components.choices import Choices
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.empty_state import empty_state
from ui.components.fields import button
from ui.components.sight import paced
from ui.components.strategy_detail import StrategyDetail
from ui.components.watch import watch
from ui.strategies import words
from ui.strategies.free_offers import free_offers
from ui.strategies.rules_dialog import tell_problem
from ui.strategies.shares_dialog import Chosen, SharesForm, choose
from ui.theme import formats
from ui.theme.colors import tone

PACE: Final = 0.5
PNL: Final = "Before charges, realised too"
LEVEL: Final = "Its level · how far it is from here"
COLUMNS: Final = (
    Column(name="state", title="State", width="92px"),
    Column(name="name", title="Strategy", classes="strong strategy-title"),
    Column(name="legs", title="Legs", classes="num left wide-only", width="20%"),
    Column(
        name="premium", title="Premium", classes="num wide-only", width="112px", tip="Entry → now"
    ),
    Column(name="pnl", title="P&L", classes="num strong", width="88px", tip=PNL),
    Column(
        name="percent",
        title="%",
        classes="num wide-only",
        width="58px",
        tip="Of the premium at entry",
    ),
    Column(name="stop", title="Stop", classes="num wide-only", width="132px", tip=LEVEL),
    Column(name="target", title="Target", classes="num wide-only", width="132px", tip=LEVEL),
    Column(name="trail", title="Trail", classes="num wide-only", width="132px", tip=LEVEL),
    Column(name="time", title="Time exit", classes="num wide-only", width="118px"),
    Column(name="exit", title="", width="50px"),
)


def strategies_panel(services: Services, choices: Choices) -> None:
    """Stands in a panel of its own; without an order side it says so."""
    if services.trading is None:
        empty_state("Orders are not wired in this mode.", icon="account_tree")
        return
    StrategiesPanel(services, services.trading.strategies, choices)


class StrategiesPanel:
    def __init__(self, services: Services, desk: StrategyDesk, choices: Choices) -> None:
        self._services, self._desk, self._choices = services, desk, choices
        self._picked = ""
        self._gone = ""
        with ui.element("div").classes("strategies"):
            with ui.element("div").classes("tool-bar"):
                tip = "A strategy of positions that you choose"
                button("New …", "strategy-new", self.create, icon="add", tip=tip)
                tip = "Put together what this desk has traded today and is in no strategy"
                button("Group today's", "strategy-auto", self.group, icon="auto_awesome", tip=tip)
                self._free = ui.label().classes("faint").props('data-testid="strategy-free"')
            self._undo_bar = ui.element("div").classes("callout").props('role="status"')
            self._undo_bar.set_visibility(False)
            self._table = DataTable(
                "strategies", COLUMNS, empty="", on_pick=self.pick, on_act=self._act
            )
            self._empty = self._nothing()
            self._detail = StrategyDetail(services, desk, choices, dissolved=self.dissolved)
        watch(self._revision, self._changed)
        paced(PACE, self._look)
        background_tasks.create(self._learn(), name="strategies")

    def _revision(self) -> tuple[int, int]:
        trading = self._services.trading
        return self._desk.state.revision, trading.state.revision if trading else 0

    async def _learn(self) -> None:
        await self._desk.keeper.load()
        await self._desk.watch.learn()
        self._changed()

    # which there are
    def _changed(self) -> None:
        shown = self._desk.state.shown()
        if self._picked not in {group.id for group in shown}:
            self.pick(shown[0].id if shown else "")
        self._table.set_visibility(bool(shown))
        self._empty.set_visibility(not shown)
        self._free.set_text(free_words(self._desk.free()))
        self._detail.changed()
        self._look()

    def _look(self) -> None:
        self._table.show([self._row(group) for group in self._desk.state.shown()])
        self._detail.look()

    def _row(self, group: StrategyGroup) -> Row:
        desk, now = self._desk, self._services.clock.now()
        known = desk.state.views.get(group.id) if group.is_open else None
        view = known or desk.watch.look_at(group)
        numbers, blind = view.numbers, bool(view.numbers.blind) and group.is_open
        old = " stale" if blind else ""
        premium, what = words.premium_words(numbers) if group.is_open else ("", "")
        sign = tone(numbers.pnl)
        tip = words.pnl_tip(numbers, view.at, now)
        percent = words.percent_of_premium(numbers)
        return Row(
            group.id,
            (
                words.state_cell(group, view, trading=desk.watch.trading),
                Cell(desk.watch.title(group), tip=words.run_words(group, desk)),
                words.legs_words(desk.watch.legs(group)),
                Cell(premium, old, what),
                Cell(formats.signed(numbers.pnl), f"{sign}{old}", tip),
                Cell(formats.signed_percent(percent / 100, 1), f"{sign}{old}", "Of the premium"),
                *(
                    words.distance_cell(group, numbers, each) if group.is_open else ""
                    for each in (Trigger.STOP, Trigger.TARGET, Trigger.TRAIL)
                ),
                words.time_cell(group, now) if group.is_open or group.watches else "",
                self._button(group),
            ),
            classes="" if group.is_open else "closed",
        )

    def _button(self, group: StrategyGroup) -> Cell:
        if group.is_running:
            return Cell("stop", tip="Send nothing more of it", action="stop")
        if group.is_open:
            return Cell("exit", "sell", "Close all of it now; you are asked first", action="exit")
        return Cell("hide", tip="Put it out of sight; it can be undone", action="hide")

    def pick(self, id: str) -> None:
        self._picked = id
        self._table.mark_picked(id)
        self._detail.show(id)

    async def _act(self, id: str, action: str) -> None:
        self.pick(id)
        if action == "exit":
            await self._detail.exit()
        elif action == "stop":
            await self._detail.stop()
        elif action == "hide":
            await self._detail.dissolve()

    # new ones
    async def create(self) -> None:
        free = self._desk.free()
        if not free:
            ui.notify("Everything that is held is in a strategy.", position="bottom-right")
            return
        await choose(
            SharesForm(
                "A strategy of these positions",
                await free_offers(self._services, free),
                self._made,
                go="Make it",
                all_ticked=True,
            )
        )

    async def _made(self, chosen: Chosen) -> None:
        group = await self._desk.create(
            chosen.shares, chosen.name, prices=chosen.prices, adopt=chosen.adopt
        )
        self._changed()
        self.pick(group.id)

    async def group(self) -> None:
        try:
            made = await self._desk.create_automatically()
        except AppError as problem:
            tell_problem(problem)
            return
        text = f"{len(made)} put together." if made else "Nothing of today is without a strategy."
        ui.notify(text, type="positive" if made else "info", position="bottom-right")
        if made:
            self._changed()
            self.pick(made[0].id)

    # one that was put out of sight
    def dissolved(self, group: StrategyGroup) -> None:
        """It can be brought back until the page is left."""
        self._gone = group.id
        self._undo_bar.clear()
        self._undo_bar.set_visibility(True)
        with self._undo_bar:
            kept = "; its positions stay held" if group.is_open else ""
            ui.label(f"“{self._desk.watch.title(group)}” was dissolved{kept}.")
            button("Undo", "strategy-undo", self.undo, primary=True)
            button("Dismiss", "strategy-undo-dismiss", self._dismiss)
        self._changed()

    async def undo(self) -> None:
        try:
            await self._desk.restore(self._gone)
        except AppError as problem:
            tell_problem(problem)
            return
        self._dismiss()
        self._changed()
        self.pick(self._gone)

    def _dismiss(self) -> None:
        self._undo_bar.set_visibility(False)

    def _nothing(self) -> ui.element:
        box = empty_state(
            "No strategies yet.",
            "Put positions that belong together under one name: with “Group” those of today by"
            " themselves, with “New …” as you choose. A stop, a target, a trail or a time then"
            " closes all of its legs at once.",
            icon="account_tree",
        )
        return box.props('data-testid="strategies-empty"')


def free_words(free: list[Free]) -> str:
    if not free:
        return ""
    foreign = sum(bool(each.foreign) for each in free)
    many = f"{len(free)} position{'s' * (len(free) > 1)} in no strategy"
    return f"{many}, {foreign} traded elsewhere or before today" if foreign else many
