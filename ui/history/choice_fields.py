"""The fields in which the user corrects what was guessed of a file."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from nicegui import ui

from core.clock import IST
from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.ports.imports import Choice, Preview, Stamp
from core.services import Services
from core.services.download_names import named
from ui.components.fields import choice_field, text_field

FIELDS: Final = {
    "time": "Time or day",
    "clock": "Time of day",
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "volume": "Volume",
    "oi": "Open interest",
}
NONE: Final = ""
ZONES: Final = {
    "Asia/Kolkata": "India (IST)",
    "UTC": "UTC",
    "Asia/Singapore": "Singapore",
    "Europe/London": "London",
    "America/New_York": "New York",
}
STAMPS: Final = {Stamp.START: "the bar's start", Stamp.END: "the bar's end"}
INTERVALS: Final = ("1m", "3m", "5m", "10m", "15m", "30m", "1h", "1d")
WAIT: Final = 400
"""Milliseconds of rest in typing before the file is looked at again."""


class ChoiceFields:
    """`again` is called with each corrected choice."""

    def __init__(
        self, services: Services, found: Preview, again: Callable[[Choice], Awaitable[object]]
    ) -> None:
        self._services, self._found, self._again = services, found, again
        self._choice = found.choice

    async def build(self) -> None:
        asks = self._found.asks
        if not asks:
            return
        with ui.element("div").classes("toolbar import-fields"):
            if "key" in asks:
                await self._key()
            if "symbol" in asks:
                self._symbol()
            if "moment" in asks:
                self._moment()
            if "lot" in asks:
                self._lot()
            if "interval" in asks:
                self._bars()
        if "columns" in asks:
            with ui.element("div").classes("toolbar import-fields"):
                for field in FIELDS:
                    self._column(field)

    async def _key(self) -> None:
        key = self._choice.key
        known = await self._services.instruments.get(InstrumentKey(key)) if key else None
        text_field(
            f"Instrument: {key}" if key else "Instrument (symbol or key)",
            "import-key",
            value=known.symbol if known else key,
            hint="NIFTY, TCS, NSE_INDEX|India VIX …",
            wait_ms=WAIT,
            on_change=lambda e: self._key_typed(str(e.value or "")),
        )

    async def _key_typed(self, text: str) -> None:
        """A key is taken as it is: the contract may be long gone."""
        if not text.strip():
            return
        try:
            key = (await named(self._services.instruments, text)).key
        except RuleBroken as problem:
            if "|" not in text:
                ui.notify(str(problem), type="warning")
                return
            key = InstrumentKey(text.strip())
        await self._again(replace(self._choice, key=key))

    def _symbol(self) -> None:
        text_field(
            "Underlying",
            "import-symbol",
            value=self._choice.symbol,
            wait_ms=WAIT,
            on_change=lambda e: self._again(
                replace(self._choice, symbol=str(e.value or "").strip().upper())
            ),
        )

    def _moment(self) -> None:
        at = self._choice.moment
        text_field(
            "Taken down at (IST)",
            "import-moment",
            value=f"{at.astimezone(IST):%Y-%m-%d %H:%M}" if at else "",
            hint="2026-08-19 12:18",
            wait_ms=2 * WAIT,
            on_change=lambda e: self._moment_typed(str(e.value or "")),
        )

    async def _moment_typed(self, text: str) -> None:
        try:
            at = datetime.fromisoformat(text.strip())
        except ValueError:
            return  # not typed to its end yet
        whole = at.replace(tzinfo=IST) if at.tzinfo is None else at
        await self._again(replace(self._choice, moment=whole.astimezone(UTC)))

    def _lot(self) -> None:
        lot = self._choice.lot
        text_field(
            "Units in a contract",
            "import-lot",
            value=str(lot) if lot else "",
            hint="by the dated table",
            wait_ms=WAIT,
            on_change=lambda e: self._lot_typed(str(e.value or "")),
        )

    async def _lot_typed(self, text: str) -> None:
        if text.strip() and not text.strip().isdigit():
            return
        await self._again(replace(self._choice, lot=int(text or 0)))

    def _bars(self) -> None:
        choice = self._choice
        known = [*INTERVALS, *([choice.interval] if choice.interval not in INTERVALS else [])]
        choice_field(
            "Length of a bar",
            "import-interval",
            [each for each in known if each],
            value=choice.interval or None,
            on_change=lambda e: self._interval_chosen(str(e.value)),
        )
        zones = {**ZONES, **({choice.zone: choice.zone} if choice.zone else {})}
        choice_field(
            "Times are of",
            "import-zone",
            {**zones, **ZONES},
            value=choice.zone or "Asia/Kolkata",
            on_change=lambda e: self._again(replace(self._choice, zone=str(e.value))),
        )
        choice_field(
            "A time names",
            "import-stamp",
            {str(each): words for each, words in STAMPS.items()},
            value=str(choice.stamp or Stamp.START),
            on_change=lambda e: self._again(replace(self._choice, stamp=Stamp(e.value))),
        )
        choice_field(
            "03/04 is",
            "import-month-first",
            {"day": "3 April", "month": "4 March"},
            value="month" if choice.month_first else "day",
            on_change=lambda e: self._again(replace(self._choice, month_first=e.value == "month")),
        )

    async def _interval_chosen(self, text: str) -> None:
        try:
            Interval.parse(text)
        except BadData:
            return
        await self._again(replace(self._choice, interval=text))

    def _column(self, field: str) -> None:
        options = {NONE: "–", **{head: head for head in self._found.heads}}
        now = self._choice.columns.get(field, NONE)
        choice_field(
            FIELDS[field],
            f"import-column-{field}",
            options,
            value=now if now in options else NONE,
            on_change=lambda e: self._again(
                replace(self._choice, columns={**self._choice.columns, field: str(e.value or "")})
            ),
        )
