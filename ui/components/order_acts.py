"""What a person does to an order: modify in place, cancel, repeat, ask; each once per answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import uuid4

from nicegui import ui

from core.errors import AppError, RuleBroken
from core.ids import OrderId
from core.services import Services
from core.services.trading import Trading
from core.trading.journal import Kind
from core.trading.orders import Order
from core.trading.requests import Change, Source
from ui.components.confirm import confirm
from ui.components.long_table import Field, LongTable
from ui.orders import words
from ui.orders.book import Book

TICK: Final = Decimal("0.05")
"""Of a contract that is not listed today."""
MOST: Final = Decimal(10_000_000)
"""Nothing that is traded has such a price or size."""
NO_ACTS: Final[frozenset[str]] = frozenset()


class OrderActs:
    """`changed` is called whenever a line has to be drawn anew."""

    def __init__(
        self,
        services: Services,
        trading: Trading,
        book: Book,
        table: LongTable,
        changed: Callable[[], None],
    ) -> None:
        self._services, self._trading = services, trading
        self._book, self._table, self._changed = book, table, changed
        self._waiting: dict[OrderId, frozenset[str]] = {}

    def busy(self, id: OrderId) -> frozenset[str]:
        """The buttons of an order that wait for an answer."""
        return self._waiting.get(id, NO_ACTS)

    async def act(self, id: OrderId, action: str) -> None:
        order = self._book.orders.get(id)
        if order is None or action in self.busy(id):
            return
        if action == "modify":
            self.edit(order)
        elif action == "stop":
            self._table.edit(id, None)
        elif action == "cancel":
            await self._once(id, action, lambda: self._trading.desk.cancel(id))
        elif action == "ask":
            await self._once(id, action, self._trading.reconciler.reconcile)
        elif action == "repeat":
            await self.repeat(order)

    # new terms, typed into the line
    def edit(self, order: Order) -> None:
        """Prices by ticks, the quantity by lots; a sliced order keeps its size."""
        listed = self._book.listed.get(order.request.key)
        tick = str(listed.tick_size if listed else TICK)
        lot = str(max(listed.lot_size, 1) if listed else 1)
        terms, fields = order.terms, dict[str, Field]()
        if terms.type.has_price:
            fields["price"] = Field(
                value=f"{terms.price.normalize():f}", step=tick, tip="New price"
            )
        if terms.type.has_trigger:
            fields["trigger"] = Field(
                value=f"{terms.trigger_price.normalize():f}", step=tick, tip="New trigger price"
            )
        if len(order.parts) <= 1:
            fields["quantity"] = Field(value=str(terms.quantity), step=lot, tip="New quantity")
        if fields:
            self._table.edit(order.id, fields)
        else:
            ui.notify("Nothing of this order can be changed.", type="warning")

    async def send(self, id: OrderId, typed: Mapping[str, str]) -> None:
        order = self._book.orders.get(id)
        if order is None or "modify" in self.busy(id):
            return
        try:
            change = change_of(order, typed)
        except RuleBroken as problem:
            ui.notify(str(problem), type="warning")
            return
        if change == Change():
            self._table.edit(id, None)
            return
        if await self._once(id, "modify", lambda: self._trading.desk.modify(id, change)):
            self._table.edit(id, None)

    def watch_edits(self) -> None:
        """An order that ends while it is being changed can be changed no more."""
        for id in list(self._table.editing):
            order = self._book.orders.get(OrderId(id))
            if order is None or not order.status.is_working:
                self._table.edit(id, None)
                state = order.status if order else "gone"
                ui.notify(f"The order is {state}: there is nothing left to change.", type="warning")

    # whole orders
    async def repeat(self, order: Order) -> None:
        """The same terms as a new order of the user's own."""
        listed = self._book.listed.get(order.request.key)
        terms = order.terms
        side = terms.side.upper()
        go = f"{side} {terms.quantity} · {self._services.mode.upper()}"
        asked = words.asked(terms, listed)
        lines = (asked, f"{words.kind_tip(terms)}. It is checked and sent as a new order.")
        if await confirm(
            self._services, "Send this order again?", lines, go, name="repeat", danger=False
        ):
            click = uuid4().hex
            wanted = replace(terms, source=Source.HUMAN, group="")
            await self._once(
                order.id, "repeat", lambda: self._trading.desk.place(wanted, click=click)
            )

    async def cancel_all(self) -> None:
        working = self._trading.state.working()
        if not working:
            return
        foreign = sum(order.request.source is Source.EXTERNAL for order in working)
        lines = [f"Every order that works is cancelled: {len(working)} now."]
        if foreign:
            lines.append(f"{foreign} of them were placed elsewhere.")
        go = f"Cancel {len(working)} · {self._services.mode.upper()}"
        if await confirm(self._services, "Cancel all orders?", lines, go, name="cancel-all"):
            await self._trading.records.note(
                Kind.INTENT, uuid4().hex, "cancel all, by hand", orders=len(working)
            )
            count = await self._trading.desk.cancel_all()
            ui.notify(f"The end of {count} orders was asked for.", type="info")

    async def _once(self, id: OrderId, action: str, call: Callable[[], Awaitable[Any]]) -> bool:
        """True if it was done; its button rests until the answer is there."""
        self._waiting[id] = self.busy(id) | {action}
        self._changed()
        try:
            await call()
        except AppError as problem:
            ui.notify(sentence(str(problem)), type="negative", multi_line=True)
            return False
        finally:
            left = self.busy(id) - {action}
            self._waiting[id] = left
            if not left:
                del self._waiting[id]
            self._changed()
        return True


def change_of(order: Order, typed: Mapping[str, str]) -> Change:
    """What differs from the terms that hold; raises RuleBroken for what is no number."""
    terms = order.terms
    price = _number(typed, "price", terms.price)
    trigger = _number(typed, "trigger", terms.trigger_price)
    quantity = _number(typed, "quantity", Decimal(terms.quantity))
    if quantity is not None and quantity != quantity.to_integral_value():
        raise RuleBroken(f"{quantity} is no quantity")
    return Change(
        price=price,
        trigger_price=trigger,
        quantity=None if quantity is None else int(quantity),
    )


def _number(typed: Mapping[str, str], name: str, known: Decimal) -> Decimal | None:
    """None for what was not typed, and for what is as it was."""
    if name not in typed:
        return None
    try:
        value = Decimal(typed[name].replace(",", "").strip())
    except InvalidOperation as problem:
        raise RuleBroken(f"“{typed[name]}” is no {name}") from problem
    if not value.is_finite() or abs(value) > MOST:
        raise RuleBroken(f"“{typed[name]}” is no {name}")
    return None if value == known else value


def sentence(text: str) -> str:
    """`the price …` → `The price …`."""
    return text[:1].upper() + text[1:]
