"""A financial year for the tax return: turnover, results and charges, with the rule they follow."""

from nicegui import ui

from core.errors import RuleBroken
from core.journal.books import Trip
from core.journal.tax import FinancialYear, TaxYear, tax_year, years
from core.ports.exports import Table
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.export_menu import XLSX, export_menu
from ui.components.exports import file_name
from ui.components.fields import button, choice_field
from ui.journal.export import TRIP_HEADS, YEAR_HEADS, trip_rows, year_rows
from ui.journal.lines import SEGMENTS, head_rows, money, segment_row
from ui.journal.source import JournalSource
from ui.theme import formats

HEADS = (
    Column(name="head", title="Charges by kind", classes="dim"),
    Column(name="amount", title="₹", classes="num", width="112px"),
)
STATED = (
    "Round trips are matched first in, first out, and belong to the year in which they were "
    "closed, with the charges of both sides. Charges are those of the contract notes (STT and "
    "stamp duty to the rupee a note), shared out to the paisa. The desk adds up what it has traded "
    "itself; compare with your broker's report before filing, and ask your accountant."
)


class TaxView:
    """All trades, whatever the filters."""

    def __init__(self, source: JournalSource) -> None:
        self._source = source
        self.year: FinancialYear | None = None
        with ui.element("div").classes("journal-line"):
            self._pick = choice_field(
                "Financial year", "tax-year", {}, on_change=lambda e: self.choose(e.value)
            )
            self._sum = ui.label().classes("num strong").props('data-testid="tax-sum"')
            ui.element("div").classes("spring")
            services = source.services
            self._out = [
                export_menu(
                    services,
                    self.summary,
                    "tax",
                    subject=self._year_name,
                    words="Summary",
                    tip="Turnover, results and charges by segment, as a file",
                ),
                export_menu(
                    services,
                    self.trips,
                    "tax-trips",
                    subject=self._year_name,
                    words="Round trips",
                    tip="Every round trip of the year with its charges by kind, as a file",
                ),
                button(
                    "Both in Excel",
                    "tax-workbook",
                    self.export_workbook,
                    icon="download",
                    tip="Summary and round trips in one workbook",
                ),
            ]
        self._body = ui.element("div").classes("journal-year")
        with self._body:
            with ui.element("div").classes("journal-pair"):
                self.segments = DataTable("segment", SEGMENTS, empty="Nothing in this year.")
                self.segments.classes("wrap")
                with ui.element("div").classes("journal-bars"):
                    self.heads = DataTable("head", HEADS)
            self._rule = ui.label().classes("dim wrap").props('data-testid="tax-rule"')
            ui.label(STATED).classes("dim wrap")
        self._empty = ui.element("div")
        with self._empty:
            empty_state(
                "No financial year yet",
                "When the first round trip is closed, its year appears here with turnover, STT and "
                "every other charge, ready to be exported.",
                icon="receipt_long",
            ).props('data-testid="no-tax"')

    def choose(self, starts: int | None) -> None:
        if starts is not None and (self.year is None or starts != self.year.starts):
            self.year = FinancialYear(starts=int(starts))
            self.draw()

    def draw(self) -> None:
        known = years(self._source.trips)
        self._body.set_visibility(bool(known))
        self._empty.set_visibility(not known)
        for each in (self._pick, self._sum, *self._out):
            each.set_visibility(bool(known))
        if not known:
            return
        if self.year not in known:
            self.year = known[0]
        names = {year.starts: f"{year.name}" for year in known}
        if self._pick.options != names or self._pick.value != self.year.starts:
            self._pick.set_options(names, value=self.year.starts)
        found = self._report()
        if found is not None:
            self._show(found)

    def _report(self) -> TaxYear | None:
        try:
            return tax_year(self._source.trips, self.year) if self.year else None
        except RuleBroken as problem:
            self._sum.set_text(str(problem))
            return None

    def _show(self, found: TaxYear) -> None:
        self.segments.show([segment_row(each) for each in found.segments])
        self.heads.show(head_rows(found))
        self._sum.set_text(
            f"net {money(found.net)} · F&O turnover {formats.rupees(float(found.turnover))}"
            f" · STT {formats.rupees(float(found.charges.stt))}"
        )
        rule = found.rule
        self._rule.set_text(
            f"Turnover of futures and options: {rule.words}. In force from the financial year of "
            f"{rule.start:%d %b %Y}; source: {rule.source}."
        )

    def summary(self) -> Table:
        found = self._report()
        rows = year_rows(found) if found is not None else []
        return Table(name="Summary", heads=YEAR_HEADS, rows=rows)

    def trips(self) -> Table:
        rows = trip_rows(self._own_trips(self.year)) if self.year is not None else []
        return Table(name="Round trips", heads=TRIP_HEADS, rows=rows)

    def export_workbook(self) -> None:
        body = self._source.services.exporter.book([self.summary(), self.trips()])
        ui.download.content(body, file_name(self._year_name(), "tax", None, "xlsx"), XLSX)

    def _year_name(self) -> str:
        return self.year.name if self.year is not None else ""

    def _own_trips(self, year: FinancialYear) -> list[Trip]:
        return [t for t in self._source.trips if year.first <= t.day <= year.last]
