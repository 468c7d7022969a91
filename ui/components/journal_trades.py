"""The trades of the journal, the newest first; a picked one opens beside them."""

from collections.abc import Callable
from typing import Final

from nicegui import ui

from core.journal.trades import Trade
from core.ports.exports import Table
from ui.components.data_table import DataTable
from ui.components.export_menu import export_menu
from ui.journal.export import TRADE_HEADS, trade_rows
from ui.journal.lines import TRADES, money, summed, tone, trade_row
from ui.journal.source import JournalSource
from ui.theme import formats

MOST: Final = 300
"""Lines shown; older trades are found by the filters."""


class TradesView:
    def __init__(self, source: JournalSource, pick: Callable[[Trade], object]) -> None:
        self._source, self._pick = source, pick
        with ui.element("div").classes("journal-sums"):
            self._count = ui.label().classes("dim").props('data-testid="journal-count"')
            self._sums = ui.label().classes("num strong").props('data-testid="journal-net"')
            self._left_out = ui.label().classes("warn").props('data-testid="journal-left-out"')
            ui.element("div").classes("spring")
            export_menu(source.services, self.as_table, "journal")
        self.table = DataTable("jt", TRADES, empty="", on_pick=self.picked)

    def draw(self) -> None:
        shown, notes = self._source.shown(), self._source.notes
        self.table.say_when_empty(self._nothing())
        self.table.show([trade_row(trade, notes.get(trade.id)) for trade in shown[:MOST]])
        of = f"{len(shown)} of {len(self._source.every)} trades"
        cut = f", the newest {MOST} in the list" if len(shown) > MOST else ""
        self._count.set_text(of + cut)
        gross, charges, net = summed(shown)
        self._sums.set_text(
            f"net {money(net)} = gross {money(gross)} − charges {formats.price(float(charges))}"
        )
        self._sums.classes(remove="up down", add=tone(net))
        self._tell_left_out()

    def _tell_left_out(self) -> None:
        looked = self._source.looked
        left_out = looked.books.left_out if looked else ()
        self._left_out.set_visibility(bool(left_out))
        if left_out:
            word = "fill is" if len(left_out) == 1 else "fills are"
            self._left_out.set_text(f"{len(left_out)} {word} left out")
            reasons = "; ".join(dict.fromkeys(why for _, why in left_out)).replace('"', "'")
            self._left_out.props(f'title="{reasons}"')

    def _nothing(self) -> str:
        if self._source.every:
            return "No trade fits these filters."
        return (
            "No trades yet. The first fill opens one here; when it is flat again it has its profit "
            "after charges, and snapshots of the chain at entry and exit."
        )

    def picked(self, id: str) -> object:
        trade = self._source.trade(id)
        return self._pick(trade) if trade else None

    def as_table(self) -> Table:
        rows = trade_rows(self._source.shown(), self._source.notes)
        return Table(name="Trades", heads=TRADE_HEADS, rows=rows)
