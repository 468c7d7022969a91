"""An input that finds one instrument: type, pick from what is found, and it stands there."""

from collections.abc import Callable, Sequence
from typing import Final

from nicegui import ui

from core.instruments.instrument import Instrument
from core.ports.repositories import InstrumentRepository
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import text_field

MOST: Final = 12
USUAL: Final = "NIFTY"
COLUMNS: Final = (
    Column(name="symbol", title="", classes="strong"),
    Column(name="name", title="", classes="dim"),
    Column(name="segment", title="", classes="dim", width="74px"),
)


def first_symbol(symbols: Sequence[str]) -> str | None:
    """What stands in a list of underlyings before anything was chosen."""
    return USUAL if USUAL in symbols else next(iter(symbols), None)


class InstrumentField:
    """`name` is its test id; `then` is called with what was picked."""

    def __init__(
        self,
        instruments: InstrumentRepository,
        label: str,
        name: str,
        then: Callable[[Instrument], object],
    ) -> None:
        self._instruments, self._then = instruments, then
        self.chosen: Instrument | None = None
        self._found: dict[str, Instrument] = {}
        with ui.element("div").classes("instrument-field") as self.box:
            self.input = text_field(
                label, name, hint="symbol, name …", wait_ms=150, on_change=self._typed
            ).props(f'maxlength="60" input-class="{name}-input"')
            self.table = DataTable(
                f"{name}-found",
                COLUMNS,
                empty="Nothing of that name is listed.",
                on_pick=self.pick,
                driver=f".{name}-input",
            ).classes("instrument-found")
            self.table.set_visibility(False)
        self.box.on("focusout", self._left)

    def put(self, instrument: Instrument) -> None:
        """Show it; nothing is called."""
        self.chosen = instrument
        self.input.set_value(instrument.symbol)
        self.table.set_visibility(False)

    async def pick(self, id: str) -> None:
        if (found := self._found.get(id)) is not None:
            self.put(found)
            self._then(found)

    async def _typed(self, _: object = None) -> None:
        text = str(self.input.value or "").strip()
        if self.chosen is not None and text == self.chosen.symbol:
            return
        listed = await self._instruments.search(text, limit=MOST) if text else []
        if text != str(self.input.value or "").strip():
            return  # typed on since
        self._found = {each.key: each for each in listed}
        self.table.show(
            [Row(e.key, (Cell(e.symbol), Cell(e.name), Cell(e.segment))) for e in listed]
        )
        self.table.set_visibility(bool(text))

    def _left(self) -> None:
        """What was typed and not picked is forgotten; a pick is on its way before this."""

        def put_back() -> None:
            if self.chosen is not None:
                self.put(self.chosen)

        ui.timer(0.3, put_back, once=True)
