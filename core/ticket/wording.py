"""The ticket's words: what a price protects from, where a refusal belongs, what became of it."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.errors import RuleBroken
from core.money import rupees
from core.paper.protection import worst_price
from core.ticket.terms import Quote, Terms
from core.trading.broker_orders import Status
from core.trading.orders import Order
from core.trading.requests import AUTOMATIC, OrderType, Side


class Field(StrEnum):
    """Where in the form something belongs; FORM is what concerns all of it."""

    QUANTITY = "quantity"
    PRICE = "price"
    TRIGGER = "trigger"
    TYPE = "type"
    DISCLOSED = "disclosed"
    PROTECTION = "protection"
    FORM = "form"


_MARKS: Final = (
    ("trigger", Field.TRIGGER),
    ("the protection must", Field.PROTECTION),
    ("shown of", Field.DISCLOSED),
    ("disclosed", Field.DISCLOSED),
    ("takes no market order", Field.TYPE),
    ("no stop-loss market order", Field.TYPE),
    ("market order", Field.TYPE),
    ("the price is not known", Field.FORM),
    ("price", Field.PRICE),
    ("multiple of the lot", Field.QUANTITY),
    ("freeze quantity", Field.QUANTITY),
    ("slices are more", Field.QUANTITY),
    ("allowed in one order", Field.QUANTITY),
    ("units cannot be placed", Field.QUANTITY),
    ("lots would be open", Field.QUANTITY),
)
"""The first that occurs in a reason says where it belongs."""


def field_of(reason: str) -> Field:
    return next((field for mark, field in _MARKS if mark in reason), Field.FORM)


def protection(terms: Terms, quote: Quote) -> str:
    """The worst that can happen to the price, in words."""
    if (terms.type.has_price and not terms.price) or (
        terms.type.has_trigger and not terms.trigger_price
    ):
        return ""
    better = "or less" if terms.side is Side.BUY else "or more"
    if terms.type is OrderType.LIMIT:
        return f"{price_text(terms.price)} {better}, or it waits"
    reached = "or above" if terms.side is Side.BUY else "or below"
    if terms.type is OrderType.SL:
        limit = f"at {price_text(terms.price)} {better}, or it waits"
        return f"once {price_text(terms.trigger_price)} {reached} trades, {limit}"
    if terms.type is OrderType.SL_M:
        then = f"at the market; {_around(terms)}"
        return f"once {price_text(terms.trigger_price)} {reached} trades, {then}"
    return f"at the market; {_around(terms)}{_estimate(terms, quote)}"


def _around(terms: Terms) -> str:
    if terms.protection == AUTOMATIC:
        return "the broker's automatic protection keeps it near the last price"
    beyond = "above" if terms.side is Side.BUY else "below"
    return f"at most {terms.protection} % {beyond} the last price"


def _estimate(terms: Terms, quote: Quote) -> str:
    """The limit that the protection amounts to; the broker's automatic one is our assumption."""
    what = terms.instrument
    if not quote.ltp > 0:
        return ""
    try:
        worst = worst_price(
            terms.side,
            rupees(quote.ltp),
            what.tick_size,
            percent=terms.protection,
            option=what.is_option,
        )
    except RuleBroken:
        return ""
    better = "or less" if terms.side is Side.BUY else "or more"
    assumed = " by our assumption" if terms.protection == AUTOMATIC else ""
    return f": {price_text(worst)} {better}{assumed}"


def became(order: Order) -> str:
    """What became of an order that was sent, in a sentence or two."""
    terms, why = order.terms, order.why
    at = f"{order.filled} of {order.wanted} filled at {price_text(order.average_price)}"
    numbers, said = ", ".join(order.broker_ids), f": {why}" if why else "."
    words = {
        Status.PENDING: "Written down, and on its way to the broker.",
        Status.UNKNOWN: (
            "UNKNOWN: it was sent, and no answer came. It may be live. It is not sent again: the "
            "broker is being asked, and what it says will stand here."
        ),
        Status.LOST: "It never arrived at the broker. Nothing was done.",
        Status.ACCEPTED: f"The broker has it (number {numbers}).",
        Status.TRIGGER_PENDING: f"Waits until {price_text(terms.trigger_price)} trades.",
        Status.OPEN: f"Open: {order.left} units wait at the exchange.",
        Status.PARTIAL: f"Partly filled: {at}; {order.left} wait.",
        Status.FILLED: f"Filled: {order.filled} at {price_text(order.average_price)}.",
        Status.REJECTED: f"Rejected: {why or 'no reason was given'}",
        Status.EXPIRED: f"Expired{said}",
        Status.CANCELLED: f"Cancelled{f'; {at}' if order.filled else ''}{said}",
    }
    return words[order.status]


def price_text(price: Decimal) -> str:
    """With two digits, or with all where there are more."""
    short = price.quantize(Decimal("0.01"))
    return f"{short if short == price else price.normalize():f}"
