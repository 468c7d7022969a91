"""Chain: a live option chain of one underlying, every expiry a tab, a row opens its contract."""

from datetime import date
from math import nan
from typing import Any, Final
from urllib.parse import quote, unquote
from uuid import uuid4

import numpy as np
from nicegui import context, ui

from core.errors import AppError, RuleBroken
from core.ports.exports import Table
from core.services import Services
from core.services.chain_picture import live_picture
from core.state.chains import LiveChain
from core.trading.requests import Side
from ui.addresses import day_of
from ui.builder.from_chain import take
from ui.builder.kept import KeptDrafts
from ui.components.anew import build_anew
from ui.components.chain_fields import DEFAULT, FIELDS
from ui.components.chain_grid import ChainGrid
from ui.components.chain_header import ChainHeader
from ui.components.chain_picker import ChainPicker
from ui.components.choices import Choices
from ui.components.contract_panel import ContractPanel
from ui.components.deal_buttons import quick_switch
from ui.components.dock import Dock, DockPanel
from ui.components.empty_state import empty_state
from ui.components.export_menu import export_menu
from ui.components.leaving import Leaving
from ui.components.order_ticket import trade
from ui.components.watch import watch
from ui.history import columns

WINDOWS: Final = {"±10": 10, "±20": 20, "±40": 40, "All": 0}
"""Strikes on either side of the money; 0 = every strike."""
DRIFT: Final = 4
"""The window is laid anew when the money has moved by a quarter of it."""
BUILD: Final = "Clicks on a bid sell and on an ask buy in the builder (else with Shift)"
SIDE_WIDTH: Final = 276
DEPTH_HEIGHT: Final = 210
PANELS: Final = (
    DockPanel(id="chain", title="Option chain"),
    DockPanel(id="contract", title="Contract", beside="chain", width=SIDE_WIDTH),
    DockPanel(id="depth", title="Depth", beside="contract", direction="below", height=DEPTH_HEIGHT),
)


async def page(services: Services, underlying: str, expiry: str = "", at: str = "") -> None:
    """`at` is a contract to pick and scroll to: its strike and right, for example `24200CE`."""
    asked, underlying = underlying, unquote(underlying).strip().upper()
    choices = await Choices.load(services.preferences)
    expiries = await services.instruments.expiries(underlying)
    if not expiries:
        known = ", ".join((await services.instruments.underlyings())[:6])
        empty_state(
            f"There are no options on “{unquote(asked)[:40]}”.",
            f"Press Ctrl-K to find an underlying, for example {known}."
            if known
            else "The list of instruments has not arrived yet.",
            icon="search_off",
        ).props('data-testid="unknown-underlying"')
        return
    ui.page_title(f"{underlying} chain · Strikedesk")
    visit = _Page(services, choices, underlying)
    await visit.show(day_of(expiry), *_contract(at))


def _contract(text: str) -> tuple[float, int]:
    """Strike and side (0 calls, 1 puts); nan if `text` names no contract."""
    try:
        return float(text[:-2]), ("CE", "PE").index(text[-2:].upper())
    except ValueError:
        return nan, 0


class _Page:
    """One visit: what is chosen, and the parts that show it."""

    def __init__(self, services: Services, choices: Choices, symbol: str) -> None:
        self._services, self._choices = services, choices
        self._symbol = symbol
        self._viewer = f"chain {uuid4().hex}"
        self._chain: LiveChain | None = None
        self._grid: ChainGrid | None = None
        self._asked: tuple[date | None, float] = (None, nan)
        self._laid_at = self._generation = -1
        self._picked = (-1, 0)
        self._building = False
        self._drafts = KeptDrafts(services, choices)
        Leaving(lambda: services.chain_keeper.release(self._viewer))
        self._bar()
        self._header = ChainHeader(services)
        layout = choices.get("chain.layout", dict[str, Any]())
        self._dock = Dock(
            PANELS, layout=layout or None, kept=lambda new: choices.keep("chain.layout", new)
        )
        self._contract = ContractPanel(services, on_build=self._build)
        with self._dock.panel("chain"):
            self._holder = ui.element("div").classes("fill")
        with self._dock.panel("contract"):
            self._contract.build_quote()
        with self._dock.panel("depth"):
            self._contract.build_depth()
        ui.timer(1.0, self._look)

    async def show(self, wanted: date | None, strike: float, side: int) -> None:
        self._asked = (wanted, strike)
        self._picked = (-1, side)
        await self._picker.load(self._symbol, wanted)

    # what is chosen
    @property
    def _columns(self) -> tuple[str, ...]:
        known = {field.name for field in FIELDS}
        kept = self._choices.get("chain.columns", list(DEFAULT))
        return tuple(name for name in kept if name in known) or DEFAULT

    @property
    def _window(self) -> int:
        return WINDOWS.get(self._choices.get("chain.window", "±40"), 40)

    # the bar above the chain
    def _bar(self) -> None:
        with ui.element("div").classes("chain-bar"):
            self._picker = ChainPicker(
                self._services,
                self._choices,
                page="chain",
                on_change=self._turn_to,
                keys=False,
                goes_to=lambda symbol: ui.navigate.to(f"/chain/{quote(symbol)}"),
            )
            ui.element("div").classes("spring")
            quick_switch(self._services)
            self._builder_links()
            self._window_choice()
            self._column_choice()
            export_menu(
                self._services,
                self.as_table,
                "chain",
                subject=lambda: self._symbol,
                words="",
                tip="The chain as it is now, as a file",
            ).classes("roomy")

    def _window_choice(self) -> None:
        with ui.element("div").classes("segments").props('title="Strikes around the money"'):
            for name in WINDOWS:
                with (
                    ui.element("button")
                    .props(f'data-testid="window-{name.strip("±").lower()}"')
                    .on("click", lambda name=name: self._choose_window(name)) as button
                ):
                    ui.label(name)
                if WINDOWS[name] == self._window:
                    button.classes("here")
        self._segments = button.parent_slot.parent if button.parent_slot else button

    def _choose_window(self, name: str) -> None:
        self._choices.keep("chain.window", name)
        for each, button in zip(WINDOWS, self._segments.default_slot.children, strict=True):
            button.classes(
                add="here" if each == name else "", remove="" if each == name else "here"
            )
        self._lay_grid()

    def _builder_links(self) -> None:
        """What is on the builder's table, and whether clicks on quotes put more there."""
        with (
            ui.element("button")
            .classes("icon-button")
            .props(f'title="{BUILD}" aria-label="{BUILD}" data-testid="chain-build"')
            .on("click", self._toggle_building) as self._toggle
        ):
            ui.icon("ads_click")
        self._table = ui.link("", f"/builder?symbol={quote(self._symbol)}").classes("button")
        self._table.props('data-testid="chain-builder"')
        self._tell_table()
        watch(self._on_table, self._tell_table)

    def _on_table(self) -> int:
        return len(self._drafts.get(self._symbol).legs)

    def _tell_table(self) -> None:
        count = self._on_table()
        self._table.set_text(f"Builder · {count} {'leg' if count == 1 else 'legs'}")
        self._table.set_visibility(count > 0)

    def _toggle_building(self) -> None:
        self._building = not self._building
        self._toggle.classes(
            add="here" if self._building else "", remove="" if self._building else "here"
        )
        if self._grid is not None:
            self._grid.build_with(self._building)

    def _build(self, buy: bool) -> None:
        strike, side = self._picked
        if self._chain is not None:
            money = self._chain.atm if strike < 0 else strike
            self._take(money, side, buy)

    def _take(self, strike: int, side: int, buy: bool) -> None:
        if self._chain is None or strike < 0:
            return
        try:
            said = take(self._services, self._choices, self._chain, strike, side, buy=buy)
        except AppError as problem:
            ui.notify(str(problem), type="negative", position="bottom-right")
        else:
            ui.notify(said, position="bottom", timeout=2_000)
            self._tell_table()

    async def _deal(self, strike: int, side: int, buy: bool) -> None:
        """Into the order ticket, or at once where quick orders are armed."""
        key = None if self._chain is None else self._chain.keys[side][strike]
        if key is None:
            ui.notify("No such contract is listed", type="warning", position="bottom-right")
            return
        self._pick(strike, side)
        await trade(self._services, key, Side.BUY if buy else Side.SELL)

    def _column_choice(self) -> None:
        with (
            ui.element("button")
            .classes("icon-button")
            .props('title="Columns" aria-label="Columns" data-testid="columns"')
        ):
            ui.icon("view_column")
            with ui.menu().props("no-focus").classes("column-menu"):
                for field in FIELDS:
                    ui.checkbox(
                        field.title,
                        value=field.name in self._columns,
                        on_change=lambda e, name=field.name: self._choose(name, bool(e.value)),
                    ).props(f'dense size=xs data-testid="column-{field.name}"').tooltip(field.tip)

    def _choose(self, name: str, wanted: bool) -> None:
        chosen = [*(n for n in self._columns if n != name), *([name] if wanted else [])]
        self._choices.keep("chain.columns", chosen)
        self._lay_grid()

    def as_table(self) -> Table:
        chain, services = self._chain, self._services
        now = services.clock.now()
        seen = live_picture(chain, services.market, now, services.rate) if chain else None
        if seen is None:
            raise RuleBroken("The chain has no numbers yet.")
        return Table(name="Chain", heads=columns.HEADS, rows=columns.rows(seen))

    # the chain itself
    async def _turn_to(self, picker: ChainPicker) -> None:
        day = picker.expiry
        self._chain = await self._services.chain_keeper.open(self._viewer, self._symbol, day)
        self._header.show(self._chain)
        (asked, strike), self._asked = self._asked, (None, nan)
        found = np.flatnonzero(self._chain.strikes == (strike if asked == day else nan))
        goal = int(found[0]) if len(found) else -1
        self._picked = (goal, self._picked[1])
        self._lay_grid(goal)
        if goal >= 0:
            self._contract.pick(self._chain, *self._picked)
        self._pick_the_money()

    def _lay_grid(self, goal: int = -1) -> None:
        """Build the grid for the chosen strikes and columns; `goal` is a strike to scroll to."""
        chain = self._chain
        if chain is None:
            return
        first, last = self._span(chain, goal)
        self._laid_at, self._generation = chain.atm, chain.generation
        self._holder.clear()
        with self._holder:
            self._grid = ChainGrid(
                self._services,
                chain,
                first=first,
                last=last,
                columns=self._columns,
                picked=self._picked,
                goal=goal,
                on_view=lambda a, b: self._services.chain_keeper.focus(self._viewer, a, b),
                on_pick=self._pick,
                on_turn=self._turn,
                on_trade=self._take,
                on_deal=self._deal,
            )
            self._grid.build_with(self._building)

    def _span(self, chain: LiveChain, goal: int) -> tuple[int, int]:
        last = len(chain.strikes) - 1
        if not self._window or chain.atm < 0:
            return 0, last
        first, end = max(0, chain.atm - self._window), min(last, chain.atm + self._window)
        return (min(first, goal), max(end, goal)) if goal >= 0 else (first, end)

    def _look(self) -> None:
        """Lay the grid anew when the money has left its middle, the page when the day is new."""
        chain = self._chain
        if chain is None:
            return
        if chain.generation != self._generation:
            self._generation = chain.generation
            # other expiries are listed on a new day, and the tabs count other days
            build_anew(context.client)
            return
        far = self._window and abs(chain.atm - self._laid_at) > max(2, self._window // DRIFT)
        if chain.atm >= 0 and far:
            self._lay_grid()
        self._pick_the_money()

    def _pick_the_money(self) -> None:
        """Until the user picks a contract, the panel shows the one at the money."""
        if self._chain is not None and self._picked[0] < 0 <= self._chain.atm:
            self._contract.pick(self._chain, self._chain.atm, self._picked[1])

    def _pick(self, strike: int, side: int) -> None:
        if self._chain is not None:
            self._picked = (strike, side)
            self._contract.pick(self._chain, strike, side)
            self._dock.show("contract")

    async def _turn(self, what: str) -> None:
        await self._picker.step(1 if what == "next" else -1)
