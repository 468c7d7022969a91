"""What there is of option history: every day of every chain, and where it came from."""

from collections.abc import Callable
from datetime import date
from typing import Final

from nicegui import ui

from core.ports.exports import Table
from core.ports.option_history import OptionDayEntry
from core.services import Services
from ui.components.export_menu import export_menu
from ui.components.fields import button, text_field
from ui.components.long_table import Line, LongColumn, LongTable
from ui.theme import formats

COLUMNS: Final = (
    LongColumn(name="symbol", title="Underlying", width="130px", sorts=True),
    LongColumn(name="day", title="Day", width="120px", sorts=True),
    LongColumn(name="expiry", title="Expiry", width="120px", sorts=True),
    LongColumn(name="minutes", title="Minutes", classes="num right", width="90px", sorts=True),
    LongColumn(
        name="rows",
        title="Numbers",
        classes="num right",
        width="110px",
        tip="Contracts times minutes of which anything is known",
        sorts=True,
    ),
    LongColumn(name="whence", title="Source", width="200px", sorts=True),
    LongColumn(name="saved", title="Kept since", classes="dim", width="180px", roomy=True),
)
HEADS: Final = ("Underlying", "Day", "Expiry", "Minutes", "Numbers", "Source", "Kept since (IST)")
SORTS: Final[dict[str, Callable[[OptionDayEntry], object]]] = {
    "symbol": lambda e: e.symbol,
    "day": lambda e: e.day,
    "expiry": lambda e: e.expiry,
    "minutes": lambda e: e.minutes,
    "rows": lambda e: e.rows,
    "whence": lambda e: e.source,
}
DAMAGED: Final = "damaged"
EMPTY: Final = "Nothing fits these words."


class HaveView:
    """`open_chain` is called with the chain that is picked."""

    def __init__(self, services: Services, open_chain: Callable[[str, date, date], object]) -> None:
        self._services, self._open_chain = services, open_chain
        self.entries: list[OptionDayEntry] = []
        self._sort: tuple[str, bool] = ("day", True)
        with ui.element("div").classes("orders-bar"):
            self._text = text_field(
                "Find",
                "have-find",
                hint="NIFTY 2026-08 recorder …",
                wait_ms=150,
                on_change=lambda _: self.draw(),
            ).props('clearable maxlength="80"')
            self._sums = ui.label().classes("dim num").props('data-testid="have-sums"')
            ui.element("div").classes("spring")
            button("", "have-refresh", self.load, icon="refresh", tip="Look again")
            export_menu(services, self.as_table, "have")
        self.table = LongTable("have", COLUMNS, empty=EMPTY, on_pick=self.pick, on_sort=self.sort)
        self.table.mark_sorted("day", falling=True)

    async def load(self) -> None:
        self.entries = await self._services.option_history.catalogue()
        self.draw()

    def shown(self) -> list[OptionDayEntry]:
        words = str(self._text.value or "").casefold().split()
        found = [each for each in self.entries if _has(each, words)]
        column, falling = self._sort
        found.sort(key=lambda e: (e.symbol, e.expiry))
        found.sort(key=SORTS[column], reverse=falling)  # type: ignore[arg-type]
        return found

    def draw(self) -> None:
        shown = self.shown()
        self.table.show([_id(each) for each in shown], {_id(each): _line(each) for each in shown})
        days = len({(each.symbol, each.day) for each in shown})
        total = sum(each.rows for each in shown)
        self._sums.set_text(
            f"{len(shown):,} chains of {days:,} days · {formats.quantity(total)} numbers"
        )

    def sort(self, column: str) -> None:
        if column in SORTS:
            self._sort = column, not self._sort[1] if self._sort[0] == column else True
            self.table.mark_sorted(column, falling=self._sort[1])
            self.draw()

    def pick(self, id: str) -> object:
        found = next((each for each in self.entries if _id(each) == id), None)
        if found is None or found.source == DAMAGED:
            return None
        return self._open_chain(found.symbol, found.day, found.expiry)

    def as_table(self) -> Table:
        rows = [
            [e.symbol, e.day, e.expiry, e.minutes, e.rows, e.source, e.saved_at]
            for e in self.shown()
        ]
        return Table(name="Option history", heads=HEADS, rows=rows)


def _id(each: OptionDayEntry) -> str:
    return f"{each.symbol} {each.day} {each.expiry}"


def _has(each: OptionDayEntry, words: list[str]) -> bool:
    told = f"{_id(each)} {each.source}".casefold()
    return all(word in told for word in words)


def _line(each: OptionDayEntry) -> Line:
    damaged = each.source == DAMAGED
    return Line(
        cells=(
            each.symbol,
            formats.day(each.day),
            formats.day(each.expiry),
            formats.DASH if damaged else f"{each.minutes:,}",
            formats.DASH if damaged else formats.quantity(each.rows),
            ("damaged: import or download it again", "bad", "", "") if damaged else each.source,
            formats.ist(each.saved_at),
        )
    )
