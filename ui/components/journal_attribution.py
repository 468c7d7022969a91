"""Where the profit of the shown trades came from: delta, gamma, vega, theta, and the rest."""

from typing import Final

from nicegui import background_tasks, ui

from core.errors import AppError
from core.journal.attribution import Attribution, added
from core.journal.trades import Trade
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.journal_detail import PARTS
from ui.components.signed_bars import SignedBar, SignedBars
from ui.journal.lines import money, stamp, tone
from ui.journal.source import JournalSource
from ui.theme import formats

MOST: Final = 40
"""Trades that are looked through at once: each may read several recorded days."""
COLUMNS: Final = (
    Column(name="closed", title="Closed", classes="num left", width="104px"),
    Column(name="title", title="Trade", classes="strong"),
    *(
        Column(name=name, title=name.capitalize(), classes="num wide-only", width="92px", tip=tip)
        for name, tip in PARTS.items()
    ),
    Column(name="gross", title="Gross", classes="num", width="96px", tip="Before charges"),
)


class AttributionView:
    def __init__(self, source: JournalSource) -> None:
        self._source = source
        self._asked: tuple[str, ...] = ()
        with ui.element("div").classes("journal-line"):
            self._said = ui.label().classes("dim").props('data-testid="attribution-said"')
        with ui.element("div").classes("journal-pair"):
            empty = (
                "No closed trade was recorded while it lasted. The desk records the chains that it "
                "holds open, minute by minute; trades made then are explained here."
            )
            self.table = DataTable("attr", COLUMNS, empty=empty)
            with ui.element("div").classes("journal-bars"):
                ui.label("All of them, before charges").classes("journal-head")
                self.bars = SignedBars("attribution")

    def draw(self) -> None:
        closed = [trade for trade in self._source.shown() if trade.is_closed][:MOST]
        ids = tuple(trade.id for trade in closed)
        if ids != self._asked:
            self._asked = ids
            self._said.set_text("Looking through the recorded minutes …")
            background_tasks.create(self._count(closed), name="attribution of trades")

    async def _count(self, closed: list[Trade]) -> None:
        asked = self._asked
        found: list[tuple[Trade, Attribution]] = []
        for trade in closed:
            try:
                parts = [part for _, part in await self._source.journal.attribution(trade)]
            except AppError as problem:
                self._said.set_text(f"The record cannot be read: {problem}")
                return
            if asked != self._asked or self._said.is_deleted:
                return
            known = [part for part in parts if part is not None]
            if known and len(known) == len(parts):
                found.append((trade, added(known)))
        self._show(found, len(closed))

    def _show(self, found: list[tuple[Trade, Attribution]], of: int) -> None:
        self.table.show([_row(trade, part) for trade, part in found])
        total = added([part for _, part in found])
        amounts = [(name, float(getattr(total, name)), tip) for name, tip in PARTS.items()]
        shown = [SignedBar(name.capitalize(), amount, tip) for name, amount, tip in amounts]
        self.bars.show(shown if found else [])
        more = f" (the newest {MOST})" if of == MOST else ""
        self._said.set_text(
            f"{len(found)} of {of} closed trades{more} were recorded throughout. An estimate from "
            "marks at the fills and at each recorded minute; the parts add up to the gross result."
        )


def _row(trade: Trade, part: Attribution) -> Row:
    amounts = [float(getattr(part, name)) for name in PARTS]
    return Row(
        trade.id,
        (
            Cell(stamp(trade.closed_at)),
            Cell(trade.title, tip=f"{part.marks} recorded moments"),
            *(Cell(formats.signed(amount, 0), tone(amount)) for amount in amounts),
            Cell(money(trade.profit), tone(trade.profit)),
        ),
    )
