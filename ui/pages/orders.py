"""Orders: the order book, trades, what runs by itself, and the history of any one order."""

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, urlsplit
from weakref import WeakMethod

from nicegui import background_tasks, context, ui

from core.ids import OrderId
from core.services import Services
from core.services.trading import Trading
from core.trading.events import ORDERS
from core.trading.orders import Order
from ui.components.choices import Choices
from ui.components.empty_state import empty_state
from ui.components.executions_panel import ExecutionsPanel
from ui.components.gtt_panel import gtt_panel
from ui.components.long_table import LongTable
from ui.components.order_history import OrderHistory
from ui.components.orders_tab import OrdersTab
from ui.components.trades_tab import TradesTab
from ui.orders.book import RANGES, Book

TABS: Final = {
    "orders": "Orders",
    "trades": "Trades",
    "gtt": "GTT",
    "baskets": "Baskets",
    "running": "Running",
}


async def page(services: Services, order: str = "", tab: str = "") -> None:
    if services.trading is None:
        empty_state(
            "Orders are not wired in this mode",
            "This desk only looks at prices. Start it in another mode to place orders.",
            icon="receipt_long",
        ).props('data-testid="no-orders"')
        return
    choices = await Choices.load(services.preferences)
    visit = OrdersPage(services, services.trading, choices)
    await visit.open(order, tab)


class OrdersPage:
    def __init__(self, services: Services, trading: Trading, choices: Choices) -> None:
        self._services, self._trading, self._choices = services, trading, choices
        self.book = Book(trading, services.instruments, services.clock)
        self._tables: list[LongTable] = []
        self._built: dict[str, ui.element] = {}
        self._buttons: dict[str, ui.element] = {}

    async def open(self, order: str, tab: str) -> None:
        kept = self._choices.get("orders.days", "1")
        await self.book.load(int(kept) if kept in RANGES else 1)
        self.book.look()
        await self.book.name(self.book.unnamed())
        with ui.element("div").classes("page page-orders"):
            with ui.element("div").classes("orders-tabs").props('role="tablist"'):
                for name, title in TABS.items():
                    self._tab(name, title)
                ui.element("div").classes("spring")
                self._count = (
                    ui.label().classes("dim num wide-only").props('data-testid="orders-count"')
                )
            with ui.element("div").classes("orders-split"):
                self._main = ui.element("div").classes("orders-main")
                self.history = OrderHistory(self._trading, self.book, self._closed)
        addressed = WeakMethod(self._addressed)
        context.client.sub_pages_router.on_path_changed(lambda path: _if_there(addressed(), path))
        first = tab or ("orders" if order else self._choices.get("orders.tab", "orders"))
        self.choose(first if first in TABS else "orders")
        if order:
            await self._show(OrderId(order))

    def _tab(self, name: str, title: str) -> None:
        made = ui.element("button").props(f'type="button" role="tab" data-testid="tab-{name}"')
        made.mark(f"tab-{name}").on("click", lambda: self.choose(name))
        with made:
            ui.label(title)
        self._buttons[name] = made

    def choose(self, name: str) -> None:
        """Show a tab; it is built when it is first wanted."""
        self._choices.keep("orders.tab", name)
        if name not in self._built:
            with self._main, ui.element("div").classes(f"orders-view orders-{name}") as view:
                self._builders()[name]()
            self._built[name] = view
        for each, view in self._built.items():
            view.set_visibility(each == name)
        for each, made in self._buttons.items():
            made.classes(add="here") if each == name else made.classes(remove="here")
            made.props(f'aria-selected="{str(each == name).lower()}"')

    def _builders(self) -> dict[str, Callable[[], object]]:
        services, trading = self._services, self._trading
        return {
            "orders": self._build_orders,
            "trades": self._build_trades,
            "gtt": lambda: gtt_panel(services),
            "baskets": lambda: ExecutionsPanel(services, trading),
            "running": lambda: ExecutionsPanel(services, trading, running=True),
        }

    def _build_orders(self) -> None:
        self.orders = OrdersTab(
            self._services, self._trading, self._choices, self.book, self._count, self._picked
        )
        self._tables.append(self.orders.table)
        self.orders.look()

    def _build_trades(self) -> None:
        self.trades = TradesTab(self._services, self.book, self._picked)
        self._tables.append(self.trades.table)
        self.trades.look()

    def _picked(self, order: Order | None) -> None:
        if order is not None:
            ui.navigate.history.replace(f"/orders?order={order.id}")
        self.history.show(order)

    def _closed(self) -> None:
        ui.navigate.history.replace("/orders")
        for table in self._tables:
            table.mark_picked("")

    def _addressed(self, path: str) -> None:
        """A link to an order while the page is open already: the page is not built anew for an
        address that it was opened by."""
        asked = parse_qs(urlsplit(path).query).get("order")
        if asked and urlsplit(path).path == ORDERS:
            background_tasks.create(self._follow(OrderId(asked[0])), name="order of a link")

    async def _follow(self, id: OrderId) -> None:
        await asyncio.sleep(0)
        shown = self.history.order
        if not self._main.is_deleted and (shown is None or shown.id != id):
            with self._main:
                self.choose("orders")
                await self._show(id)

    async def _show(self, id: OrderId) -> None:
        """The order of an address, whichever day it is of."""
        found = self.book.orders.get(id) or await self._trading.orders.get(id)
        if found is None:
            ui.notify(f"There is no order {id}.", type="warning")
            return
        await self.book.name({found.request.key})
        for table in self._tables:
            table.mark_picked(id)
        self.history.show(found)


def _if_there(addressed: Callable[[str], None] | None, path: str) -> None:
    """Pages that were left are gone."""
    if addressed is not None:
        addressed(path)
