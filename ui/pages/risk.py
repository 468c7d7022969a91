"""Risk: whether orders are let through, what the day has used up, the limits and their trail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from nicegui import ui

from core.errors import RuleBroken
from core.risk.exposure import naked_lots, open_lots
from core.risk.limits import Limits, Standing
from core.services import Services
from core.services.trading import Trading
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.empty_state import empty_state
from ui.components.fields import button, text_field
from ui.components.kill_switch import said
from ui.components.panel import panel
from ui.components.sight import paced
from ui.components.watch import watch
from ui.theme import formats
from ui.theme.colors import MODE_WORDS, tone

TRAILS: Final = ("limits", "standing", "arming")
WORDS: Final = {
    Standing.ACTIVE: ("ACTIVE", "up", "Orders are let through, within the limits below."),
    Standing.REDUCE_ONLY: ("EXITS ONLY", "warn", "Only what closes a position is let through."),
    Standing.HALTED: ("HALTED", "down", "Nothing new is let through."),
}
USE: Final = (
    Column(name="what", title="", classes="dim"),
    Column(name="used", title="Now", classes="num"),
    Column(name="limit", title="Limit", classes="num"),
)
TRAIL: Final = (
    Column(name="at", title="When", classes="num left dim", width="132px"),
    Column(name="what", title="What", classes="wide-only", width="84px"),
    Column(name="text", title="Change"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of the form: what it is called, what it means, how its text is read."""

    title: str
    hint: str
    read: Callable[[str], Any]


def _whole(text: str) -> int:
    return int(text.replace(",", ""))


def _symbols(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.upper().replace(",", " ").split()))


def _money(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("₹", ""))


FIELDS: Final = {
    "order_lots": Asked("Lots in one order", "Not for shares. Exits pass.", _whole),
    "order_value": Asked("Value of one order, ₹", "At the price it may cost.", _money),
    "open_lots": Asked("Lots open at once", "Over all contracts, working orders too.", _whole),
    "naked_lots": Asked(
        "Sold lots without a hedge",
        "Of one underlying, expiry and side; 0 lets no naked option be sold.",
        _whole,
    ),
    "orders_a_day": Asked("Orders a day", "Exits pass.", _whole),
    "orders_a_second": Asked(
        "Orders a second", "1 to 8, changes and cancellations too; exits go first.", _whole
    ),
    "fat_finger": Asked(
        "Price off the market, %", "A limit that is so much worse than the market's.", Decimal
    ),
    "duplicate_seconds": Asked(
        "Same order again within, s", "0 to 60; the second of two alike is refused.", float
    ),
    "day_loss": Asked("Loss of the day, ₹", "Reached: only exits until tomorrow.", _money),
    "profit_lock": Asked("Profit lock begins at, ₹", "Trails the day's best from there.", _money),
    "give_back": Asked("Profit given back, ₹", "From the best: only exits until tomorrow.", _money),
    "banned": Asked(
        "In the ban period",
        "Underlyings by symbol, as NSE lists them today: only exits pass.",
        _symbols,
    ),
    "square_off_at": Asked(
        "Only exits from (IST)", "For example 15:10; you square off yourself.", time.fromisoformat
    ),
}
NO_LIMITS: Final = {"banned": ()}
"""What an empty field means where that is not None."""
WHOLE_RUPEES: Final = ("order_value", "day_loss", "profit_lock", "give_back")
NEEDED: Final = ("orders_a_second", "duplicate_seconds")


async def page(services: Services) -> None:
    trading = services.trading
    if trading is None:
        empty_state("Nothing can be ordered in this mode", MODE_WORDS[services.mode], icon="block")
        return
    with ui.element("div").classes("page page-risk"):
        with ui.element("div").classes("grid-2"):
            with panel("Are orders let through?"):
                _standing(services, trading)
            with panel("What the day has used", classes="flush"):
                _use(services, trading)
        with panel("Limits: they hold for pages, programs and rules alike"):
            _Form(trading).build()
        with panel("Who changed what", classes="flush"):
            await _trail(trading)


def _standing(services: Services, trading: Trading) -> None:
    state = trading.state

    @ui.refreshable
    def shown() -> None:
        word, colour, meaning = WORDS[state.standing]
        with ui.element("div").classes("risk-now"):
            ui.label(word).classes(f"risk-word {colour}").props('data-testid="risk-standing"')
            ui.label(meaning).classes("dim")
        for text in _reasons(trading):
            ui.label(text).classes("pad warn")

    shown()
    ui.label(f"{services.mode.upper()} · {MODE_WORDS[services.mode]}").classes("mode-line pad")
    ui.label("STOP in the top bar, or Ctrl . twice, halts everything from any page.").classes(
        "dim pad"
    )
    watch(lambda: (state.standing, tuple(_reasons(trading))), shown.refresh)


def _reasons(trading: Trading) -> list[str]:
    state = trading.state
    found = [f"Why: {state.standing_reason}."] if state.standing_reason else []
    if state.held_until is not None:
        found.append(f"Held until {formats.ist(state.held_until)}.")
    if state.lock_reason:
        found.append(f"Only exits until tomorrow: {state.lock_reason}.")
    return [*found, *(f"{each[:1].upper()}{each[1:]}." for each in trading.gate.not_ready())]


def _use(services: Services, trading: Trading) -> None:
    table = DataTable("use", USE).classes("bare")

    def look() -> None:
        table.show(_used(services, trading))

    look()
    paced(1.0, look)


def _used(services: Services, trading: Trading) -> list[Row]:
    state, gate, limits = trading.state, trading.gate, trading.state.limits
    pnl, held = gate.day_pnl(), gate.open_stakes()
    naked = sum(naked_lots(held).values())
    return [
        Row(
            "pnl",
            ("Profit after charges", Cell(formats.rupees(pnl), tone(pnl)), _loss(limits)),
        ),
        Row(
            "best",
            ("Best of the day", formats.rupees(state.best_pnl), _money_of(limits.profit_lock)),
        ),
        Row("orders", ("Orders", str(gate.orders_today()), _count_of(limits.orders_a_day))),
        Row("open", ("Lots open", str(open_lots(held)), _count_of(limits.open_lots))),
        Row("naked", ("Sold without a hedge", str(naked), _count_of(limits.naked_lots))),
        Row("waiting", ("Orders waiting for their turn", str(trading.pace.waiting), "")),
    ]


def _loss(limits: Limits) -> str:
    return _money_of(None if limits.day_loss is None else -limits.day_loss)


def _money_of(limit: Decimal | None) -> str:
    return "no limit" if limit is None else formats.rupees(float(limit), 0)


def _count_of(limit: int | None) -> str:
    return "no limit" if limit is None else str(limit)


class _Form:
    """An empty field is no limit."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading
        self._fields: dict[str, ui.input] = {}

    def build(self) -> None:
        with ui.element("div").classes("risk-limits"):
            for name, asked in FIELDS.items():
                with ui.element("div").classes("risk-limit"):
                    self._fields[name] = text_field(
                        asked.title,
                        f"limit-{name.replace('_', '-')}",
                        value=self._text(name),
                        hint="none" if name in NO_LIMITS else "no limit",
                        on_change=lambda _: self._look(),
                    )
                    ui.label(asked.hint).classes("dim")
        with ui.element("div").classes("risk-save"):
            button("Keep these limits", "limits-save", self._save, icon="check", primary=True)
            button("Undo", "limits-undo", self._undo)
            self._said = ui.label().props('data-testid="limits-said"')

    def _text(self, name: str) -> str:
        value = getattr(self._trading.state.limits, name)
        if value is None:
            return ""
        if isinstance(value, tuple):
            return ", ".join(value)
        if isinstance(value, time):
            return f"{value:%H:%M}"
        return formats.quantity(float(value)) if name in WHOLE_RUPEES else f"{float(value):g}"

    def _wanted(self) -> Limits:
        """Raises RuleBroken that names what cannot be."""
        values: dict[str, Any] = {}
        for name, field in self._fields.items():
            text = (field.value or "").strip()
            if not text and name in NEEDED:
                raise RuleBroken(f"{FIELDS[name].title}: a number is needed")
            try:
                values[name] = FIELDS[name].read(text) if text else NO_LIMITS.get(name)
            except (ValueError, InvalidOperation):
                raise RuleBroken(f"{FIELDS[name].title}: {text} cannot be read") from None
        return Limits(**values)

    def _look(self) -> None:
        try:
            changed = self._wanted() != self._trading.state.limits
        except RuleBroken as problem:
            self._say(str(problem), "down")
            return
        self._say("Not kept yet." if changed else "", "warn")

    async def _save(self) -> None:
        try:
            wanted = self._wanted()
        except RuleBroken as problem:
            self._say(str(problem), "down")
            return
        if await said(self._trading.controls.set_limits(wanted)):
            self._say("Kept, and written into the journal.", "up")

    def _undo(self) -> None:
        for name, field in self._fields.items():
            field.set_value(self._text(name))
        self._say("", "")

    def _say(self, text: str, colour: str) -> None:
        self._said.set_text(f"{text[:1].upper()}{text[1:]}")
        self._said.classes(add=colour, remove=" ".join({"up", "down", "warn"} - {colour}))


async def _trail(trading: Trading) -> None:
    table = DataTable("trail", TRAIL, empty="Nothing was changed yet.").classes("wrap")

    async def look() -> None:
        entries = [each for name in TRAILS for each in await trading.journal.of(name)]
        newest = sorted(entries, key=lambda each: -each.number)[:100]
        table.show(
            [
                Row(
                    str(each.number),
                    (formats.ist(each.entry.at), each.entry.correlation, each.entry.text),
                )
                for each in newest
            ]
        )

    await look()
    state = trading.state
    watch(lambda: (state.limits, state.standing, state.armed), look)
