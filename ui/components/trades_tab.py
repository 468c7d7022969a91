"""The fills, with their value and what they bear of the charges."""

from collections.abc import Callable
from typing import Final

from nicegui import background_tasks, ui

from core.ports.exports import Table
from core.services import Services
from core.trading.fill_charges import charges_by_fill
from core.trading.fills import Fill, FillId
from core.trading.orders import Order
from core.trading.requests import Side
from ui.components.export_menu import export_menu
from ui.components.fields import text_field
from ui.components.long_table import LongTable
from ui.components.sight import paced
from ui.orders.book import Book
from ui.orders.export import TRADE_HEADS, trade_rows
from ui.orders.trades import COLUMNS, SORTS, Charged, fill_id, fill_line
from ui.theme import formats

PACE: Final = 0.5


class TradesTab:
    """`pick` is called with the order of the fill that is picked, None for an unknown one."""

    def __init__(
        self, services: Services, book: Book, pick: Callable[[Order | None], object]
    ) -> None:
        self._services, self._book = services, book
        self._sort: tuple[str, bool] = ("time", True)
        self._seen: tuple[object, ...] = ()
        self._charges: Charged = {}
        self._fills: list[Fill] = []
        self._ids: tuple[list[FillId], int] = ([], -1)
        with ui.element("div").classes("orders-bar"):
            self._text = text_field(
                "Find", "trades-find", hint="contract, side, number …", wait_ms=120
            ).props('clearable maxlength="80"')
            self._sums = ui.label().classes("dim num").props('data-testid="trades-sums"')
            ui.element("div").classes("spring")
            export_menu(services, self.as_table, "trades")
        self.table = LongTable(
            "trade",
            COLUMNS,
            empty="Nothing was traded. Fills appear here as they happen.",
            on_pick=lambda id: pick(self._order_of(id)),
            on_sort=self.sort,
        )
        self.table.mark_sorted("time", falling=True)
        paced(PACE, self.look)

    def _order_of(self, id: str) -> Order | None:
        number = next((fill.order_id for fill in self._fills if fill_id(fill) == id), None)
        every = self._book.orders.values()
        return next((order for order in every if number in order.broker_ids), None)

    def sort(self, column: str) -> None:
        falling = not self._sort[1] if self._sort[0] == column else column == "time"
        self._sort = column, falling
        self.table.mark_sorted(column, falling=falling)

    def look(self) -> None:
        seen = (self._book.look(), str(self._text.value or ""), self._sort)
        if seen == self._seen:
            return
        if self._seen[:1] != seen[:1]:
            self._take(self._book.fills)
        self._seen = seen
        self._fill()

    def _take(self, fills: list[Fill]) -> None:
        ids = [fill.id for fill in fills], len(self._book.listed)
        if ids != self._ids:
            self._ids, self._fills = ids, fills
            self._charges = charges_by_fill(fills, self._book.listed)
            if missing := self._book.unnamed():
                background_tasks.create(self._book.name(missing), name="names of trades")

    def _fill(self) -> None:
        shown, today = self.shown(), self._book.today
        lines = {
            fill_id(f): fill_line(
                f, self._book.listed.get(f.key), self._charges.get(f.id), today=today
            )
            for f in shown
        }
        self.table.show([fill_id(f) for f in shown], lines)
        self._sums.set_text(self._summed(shown))

    def shown(self) -> list[Fill]:
        """What passes the words, in the order of the list."""
        wanted = str(self._text.value or "").casefold().split()
        found = [fill for fill in self._fills if self._has(fill, wanted)]
        column, falling = self._sort
        key = SORTS[column]
        found.sort(
            key=lambda f: key(f, self._book.listed.get(f.key), self._charges.get(f.id)),
            reverse=falling,
        )
        return found

    def _has(self, fill: Fill, wanted: list[str]) -> bool:
        listed = self._book.listed.get(fill.key)
        name = listed.symbol if listed else fill.key
        told = f"{name} {fill.side} {fill.trade_id} {fill.order_id}".casefold()
        return all(word in told for word in wanted)

    def _summed(self, shown: list[Fill]) -> str:
        if not shown:
            return ""
        bought = sum(float(fill.value) for fill in shown if fill.side is Side.BUY)
        sold = sum(float(fill.value) for fill in shown if fill.side is Side.SELL)
        known = [self._charges[fill.id].total for fill in shown if fill.id in self._charges]
        charges = formats.rupees(float(sum(known))) if len(known) == len(shown) else formats.DASH
        return (
            f"{len(shown)} trades · bought {formats.rupees(bought)} · "
            f"sold {formats.rupees(sold)} · charges {charges}"
        )

    def as_table(self) -> Table:
        rows = trade_rows(self.shown(), self._book.listed, self._charges)
        return Table(name="Trades", heads=TRADE_HEADS, rows=rows)
