"""Calendar: sessions, holidays and expiries, by month or by year."""

import calendar as months
from collections import defaultdict
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Final
from urllib.parse import quote

from nicegui import ui

from core.clock import IST
from core.instruments.calendar import Day, DayKind, MarketCalendar, Session
from core.instruments.expiries import is_monthly
from core.instruments.expiry_rules import ExpectedExpiry, expected
from core.services import Services
from ui.components.choices import Choices
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import button
from ui.components.month_grid import DayCell, Month, MonthGrid
from ui.components.panel import panel
from ui.theme import formats

INDICES: Final = ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "SENSEX", "BANKEX")
SHORT: Final = {
    "NIFTY": "NIFTY",
    "BANKNIFTY": "BANK",
    "FINNIFTY": "FIN",
    "MIDCPNIFTY": "MID",
    "SENSEX": "SENSEX",
    "BANKEX": "BANKEX",
}
FIRST_YEAR, LAST_YEAR = 2011, 2035
MONTH, YEAR = "month", "year"
LISTED: Final = (
    Column(name="day", title="Day", classes="num left", width="92px"),
    Column(name="what", title="What"),
    Column(name="source", title="Source", classes="dim", width="70px"),
)
SLOTS: Final = (
    Column(name="time", title="IST", classes="num left", width="92px"),
    Column(name="phase", title="Phase"),
)
EXPIRIES: Final = (
    Column(name="symbol", title="Expiring", classes="strong"),
    Column(name="kind", title="", classes="dim", width="124px"),
    Column(name="open", title="", width="60px"),
)


async def page(services: Services, month: str = "", view: str = "", day: str = "") -> None:
    choices = await Choices.load(services.preferences)
    today = services.calendar.today()
    picked = _date(day) or today
    shown = _date(f"{month}-01") or picked.replace(day=1)
    if view not in (MONTH, YEAR):
        view = choices.get("calendar.view", MONTH)
    expiries = await expiries_by_day(services)
    CalendarPage(services, choices, expiries, shown, view, picked).build()


async def expiries_by_day(services: Services) -> dict[date, list[tuple[str, bool]]]:
    """Which index expires on a day, and whether it is the month's last; as the broker lists it."""
    found: dict[date, list[tuple[str, bool]]] = defaultdict(list)
    for symbol in INDICES:
        listed = await services.instruments.expiries(symbol)
        for expiry in listed:
            found[expiry].append((symbol, is_monthly(expiry, listed)))
    return dict(found)


class CalendarPage:
    def __init__(
        self,
        services: Services,
        choices: Choices,
        expiries: dict[date, list[tuple[str, bool]]],
        shown: date,
        view: str,
        picked: date,
    ) -> None:
        self._services, self._choices, self._expiries = services, choices, expiries
        self._calendar = services.calendar
        self.shown, self.view, self.picked = shown, view, picked
        self._expected: dict[date, list[ExpectedExpiry]] = {}

    def build(self) -> None:
        with ui.element("div").classes("page page-calendar"):
            self._missing = ui.element("div").classes("callout warn")
            self._missing.props('role="status" data-testid="calendar-missing"')
            with ui.element("div").classes("toolbar"):
                self._tools()
            with ui.element("div").classes("split"):
                with panel("Sessions", classes="grow"):
                    self.grid = MonthGrid(self.pick)
                    self._legend()
                with ui.element("div").classes("side stack"):
                    with panel("Day", classes="flush"):
                        self._day = ui.element("div")
                    with panel("Holidays and special sessions", classes="flush"):
                        self._list = DataTable(
                            "special",
                            LISTED,
                            empty="No list for this year.",
                            on_pick=lambda id: self.go(date.fromisoformat(id)),
                        ).classes("wrap")
        self._show()

    def _tools(self) -> None:
        button("", "calendar-previous", lambda: self._step(-1), icon="chevron_left", tip="Earlier")
        self._title = ui.label().classes("calendar-title").props('data-testid="calendar-title"')
        button("", "calendar-next", lambda: self._step(1), icon="chevron_right", tip="Later")
        button("Today", "calendar-today", lambda: self.go(self._calendar.today()))
        with ui.element("div").classes("segmented"):
            self._views = {
                view: button(view.capitalize(), f"view-{view}", partial(self._change, view))
                for view in (MONTH, YEAR)
            }
        ui.element("div").classes("spring")
        text = ui.label(next_session_text(self._services)).classes("dim")
        text.props('data-testid="next-session"')
        ui.timer(5, lambda: text.set_text(next_session_text(self._services)))

    def _legend(self) -> None:
        with ui.element("div").classes("legend"):
            for classes, words in (
                ("trading", "session"),
                ("holiday", "holiday"),
                ("special", "special session"),
                ("weekend", "weekend"),
                ("expires", "expiry (bold: the month's last)"),
                ("expected", "expected by the rule, not listed yet"),
            ):
                with ui.element("span"):
                    ui.element("i").classes(f"swatch {classes}")
                    ui.label(words)

    def _change(self, view: str) -> None:
        self.view = view
        self._choices.keep("calendar.view", view)
        self._show()

    def _step(self, by: int) -> None:
        ahead = self.shown.month - 1 + (by if self.view == MONTH else 12 * by)
        year = self.shown.year + ahead // 12
        if FIRST_YEAR <= year <= LAST_YEAR:
            self.shown = date(year, ahead % 12 + 1, 1)
            self._show()

    def go(self, day: date) -> None:
        self.picked, self.shown = day, day.replace(day=1)
        self._show()

    def pick(self, day: date) -> None:
        self.picked = day
        self._remember()
        self._show_day()

    def _remember(self) -> None:
        ui.navigate.history.replace(
            f"/calendar?month={self.shown:%Y-%m}&view={self.view}&day={self.picked.isoformat()}"
        )

    def _show(self) -> None:
        self._remember()
        year = self.shown.year
        self._title.set_text(f"{self.shown:%B %Y}" if self.view == MONTH else str(year))
        self._expected = self._expected_in(year)
        numbers = [self.shown.month] if self.view == MONTH else range(1, 13)
        self.grid.show([self._month(year, number) for number in numbers], self.picked)
        for view, made in self._views.items():
            made.classes(**{"add" if view == self.view else "remove": "here"})
        self._list.show([_listed(day) for day in self._calendar.days(year)])
        self._show_missing(year)
        self._show_day()

    def _expected_in(self, year: int) -> dict[date, list[ExpectedExpiry]]:
        """What the rules lead to expect in a year, after today, beside what is listed."""
        first = max(date(year, 1, 1), self._calendar.today())
        found: dict[date, list[ExpectedExpiry]] = defaultdict(list)
        for symbol in INDICES:
            if listed := [d for d, known in self._expiries.items() if symbol in dict(known)]:
                for each in expected(symbol, first, date(year, 12, 31), listed, self._ordinary):
                    found[each.day].append(each)
        return dict(found)

    def _ordinary(self, day: date) -> bool:
        session = self._calendar.session_of(day)
        return session is not None and day.weekday() < 5

    def _show_missing(self, year: int) -> None:
        missing = self._calendar.missing_year(date(year, 1, 1)) is not None
        self._missing.set_visibility(missing)
        self._missing.clear()
        if missing:
            with self._missing:
                ui.label(
                    f"No holiday list for {year}: the exchange has not published one that the desk "
                    "knows of, so every weekday is shown as a session. Expiries come from the "
                    "contracts that are listed; those that the rule lets expect are marked apart."
                )

    def _month(self, year: int, number: int) -> Month:
        weeks = months.Calendar().monthdatescalendar(year, number)
        title = f"{date(year, number, 1):%B}"
        return Month(
            title,
            tuple(
                tuple(self._cell(day) if day.month == number else None for day in week)
                for week in weeks
            ),
        )

    def _cell(self, day: date) -> DayCell:
        session = self._calendar.session_of(day)
        text = self._calendar.describe(day)
        expiring = self._expiries.get(day, [])
        classes = [kind_of(self._calendar, day).split()[0]]
        if day == self._calendar.today():
            classes.append("today")
        awaited = self._expected.get(day, [])
        if expiring:
            classes.append("expiring")
        elif awaited:
            classes.append("expected")
        tip = " · ".join(
            part
            for part in (
                formats.day(day),
                text or (hours_text(session) if session else ""),
                "expiry: " + ", ".join(s for s, _ in expiring) if expiring else "",
                "expected expiry: " + ", ".join(e.symbol for e in awaited) if awaited else "",
            )
            if part
        )
        note = "" if text == "Weekend" else text
        marks = tuple(f"*{SHORT[s]}" if last else SHORT[s] for s, last in expiring)
        marks += tuple(f"~{'*' if e.monthly else ''}{SHORT[e.symbol]}" for e in awaited)
        return DayCell(day, " ".join(classes), note, marks, tip)

    def _show_day(self) -> None:
        day, calendar = self.picked, self._calendar
        session, special = calendar.session_of(day), calendar.describe(day)
        self._day.clear()
        with self._day:
            with ui.element("div").classes("pad"):
                title = ui.label(formats.day(day)).classes("card-title")
                title.props('data-testid="day-title"')
                words = ui.label(hours_text(session) if session else "No session")
                words.classes("num strong" if session else "down").props('data-testid="day-hours"')
                if special:
                    ui.label(special).classes("dim").props('data-testid="day-note"')
            rows = [_expiring(symbol, last) for symbol, last in self._expiries.get(day, [])]
            rows += [_awaited(each) for each in self._expected.get(day, [])]
            if rows:
                DataTable("expiring", EXPIRIES, on_act=self._open_chain).show(rows)
            if session and session.name == "Normal":
                table = DataTable("slot", SLOTS).classes("wrap")
                table.show(
                    [
                        Row(str(n), (f"{s.starts:%H:%M}–{s.ends:%H:%M}", f"{s.market}: {s.name}"))
                        for n, s in enumerate(
                            sorted(calendar.timetable(day), key=lambda s: (s.starts, s.ends))
                        )
                    ]
                )

    def _open_chain(self, symbol: str, _: str) -> None:
        ui.navigate.to(f"/chain/{quote(symbol, safe='')}?expiry={self.picked.isoformat()}")


def kind_of(calendar: MarketCalendar, day: date) -> DayKind:
    special = next((d for d in calendar.days(day.year) if d.day == day), None)
    if special is not None:
        return special.kind
    return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.TRADING


def hours_text(session: Session) -> str:
    """`09:15–15:40 IST`, with each window of a session in parts."""
    windows = (f"{a.astimezone(IST):%H:%M}–{b.astimezone(IST):%H:%M}" for a, b in session.windows)
    return f"{', '.join(windows)} IST"


def next_session_text(services: Services) -> str:
    """What trades now, else when the next session is and how long until then."""
    calendar, now = services.calendar, services.clock.now()
    session = calendar.session_of(calendar.today())
    if session is not None and session.open_at(now):
        left = (session.closes_at - now).total_seconds()
        return f"Trading now, {formats.duration(left)} to the close"
    if session is None or session.opens_at <= now:
        session = calendar.session_of(calendar.next_trading_day(calendar.today()))
    if session is None:
        return ""
    wait = formats.duration((session.opens_at - now).total_seconds())
    return f"Next session {formats.day(session.day)}, {hours_text(session)}, in {wait}"


def _listed(day: Day) -> Row:
    hours = f" · {hours_text(day.session)}" if day.session else ""
    tone = "accent" if day.kind is DayKind.SPECIAL else ""
    return Row(
        day.day.isoformat(),
        (f"{day.day:%a %d %b}", Cell(f"{day.description}{hours}", tone), day.source),
    )


def _expiring(symbol: str, last: bool) -> Row:
    return Row(symbol, (symbol, "monthly" if last else "weekly", Cell("Chain", action="chain")))


def _awaited(each: ExpectedExpiry) -> Row:
    kind = "monthly" if each.monthly else "weekly"
    tip = "By the rule in force: the exchange has not listed it yet"
    return Row(f"expected-{each.symbol}", (each.symbol, Cell(f"{kind}, expected", tip=tip), ""))


def _date(text: str) -> date | None:
    with suppress(ValueError):
        found = date.fromisoformat(text)
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
    return None
