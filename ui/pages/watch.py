"""Watch: the user's own lists of instruments, live, with the depth of the one that is picked."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from nicegui import ui

from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind, is_traded
from core.ports.exports import Table
from core.ports.feed import FeedMode
from core.ports.repositories import Watchlist
from core.services import Services
from core.trading.requests import Side
from ui import away, watchlists
from ui.addresses import chain_address, chart_address, details_address
from ui.components.choices import Choices
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.deal_buttons import deal_buttons
from ui.components.depth_ladder import DepthLadder
from ui.components.dock import DockPanel, remembered
from ui.components.empty_state import empty_state
from ui.components.export_menu import export_menu
from ui.components.fields import button, text_field
from ui.components.fresh import fresh
from ui.components.instrument_card import LIVE_COLUMNS, live_rows
from ui.components.keys import Keys
from ui.components.leaving import Leaving
from ui.components.order_ticket import trade
from ui.components.quote_grid import EVERY_COLUMN, QuoteColumn, QuoteGrid, QuoteRow

PACE: Final = 0.5
FOUND: Final = 12
DEALS: Final = {"b": Side.BUY, "s": Side.SELL, "B": Side.BUY, "S": Side.SELL}
USUAL: Final = ("ltp", "change", "change-percent", "bid", "ask", "high", "low", "volume", "oi")
PANELS: Final = (
    DockPanel(id="list", title="Watchlist"),
    DockPanel(id="selected", title="Selected", beside="list", width=300),
    DockPanel(id="depth", title="Depth", beside="selected", direction="below", height=180),
)
FOUND_COLUMNS: Final = (
    Column(name="symbol", title="Instrument"),
    Column(name="segment", title="Segment", classes="dim", width="84px"),
    Column(name="add", title="", width="44px"),
)


async def page(services: Services, list: str = "") -> None:
    choices = await Choices.load(services.preferences)
    visit = WatchPage(services, choices)
    visit.build()
    await visit.load(list or choices.get("watchlist", ""))


class WatchPage:
    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices
        self._owner = f"watch {uuid4().hex}"
        self._lists: list[Watchlist] = []
        self._known: dict[InstrumentKey, Instrument] = {}
        self._before: Watchlist | None = None
        self._depth_row = -1
        self._searches = 0
        self.current: Watchlist | None = None
        self.picked: InstrumentKey | None = None
        self.grid: QuoteGrid | None = None
        Leaving(self._leave)

    def build(self) -> None:
        with ui.element("div").classes("page page-watch"):
            self._undo_bar = ui.element("div").classes("callout").props('role="status"')
            self._undo_bar.set_visibility(False)
            with ui.element("div").classes("toolbar"):
                self._tabs = ui.element("div").classes("segmented").props('role="tablist"')
                button("", "list-new", self.ask_new, icon="add", tip="New watchlist")
                self._list_tools = ui.element("div").classes("tools")
                with self._list_tools:
                    button("", "list-rename", self.ask_rename, icon="edit", tip="Rename")
                    button("", "list-delete", self.delete, icon="delete", tip="Delete this list")
                ui.element("div").classes("spring")
                self._column_menu()
                export_menu(self._services, self.as_table, "watch", words="")
                self._adder()
            dock = remembered(self._choices, "watch", PANELS)
            with dock.panel("list"):
                self._rows = ui.element("div").classes("fill")
            with dock.panel("selected"):
                self._side = ui.element("div").classes("stack")
            with dock.panel("depth"):
                self.ladder = DepthLadder()
        ui.timer(PACE, self._look)
        if self._services.trading is not None:
            Keys({key: partial(self._deal, side) for key, side in DEALS.items()})

    def _adder(self) -> None:
        with ui.element("div").classes("adder"):
            self.box = text_field(
                "Add an instrument",
                "add",
                hint="search: nifty 24200 ce, reliance …",
                wait_ms=60,
                on_change=lambda e: self.search(e.value or ""),
            ).props('clearable maxlength="100"')
            with ui.element("div").classes("results") as self._results:
                self.found = DataTable(
                    "found",
                    FOUND_COLUMNS,
                    empty="Nothing fits these words.",
                    on_pick=lambda _: None,
                    on_act=lambda id, _: self.add(InstrumentKey(id)),
                    driver=".fld-add input",
                )
        self._results.set_visibility(False)

    def _column_menu(self) -> None:
        columns = button("Columns", "columns", lambda: None, icon="view_column")
        with columns, ui.menu().props("no-focus"), ui.element("div").classes("menu-list"):
            for column in EVERY_COLUMN:
                ui.checkbox(
                    column.title,
                    value=column.name in self._column_names,
                    on_change=lambda e, name=column.name: self.choose(name, e.value),
                ).props(f'dense data-testid="column-{column.name}"').mark(f"column-{column.name}")

    def as_table(self) -> Table:
        keys = self.current.keys if self.current else ()
        return away.quotes(self._services, keys, self._known)

    # what is shown
    @property
    def _column_names(self) -> Sequence[str]:
        return self._choices.get("watch.columns", [*USUAL])

    @property
    def columns(self) -> tuple[QuoteColumn, ...]:
        return tuple(c for c in EVERY_COLUMN if c.name in self._column_names)

    async def load(self, wanted: str) -> None:
        """Read the lists again, and show the one that is wanted, else the first."""
        self._lists = await watchlists.ordered(self._services.watchlists)
        first = self._lists[0] if self._lists else None
        self.current = next((w for w in self._lists if w.id == wanted), first)
        if self.current is not None:
            self._choices.keep("watchlist", self.current.id)
            ui.navigate.history.replace(f"/watch?list={quote(self.current.id)}")
        keys = self.current.keys if self.current else ()
        self._known = await self._services.instruments.get_many(keys)
        self._show_tabs()
        self._show_rows()

    def _show_tabs(self) -> None:
        self._list_tools.set_visibility(self.current is not None)
        self._tabs.clear()
        with self._tabs:
            for each in self._lists:
                tab = button(each.name, f"list-{each.id}", partial(self.load, each.id))
                tab.classes("here" if each == self.current else "").props('role="tab"')
                tab.props(f'aria-selected="{str(each == self.current).lower()}"')

    def _show_rows(self) -> None:
        keys = self.current.keys if self.current else ()
        self._services.subscriptions.hold(self._owner, dict.fromkeys(keys, FeedMode.FULL))
        if self.picked not in keys:
            self._pick(keys[0] if keys else None)
        rows = [self._row(key) for key in keys]
        if self.grid is not None and rows:
            self.grid.fill(rows, self.columns, self.picked or "")
            return
        self._rows.clear()
        self.grid = None
        with self._rows:
            if not keys:
                empty_state(
                    "Nothing on this list yet" if self.current else "No watchlist yet",
                    "Type into “Add an instrument” and press Enter or +. "
                    "The Instruments page adds to this list too.",
                    icon="playlist_add",
                )
                return
            self.grid = QuoteGrid(
                self._services,
                rows,
                self.columns,
                picked=self.picked or "",
                on_pick=lambda id: self._pick(InstrumentKey(id)),
                on_move=self.move,
                on_remove=self.remove,
            )

    def _row(self, key: InstrumentKey) -> QuoteRow:
        listed = self._known.get(key)
        if listed is None:
            return QuoteRow(id=key, key=key, name=key, hint="not listed today")
        hint = listed.name if listed.kind is Kind.EQUITY else listed.segment.replace("_", " ")
        return QuoteRow(id=key, key=key, name=listed.symbol, hint=hint)

    # the selected instrument
    def _pick(self, key: InstrumentKey | None) -> None:
        self._leave_depth()
        self.picked = key
        if key is not None:
            self._depth_row = self._services.market.row(key)
            self._services.market.watch_depth(self._depth_row)
        self._side.clear()
        with self._side:
            if key is None:
                empty_state("No row is selected", icon="touch_app")
                return
            self._selected(key)
        self._look()

    def _selected(self, key: InstrumentKey) -> None:
        listed = self._known.get(key)
        with ui.element("div").classes("pad"):
            title = ui.label(listed.symbol if listed else key).classes("card-title")
            title.props('data-testid="selected"')
            ui.label(listed.name if listed else "not listed today").classes("dim")
        if listed is not None and is_traded(key):
            with ui.element("div").classes("pad"):
                deal_buttons(self._services, lambda: key, "watch-order", keys=True)
        self.live = DataTable("live", LIVE_COLUMNS).classes("bare")
        with ui.element("div").classes("card-actions pad"):
            button("", "row-up", lambda: self.step(-1), icon="arrow_upward", tip="Move up")
            button("", "row-down", lambda: self.step(1), icon="arrow_downward", tip="Move down")
            button("Chart", "row-chart", lambda: ui.navigate.to(chart_address(key)))
            button("Details", "row-details", lambda: ui.navigate.to(details_address(key)))
            if listed is not None and (listed.underlying_symbol or listed.kind is Kind.INDEX):
                address = chain_address(listed)
                button("Chain", "row-chain", lambda: ui.navigate.to(address))

    def _look(self) -> None:
        self.ladder.show(self._services.market.depth.get(self._depth_row, ()))
        if self.picked is not None:
            self.live.show(live_rows(self._services, self.picked))
            old, _ = fresh(self._services, self._depth_row)
            self.ladder.classes(add=old, remove="" if old else "stale")

    # what the user does
    async def search(self, text: str) -> None:
        self._searches += 1
        mine = self._searches
        self._results.set_visibility(bool(text.strip()))
        if not text.strip():
            return
        found = await self._services.instruments.search(text, limit=FOUND)
        if mine == self._searches:
            self.found.show([_found(i) for i in found])

    async def add(self, key: InstrumentKey) -> None:
        try:
            grown = await watchlists.add(
                self._services.watchlists, self.current.id if self.current else "", key
            )
        except AppError as problem:
            ui.notify(str(problem), type="warning")
            return
        self._results.set_visibility(False)
        self.box.set_value("")
        self.picked = key
        await self.load(grown.id)
        self._pick(key)

    async def remove(self, id: str) -> None:
        if self.current is None:
            return
        before, gone = self.current, self._known.get(InstrumentKey(id))
        await self._save([key for key in before.keys if key != id])
        self._offer_undo(before, f"{gone.symbol if gone else id} was taken off “{before.name}”.")

    async def move(self, id: str, to: int) -> None:
        """Put the row `id` at place `to`."""
        if self.current is None or id not in self.current.keys:
            return
        keys = [key for key in self.current.keys if key != id]
        keys.insert(max(0, min(to, len(keys))), InstrumentKey(id))
        await self._save(keys)

    async def step(self, by: int) -> None:
        if self.current is not None and self.picked in self.current.keys:
            await self.move(self.picked, self.current.keys.index(self.picked) + by)

    async def _save(self, keys: Sequence[InstrumentKey]) -> None:
        assert self.current is not None
        self.current = replace(self.current, keys=tuple(keys))
        await self._services.watchlists.save(self.current)
        await self.load(self.current.id)

    def choose(self, name: str, shown: bool) -> None:
        names = [n for n in self._column_names if n != name] + ([name] if shown else [])
        self._choices.keep("watch.columns", [c.name for c in EVERY_COLUMN if c.name in names])
        self._show_rows()

    async def ask_new(self) -> None:
        name = await _ask_name("New watchlist", f"Watch {len(self._lists) + 1}")
        if name is None:
            return
        try:
            made = await watchlists.create(self._services.watchlists, name)
        except RuleBroken as problem:
            ui.notify(str(problem), type="warning")
            return
        await self.load(made.id)

    async def ask_rename(self) -> None:
        if self.current is None:
            return
        name = await _ask_name("Rename the watchlist", self.current.name)
        if name is None:
            return
        try:
            await watchlists.rename(self._services.watchlists, self.current, name)
        except RuleBroken as problem:
            ui.notify(str(problem), type="warning")
            return
        await self.load(self.current.id)

    async def delete(self) -> None:
        """At once, without a question: it can be undone until the page is left."""
        if self.current is None:
            return
        gone = self.current
        await self._services.watchlists.delete(gone.id)
        await self.load("")
        self._offer_undo(gone, f"“{gone.name}” was deleted ({len(gone.keys)} instruments).")

    def _offer_undo(self, before: Watchlist, said: str) -> None:
        """Until the page is left the list can be had as it was."""
        self._before = before
        self._undo_bar.clear()
        self._undo_bar.set_visibility(True)
        with self._undo_bar:
            ui.label(said)
            button("Undo", "undo", self.undo, primary=True)
            button("Dismiss", "undo-dismiss", lambda: self._undo_bar.set_visibility(False))

    async def undo(self) -> None:
        if self._before is not None:
            await self._services.watchlists.save(self._before)
            self._undo_bar.set_visibility(False)
            await self.load(self._before.id)
            self._before = None

    async def _deal(self, side: Side) -> None:
        listed = None if self.picked is None else self._known.get(self.picked)
        if listed is not None and is_traded(listed.key):
            await trade(self._services, listed.key, side)

    def _leave(self) -> None:
        self._services.subscriptions.release(self._owner)
        self._leave_depth()

    def _leave_depth(self) -> None:
        if self._depth_row >= 0:
            self._services.market.leave_depth(self._depth_row)
            self._depth_row = -1


def _found(i: Instrument) -> Row:
    name = f"{i.symbol} · {i.name}" if i.kind is Kind.EQUITY else i.symbol
    add = Cell("+", tip="Add to this list", action="add")
    return Row(i.key, (Cell(name, "strong"), i.segment.replace("_", " "), add))


async def _ask_name(title: str, suggestion: str) -> str | None:
    """A name, or None if the user thought better of it."""
    with ui.dialog() as dialog, ui.element("div").classes("sheet"):
        ui.label(title).classes("sheet-title")
        box = text_field("Name", "list-name", value=suggestion).props('autofocus maxlength="60"')
        box.on("keydown.enter", lambda: dialog.submit(box.value))
        with ui.element("div").classes("card-actions"):
            button("Save", "list-name-save", lambda: dialog.submit(box.value), primary=True)
            button("Cancel", "list-name-cancel", lambda: dialog.submit(None))
    given = await dialog
    dialog.delete()
    return given if isinstance(given, str) else None
