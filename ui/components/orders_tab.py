"""The order book: filters, the list, and what can be done to an order in its line."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import uuid4

from nicegui import background_tasks, ui

from core.ids import OrderId
from core.ports.exports import Table
from core.ports.feed import FeedMode
from core.services import Services
from core.services.trading import Trading
from core.state.market import Col
from core.trading.orders import Order
from core.trading.requests import Source
from ui.components.choices import Choices
from ui.components.export_menu import export_menu
from ui.components.fields import button, choice_field, text_field
from ui.components.leaving import Leaving
from ui.components.long_table import Line, LongTable
from ui.components.order_acts import OrderActs
from ui.components.segments import Segments
from ui.components.sight import paced
from ui.orders import words
from ui.orders.book import RANGES, Book
from ui.orders.export import HEADS, rows
from ui.orders.filters import ANY, SORTS, STATES, Filter
from ui.orders.lines import COLUMNS, PLACE, SLICE_MARK, order_line, slice_line
from ui.theme import formats

PACE: Final = 0.25
SOURCES: Final = {ANY: "Everyone", **{str(s): words.SOURCES[s] for s in Source}}
EVERY: Final = {ANY: "Every underlying"}
Made = tuple[object, ...]


class OrdersTab:
    """`count` says how many there are; `pick` is called with the order that is picked, None when
    it is gone."""

    def __init__(
        self,
        services: Services,
        trading: Trading,
        choices: Choices,
        book: Book,
        count: ui.label,
        pick: Callable[[Order | None], object],
    ) -> None:
        self._services, self._trading, self._choices = services, trading, choices
        self._book, self._pick = book, pick
        self._owner = f"orders {uuid4().hex}"
        self._lines: dict[str, Line] = {}
        self._made: dict[str, Made] = {}
        self._opened: set[OrderId] = set()
        self._dirty = True
        self._naming = False
        self._seen = -1
        self._sort: tuple[str, bool] = ("time", True)
        Leaving(lambda: services.subscriptions.release(self._owner))
        self._count = count
        self._toolbar()
        self.table = LongTable(
            "order",
            COLUMNS,
            empty="",
            on_pick=self.picked,
            on_act=self.act,
            on_sort=self.sort,
            on_send=lambda id, typed: self.acts.send(OrderId(id), typed),
        )
        self.acts = OrderActs(services, trading, book, self.table, self._changed)
        self.table.mark_sorted("time", falling=True)
        paced(PACE, self.look)

    # the toolbar
    def _toolbar(self) -> None:
        with ui.element("div").classes("orders-bar"):
            self._states = Segments(STATES, self._choices, "orders.state", self._changed)
            self._underlying = choice_field(
                "Underlying", "orders-underlying", dict(EVERY), value=ANY, on_change=self._refilter
            )
            self._source = choice_field(
                "Source", "orders-source", SOURCES, value=ANY, on_change=self._refilter
            )
            kept = self._choices.get("orders.days", "1")
            self._days = choice_field(
                "Days",
                "orders-days",
                RANGES,
                value=kept if kept in RANGES else "1",
                on_change=lambda e: self.load(e.value),
            )
            self._text = text_field(
                "Find",
                "orders-find",
                hint="contract, reason, number …",
                wait_ms=120,
                on_change=self._refilter,
            ).props('clearable maxlength="80"')
            ui.element("div").classes("spring")
            export_menu(self._services, self.as_table, "orders")
            tip = "Cancel every order that works"
            self._cancel_all = button(
                "Cancel all",
                "orders-cancel-all",
                lambda: self.acts.cancel_all(),
                icon="cancel",
                tip=tip,
            ).classes("to-cancel")

    async def load(self, days: str) -> None:
        self._choices.keep("orders.days", days)
        await self._book.load(int(days))
        self._changed()

    def _refilter(self, _: object) -> None:
        self._changed()

    def _changed(self) -> None:
        self._dirty = True

    def sort(self, column: str) -> None:
        falling = not self._sort[1] if self._sort[0] == column else column == "time"
        self._sort = column, falling
        self.table.mark_sorted(column, falling=falling)
        self._changed()

    @property
    def filter(self) -> Filter:
        return Filter(
            state=self._states.value,
            underlying=self._underlying.value or ANY,
            source=self._source.value or ANY,
            text=self._text.value or "",
        )

    # the list
    def look(self) -> None:
        """Cheap while nothing has changed; what moves then are prices of working orders."""
        version = self._book.look()
        moved, self._seen = version != self._seen, version
        if moved and not self._naming and self._book.unnamed():
            self._naming = True
            background_tasks.create(self._name(), name="names of orders")
        if moved or self._dirty:
            self._dirty = False
            self._fill()
            self.acts.watch_edits()
        elif self._reprice():
            self.table.push()

    async def _name(self) -> None:
        try:
            await self._book.name(self._book.unnamed())
        finally:
            self._naming = False
        known = {**EVERY, **self._book.underlyings()}
        if self._underlying.options != known:
            self._underlying.set_options(known)

    def _fill(self) -> None:
        shown = self.shown()
        ids: list[str] = []
        for order in shown:
            ids.append(self._put(order))
            if order.id in self._opened:
                ids += self._put_slices(order)
        kept = set(ids)
        self._lines = {id: line for id, line in self._lines.items() if id in kept}
        self._made = {id: made for id, made in self._made.items() if id in kept}
        working = self._trading.state.working()
        keys = dict.fromkeys((order.request.key for order in working), FeedMode.LTPC)
        self._services.subscriptions.hold(self._owner, keys)
        self.table.say_when_empty(self._nothing())
        self.table.show(ids, self._lines)
        self._count.set_text(f"{len(shown)} of {len(self._book.orders)} · {len(working)} working")
        self._cancel_all.set_visibility(bool(working))

    def shown(self) -> list[Order]:
        """What passes the filters, in the order of the list."""
        listed, wanted = self._book.listed, self.filter
        column, falling = self._sort
        key = SORTS[column]
        found = [
            o for o in self._book.orders.values() if wanted.passes(o, listed.get(o.request.key))
        ]
        found.sort(key=lambda o: o.id)
        found.sort(key=lambda o: key(o, listed.get(o.request.key)), reverse=falling)
        return found

    def _put(self, order: Order) -> str:
        id = order.id
        open = id in self._opened if len(order.parts) > 1 else None
        busy = self.acts.busy(id)
        wanted = id in self._trading.state.cancel_wanted
        listed, today = self._book.listed.get(order.request.key), self._book.today
        made = (order, open, busy, wanted, listed, today)
        if self._made.get(id) != made:
            self._made[id] = made
            self._lines[id] = order_line(
                order,
                listed,
                today=today,
                ltp=self._ltp(order),
                open=open,
                busy=busy,
                cancel_wanted=wanted,
            )
        return id

    def _put_slices(self, order: Order) -> list[str]:
        ids = []
        for number, part in enumerate(order.parts, 1):
            id = f"{order.id}{SLICE_MARK}{part.id}"
            self._lines[id] = slice_line(order, part, number)
            ids.append(id)
        return ids

    def _reprice(self) -> bool:
        """The market's prices in the lines of what works; True if any has moved."""
        moved, place = False, PLACE["ltp"]
        for order in self._trading.state.working():
            line = self._lines.get(order.id)
            if line is not None:
                text = formats.price(self._ltp(order)) if order.status.is_working else ""
                if line.cells[place] != text:
                    cells = (*line.cells[:place], text, *line.cells[place + 1 :])
                    self._lines[order.id] = replace(line, cells=cells)
                    moved = True
        return moved

    def _ltp(self, order: Order) -> float:
        return self._services.market.get(order.request.key, Col.LTP)

    def _nothing(self) -> str:
        if self._book.orders:
            return "No order fits these filters."
        return "No orders yet. They appear here as soon as one is placed, here or elsewhere."

    # what the user does
    def picked(self, id: str) -> object:
        return self._pick(self._book.orders.get(OrderId(id.partition(SLICE_MARK)[0])))

    def act(self, id: str, action: str) -> object:
        order = OrderId(id.partition(SLICE_MARK)[0])
        if action == "fold":
            self._opened ^= {order}
            self._changed()
            self.look()
            return None
        return self.acts.act(order, action)

    def as_table(self) -> Table:
        return Table(name="Orders", heads=HEADS, rows=rows(self.shown(), self._book.listed))
