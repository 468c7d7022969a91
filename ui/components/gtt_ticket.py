"""The ticket of an order good till triggered: single, a pair that closes, or a bracket."""

from functools import partial
from typing import Any, Final
from uuid import uuid4

from nicegui import background_tasks, context, ui

from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.ports.feed import FeedMode
from core.services import Services
from core.services.gtt_side import Gtts
from core.services.trading import Trading
from core.state.market import Col
from core.trading.gtt import Gtt, GttStatus
from core.trading.gtt_terms import NO_PROTECTION, GttKind, GttRequest, Trigger, gap_problem
from core.trading.requests import AUTOMATIC, Product, Side
from ui.components.confirm import mode_line
from ui.components.fields import button, choice_field, text_field, whole_field
from ui.components.fresh import fresh
from ui.components.leaving import Leaving
from ui.components.sight import paced
from ui.gtt import words
from ui.gtt.form import MOST_LOTS, GttForm, form_of
from ui.theme import formats

PACE: Final = 0.5
NOWHERE: Final = "Orders good till triggered cannot be placed in this mode."
SIDES: Final = {Side.BUY: "Buy", Side.SELL: "Sell"}
BY_SIDE: Final = "side"
TRIGGERS: Final = {
    BY_SIDE: "when it gets there",
    Trigger.ABOVE: "at or above",
    Trigger.BELOW: "at or below",
    Trigger.IMMEDIATE: "at once, as a limit",
}
LIMITS: Final = {
    NO_PROTECTION: "the trigger itself",
    AUTOMATIC: "broker's own protection",
    1: "up to 1 % worse",
    2: "up to 2 % worse",
    3: "up to 3 % worse",
    5: "up to 5 % worse",
    10: "up to 10 % worse",
}
ABOUT: Final = {
    GttKind.SINGLE: "One order, placed by the broker once the price is reached.",
    GttKind.OCO: "Closes what is held: a stop and a target, one ends the other.",
    GttKind.BRACKET: "An entry, and a target and stop that become active once it is filled.",
}
TONES: Final = {GttStatus.REJECTED: "down", GttStatus.FAILED: "down", GttStatus.UNKNOWN: "warn"}


async def open_gtt(
    services: Services,
    key: InstrumentKey,
    *,
    kind: GttKind = GttKind.SINGLE,
    side: Side = Side.BUY,
    lots: int = 1,
    product: Product | None = None,
    closing: bool = False,
    gtt: Gtt | None = None,
    group: str = "",
) -> None:
    """A dialog over the page. `closing` fills in what closes what is held of `product`; with `gtt`
    that one is changed. What cannot be is said."""
    trading = services.trading
    if trading is None or trading.gtts is None:
        ui.notify(NOWHERE, type="warning", position="bottom-right")
        return
    try:
        instrument = await trading.gate.know(key)
    except AppError as problem:
        ui.notify(str(problem), type="warning", position="bottom-right")
        return
    if gtt is not None:
        form = form_of(gtt, instrument)
    else:
        form = GttForm(instrument=instrument, kind=kind, side=side, lots=lots, group=group)
        form.product = product or form.products[0]
        if held := trading.state.held(key, form.product) if closing else 0:
            form.closing(held)
    with context.client.content:
        GttTicket(services, trading, trading.gtts, form)


class GttTicket:
    """Good for one sending; what came of it is shown in the same place."""

    def __init__(self, services: Services, trading: Trading, gtts: Gtts, form: GttForm) -> None:
        self._services, self._trading, self._gtts, self.form = services, trading, gtts, form
        self._instrument: Instrument = form.instrument
        self._requests: tuple[GttRequest, ...] = ()
        self._sent: tuple[Gtt, ...] = ()
        self._sending = False
        self._owner = f"gtt {form.click}"
        services.subscriptions.hold(self._owner, {form.instrument.key: FeedMode.LTPC})
        trading.bands.want(form.instrument.key)
        with ui.dialog().props("persistent") as self._dialog:
            classes = f"sheet basket-sheet narrow-ticket mode-{services.mode}"
            self._sheet = ui.element("div").classes(classes)
        self._sheet.props('data-testid="gtt-ticket"')
        self._dialog.on("hide", self._dialog.delete)
        with self._sheet:
            Leaving(lambda: services.subscriptions.release(self._owner))
            self._build()
        self._dialog.open()
        self.look()

    # what it is made of
    def _build(self) -> None:
        with ui.element("div").classes("basket-head"):
            what = "Change GTT" if self.form.changing else "GTT"
            ui.label(f"{what} · {self._instrument.symbol}").classes("sheet-title")
            mode_line(self._services)
            button("", "gtt-close", self._dialog.close, icon="close", tip="Close")
        with ui.element("div").classes("basket-scroll"):
            self._head()
            with ui.element("div").classes("gtt-fields"):
                self._fields()
            self._words = ui.element("div").classes("basket-plan")
            self._words.props('data-testid="gtt-plan"')
        with ui.element("div").classes("basket-foot"):
            self._wrong = ui.element("div").classes("basket-problems")
            self._wrong.props('role="status" data-testid="gtt-problem"')
            self._said = ui.label().props('role="status" data-testid="gtt-said"').mark("gtt-said")
            self._go = ui.element("button").classes("confirm basket-go").mark("gtt-send")
            self._go.props('type="button" disabled data-testid="gtt-send"').on("click", self._send)
            with self._go:
                self._go_words = ui.label()
        self._timer = paced(PACE, self.look)

    def _head(self) -> None:
        with ui.element("div").classes("gtt-head"):
            with ui.element("div").classes("segments").props('role="group"'):
                kinds = [self.form.kind] if self.form.changing else list(words.KINDS)
                self._kinds = {kind: self._kind(kind) for kind in kinds}
            self._last = ui.label().classes("num strong").props('data-testid="gtt-ltp"')
        self._about = ui.label().classes("dim")

    def _kind(self, kind: GttKind) -> ui.element:
        name = f"gtt-{words.KINDS[kind].lower()}"
        with ui.element("button") as made:
            ui.label(words.KINDS[kind])
        made.props(f'type="button" data-testid="{name}"').mark(name)
        return made.on("click", partial(self._choose, kind))

    def _choose(self, kind: GttKind) -> None:
        self.form.kind = kind
        if kind is GttKind.OCO and (held := self._held()):
            self.form.closing(held)
            self._side.set_value(self.form.side)
            self._lots.set_value(self.form.lots)
        self.look()

    def _fields(self) -> None:
        form, fixed = self.form, self.form.changing is not None
        self._side = choice_field(
            "Side", "gtt-side", SIDES, value=form.side, on_change=lambda e: self._put("side", e)
        )
        self._lots = whole_field(
            "Lots" if form.lot_size > 1 else "Shares",
            "gtt-lots",
            form.lots,
            1,
            MOST_LOTS,
            self._size,
        )
        self._product = choice_field(
            "Product",
            "gtt-product",
            {each: str(each).capitalize() for each in form.products},
            value=form.product,
            on_change=lambda e: self._put("product", e),
        )
        self._trigger = choice_field(
            "Entry",
            "gtt-trigger",
            TRIGGERS,
            value=form.trigger or BY_SIDE,
            on_change=self._triggered,
        )
        self._texts = {
            "price": self._text("price", "Trigger price"),
            "target": self._text("target", "Target"),
            "stop": self._text("stop", "Stop loss"),
            "gap": self._text("gap", "Trail by, ₹", hint="does not trail"),
        }
        self._limit = choice_field(
            "Limit of what is triggered",
            "gtt-limit",
            LIMITS if form.protection in LIMITS else {**LIMITS, form.protection: "as it is"},
            value=form.protection,
            on_change=lambda e: self._put("protection", e),
        )
        for each in (self._side, self._product) if fixed else ():
            each.disable()
        if form.entered:
            self._lots.disable()
            self._trigger.disable()

    def _text(self, name: str, title: str, hint: str = "") -> ui.input:
        def put(event: Any) -> None:
            self.form.texts[name] = event.value or ""
            self.look()

        value = self.form.texts[name]
        made = text_field(title, f"gtt-{name}", value=value, hint=hint, wait_ms=80, on_change=put)
        return made.props('inputmode="decimal" autocomplete="off"')

    def _put(self, name: str, event: Any) -> None:
        setattr(self.form, name, event.value)
        self.look()

    def _triggered(self, event: Any) -> None:
        self.form.trigger = None if event.value == BY_SIDE else Trigger(event.value)
        self.look()

    def _size(self, lots: int) -> None:
        self.form.lots = lots
        self.look()

    # what it says
    def look(self) -> None:
        """Draw what holds now; nothing can be sent while anything is wrong."""
        if self._sent:
            self._tell()
            return
        last, problems = self._quote(), []
        try:
            self._requests = self.form.requests(last)
            problems = self._problems(last)
        except RuleBroken as problem:
            self._requests, problems = (), [str(problem)]
        self._show_fields()
        plan = words.plan(self._requests, last, self._instrument.expiry) if self._requests else []
        self._list(self._words, plan)
        self._list(self._wrong, [_sentence(each) for each in dict.fromkeys(problems)])
        ready = bool(self._requests) and not problems and not self._sending
        self._go.props(remove="disabled") if ready else self._go.props("disabled")
        self._go_words.set_text(f"{self._verb()} · {self._services.mode.upper()}")

    def _problems(self, last: float) -> list[str]:
        desk, changing = self._gtts.desk, self.form.changing
        found = []
        for request in self._requests:
            if changing is None:
                found += desk.refusals(request)
            elif gap := gap_problem(request, last):
                found.append(gap)
        if self.form.kind is GttKind.OCO and not changing:
            held, signed = self._held(), self._requests[0].signed
            if held * signed >= 0 or abs(signed) > abs(held):
                found.append(
                    f"a pair closes what is held: {abs(held)} units are, as {self.form.product}"
                )
        return found

    def _quote(self) -> float:
        market, key = self._services.market, self._instrument.key
        last = market.get(key, Col.LTP)
        stale, why = fresh(self._services, market.row(key))
        band = self._trading.bands.band(key)
        limits = f" · band {formats.price(band[0])}–{formats.price(band[1])}" if band else ""
        self._last.set_text(f"LTP {formats.price(last)}{limits}")
        self._last.classes(add=stale) if stale else self._last.classes(remove="stale")
        self._last.props(f'title="{why}"')
        return last

    def _show_fields(self) -> None:
        kind = self.form.kind
        pair, bracket = kind is GttKind.OCO, kind is GttKind.BRACKET
        self._about.set_text(ABOUT[kind])
        for name, shown in (
            ("price", not pair),
            ("target", pair or bracket),
            ("stop", pair or bracket),
            ("gap", bracket),
        ):
            _field(self._texts[name]).set_visibility(shown)
        _field(self._trigger).set_visibility(not pair)
        for each, made in self._kinds.items():
            made.classes(add="here") if each is kind else made.classes(remove="here")
            made.props(f'aria-pressed="{str(each is kind).lower()}"')

    def _list(self, box: ui.element, lines: list[str]) -> None:
        if getattr(box, "shown_lines", None) == lines:
            return
        box.shown_lines = lines  # type: ignore[attr-defined]
        box.clear()
        with box:
            for line in lines:
                ui.label(line)

    def _held(self) -> int:
        return self._trading.state.held(self._instrument.key, self.form.product)

    def _verb(self) -> str:
        if self.form.changing is not None:
            return "Change it"
        if self.form.kind is GttKind.OCO:
            return "Place stop and target"
        return f"Place: {self.form.side} {self.form.quantity}"

    # sending
    async def _send(self) -> None:
        """Exactly what was shown, once."""
        if self._sending or not self._requests:
            return
        self._sending = True
        self._go.props("disabled")
        self._say("Being sent …", "")
        refused = await background_tasks.create(self._ask(self._requests), name="gtt")
        if self._dialog.is_deleted:
            return
        if refused:
            self._sending, self.form.click = False, uuid4().hex
            self._say(_sentence(refused), "down")
            self.look()
        else:
            self._done()

    async def _ask(self, requests: tuple[GttRequest, ...]) -> str:
        """Why nothing was done; empty where it was sent."""
        desk, click = self._gtts.desk, self.form.click
        try:
            if self.form.changing is not None:
                self._sent = (await desk.modify(self.form.changing.id, requests[0]),)
            elif len(requests) == 2:
                self._sent = await desk.place_pair(*requests, click=click)
            else:
                self._sent = (await desk.place(requests[0], click=click),)
        except AppError as problem:
            return str(problem) or "the broker said no"
        return ""

    def _done(self) -> None:
        self._sending = False
        self._wrong.clear()
        for text in self._texts.values():
            text.disable()
        self._lots.disable()
        for choice in (self._side, self._product, self._limit, self._trigger):
            choice.disable()
        self._go.set_visibility(False)
        self._tell()

    def _tell(self) -> None:
        now = [self._gtts.state.gtts[each.id] for each in self._sent]
        said = "; ".join(f"{each.status}{_because(each)}" for each in now)
        tones = [TONES.get(each.status, "up") for each in now]
        worst = next((tone for tone in ("down", "warn") if tone in tones), "up")
        self._say(f"At the broker: {said}." if worst == "up" else _sentence(said), worst)

    def _say(self, text: str, tone: str) -> None:
        self._said.set_text(text)
        self._said.classes(replace=tone)


def _because(gtt: Gtt) -> str:
    note = words.note(gtt)
    return f" ({note})" if note else ""


def _field(element: ui.element) -> ui.element:
    """The label around an input."""
    parent = element.parent_slot
    return parent.parent if parent is not None else element


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
