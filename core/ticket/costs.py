"""What an order costs: its value, its charges, those of going out again, and where that is even."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import nan
from typing import Final

from core.charges.charges import Charges, Trade, charges
from core.charges.plans import UPSTOX, Plan
from core.errors import RuleBroken
from core.instruments.instrument import Kind
from core.ticket.terms import Quote, Terms
from core.trading.ledger import segment_of
from core.trading.requests import OrderType, Side

ROUNDS: Final = 4
"""The charges of going out depend on the price of going out; so often is it put in again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """All of it reckoned at `price`, which is `basis`; rupees.

    `even` is the price at which closing all of it pays for the charges of both ways, on the tick;
    `even_at_expiry` the underlying's level at which an option held to its end does so. `spread` is
    what it loses against the middle of the quotes (below 0: gains), nan where there is none.
    """

    price: Decimal
    basis: str
    value: Decimal
    now: Charges
    both_ways: Charges
    even: Decimal
    even_at_expiry: float
    spread: float


def reckoned_at(terms: Terms, quote: Quote) -> tuple[Decimal, str]:
    """The price that an order is reckoned at, and which it is; raises RuleBroken without one."""
    if terms.type.has_price:
        if terms.price <= 0:
            raise RuleBroken("there is no price yet")
        return terms.price, "the limit"
    if terms.type is OrderType.SL_M and terms.trigger_price > 0:
        return terms.trigger_price, "the trigger"
    touch, name = quote.touch(terms.side), "ask" if terms.side is Side.BUY else "bid"
    if touch > 0:
        return Decimal(str(touch)), f"the {name}"
    if quote.ltp > 0:
        return Decimal(str(quote.ltp)), "the last price"
    raise RuleBroken("the contract has no quote and has not traded, so nothing can be reckoned")


def costs(terms: Terms, quote: Quote, day: date, plan: Plan = UPSTOX) -> Costs:
    """Raises RuleBroken or BadData where the price, the rates or the size are not known."""
    price, basis = reckoned_at(terms, quote)
    into = _trades(terms, price, day)
    now = charges(into, plan=plan)
    even, both = _even(terms, price, into, plan)
    return Costs(
        price=price,
        basis=basis,
        value=terms.quantity * price,
        now=now,
        both_ways=both,
        even=even,
        even_at_expiry=_even_at_expiry(terms, price, now),
        spread=_spread(terms, quote),
    )


def _even(terms: Terms, price: Decimal, into: list[Trade], plan: Plan) -> tuple[Decimal, Charges]:
    """Where going out pays for both ways, on the tick, and the charges of both then."""
    way = 1 if terms.side is Side.BUY else -1
    back = replace(terms, side=Side.SELL if way > 0 else Side.BUY)
    exit, both = price, Charges()
    for _ in range(ROUNDS):
        both = charges([*into, *_trades(back, exit, into[0].day, "out")], plan=plan)
        exit = max(price + way * both.total / terms.quantity, Decimal(0))
    return _to_tick(exit, terms, ROUND_CEILING if way > 0 else ROUND_FLOOR), both


def _trades(terms: Terms, price: Decimal, day: date, name: str = "in") -> list[Trade]:
    """One for each slice: every slice is an order of its own, and pays as one."""
    what = terms.instrument
    return [
        Trade(
            segment=segment_of(what, terms.product),
            exchange=what.exchange,
            underlying=what.underlying_symbol or what.symbol,
            side=terms.side,
            quantity=size,
            price=price,
            day=day,
            order_id=f"{name}/{number}",
        )
        for number, size in enumerate(terms.slices)
    ]


def _even_at_expiry(terms: Terms, price: Decimal, now: Charges) -> float:
    """Without the tax on exercise; nan for what is no option."""
    what = terms.instrument
    if not what.is_option or what.strike is None:
        return nan
    paid = 1 if terms.side is Side.BUY else -1
    away = float(price + paid * now.total / terms.quantity)
    return what.strike + (away if what.kind is Kind.CALL else -away)


def _spread(terms: Terms, quote: Quote) -> float:
    way, touch = (1 if terms.side is Side.BUY else -1), quote.touch(terms.side)
    paid = touch
    if terms.type.has_price:
        limit = float(terms.price)
        paid = limit if touch != touch or way * limit < way * touch else touch
    return way * (paid - quote.mid) * terms.quantity


def _to_tick(price: Decimal, terms: Terms, rounding: str) -> Decimal:
    tick = terms.instrument.tick_size
    if tick <= 0:
        return price
    return (price / tick).quantize(Decimal(1), rounding=rounding) * tick
