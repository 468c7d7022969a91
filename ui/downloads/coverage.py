"""Coverage: what we have by instrument and day, against the calendar of sessions."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from nicegui import ui

from core.downloads.coverage import GAPS, DayState, enough
from core.downloads.plan import Plan, What
from core.errors import AppError
from core.ids import LOCAL_USER, InstrumentKey
from core.instruments.candle import Interval
from core.ports.option_history import OptionDayEntry
from core.services import Services
from core.services.download_planning import LIFE
from core.services.standing_chains import chosen_chains
from ui.components.choices import Choices
from ui.components.coverage_grid import CoverageGrid, CoverageRow
from ui.components.fields import button, choice_field
from ui.components.panel import panel
from ui.theme import formats

SPANS: Final = {"31": "1 month", "92": "3 months", "183": "6 months", "366": "1 year"}
INTERVALS: Final = ("1m", "5m", "15m", "1h", "1d")
MOST: Final = 60
"""Rows that are shown: more cannot be told apart."""
WHOLE: Final = 0.9
"""Of a session's minutes so many make a day of a chain whole: a desk may start late."""
LEGEND: Final = (
    ("have", "have"),
    ("part", "part"),
    ("missing", "missing"),
    ("nothing", "the broker has nothing"),
)


class CoverageView:
    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices
        kept: dict[str, Any] = choices.get("downloads.coverage", {})
        self.interval = kept.get("interval", "1m") if kept.get("interval") in INTERVALS else "1m"
        self.span = kept.get("span", "31") if kept.get("span") in SPANS else "31"

    async def build(self) -> None:
        with ui.element("div").classes("toolbar"):
            choice_field(
                "Bars",
                "coverage-interval",
                list(INTERVALS),
                value=self.interval,
                on_change=lambda e: self._choose(interval=e.value),
            )
            choice_field(
                "Span",
                "coverage-span",
                SPANS,
                value=self.span,
                on_change=lambda e: self._choose(span=e.value),
            )
            button("Fill all gaps", "fill-all", self.fill_all, icon="download")
            with ui.element("div").classes("cover-legend dim"):
                for name, words in LEGEND:
                    ui.element("i").classes(name)
                    ui.label(words)
        with panel("Instruments", classes="cover-panel") as tools:
            with tools:
                self.figures = ui.label().classes("num dim")
                self.figures.props('data-testid="coverage-figures"')
            self.grid = CoverageGrid(self.fill)
        with panel("Chains, every contract of an expiry", classes="cover-panel") as tools:
            with tools:
                self.chain_figures = ui.label().classes("num dim")
            self.chains = CoverageGrid(self.fill_chain)
        await self.look()

    async def _choose(self, *, interval: str = "", span: str = "") -> None:
        self.interval, self.span = interval or self.interval, span or self.span
        self._choices.keep("downloads.coverage", {"interval": self.interval, "span": self.span})
        await self.look()

    @property
    def days(self) -> tuple[date, date]:
        last = self._services.downloads.last_whole_day()
        return last - timedelta(days=int(self.span) - 1), last

    async def look(self) -> None:
        first, last = self.days
        sessions = self._services.calendar.trading_days(first, last)
        rows = await self._instrument_rows(sessions)
        self.grid.show(sessions, rows)
        gaps = sum(state in GAPS for row in rows for state in row.states)
        self.figures.set_text(
            f"{len(rows)} instruments · {len(sessions)} sessions · "
            + (f"{gaps} gaps" if gaps else "no gap")
        )
        chains = await self._chain_rows(sessions)
        self.chains.show(sessions, chains)
        self.chains.set_visibility(bool(chains))
        self.chain_figures.set_text(
            f"{len(chains)} expiries" if chains else "none yet: download an expired expiry"
        )

    async def _instrument_rows(self, sessions: Sequence[date]) -> list[CoverageRow]:
        names = await self._names()
        first, last = self.days
        found = await self._services.downloads.coverage(
            list(names), Interval.parse(self.interval), first, last
        )
        return [_row(key, names[key], [found[key][day] for day in sessions]) for key in names]

    async def _names(self) -> dict[InstrumentKey, str]:
        """What has candles, and what is watched even without, by name.

        Indices and shares: contracts come and go, and are seen with their chain.
        """
        services, known = self._services, await self._services.preferences.all(LOCAL_USER)
        held = await services.candles.keys(Interval.parse(self.interval))
        keys = [key for key in held if not key.split("|")[0].endswith("_FO")]
        for symbol, count in chosen_chains(known).items():
            underlying = await services.instruments.underlying(symbol) if count else None
            if underlying is not None and underlying.key not in keys:
                keys.append(underlying.key)
        listed = await services.instruments.get_many(keys)
        shown = {key: listed[key].symbol if key in listed else key for key in keys}
        ranked = sorted(shown, key=lambda key: shown[key])
        return {key: shown[key] for key in ranked[:MOST]}

    async def _chain_rows(self, sessions: Sequence[date]) -> list[CoverageRow]:
        chains: dict[tuple[str, date], dict[date, OptionDayEntry]] = {}
        for entry in await self._services.option_history.catalogue():
            chains.setdefault((entry.symbol, entry.expiry), {})[entry.day] = entry
        newest = sorted(chains, key=lambda each: (each[1], each[0]), reverse=True)
        rows = [self._chain_row(*each, chains[each], sessions) for each in newest]
        return [row for row in rows if any(s is not DayState.NO_SESSION for s in row.states)][:MOST]

    def _chain_row(
        self,
        symbol: str,
        expiry: date,
        held: dict[date, OptionDayEntry],
        sessions: Sequence[date],
    ) -> CoverageRow:
        """From its first day on record, or as far back as a download goes, to its expiry."""
        first = min(min(held), expiry - LIFE)
        states = []
        for day in sessions:
            if not first <= day <= expiry:
                states.append(DayState.NO_SESSION)
            elif day not in held:
                states.append(DayState.MISSING)
            else:
                session = self._services.calendar.session_of(day)
                wanted = enough(session, _OPTION, Interval.MINUTE) if session else 0
                whole = held[day].minutes >= WHOLE * wanted
                states.append(DayState.HAVE if whole else DayState.PART)
        return _row(f"{symbol} {expiry}", f"{symbol} {expiry:%d %b %y}", states)

    async def fill(self, key: str) -> None:
        """One click: what is missing of an instrument in the span that is shown."""
        await self._start([InstrumentKey(key)])

    async def fill_all(self) -> None:
        keys = [InstrumentKey(row.id) for row in self.grid.rows if row.fillable]
        if not keys:
            ui.notify("There is no gap to fill.")
            return
        await self._start(keys)

    async def _start(self, keys: Sequence[InstrumentKey]) -> None:
        first, last = self.days
        names = {row.id: row.name for row in self.grid.rows}
        plan = Plan(
            what=What.CANDLES,
            keys=tuple(keys),
            names=tuple(names.get(key, key) for key in keys),
            interval=Interval.parse(self.interval),
            first=first,
            last=last,
        )
        await self._begin(plan)

    async def fill_chain(self, id: str) -> None:
        symbol, _, expiry = id.rpartition(" ")
        underlying = await self._services.instruments.underlying(symbol)
        if underlying is None:
            ui.notify(f"{symbol} is not listed today.", type="warning")
            return
        plan = Plan(
            what=What.EXPIRED,
            keys=(underlying.key,),
            names=(symbol,),
            expiry=date.fromisoformat(expiry),
            last=min(date.fromisoformat(expiry), self.days[1]),
        )
        await self._begin(plan)

    async def _begin(self, plan: Plan) -> None:
        try:
            await self._services.downloads.start(plan)
        except AppError as problem:
            ui.notify(str(problem), type="warning")
            return
        ui.notify(f"Download started: {plan.title}", type="positive")


_OPTION: Final = InstrumentKey("NSE_FO|0")


def _row(id: str, name: str, states: Sequence[DayState]) -> CoverageRow:
    missing = sum(state in GAPS for state in states)
    have = sum(state is DayState.HAVE for state in states)
    note = f"{formats.quantity(missing)} missing" if missing else f"{have} days"
    return CoverageRow(id, name, note, tuple(states), bool(missing))
