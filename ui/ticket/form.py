"""The ticket's form: what stands in it, what is wrong with it, and the one sending of it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey, OrderId
from core.instruments.instrument import Instrument
from core.services import Services
from core.services.trading import Trading
from core.ticket import checks
from core.ticket.costs import Costs, costs
from core.ticket.terms import Quote, Terms, on_tick, products, stepped
from core.ticket.wording import Field, field_of
from core.trading.broker_orders import Status
from core.trading.journal import Kind
from core.trading.orders import Fate, Order
from core.trading.requests import OrderRequest, OrderType, Product, Side, Validity
from ui.components.choices import Choices
from ui.ticket.sight import TicketSight
from ui.ticket.sizing import Sizing

UNSURE: Final = (Status.PENDING, Status.UNKNOWN)
"""Of these nobody knows yet what became of them."""
SURE: Final = (Fate.TAKEN, Fate.REFUSED)
"""Of how the sending ended; told without looking at what became of the order."""
MANY: Final = 100_000
"""Lots or ticks; nothing larger is typed on purpose."""
REMEMBERED: Final = (OrderType.LIMIT, OrderType.MARKET)
Value = str | int | bool


class Phase(StrEnum):
    READY = "ready"
    SENDING = "sending"
    ANSWERED = "answered"  # a new edit arms it again, once it is known what became of the order


class TicketForm:
    """One in each tab. `click` names the form as it was opened: it is good for one order."""

    def __init__(self, services: Services, trading: Trading, choices: Choices) -> None:
        self._services, self._trading, self._choices = services, trading, choices
        self.sight = TicketSight(services)
        self.sizing = Sizing()
        self.terms: Terms | None = None
        self.typed: dict[str, str] = {}
        """Texts that are no value of their field, by field."""
        self.phase, self.click, self.answers = Phase.READY, "", 0
        """`answers` counts the clicks that were answered, also those that were refused here."""
        self.order_id: OrderId | None = None
        self.closing, self.opened = False, 0
        self.said = ""
        """What the last try was answered with, where no order came of it."""
        self._reckoned: tuple[tuple[Terms, Quote, date] | None, Costs | None] = (None, None)
        self._acts: dict[str, Callable[[Any], None]] = {
            "side": lambda v: self._put(side=Side(v)),
            "product": lambda v: self._put(product=Product(v)),
            "type": self._type,
            "validity": lambda v: self._put(validity=Validity(v)),
            "amo": lambda v: self._put(amo=bool(v)),
            "protection": lambda v: self._put(protection=int(v)),
            "lots": lambda v: self._put(quantity=_whole(v) * self._lot_size),
            "units": lambda v: self._put(quantity=_whole(v)),
            "disclosed": lambda v: self._put(disclosed=_whole(v or 0) * self._lot_size),
            "price": lambda v: self._put(price=_amount(v)),
            "trigger": lambda v: self._put(trigger_price=_amount(v)),
            "lots-step": self._step_lots,
            "price-step": lambda v: self._step_price("price", int(v)),
            "trigger-step": lambda v: self._step_price("trigger_price", int(v)),
            "take": self._take,
            "percent": lambda v: self._size(percent=_amount(v)),
            "stop": lambda v: self._size(stop=_amount(v)),
            "capital": lambda v: self._size(capital=_amount(v)),
            "use-size": lambda _: self._use_size(),
            "again": lambda _: None,
        }

    # opening and closing
    async def show(
        self,
        key: InstrumentKey,
        side: Side,
        *,
        quantity: int | None = None,
        product: Product | None = None,
        price: Decimal | None = None,
        closing: bool = False,
    ) -> Terms:
        """A new form for a contract; one that is `closing` may open nothing.

        Raises RuleBroken where it is not listed or not traded.
        """
        instrument = await self._trading.gate.know(key)
        self.sight.look_at(instrument)
        kept = self.kept(instrument)
        self.terms = Terms(
            instrument=instrument,
            side=side,
            quantity=quantity or int(kept["lots"]) * max(instrument.lot_size, 1),
            product=product or Product(kept["product"]),
            type=OrderType(kept["type"]),
            price=price or self._touch(instrument, side),
        )
        self.closing, self.opened = closing, self.opened + 1
        self._new_click()
        self.typed, self.said, self.order_id = {}, "", None
        self.sizing = self.sizing.fresh()
        return self.terms

    def close(self) -> None:
        self.terms = None
        self.sight.leave()

    def kept(self, instrument: Instrument) -> dict[str, Any]:
        """Product, type and lots as last used with this underlying."""
        usual = {"product": products(instrument)[0], "type": OrderType.LIMIT, "lots": 1}
        found = self._choices.get(_memory(instrument), dict[str, Any]())
        good = found.get("product") in products(instrument) and found.get("type") in REMEMBERED
        whole = isinstance(found.get("lots"), int) and 0 < found["lots"] <= MANY
        return {**usual, **found} if good and whole else usual

    # what is typed
    def edit(self, name: str, value: Value) -> None:
        """One edit by the user; a text that means nothing stays at its field, with the reason."""
        if self.terms is None or name not in self._acts or not self._rearm():
            return
        self.typed.pop(name.removesuffix("-step"), None)
        try:
            self._acts[name](value)
        except (ValueError, ArithmeticError):
            self.typed[name] = str(value)[:20]
        self._keep()

    def _rearm(self) -> bool:
        """An edit after an answer makes a new form of it; before one it is not taken."""
        if self.phase is Phase.SENDING or (self.order and self.order.status in UNSURE):
            return False
        if self.phase is Phase.ANSWERED:
            self._new_click()
            self.said, self.order_id = "", None
        return True

    def _new_click(self) -> None:
        self.click, self.phase = uuid4().hex, Phase.READY

    def _keep(self) -> None:
        if (terms := self.terms) is not None and terms.lots:
            type = terms.type if terms.type in REMEMBERED else OrderType.LIMIT
            used = {"product": str(terms.product), "type": str(type), "lots": terms.lots}
            self._choices.keep(_memory(terms.instrument), used)

    def _put(self, **changes: Any) -> None:
        assert self.terms is not None
        self.terms = replace(self.terms, **changes)
        if "quantity" in changes:
            self.typed.pop("lots", None)
            self.typed.pop("units", None)

    def _type(self, value: str) -> None:
        """A stop begins with its trigger at its limit: nothing that was not asked for is sent."""
        assert self.terms is not None
        self._put(type=OrderType(value))
        if not self.terms.price and self.terms.type.has_price:
            self._put(price=self._touch(self.terms.instrument, self.terms.side))

    def _step_lots(self, by: int) -> None:
        assert self.terms is not None
        self._put(quantity=self.terms.lots_stepped(_few(by)).quantity)

    def _step_price(self, name: str, by: int) -> None:
        assert self.terms is not None
        price = getattr(self.terms, name) or self._touch(self.terms.instrument, self.terms.side)
        self._put(**{name: stepped(price, self.terms.instrument.tick_size, _few(by))})

    def _take(self, value: str) -> None:
        """A price of the ladder or of the quote, as limit; a market order becomes a limit."""
        assert self.terms is not None
        price = on_tick(float(value), self.terms.instrument.tick_size)
        if not price:
            raise ValueError(value)
        self.typed.pop("price", None)
        self._put(price=price)
        if not self.terms.type.has_price:
            self._put(type=OrderType.LIMIT)

    def _size(self, **changes: Decimal) -> None:
        self.sizing = replace(self.sizing, **changes)

    def _use_size(self) -> None:
        if (found := self.size()) is not None and found > 0:
            self._put(quantity=found * self._lot_size)

    def size(self) -> int | None:
        """Lots that the risk allows; None where that has no answer."""
        if self.terms is None or (reckoned := self.costs()) is None:
            return None
        with suppress(RuleBroken):
            return self.sizing.lots(reckoned.price, self._lot_size, self.available)
        return None

    # what is wrong, and what it costs
    @property
    def order(self) -> Order | None:
        return None if self.order_id is None else self._trading.state.orders.get(self.order_id)

    @property
    def available(self) -> Decimal | None:
        funds = self._trading.state.funds
        return None if funds is None else funds.available

    @property
    def _lot_size(self) -> int:
        return 1 if self.terms is None else self.terms.lot_size

    def costs(self) -> Costs | None:
        """None where the price or the rates are not known; the same while nothing has moved."""
        if self.terms is None or self.terms.quantity <= 0:
            return None
        asked = (self.terms, self.sight.quote(), self._services.calendar.today())
        if asked != self._reckoned[0]:
            found = None
            with suppress(AppError):
                found = costs(*asked)
            self._reckoned = (asked, found)
        return self._reckoned[1]

    def reasons(self) -> list[tuple[Field, str]]:
        """Why it cannot be sent as it stands, each at its field; empty when it can."""
        if (terms := self.terms) is None:
            return [(Field.FORM, "nothing is chosen")]
        if self.typed:
            return [
                (_TYPED.get(name, Field.FORM), f"“{t}” is no value")
                for name, t in self.typed.items()
            ]
        try:
            request = terms.request()
        except RuleBroken as problem:
            return [(field_of(str(problem)), str(problem))]
        if not self._trading.gate.knows(terms.instrument.key):
            return [(Field.FORM, "a new day has begun: open the ticket again")]
        found = [
            *checks.refusals(
                terms, old=self.sight.old(), cost=self._cost(), available=self.available
            ),
            *self._trading.gate.refusals(request, closing=self.closing),
            *unsettled(self._trading, request, self.order_id),
        ]
        return [(field_of(reason), reason) for reason in dict.fromkeys(found)]

    def warnings(self) -> list[str]:
        terms = self.terms
        if terms is None or not self._trading.gate.knows(terms.instrument.key):
            return []
        found = list(checks.warnings(terms, old=self.sight.old()))
        with suppress(RuleBroken):
            found += self._trading.gate.warnings(terms.request())
        return found

    def _cost(self) -> Decimal | None:
        """What a bought option takes at once; None for what is sold, closed, or no option."""
        terms = self.terms
        if terms is None or terms.side is Side.SELL or not terms.instrument.is_option:
            return None
        reckoned = self.costs()
        if reckoned is None or self._trading.state.held(terms.instrument.key, terms.product) < 0:
            return None
        return reckoned.value + reckoned.now.total

    # the one sending
    async def send(self, click: str) -> None:
        """Send what stands in the form, once; a click that does not fit it is passed over."""
        if self.terms is None or click != self.click or self.phase is not Phase.READY:
            return
        if reasons := self.reasons():
            self.answers += 1
            said = "; ".join(reason for _, reason in reasons)
            await self._trading.records.note(Kind.DECISION, click, f"clicked, and refused: {said}")
            return
        self.phase, self.said = Phase.SENDING, ""
        order, said = None, ""
        try:
            order = await self._trading.desk.place(
                self.terms.request(), click=click, closing=self.closing
            )
        except AppError as problem:
            said = str(problem)
        finally:
            self._answered(click, order, said)

    def _answered(self, click: str, order: Order | None, said: str) -> None:
        """What came of a click; a form that was opened since is another one, and is left alone."""
        if click == self.click:
            self.phase, self.answers = Phase.ANSWERED, self.answers + 1
            self.order_id, self.said = None if order is None else order.id, said

    async def cancel(self) -> None:
        """Ask for the end of the order that was sent; raises what the desk raises."""
        if self.order_id is not None:
            await self._trading.desk.cancel(self.order_id)

    def _touch(self, instrument: Instrument, side: Side) -> Decimal:
        quote = self.sight.quote()
        price = quote.touch(side)
        return on_tick(price if price == price else quote.ltp, instrument.tick_size)


_TYPED: Final = {
    "lots": Field.QUANTITY,
    "units": Field.QUANTITY,
    "price": Field.PRICE,
    "trigger": Field.TRIGGER,
    "disclosed": Field.DISCLOSED,
}


def unsettled(trading: Trading, request: OrderRequest, mine: OrderId | None = None) -> list[str]:
    """The same contract and side is on its way already, from here or from another tab."""
    for order in trading.state.own():
        same = (order.request.key, order.request.side) == (request.key, request.side)
        if same and order.fate not in SURE and order.status in UNSURE and order.id != mine:
            what = f"an order to {request.side} this contract is {order.status}"
            return [f"{what}: wait until it is known what became of it"]
    return []


def _memory(instrument: Instrument) -> str:
    return f"ticket.{instrument.underlying_symbol or instrument.symbol}"


def _whole(value: Value) -> int:
    """Raises ValueError for what is no size."""
    found = int(str(value).replace(",", "").strip())
    if not 0 <= found <= MANY * 1000:
        raise ValueError(value)
    return found


def _few(by: Value) -> int:
    return max(-MANY, min(int(by), MANY))


def _amount(value: Value) -> Decimal:
    """Rupees or percent; raises ArithmeticError or ValueError for what is none."""
    found = Decimal(str(value).replace(",", "").replace("₹", "").strip() or "0")
    if not found.is_finite() or not 0 <= found < 10**9:
        raise ValueError(value)
    return found
