"""Instruments: find any contract of the day, see its details, watch it or open its chain."""

import time
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Final
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from core.clock import IST
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind, strike_text
from core.ports.repositories import InstrumentFilter, Watchlist
from core.services import Services
from ui import away, watchlists
from ui.components.choices import Choices
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.empty_state import empty_state
from ui.components.export_menu import export_menu
from ui.components.fields import button, choice_field, text_field
from ui.components.instrument_card import InstrumentCard
from ui.components.panel import panel
from ui.theme import formats

SHOWN: Final = 100
ANY: Final = ""
KIND_WORDS: Final = {
    Kind.INDEX: "Index",
    Kind.EQUITY: "Share",
    Kind.FUTURE: "Future",
    Kind.CALL: "Call",
    Kind.PUT: "Put",
}
SEGMENTS: Final = ("NSE_EQ", "NSE_FO", "NSE_INDEX", "BSE_EQ", "BSE_FO", "BSE_INDEX")
COLUMNS: Final = (
    Column(name="symbol", title="Instrument"),
    Column(name="name", title="Name", classes="dim wide-only"),
    Column(name="segment", title="Segment", classes="dim wide-only", width="86px"),
    Column(name="kind", title="Kind", classes="dim wide-only", width="52px"),
    Column(name="expiry", title="Expiry", classes="num wide-only", width="92px"),
    Column(name="strike", title="Strike", classes="num wide-only", width="78px"),
    Column(name="lot", title="Lot", classes="num wide-only", width="58px"),
    Column(name="add", title="", width="34px"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The search as it stands in the address and in the preferences: texts, empty = any."""

    q: str = ANY
    segment: str = ANY
    kind: str = ANY
    underlying: str = ANY
    expiry: str = ANY
    key: str = ANY

    def where(self) -> InstrumentFilter:
        day = None
        with suppress(ValueError):  # an address typed by hand
            day = date.fromisoformat(self.expiry) if self.expiry else None
        return InstrumentFilter(
            segments=(self.segment,) if self.segment else (),
            kinds=(Kind(self.kind),) if self.kind in set(Kind) else (),
            underlying_symbol=self.underlying,
            expiry=day,
        )

    @property
    def address(self) -> str:
        given = {name: value for name, value in asdict(self).items() if value}
        return "/instruments" + (f"?{urlencode(given)}" if given else "")

    @classmethod
    def kept(cls, known: dict[str, object]) -> "Asked":
        names = {field.name for field in fields(cls)}
        return cls(**{k: v for k, v in known.items() if k in names and isinstance(v, str)})


async def page(
    services: Services,
    q: str = ANY,
    segment: str = ANY,
    kind: str = ANY,
    underlying: str = ANY,
    expiry: str = ANY,
    key: str = ANY,
) -> None:
    choices = await Choices.load(services.preferences)
    asked = Asked(q=q, segment=segment, kind=kind, underlying=underlying, expiry=expiry, key=key)
    if asked == Asked():
        asked = Asked.kept(choices.get("instruments", {}))
    if not await services.instruments.count():
        empty_state(
            "No instruments yet",
            services.health.instruments_problem
            or "The broker's instrument file has not been loaded. Health → Jobs → Instruments → "
            "Run now loads it.",
        )
        return
    browser = Browser(services, choices, asked)
    await browser.build()


class Browser:
    def __init__(self, services: Services, choices: Choices, asked: Asked) -> None:
        self._services, self._choices = services, choices
        self.asked = asked
        self._found: dict[str, Instrument] = {}
        self._lists: list[Watchlist] = []
        self._searches = 0

    async def build(self) -> None:
        self._lists = await watchlists.ordered(self._services.watchlists)
        underlyings = await self._services.instruments.underlyings()
        as_of = await self._services.instruments.as_of()
        total = await self._services.instruments.count()
        with ui.element("div").classes("page page-instruments"):
            with ui.element("div").classes("toolbar"):
                self._fields(underlyings)
            with ui.element("div").classes("split"):
                with panel("Contracts", classes="flush grow") as tools:
                    with tools:
                        self.figures = ui.label().classes("num dim")
                        self.figures.props('data-testid="search-figures"')
                        export_menu(
                            self._services,
                            lambda: away.instruments(self._found.values()),
                            "instruments",
                            words="",
                        )
                    self.table = DataTable(
                        "instrument",
                        COLUMNS,
                        empty="Nothing fits: use fewer words, or clear the filters.",
                        on_pick=self.pick,
                        on_act=self._act,
                        driver=".fld-search input",
                    )
                with panel("Details", classes="side") as tools:
                    self.card = InstrumentCard(self._services, self._list_picker, self.add)
        self._as_of = formats.short_day(as_of.astimezone(IST).date()) if as_of else formats.DASH
        self._total = total
        await self._expiry_options()
        await self.search()
        if self.asked.key:
            await self.card.show(InstrumentKey(self.asked.key))
            self.table.mark_picked(self.asked.key)

    def _fields(self, underlyings: list[str]) -> None:
        asked = self.asked
        self.box = text_field(
            "Search",
            "search",
            value=asked.q,
            hint="symbol, name, strike, ISIN … for example: nifty 24200 ce",
            wait_ms=60,
            on_change=lambda e: self._change(q=e.value or ANY),
        ).props('clearable autofocus maxlength="100"')
        segment = choice_field(
            "Segment",
            "segment",
            {ANY: "All", **{s: s.replace("_", " ") for s in SEGMENTS}},
            value=asked.segment if asked.segment in SEGMENTS else ANY,
            on_change=lambda e: self._change(segment=e.value),
        )
        kind = choice_field(
            "Kind",
            "kind",
            {ANY: "All", **{str(k): words for k, words in KIND_WORDS.items()}},
            value=asked.kind if asked.kind in set(Kind) else ANY,
            on_change=lambda e: self._change(kind=e.value),
        )
        underlying = choice_field(
            "Underlying",
            "underlying",
            {ANY: "All", **{u: u for u in underlyings}},
            value=asked.underlying if asked.underlying in underlyings else ANY,
            typed=True,
            on_change=lambda e: self._change(underlying=e.value or ANY, expiry=ANY),
        )
        self.selects = (segment, kind, underlying)
        self.expiries = choice_field(
            "Expiry", "expiry", {ANY: "All"}, value=ANY, on_change=self._expiry_chosen
        )
        button("Clear", "clear-filters", self.clear, icon="close", tip="Forget words and filters")

    async def _expiry_chosen(self, event: ValueChangeEventArguments[str]) -> None:
        if event.value != self.asked.expiry:
            await self._change(expiry=event.value or ANY)

    async def _change(self, **what: str) -> None:
        before = self.asked
        self.asked = replace(before, **what)
        if self.asked == before:
            return
        if self.asked.underlying != before.underlying:
            await self._expiry_options()
        self._remember()
        await self.search()

    async def _expiry_options(self) -> None:
        listed = await self._services.instruments.expiries(self.asked.underlying)
        options = {ANY: "All", **{d.isoformat(): formats.day(d) for d in listed}}
        value = self.asked.expiry if self.asked.expiry in options else ANY
        self.asked = replace(self.asked, expiry=value)
        self.expiries.set_options(options, value=value)
        self.expiries.set_enabled(bool(listed))

    def _remember(self) -> None:
        self._choices.keep("instruments", asdict(self.asked))
        ui.navigate.history.replace(self.asked.address)

    async def search(self) -> None:
        self._searches += 1
        mine, begun = self._searches, time.perf_counter()
        found = await self._services.instruments.search(
            self.asked.q, where=self.asked.where(), limit=SHOWN
        )
        if mine != self._searches:
            return  # the user typed on while we looked
        took = (time.perf_counter() - begun) * 1000
        self._found = {i.key: i for i in found}
        self.table.show([_row(i) for i in found])
        shown = f"first {SHOWN}" if len(found) == SHOWN else str(len(found))
        self.figures.set_text(
            f"{shown} of {formats.quantity(self._total)} · {took:.0f} ms · file of {self._as_of}"
        )

    async def pick(self, id: str) -> None:
        self.asked = replace(self.asked, key=id)
        self._remember()
        await self.card.show(InstrumentKey(id))

    async def _act(self, id: str, action: str) -> None:
        if action == "add":
            await self.add(InstrumentKey(id))
        elif action == "open":
            await self.pick(id)
            self.table.mark_picked(id)
            if address := self.card.chain_address:
                ui.navigate.to(address)

    def _list_picker(self) -> None:
        if not self._lists:
            return
        known = {w.id: w.name for w in self._lists}
        kept = self._choices.get("watchlist", "")
        choice_field(
            "Watchlist",
            "watchlist",
            known,
            value=kept if kept in known else self._lists[0].id,
            on_change=lambda e: self._choices.keep("watchlist", e.value),
        )

    async def add(self, key: InstrumentKey) -> None:
        repository = self._services.watchlists
        try:
            grown = await watchlists.add(repository, self._choices.get("watchlist", ""), key)
        except AppError as problem:
            ui.notify(str(problem), type="warning")
            return
        self._choices.keep("watchlist", grown.id)
        self._lists = await watchlists.ordered(repository)
        ui.notify(f"Added to “{grown.name}”", type="positive")

    async def clear(self) -> None:
        self.asked = Asked(key=self.asked.key)
        for field in (self.box, *self.selects, self.expiries):
            field.set_value(ANY)  # each reports a change that changes nothing any more
        await self._expiry_options()
        self._remember()
        await self.search()


def _row(i: Instrument) -> Row:
    return Row(
        i.key,
        (
            Cell(i.symbol, "strong"),
            i.name,
            i.segment.replace("_", " "),
            KIND_WORDS[i.kind],
            i.expiry.strftime("%d %b %y") if i.expiry else "",
            strike_text(i.strike) if i.strike is not None else "",
            formats.quantity(i.lot_size) if i.lot_size else "",
            Cell("+", tip="Add to the watchlist", action="add"),
        ),
    )
