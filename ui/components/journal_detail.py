"""One trade: its numbers, your notes, the market at entry and exit, and where the profit came
from."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite
from typing import Final

from nicegui import background_tasks, ui

from core.errors import AppError, RuleBroken
from core.journal.attribution import Attribution, added
from core.journal.notes import TradeNote, note_of, risk_of, setup_of, tags_of
from core.journal.snaps import Snap
from core.journal.trades import Trade
from ui.components.data_table import DataTable
from ui.components.fields import PROPS, button, text_field
from ui.components.signed_bars import SignedBar, SignedBars
from ui.components.sparkline import Sparkline
from ui.journal.filters import setups
from ui.journal.lines import TRIPS, charge_words, money, r_of, stamp, tone, trip_row
from ui.journal.source import JournalSource
from ui.theme import formats

TYPED: Final = 700
"""Milliseconds without a key, after which what was typed is kept."""
PARTS: Final = {
    "delta": "Delta × move of the forward",
    "gamma": "½ gamma × move²",
    "vega": "Vega × change of the volatility",
    "theta": "Theta × time",
    "other": "The rest: spread paid, higher orders, and moves between the recorded minutes",
}


class TradeDetail:
    """Hidden while no trade is shown."""

    def __init__(self, source: JournalSource, closed: Callable[[], object]) -> None:
        self._source, self._closed = source, closed
        self.trade: Trade | None = None
        with ui.element("aside").classes("journal-side").props('data-testid="trade"') as self._box:
            with ui.element("header").classes("panel-head"):
                self._title = ui.label().classes("panel-title").mark("trade-title")
                with ui.element("div").classes("panel-tools"):
                    button("", "trade-close", self.close, icon="close", tip="Close")
            self._body = ui.element("div").classes("journal-side-body")
        self._box.set_visibility(False)

    async def show(self, trade: Trade) -> None:
        self.trade = trade
        self._box.set_visibility(True)
        self._title.set_text(trade.title)
        self._body.clear()
        with self._body:
            self._figures(trade)
            self._notes(trade)
            self._market = ui.element("div")
            self._parts = ui.element("div")
            ui.label("Round trips").classes("journal-head")
            empty = "Nothing of it is closed yet."
            table = DataTable("trip", TRIPS, empty=empty).classes("wrap")
            table.show([trip_row(trip) for trip in trade.trips])
        await self._show_market(trade)

    def close(self) -> None:
        self.trade = None
        self._box.set_visibility(False)
        self._closed()

    def renew(self) -> None:
        """Shown anew where it has grown since."""
        if self.trade is None:
            return
        now = self._source.trade(self.trade.id)
        if now is not None and now != self.trade:
            background_tasks.create(self.show(now), name="trade of the journal")

    # numbers
    def _figures(self, trade: Trade) -> None:
        note = self._source.notes.get(trade.id)
        held = trade.held
        state = formats.duration(held.total_seconds()) if held else "open"
        charges = float(trade.charges.total)
        between = f"{formats.ist(trade.opened_at)} to {formats.ist(trade.closed_at)}"
        sums = f"{money(trade.profit)} less charges {formats.price(charges)}"
        of_risk = "Net over the rupees at risk that you wrote down"
        with ui.element("div").classes("journal-kpis"):
            self._kpi("Net", money(trade.net), tone(trade.net), sums)
            self._kpi("Gross", money(trade.profit), tone(trade.profit))
            self._kpi("Charges", formats.price(charges), tip=charge_words(trade.charges))
            self._kpi("R", formats.signed(r_of(trade, note), 2), tip=of_risk)
            self._kpi("Held", state, tip=between)
            self._kpi("Units", formats.quantity(trade.units), tip=trade.direction)

    def _kpi(self, name: str, value: str, tone: str = "", tip: str = "") -> None:
        with ui.element("div").classes("kpi").props(f'title="{tip}"'):
            ui.label(name).classes("kpi-label")
            made = ui.label(value).classes(f"kpi-value num {tone}")
            made.props(f'data-testid="trade-{name.lower()}"')

    # notes
    def _notes(self, trade: Trade) -> None:
        note = self._source.note(trade.id)
        with ui.element("div").classes("journal-notes"):
            known = setups(self._source.notes.values())
            self.setup = text_field(
                "Setup", "note-setup", value=note.setup, hint="Breakout, Iron fly …",
                wait_ms=TYPED, on_change=lambda _: self.keep(),
            )  # fmt: skip
            self.setup.set_autocomplete(known)
            self.tags = text_field(
                "Tags", "note-tags", value=", ".join(note.tags), hint="event, late, …",
                wait_ms=TYPED, on_change=lambda _: self.keep(),
            )  # fmt: skip
            self.risk = text_field(
                "At risk (₹)", "note-risk", value="" if note.risk is None else f"{note.risk:.2f}",
                hint="loss at the stop", wait_ms=TYPED, on_change=lambda _: self.keep(),
            )  # fmt: skip
            with ui.element("label").classes("fld fld-note"):
                ui.label("Note")
                self.words = ui.textarea(
                    value=note.note,
                    placeholder="Why, and what to do better",
                    on_change=lambda _: self.keep(),
                ).props(f'{PROPS} debounce={TYPED} autogrow data-testid="note-words"')
                self.words.mark("note-words")
            self.said = ui.label(self._edited(note)).classes("dim journal-said")
            self.said.props('data-testid="note-said"')

    def _edited(self, note: TradeNote) -> str:
        return f"kept {stamp(note.edited_at)}" if note.edited_at else "kept as you type"

    async def keep(self) -> None:
        """Write down what was typed; what cannot be is said and not kept."""
        if self.trade is None:
            return
        before = self._source.note(self.trade.id)
        try:
            note = replace(
                before,
                setup=setup_of(self.setup.value or ""),
                tags=tags_of(self.tags.value or ""),
                risk=risk_of(self.risk.value or ""),
                note=note_of(self.words.value or ""),
            )
            if note != before:
                await self._source.write(note)
        except RuleBroken as problem:
            self.said.set_text(f"Not kept: {problem}")
            self.said.classes(add="down", remove="dim")
            return
        self.said.set_text(self._edited(self._source.note(self.trade.id)))
        self.said.classes(add="dim", remove="down")

    # the market
    async def _show_market(self, trade: Trade) -> None:
        try:
            entry, leaving = await self._source.journal.snaps(trade)
            parts = await self._source.journal.attribution(trade)
        except AppError as problem:
            with self._market:
                ui.label(f"The snapshots cannot be read: {problem}").classes("down")
            return
        if self.trade is not trade:
            return
        with self._market:
            ui.label("Market at entry and exit").classes("journal-head")
            self._snaps(trade, entry, leaving)
        with self._parts:
            ui.label("Where the profit came from").classes("journal-head")
            known = [part for _, part in parts if part is not None]
            if len(known) < len(parts) or not known:
                text = f"{len(parts) - len(known)} of {len(parts)} round trips were not recorded"
                ui.label(text if parts else "Nothing of it is closed yet.").classes("dim")
            if known:
                self._attributed(trade, known)

    def _attributed(self, trade: Trade, known: Sequence[Attribution]) -> None:
        total = added(known)
        bars = SignedBars("part")
        bars.show([SignedBar(n.capitalize(), getattr(total, n), tip) for n, tip in PARTS.items()])
        text = f"gross {formats.signed(total.total)}, by {total.marks} recorded moments at least"
        ui.label(text).classes("dim").props('data-testid="part-total"')

    def _snaps(self, trade: Trade, entry: Snap | None, leaving: Snap | None) -> None:
        if entry is None and leaving is None:
            text = "No snapshot was taken: the desk was not running, or heard of the fills late."
            ui.label(text).classes("dim").props('data-testid="no-snaps"')
            return
        with ui.element("div").classes("journal-snaps"):
            for name in ("", "Entry", "Exit"):
                ui.label(name).classes("journal-snap-head")
            for name, texts in snap_lines(entry, leaving):
                ui.label(name).classes("dim")
                for place, text in zip(("entry", "exit"), texts, strict=True):
                    made = ui.label(text).classes("num")
                    made.props(f'data-testid="snap-{place}-{name.lower().replace(" ", "-")}"')
            charts: dict[str, list[tuple[float, ...]]] = {
                "Underlying, 60 min": [s.closes if s else () for s in (entry, leaving)],
                "Contract, 60 min": [s.own_closes if s else () for s in (entry, leaving)],
            }
            for name, series in charts.items():
                if any(series):
                    ui.label(name).classes("dim")
                    for closes in series:
                        self._chart(closes)

    def _chart(self, closes: tuple[float, ...]) -> None:
        if len(closes) > 1:
            tip = f"{formats.price(closes[0])} to {formats.price(closes[-1])}"
            Sparkline(closes, closes[0]).props(f'title="{tip}"').classes("journal-spark")
        else:
            ui.label(formats.DASH).classes("faint").props('title="Not recorded"')


def snap_lines(entry: Snap | None, leaving: Snap | None) -> list[tuple[str, tuple[str, str]]]:
    """Names, and the texts of both snapshots; a dash where nothing is known."""

    def both(name: str, digits: int = 2, *, scale: float = 1.0, unit: str = "") -> tuple[str, str]:
        texts = []
        for snap in (entry, leaving):
            value = getattr(snap, name) * scale if snap is not None else float("nan")
            texts.append(f"{formats.price(value, digits)}{unit if isfinite(value) else ''}")
        return texts[0], texts[1]

    return [
        ("Time", (stamp(entry.at if entry else None), stamp(leaving.at if leaving else None))),
        ("Spot", both("spot")),
        ("Forward", both("forward")),
        ("ATM IV", both("atm_iv", scale=100, unit="%")),
        ("PCR", both("pcr")),
        ("Max pain", both("max_pain", 0)),
        ("Bid", both("bid")),
        ("Ask", both("ask")),
        ("IV", both("iv", scale=100, unit="%")),
        ("Delta", both("delta", 3)),
        ("Gamma", both("gamma", 5)),
        ("Theta", both("theta")),
        ("Vega", both("vega")),
    ]
