"""Start a download: what, of which instruments, how long the bars, from when to when."""

from datetime import date, timedelta
from typing import Any, Final

from nicegui import ui

from core.downloads.plan import Plan, What
from core.errors import AppError, RuleBroken
from core.instruments.candle import Interval
from core.jobs.download_daily import DailyWishes
from core.services import Services
from core.services.download_names import named, named_plan
from core.services.standing_chains import chosen_chains
from ui.components.choices import Choices
from ui.components.fields import button, choice_field, text_field
from ui.theme import formats

KEPT: Final = "downloads.form"
WORDS: Final = {
    What.CANDLES: "Candles",
    What.EXPIRED: "Whole expiry",
    What.CHAIN: "Chains as they are now",
    What.ACTIONS: "Corporate actions",
    What.INSTRUMENTS: "Instruments of the day",
}
INTERVALS: Final = ("1m", "3m", "5m", "15m", "30m", "1h", "1d", "1w", "1M")
OF_EXPIRED: Final = ("1m", "3m", "5m", "15m", "30m", "1d")
NEWEST: Final = ""
LIVE: Final = 3
"""So many of the expiries that are still listed are offered."""


class StartForm:
    """Texts until they are sent: what is typed is kept, what cannot be is said."""

    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices
        self._asking = 0

    async def build(self) -> None:
        kept: dict[str, Any] = self._choices.get(KEPT, {})
        last = self._services.downloads.last_whole_day()
        what = kept.get("what", What.CANDLES.value)
        with ui.element("div").classes("toolbar download-form"):
            self.what = choice_field(
                "What",
                "download-what",
                {each.value: words for each, words in WORDS.items()},
                value=what if what in set(What) else What.CANDLES.value,
                on_change=lambda _: self._changed(),
            )
            self.names = text_field(
                "Instruments",
                "download-names",
                value=str(kept.get("names", "NIFTY")),
                hint="NIFTY, RELIANCE, an instrument key …",
                wait_ms=300,
                on_change=lambda _: self._changed(),
            )
            self.expiry = choice_field(
                "Expiry", "download-expiry", {NEWEST: "newest"}, value=NEWEST
            )
            interval = str(kept.get("interval", "1m"))
            self.interval = choice_field(
                "Bars",
                "download-interval",
                list(INTERVALS),
                value=interval if interval in INTERVALS else "1m",
                on_change=lambda _: self._changed(),
            )
            self.first = self._day("From", "download-from", last - timedelta(days=30))
            self.last = self._day("To", "download-to", last)
            button("Download", "download-start", self.start, icon="download", primary=True)
        self.note = ui.label().classes("dim download-note").props('data-testid="download-note"')
        await self._changed()

    def _day(self, label: str, name: str, value: date) -> ui.input:
        field = text_field(
            label, name, value=value.isoformat(), on_change=lambda _: self._changed()
        )
        return field.props("type=date")

    @property
    def chosen(self) -> What:
        return What(self.what.value)

    async def _changed(self) -> None:
        what = self.chosen
        for field, shown in (
            (self.names, what is not What.INSTRUMENTS),
            (self.expiry, what is What.EXPIRED),
            (self.interval, what in (What.CANDLES, What.EXPIRED)),
            (self.first, what is What.CANDLES),
            (self.last, what is What.CANDLES),
        ):
            label = field.parent_slot.parent if field.parent_slot else field
            label.set_visibility(shown)
        self._choices.keep(
            KEPT,
            {
                "what": what.value,
                "names": self.names.value or "",
                "interval": self.interval.value,
            },
        )
        self.note.set_text(self._estimate())
        if what is What.EXPIRED:
            await self._offer_expiries()

    async def _offer_expiries(self) -> None:
        """What the broker serves of the underlying typed in; the newest asked for counts."""
        self._asking += 1
        mine = self._asking
        try:
            underlying = await named(self._services.instruments, self._typed()[0])
        except (AppError, IndexError) as problem:
            self.note.set_text(str(problem) if isinstance(problem, AppError) else "")
            return
        listed = (await self._services.instruments.expiries(underlying.symbol))[:LIVE]
        served, why = list[date](), ""
        try:
            served = await self._services.expired.expiries(underlying.key)
        except AppError as problem:
            why = f" None that is over: {problem}."
        if mine == self._asking:
            newest = sorted({*served, *listed}, reverse=True)
            options = {each.isoformat(): formats.day(each) for each in newest}
            over = next((each.isoformat() for each in newest if each in served), "")
            first = over or next(iter(options), NEWEST)
            value = self.expiry.value if self.expiry.value in options else first
            self.expiry.set_options(options or {NEWEST: "none"}, value=value)
            self.note.set_text(
                f"{underlying.symbol}: {len(served)} expiries that are over can be had. All options"
                f" and futures of one are downloaded, and days of its chain made.{why}"
            )

    def _estimate(self) -> str:
        """At most so many calls, of days that are not there yet fewer."""
        if self.chosen is not What.CANDLES:
            return ""
        try:
            plan = self._plan()
            count = len(self._services.history.pieces(plan.interval, *plan.span))
        except AppError as problem:
            return str(problem)
        names = len(self._typed())
        calls = formats.quantity(count * names)
        return f"{names} × {count} calls at most: {calls}. Only what is missing is asked for."

    def _typed(self) -> list[str]:
        return [part.strip() for part in (self.names.value or "").split(",") if part.strip()]

    def _plan(self) -> Plan:
        """Without its instruments; raises RuleBroken for what makes no sense."""
        what = self.chosen
        expiry = self.expiry.value if what is What.EXPIRED else None
        return Plan(
            what=what,
            interval=Interval.parse(self.interval.value),
            first=_day(self.first.value) if what is What.CANDLES else None,
            last=_day(self.last.value) if what is What.CANDLES else None,
            expiry=_day(expiry) if expiry else None,
        )

    async def start(self) -> None:
        try:
            plan = self._plan()
            if plan.what is not What.INSTRUMENTS:
                names = self._typed()[:1] if plan.what is What.EXPIRED else self._typed()
                plan = await named_plan(self._services.instruments, plan, names)
            await self._services.downloads.start(plan)
        except AppError as problem:
            ui.notify(str(problem), type="warning")
            return
        ui.notify(f"Download started: {plan.title}", type="positive")


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as problem:
        raise RuleBroken("Give both days, as 2026-11-20.") from problem


def daily_words(wishes: DailyWishes, known: dict[str, object]) -> str:
    """What the schedule downloads, in words."""
    if not wishes.enabled:
        return "Nothing is downloaded by itself."
    symbols = [symbol for symbol, count in chosen_chains(known).items() if count]
    names = ", ".join([*symbols, "India VIX", *wishes.more])
    chains = " and every contract of their nearest expiry" if wishes.chains else ""
    return f"{names}{chains}: minutes and days, gaps of a week filled."
