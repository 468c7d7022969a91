"""Journal: trades from flat to flat, statistics, days, equity, attribution, tax, and the audit."""

from collections.abc import Callable
from typing import Final, Protocol

from nicegui import ui

from core.journal.trades import Trade
from core.services import Services
from core.services.trading import Trading
from ui.components.choices import Choices
from ui.components.confirm import mode_line
from ui.components.empty_state import empty_state
from ui.components.fields import button, choice_field, text_field
from ui.components.journal_attribution import AttributionView
from ui.components.journal_audit import AuditView
from ui.components.journal_calendar import CalendarView
from ui.components.journal_detail import TradeDetail
from ui.components.journal_equity import EquityView
from ui.components.journal_statistics import StatisticsView
from ui.components.journal_tax import TaxView
from ui.components.journal_trades import TradesView
from ui.components.sight import paced
from ui.journal.filters import ANY, PERIODS, Filter, period, setups, tags, underlyings
from ui.journal.source import JournalSource

PACE: Final = 2.0
TABS: Final = {
    "trades": "Trades",
    "statistics": "Statistics",
    "calendar": "P&L calendar",
    "equity": "Equity",
    "attribution": "Attribution",
    "tax": "Tax",
    "audit": "Audit",
}
FILTERED: Final = ("trades", "statistics", "equity", "attribution")
"""Tabs that the filters narrow."""
UNDERLYINGS: Final = {ANY: "All underlyings"}
SETUPS: Final = {ANY: "All setups"}
TAGS: Final = {ANY: "All tags"}
NEAREST: Final = {"block": "nearest", "inline": "nearest"}


class View(Protocol):
    def draw(self) -> None: ...


async def page(services: Services, tab: str = "", trade: str = "") -> None:
    """`/journal?tab=tax`, `/journal?trade=…`; what is not named is as it was left."""
    if services.trading is None:
        empty_state(
            "Orders are not wired in this mode",
            "This desk only looks at prices. In another mode, what it trades is told here.",
            icon="auto_stories",
        ).props('data-testid="no-journal"')
        return
    choices = await Choices.load(services.preferences)
    visit = JournalPage(services, services.trading, choices)
    await visit.open(tab, trade)


class JournalPage:
    def __init__(self, services: Services, trading: Trading, choices: Choices) -> None:
        self._services, self._choices = services, choices
        self.source = JournalSource(services, trading, self.draw)
        self.views: dict[str, View] = {}
        self._holders: dict[str, ui.element] = {}
        self._tabs: dict[str, ui.element] = {}
        self.tab = ""

    async def open(self, tab: str, trade: str) -> None:
        await self.source.load()
        with ui.element("div").classes("page page-journal"):
            with ui.element("div").classes("orders-tabs").props('role="tablist"'):
                for name, title in TABS.items():
                    self._make_tab(name, title)
                ui.element("div").classes("spring")
                mode_line(self._services).classes("journal-mode")
            self._bar = ui.element("div").classes("orders-bar journal-bar")
            with self._bar:
                self._filters()
            with ui.element("div").classes("orders-split"):
                self._main = ui.element("div").classes("orders-main")
                self.detail = TradeDetail(self.source, self._closed)
        self._refilter()
        first = "trades" if trade else tab or self._choices.get("journal.tab", "trades")
        self.choose(first if first in TABS else "trades")
        if (found := self.source.trade(trade)) is not None:
            await self.pick(found)
        elif trade:
            ui.notify(f"There is no trade {trade[:40]}.", type="warning")
        paced(PACE, self.source.load)

    def _make_tab(self, name: str, title: str) -> None:
        made = ui.element("button").props(f'type="button" role="tab" data-testid="tab-{name}"')
        made.mark(f"tab-{name}").on("click", lambda: self.choose(name))
        with made:
            ui.label(title)
        self._tabs[name] = made

    def choose(self, name: str) -> None:
        """Show a tab; it is built when it is first wanted."""
        self.tab = name
        self._choices.keep("journal.tab", name)
        if name not in self.views:
            with self._main, ui.element("div").classes(f"journal-view journal-{name}") as holder:
                self.views[name] = self._builders()[name]()
            self._holders[name] = holder
        for each, holder in self._holders.items():
            holder.set_visibility(each == name)
        for each, made in self._tabs.items():
            made.classes(add="here") if each == name else made.classes(remove="here")
            made.props(f'aria-selected="{str(each == name).lower()}"')
        self._tabs[name].run_method("scrollIntoView", NEAREST)
        self._bar.set_visibility(name in FILTERED)
        if name != "trades" and self.detail.trade is not None:
            self.detail.close()
        self.views[name].draw()

    def _builders(self) -> dict[str, Callable[[], View]]:
        source = self.source
        return {
            "trades": lambda: TradesView(source, self.pick),
            "statistics": lambda: StatisticsView(source, self._choices),
            "calendar": lambda: CalendarView(source),
            "equity": lambda: EquityView(source),
            "attribution": lambda: AttributionView(source),
            "tax": lambda: TaxView(source),
            "audit": lambda: AuditView(source),
        }

    def draw(self) -> None:
        """What is shown may have changed."""
        if self.tab in self.views:
            self._offer()
            self.views[self.tab].draw()
            self.detail.renew()

    # filters
    def _filters(self) -> None:
        kept = self._choices.get("journal.period", ANY)
        self._period = choice_field(
            "Period",
            "journal-period",
            PERIODS,
            value=kept if kept in PERIODS else ANY,
            on_change=self._refilter,
        )
        self._underlying = choice_field(
            "Underlying",
            "journal-underlying",
            dict(UNDERLYINGS),
            value=ANY,
            on_change=self._refilter,
        )
        self._setup = choice_field(
            "Setup", "journal-setup", dict(SETUPS), value=ANY, on_change=self._refilter
        )
        self._tag = choice_field(
            "Tag", "journal-tag", dict(TAGS), value=ANY, on_change=self._refilter
        )
        self._text = text_field(
            "Find", "journal-find", hint="contract, note …", wait_ms=150, on_change=self._refilter
        ).props('clearable maxlength="80"')
        button("Clear", "journal-clear", self.clear, icon="close", tip="Forget the filters")
        self._offer()

    def _offer(self) -> None:
        """What there is to choose from."""
        notes = self.source.notes.values()
        for field, every, names in (
            (self._underlying, UNDERLYINGS, underlyings(self.source.every)),
            (self._setup, SETUPS, setups(notes)),
            (self._tag, TAGS, tags(notes)),
        ):
            options = {**every, **{name: name for name in names}}
            if field.options != options:
                field.set_options(options, value=field.value if field.value in options else ANY)

    def _refilter(self, _: object = None) -> None:
        name = self._period.value or ANY
        self._choices.keep("journal.period", name)
        first, last = period(name, self.source.today)
        self.source.narrow(
            Filter(
                first=first,
                last=last,
                underlying=self._underlying.value or ANY,
                setup=self._setup.value or ANY,
                tag=self._tag.value or ANY,
                text=self._text.value or ANY,
            )
        )

    def clear(self) -> None:
        for field in (self._period, self._underlying, self._setup, self._tag):
            field.set_value(ANY)
        self._text.set_value("")

    # one trade
    async def pick(self, trade: Trade) -> None:
        ui.navigate.history.replace(f"/journal?trade={trade.id}")
        await self.detail.show(trade)

    def _closed(self) -> None:
        ui.navigate.history.replace("/journal")
        view = self.views.get("trades")
        if isinstance(view, TradesView):
            view.table.mark_picked("")
