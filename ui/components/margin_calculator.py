"""The margin calculator: up to twenty legs, what the broker blocks for them, and our estimate."""

import asyncio
from functools import partial
from typing import Any, Final

from nicegui import ui

from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.ports.margin import LegMargin
from core.services import Services
from core.trading.requests import Side
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import button, choice_field, text_field, whole_field
from ui.components.leaving import Leaving
from ui.components.sight import paced
from ui.funds.margin_legs import MOST, MOST_LOTS, MarginLegs, MarginRow, Needed
from ui.theme import formats

FOUND: Final = (
    Column(name="symbol", title="Contract", classes="strong"),
    Column(name="acts", title="", width="54px"),
)
SIDES: Final = {Side.BUY: "Buy", Side.SELL: "Sell"}
PACE: Final = 20.0
"""Seconds after which the same legs are asked about again: prices move."""
LOOK: Final = 1.0
REST: Final = 0.3
SHOWN: Final = 12
NUMBERS: Final = {
    "final": "Broker blocks",
    "required": "Each leg by itself",
    "benefit": "Saved together",
    "estimate": "Our estimate",
}


class MarginCalculator:
    def __init__(self, services: Services) -> None:
        self._services, self.legs = services, MarginLegs(services)
        self._asking: asyncio.Task[None] | None = None
        self.needed = Needed()
        Leaving(self._leave)
        with ui.element("div").classes("calc"):
            self._adder()
            tip = "Take all legs off"
            self._clear = button("Clear", "margin-clear", self.clear, icon="clear_all", tip=tip)
        self._said = ui.label().classes("dim").props('role="status" data-testid="margin-said"')
        self._list = ui.element("div").classes("legs-list")
        self._needs: dict[str, ui.label] = {}
        self._prices: dict[str, ui.label] = {}
        with ui.element("div").classes("calc-total margin-answer"):
            self._numbers = {name: _number(name, title) for name, title in NUMBERS.items()}
        self._source = ui.label().classes("dim funds-source").props('data-testid="margin-source"')
        self.draw()
        paced(LOOK, self.look)
        paced(PACE, self.ask)

    def _adder(self) -> None:
        with ui.element("div").classes("adder"):
            self.box = text_field(
                "Add a contract",
                "margin-add",
                hint="search: nifty 24200 ce, banknifty fut …",
                wait_ms=80,
                on_change=lambda e: self.search(e.value or ""),
            ).props('clearable maxlength="80"')
            with ui.element("div").classes("results") as self._results:
                self.found = DataTable(
                    "margin-found",
                    FOUND,
                    empty="Nothing fits these words.",
                    on_act=lambda id, _: self.add(InstrumentKey(id)),
                    on_pick=lambda id: self.add(InstrumentKey(id)),
                    driver=".fld-margin-add input",
                )
        self._results.set_visibility(False)

    async def search(self, text: str) -> None:
        self._results.set_visibility(bool(text.strip()))
        if not text.strip():
            return
        found = await self._services.instruments.search(text[:80], limit=SHOWN)
        if text == (self.box.value or ""):
            self.found.show([_found(each) for each in found])

    async def add(self, key: InstrumentKey) -> None:
        instrument = await self._services.instruments.get(key)
        if instrument is None:
            return
        self.box.set_value("")
        self._results.set_visibility(False)
        try:
            self.legs.add(instrument)
        except AppError as problem:
            ui.notify(str(problem), type="warning")
            return
        self.draw()
        self.ask()

    def clear(self) -> None:
        self.legs.clear()
        self.draw()
        self.ask()

    # the legs
    def draw(self) -> None:
        rows = self.legs.rows
        self._clear.set_visibility(bool(rows))
        empty = "No legs yet: search a contract above."
        self._said.set_text(f"{len(rows)} of {MOST} contracts" if rows else empty)
        self._list.clear()
        self._needs, self._prices = {}, {}
        with self._list:
            for row in rows:
                self._row(row)
        self.look()

    def _row(self, row: MarginRow) -> None:
        name = f"margin-{row.id}"
        with ui.element("div").classes("legs-row").props(f'data-testid="{name}"'):
            ui.label(row.instrument.symbol).classes("strong")
            choice_field(
                "Side",
                f"{name}-side",
                SIDES,
                value=row.side,
                on_change=partial(self._put, row, "side"),
            )
            title = "Lots" if row.lot_size > 1 else "Shares"
            whole_field(title, f"{name}-lots", row.lots, 1, MOST_LOTS, partial(self._size, row))
            self._prices[row.id] = ui.label().classes("num dim")
            made = ui.label().classes("num legs-needs").props(f'data-testid="{name}-needs"')
            self._needs[row.instrument.key] = made
            button("", f"{name}-drop", partial(self._drop, row), icon="close", tip="Take it off")

    def look(self) -> None:
        """The last prices, as they move."""
        for row in self.legs.rows:
            if (made := self._prices.get(row.id)) is not None:
                made.set_text(f"at {formats.price(self.legs.price(row))}")

    def _put(self, row: MarginRow, name: str, event: Any) -> None:
        setattr(row, name, event.value)
        self.ask()

    def _size(self, row: MarginRow, lots: int) -> None:
        row.lots = lots
        self.ask()

    def _drop(self, row: MarginRow) -> None:
        self.legs.remove(row)
        self.draw()
        self.ask()

    # what they need
    def ask(self) -> None:
        """A moment after the last change; one question at a time."""
        if self._asking is not None:
            self._asking.cancel()
        self._asking = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        await asyncio.sleep(REST if self.legs.rows else 0)
        self.needed = await self.legs.needed()
        if not self._list.is_deleted:
            self._tell()

    def _tell(self) -> None:
        needed, broker = self.needed, self.needed.broker
        texts = {
            "final": formats.rupees(float(broker.final)) if broker else formats.DASH,
            "required": formats.rupees(float(broker.required)) if broker else formats.DASH,
            "benefit": formats.rupees(float(broker.benefit)) if broker else formats.DASH,
            "estimate": formats.rupees(needed.estimate, 0),
        }
        for name, text in texts.items():
            self._numbers[name].set_text(text)
        for leg in broker.legs if broker else ():
            if (made := self._needs.get(leg.key)) is not None:
                made.set_text(formats.rupees(float(leg.total), 0))
                made.props(f'title="{_leg_words(leg)}"')
        self._source.set_text(self._words())

    def _words(self) -> str:
        needed = self.needed
        if not self.legs.rows:
            return ""
        at = formats.clock_time(self._services.clock.now())
        broker = f"No margin from the broker: {needed.problem}."
        if needed.broker is not None:
            broker = f"The broker's margin of these legs alone, at {at}."
        ours = f"No estimate: {needed.no_estimate}." if needed.no_estimate else f"{needed.label}."
        return f"{broker} {ours}"

    def _leave(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self.legs.leave()


def _number(name: str, title: str) -> ui.label:
    with ui.element("div").classes("kpi"):
        ui.label(title).classes("kpi-label")
        made = ui.label(formats.DASH).classes("kpi-value num")
        return made.props(f'data-testid="margin-{name}"').mark(f"margin-{name}")


def _found(instrument: Instrument) -> Row:
    add = Cell("Add", "", f"Add {instrument.symbol}", "add")
    return Row(instrument.key, (Cell(instrument.symbol, tip=instrument.name), add))


def _leg_words(leg: LegMargin) -> str:
    parts = (("SPAN", leg.span), ("exposure", leg.exposure), ("premium", leg.premium))
    told = ", ".join(f"{name} {formats.rupees(float(amount), 0)}" for name, amount in parts)
    return f"By itself: {told}"
