"""The order ticket: a sheet over any page, one in each tab, and the toasts of quick orders."""

import time
from decimal import Decimal
from typing import Any, Final

from nicegui import app, background_tasks, ui
from nicegui.events import GenericEventArguments

from core.errors import AppError
from core.ids import InstrumentKey, OrderId
from core.services import Services
from core.services.trading import Trading
from core.ticket.wording import became, price_text
from core.trading.gtt_terms import GttKind
from core.trading.requests import Product, Side
from ui.components.choices import Choices
from ui.components.gtt_ticket import open_gtt
from ui.components.leaving import Leaving
from ui.components.sight import paced
from ui.components.slicer_ticket import open_slicer
from ui.theme.style import GRID_MODULES
from ui.ticket.form import UNSURE, TicketForm
from ui.ticket.picture import TONES, picture
from ui.ticket.quick import Quick

PACE: Final = 0.25
STAYS: Final = 12.0
"""Seconds that the toast of a quick order stays, with its way back."""
KINDS: Final = {"gtt": GttKind.SINGLE, "bracket": GttKind.BRACKET}
DOORS: Final = {
    "gtt": ("GTT", "Good till triggered: the broker places it once a price is reached"),
    "bracket": ("Bracket", "An entry, with a target and a stop that wait for its fill"),
    "slices": ("Slices", "Cut by the clock (TWAP) or one after another (iceberg)"),
}
"""Other kinds of orders: what the button says, and what it tells on hover."""
TICKET: Final = "order ticket"
"""Where the tab's ticket is kept."""
NOWHERE: Final = "Nothing can be ordered in this mode: no order code is wired."


class OrderTicket(ui.element, component="order_ticket.js", esm=GRID_MODULES):
    """`shown` is what the browser has; `open_ticket` is how pages reach the one of their tab."""

    def __init__(self, services: Services, trading: Trading, choices: Choices) -> None:
        super().__init__()
        self._services, self._trading = services, trading
        self.form = TicketForm(services, trading, choices)
        self.quick = Quick(services, trading, self.form)
        self.shown: dict[str, Any] = {"open": False, "sent": None, "toasts": []}
        self._edits = 0
        self._toasts: dict[OrderId, tuple[str, float]] = {}
        self.on("edit", self._edited)
        self.on("send", lambda event: self._send(str(event.args)))
        self.on("cancel", self._cancel)
        self.on("undo", lambda event: self._undo(OrderId(str(event.args))))
        self.on("door", lambda event: self._go_through(str(event.args)))
        self.on("shut", self.shut)
        Leaving(self.form.close)
        self._timer = paced(PACE, self.look)
        self._timer.deactivate()
        app.storage.client[TICKET] = self

    async def open(self, key: InstrumentKey, side: Side, **given: Any) -> None:
        """A new form; raises RuleBroken for what cannot be ordered."""
        await self.form.show(key, side, **given)
        self._trading.bands.want(key)
        background_tasks.create(self.form.sight.open_chain(), name="ticket chain")
        self._timer.activate()
        self.look()
        self.run_method("ready")

    async def trade(self, key: InstrumentKey, side: Side) -> None:
        """At once where quick orders are armed, else through the form."""
        if not self.quick.armed:
            await self.open(key, side)
            return
        order = await self.quick.send(key, side)
        listed = await self._trading.gate.know(key)
        price = price_text(order.request.price)
        words = f"{side.capitalize()} {order.request.quantity} {listed.symbol} at {price}"
        self._toasts[order.id] = (words, time.monotonic())
        self._timer.activate()
        self.look()

    def shut(self) -> None:
        self.form.close()
        self.look()

    def look(self) -> None:
        """Send what has changed, and ask for the margin of what has come to rest."""
        now = picture(self._services, self._trading, self.form)
        now["edit"] = self._edits
        now["doors"] = [
            [name, *words]
            for name, words in DOORS.items()
            if name not in KINDS or self._trading.gtts is not None
        ]
        now["quick"] = {"armed": self.quick.armed, "allowed": self.quick.allowed}
        now["toasts"] = self._told()
        if changed := {k: v for k, v in now.items() if self.shown.get(k) != v}:
            self.shown |= changed
            self.run_method("patch", changed)
        if self.form.terms is not None and not self.form.typed:
            background_tasks.create(self._ask_margin(), name="ticket margin")
        elif not self._toasts and not self.quick.armed and self.form.terms is None:
            self._timer.deactivate()

    async def _ask_margin(self) -> None:
        if (terms := self.form.terms) is None or terms.quantity <= 0:
            return
        try:
            asked = await self.form.sight.ask_margin(terms, time.monotonic())
        except AppError:
            return  # the form says what is wrong with the terms
        if asked and not self.is_deleted:
            self.look()

    def _told(self) -> list[dict[str, Any]]:
        """Quick orders of the last seconds, and what became of each."""
        now, told = time.monotonic(), []
        self._toasts = {
            id: kept for id, kept in self._toasts.items() if now - kept[1] < STAYS or self._open(id)
        }
        for id, (words, _) in self._toasts.items():
            order = self._trading.state.orders[id]
            may = order.status.is_working or order.status in UNSURE
            tone = TONES.get(order.status, "")
            told.append(
                {"id": id, "words": words, "text": became(order), "tone": tone, "undo": may}
            )
        return told

    def _open(self, id: OrderId) -> bool:
        return self._trading.state.orders[id].status in UNSURE

    def _edited(self, event: GenericEventArguments) -> None:
        name, value, number = event.args
        self._edits = int(number)
        self.form.edit(str(name), value)
        self.look()

    async def _send(self, click: str) -> None:
        """Nothing is drawn before it is on its way: the browser has disarmed itself."""
        await self.form.send(click)
        if not self.is_deleted:
            self.look()

    async def _cancel(self) -> None:
        try:
            await self.form.cancel()
        except AppError as problem:
            _complain(problem)
        self.look()

    async def _undo(self, id: OrderId) -> None:
        try:
            await self._trading.desk.cancel(id)
        except AppError as problem:
            _complain(problem)
        self.look()

    async def _go_through(self, door: str) -> None:
        """To the ticket of another kind of order, with what stands in this one."""
        terms, closing = self.form.terms, self.form.closing
        if terms is None or door not in DOORS:
            return
        try:
            request = terms.request()
        except AppError as problem:
            _complain(problem)
            return
        self.shut()
        if door == "slices":
            await open_slicer(self._services, request, closing=closing)
            return
        await open_gtt(
            self._services,
            request.key,
            kind=KINDS[door],
            side=request.side,
            lots=terms.lots or 1,
            product=request.product,
            closing=closing,
        )


def ticket_here() -> OrderTicket | None:
    """The ticket of this tab; None where nothing can be ordered."""
    found = app.storage.client.get(TICKET)
    return found if isinstance(found, OrderTicket) else None


async def open_ticket(
    services: Services,
    key: InstrumentKey,
    side: Side,
    *,
    quantity: int | None = None,
    product: Product | None = None,
    price: Decimal | None = None,
    closing: bool = False,
) -> None:
    """Open this tab's ticket on a contract, in any page; what cannot be ordered is said.

    `quantity` in units; what is not given is as last used. `closing` may open nothing.
    """
    ticket = ticket_here()
    if services.trading is None or ticket is None:
        ui.notify(NOWHERE, type="warning", position="bottom-right")
        return
    try:
        await ticket.open(
            key, side, quantity=quantity, product=product, price=price, closing=closing
        )
    except AppError as problem:
        _complain(problem)


async def trade(services: Services, key: InstrumentKey, side: Side) -> None:
    """The same by a key or a button of a row: at once where quick orders are armed."""
    ticket = ticket_here()
    if ticket is None or not ticket.quick.armed:
        await open_ticket(services, key, side)
        return
    try:
        await ticket.trade(key, side)
    except AppError as problem:
        _complain(problem)


def _complain(problem: AppError) -> None:
    words = str(problem)
    ui.notify(f"{words[:1].upper()}{words[1:]}", type="negative", position="bottom-right")
