"""All charges of trades, to the paisa: unrounded as estimate, rounded as on the contract note."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from core.charges import rates
from core.charges.plans import UPSTOX, Plan
from core.charges.rates import NOTHING, Segment, Side
from core.errors import BadData, RuleBroken
from core.instruments.instrument import Right

RUPEE, PAISA = Decimal(1), Decimal("0.01")
WHOLE_RUPEES: Final = ("stt", "stamp")
"""What a contract note rounds to the rupee; all else to the paisa."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A fill: `quantity` in units, `price` in rupees a unit.

    `order_id` is the broker's: fills of one order pay one brokerage, and each slice of a sliced
    order is an order of its own. Without it every trade counts as an order.
    """

    segment: Segment
    exchange: str
    underlying: str
    side: Side
    quantity: int
    price: Decimal
    day: date
    order_id: str = ""

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise RuleBroken(f"a trade of {self.quantity} units has no charges")
        if not self.price.is_finite() or self.price < 0:
            raise BadData(f"{self.price} is no price of a trade")

    @property
    def turnover(self) -> Decimal:
        return self.quantity * self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """A long option held to expiry; `quantity` in units, settled at `settlement` rupees."""

    exchange: str
    underlying: str
    right: Right
    strike: Decimal
    settlement: Decimal
    quantity: int
    day: date

    @property
    def intrinsic(self) -> Decimal:
        """Rupees, 0 out of the money."""
        way = 1 if self.right is Right.CALL else -1
        return self.quantity * max(way * (self.settlement - self.strike), NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """Rupees, not rounded; `notes` are the same by day and segment of the exchange."""

    brokerage: Decimal = NOTHING
    stt: Decimal = NOTHING
    transaction: Decimal = NOTHING
    ipft: Decimal = NOTHING
    sebi: Decimal = NOTHING
    stamp: Decimal = NOTHING
    gst: Decimal = NOTHING
    notes: tuple["Charges", ...] = ()

    @property
    def total(self) -> Decimal:
        return sum((getattr(self, name) for name in HEADS), NOTHING)

    def contract_note(self) -> "Charges":
        """As the contract notes will say: STT and stamp duty to the rupee on each, the rest to the
        paisa."""
        return _sum([_rounded(note) for note in self.notes or (self,)])

    def break_even(self, quantity: int) -> Decimal:
        """Points by which the price of `quantity` units must move to pay for these charges."""
        if quantity <= 0:
            raise RuleBroken("nothing was traded, so nothing breaks even")
        return self.total / quantity


HEADS: Final = tuple(f.name for f in fields(Charges) if f.name != "notes")

Note = tuple[date, str, bool]
"""A contract note: its day, its exchange, and whether it is of derivatives."""


def charges(
    trades: Iterable[Trade], exercises: Iterable[Exercise] = (), plan: Plan = UPSTOX
) -> Charges:
    """Of all these trades and exercises, at the rates of their days.

    Without the depository's fee for delivered shares and without penalties. Raises RuleBroken for
    a day or an exchange that the tables do not know.
    """
    by_note: dict[Note, list[Charges]] = defaultdict(list)
    every = list(trades)
    fees = _brokerage(every, plan)
    for i, trade in enumerate(every):
        by_note[note_of(trade)].append(of_trade(trade, fees.get(i, NOTHING)))
    for each in exercises:
        tax = each.intrinsic * rates.exercise_stt(each.day)
        by_note[(each.day, each.exchange, True)].append(Charges(stt=tax))
    return _sum([_sum(parts) for parts in by_note.values()], by_note=True)


def slices(trade: Trade, freeze_quantity: int) -> list[Trade]:
    """The orders that the broker makes of one above the freeze quantity: full ones, then the
    rest."""
    if freeze_quantity <= 0:
        raise BadData(f"{freeze_quantity} is no freeze quantity of {trade.underlying}")
    sizes = [freeze_quantity] * (trade.quantity // freeze_quantity)
    if rest := trade.quantity % freeze_quantity:
        sizes.append(rest)
    return [
        replace(trade, quantity=size, order_id=f"{trade.order_id}/{i}")
        for i, size in enumerate(sizes, 1)
    ]


def note_of(trade: Trade) -> Note:
    """Which contract note a trade is on."""
    return trade.day, trade.exchange, trade.segment.is_derivative


def _brokerage(trades: Sequence[Trade], plan: Plan) -> Mapping[int, Decimal]:
    """The fee of every order, at the place of its first trade."""
    orders: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, trade in enumerate(trades):
        name = trade.order_id or i
        orders[(trade.day, trade.exchange, trade.segment, name)].append(i)
    return {
        places[0]: plan.fees[trades[places[0]].segment].of(
            sum((trades[i].turnover for i in places), NOTHING)
        )
        for places in orders.values()
    }


def of_trade(trade: Trade, brokerage: Decimal) -> Charges:
    """Not rounded; the fee of its order is told apart."""
    segment, side, day, turnover = trade.segment, trade.side, trade.day, trade.turnover
    transaction = turnover * rates.transaction(trade.exchange, segment, trade.underlying, day)
    ipft = turnover * rates.ipft(trade.exchange, segment, day)
    sebi = turnover * rates.sebi(day)
    return Charges(
        brokerage=brokerage,
        stt=turnover * rates.stt(segment, side, day),
        transaction=transaction,
        ipft=ipft,
        sebi=sebi,
        stamp=turnover * rates.stamp(segment, side, day),
        gst=rates.gst(day) * (brokerage + transaction + ipft + sebi),
    )


def _sum(parts: Sequence[Charges], *, by_note: bool = False) -> Charges:
    amounts = {name: sum((getattr(p, name) for p in parts), NOTHING) for name in HEADS}
    return Charges(**amounts, notes=tuple(parts) if by_note else ())


def _rounded(note: Charges) -> Charges:
    return Charges(
        **{
            name: getattr(note, name).quantize(
                RUPEE if name in WHOLE_RUPEES else PAISA, rounding=ROUND_HALF_UP
            )
            for name in HEADS
        }
    )
