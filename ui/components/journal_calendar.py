"""Profit and loss by day in a month's grid, and the trades of the picked day."""

import calendar as months
from datetime import date
from decimal import Decimal

from nicegui import ui

from core.journal.books import Trip
from core.journal.days import DayResult, by_day
from ui.components.data_table import DataTable
from ui.components.fields import button
from ui.components.month_grid import DayCell, Month, MonthGrid
from ui.journal.lines import TRIPS, money, tone, trip_row
from ui.journal.source import JournalSource
from ui.theme import formats


class CalendarView:
    """All trades, whatever the filters: a day is a day."""

    def __init__(self, source: JournalSource) -> None:
        self._source = source
        self.picked = source.today
        self.shown = self.picked.replace(day=1)
        with ui.element("div").classes("journal-line"):
            button("", "month-before", lambda: self.step(-1), icon="chevron_left", tip="Earlier")
            self._title = ui.label().classes("calendar-title").props('data-testid="month-title"')
            button("", "month-after", lambda: self.step(1), icon="chevron_right", tip="Later")
            button("Today", "month-today", lambda: self.go(source.today))
            self._sum = ui.label().classes("num").props('data-testid="month-sum"')
        with ui.element("div").classes("journal-pair"):
            self.grid = MonthGrid(self.pick)
            with ui.element("div").classes("journal-bars"):
                self._day = ui.label().classes("journal-head").props('data-testid="day-sum"')
                empty = "Nothing was closed on this day."
                self.table = DataTable("daytrip", TRIPS, empty=empty).classes("wrap")

    def step(self, by: int) -> None:
        ahead = self.shown.month - 1 + by
        self.shown = date(self.shown.year + ahead // 12, ahead % 12 + 1, 1)
        self.draw()

    def go(self, day: date) -> None:
        self.picked, self.shown = day, day.replace(day=1)
        self.draw()

    def pick(self, day: date) -> None:
        self.picked = day
        self._show_day(self._source.trips)

    def draw(self) -> None:
        results = {each.day: each for each in by_day(self._source.trips)}
        self._title.set_text(f"{self.shown:%B %Y}")
        self.grid.show([self._month(results)], self.picked)
        within = [each for day, each in results.items() if day.replace(day=1) == self.shown]
        net = sum((each.net for each in within), Decimal(0))
        won = sum(each.net > 0 for each in within)
        text = f"{money(net)} after charges on {len(within)} days, {won} of them won"
        self._sum.set_text(text if within else "Nothing was closed in this month.")
        self._sum.classes(remove="up down dim", add=tone(net) if within else "dim")
        self._show_day(self._source.trips)

    def _month(self, results: dict[date, DayResult]) -> Month:
        weeks = months.Calendar().monthdatescalendar(self.shown.year, self.shown.month)
        return Month(
            f"{self.shown:%B}",
            tuple(
                tuple(self._cell(d, results.get(d)) if d.month == self.shown.month else None
                      for d in week)
                for week in weeks
            ),
        )  # fmt: skip

    def _cell(self, day: date, result: DayResult | None) -> DayCell:
        calendar = self._source.services.calendar
        classes = ["trading" if calendar.is_trading_day(day) else "weekend"]
        if day == self._source.today:
            classes.append("today")
        if result is None:
            return DayCell(day, " ".join(classes), "", (), f"{formats.day(day)} · nothing closed")
        classes.append("won" if result.net > 0 else "lost" if result.net < 0 else "even")
        word = "trip" if result.trips == 1 else "trips"
        gross, charges = money(result.gross), formats.price(float(result.charges))
        tip = f"{formats.day(day)} · {money(result.net)} = {gross} − charges {charges}"
        note = formats.signed(float(result.net), 0)
        return DayCell(day, " ".join(classes), note, (f"{result.trips} {word}",), tip)

    def _show_day(self, trips: tuple[Trip, ...]) -> None:
        own = [trip for trip in trips if trip.day == self.picked]
        net = sum((trip.net for trip in own), Decimal(0))
        text = formats.day(self.picked) + (f" · {money(net)}" if own else "")
        self._day.set_text(text)
        self.table.show([trip_row(trip) for trip in own])
