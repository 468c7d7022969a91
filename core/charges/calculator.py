"""The charges of one trade and of going out again, head by head, each with its rate and source."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from core.charges import rates
from core.charges.charges import Charges, Trade, charges, slices
from core.charges.plans import UPSTOX, Fee, Plan
from core.charges.rates import NOTHING, Segment, Side
from core.errors import RuleBroken

ROUNDS: Final = 4
"""The charges of going out depend on its price; so often is it put in again."""
MOST_UNITS: Final = 10**8
MOST_PRICE: Final = Decimal(10) ** 7
CRORE: Final = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One trade: `quantity` in units, `price` in rupees; `freeze` units of one order, 0 = all."""

    segment: Segment
    exchange: str
    underlying: str
    side: Side
    quantity: int
    price: Decimal
    day: date
    freeze: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.quantity <= MOST_UNITS:
            raise RuleBroken(f"{self.quantity} units cannot be traded")
        if not self.price.is_finite() or not 0 < self.price <= MOST_PRICE:
            raise RuleBroken(f"{self.price} is no price")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One charge: rupees of going in and of going out; `rate` in words, and where it is from."""

    name: str
    into: Decimal
    out: Decimal
    rate: str
    source: str
    since: date | None

    @property
    def both(self) -> Decimal:
        return self.into + self.out


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`price` is what was asked at, `even` where going out pays for both ways, not yet on the
    tick; `noted` is the total of going in as the contract note rounds it."""

    heads: tuple[Head, ...]
    into: Charges
    out: Charges
    price: Decimal
    even: Decimal
    noted: Decimal

    @property
    def total(self) -> Decimal:
        """Of both ways."""
        return self.into.total + self.out.total

    @property
    def points(self) -> Decimal:
        """By which the price must move."""
        return abs(self.even - self.price)


def answer(asked: Asked, plan: Plan = UPSTOX) -> Answer:
    """Both ways on one day, going out where it is even.

    Raises RuleBroken for a day or an exchange that the tables do not know.
    """
    into = charges(_trades(asked, asked.price, asked.side), plan=plan)
    back = Side.SELL if asked.side is Side.BUY else Side.BUY
    way = 1 if asked.side is Side.BUY else -1
    even, out = asked.price, Charges()
    for _ in range(ROUNDS):
        out = charges(_trades(asked, even, back), plan=plan)
        even = max(asked.price + way * (into.total + out.total) / asked.quantity, NOTHING)
    return Answer(
        heads=tuple(_heads(asked, into, out, plan)),
        into=into,
        out=out,
        price=asked.price,
        even=even,
        noted=into.contract_note().total,
    )


def _trades(asked: Asked, price: Decimal, side: Side) -> list[Trade]:
    one = Trade(
        segment=asked.segment,
        exchange=asked.exchange,
        underlying=asked.underlying,
        side=side,
        quantity=asked.quantity,
        price=price,
        day=asked.day,
        order_id=f"{side}",
    )
    return slices(one, asked.freeze) if asked.freeze else [replace(one, order_id="")]


def _heads(asked: Asked, into: Charges, out: Charges, plan: Plan) -> list[Head]:
    segment, day, exchange = asked.segment, asked.day, asked.exchange
    fee = rates.transaction_row(exchange, segment, asked.underlying, day)
    taxes, stamp = rates.stt_row(segment, day), rates.stamp_row(segment, day)
    sebi, gst = rates.sebi_row(day), rates.gst_row(day)
    both = segment is Segment.EQUITY_DELIVERY
    who = "of both sides" if both else "of the sale"
    found = [
        Head(
            name="Brokerage",
            into=into.brokerage,
            out=out.brokerage,
            rate=_fee(plan.fees[segment]),
            source=f"{plan.name}: {plan.source}",
            since=None,
        ),
        _head("STT", into.stt, out.stt, f"{percent(taxes.value)} {who}", taxes),
        _head("Transaction fee", into.transaction, out.transaction, crore(fee.value), fee),
    ]
    if exchange == "NSE":
        row = rates.ipft_row(segment, day)
        found.append(_head("IPFT", into.ipft, out.ipft, crore(row.value), row))
    return [
        *found,
        _head("SEBI fee", into.sebi, out.sebi, crore(sebi.value), sebi),
        _head(
            "Stamp duty", into.stamp, out.stamp, f"{percent(stamp.value)} of the purchase", stamp
        ),
        _head("GST", into.gst, out.gst, f"{percent(gst.value)} of brokerage and fees", gst),
    ]


def _head(name: str, into: Decimal, out: Decimal, words: str, row: rates.Rate) -> Head:
    return Head(name=name, into=into, out=out, rate=words, source=row.source, since=row.start)


def _fee(fee: Fee) -> str:
    flat = f"₹{fee.flat:g} an order"
    return flat if fee.share is None else f"{percent(fee.share)}, at most {flat}"


def percent(value: Decimal) -> str:
    """`0.15 %`."""
    return f"{(value * 100).normalize():f} %"


def crore(value: Decimal) -> str:
    """`₹3,552 a crore`."""
    if not value:
        return "none"
    text = f"{(value * CRORE).normalize():f}"
    whole, _, rest = text.partition(".")
    return f"₹{int(whole):,}{'.' + rest if rest else ''} a crore"
