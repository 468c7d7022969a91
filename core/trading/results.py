"""What a day has made of every holding, before and after charges: exact, and told in words.

A day counts from yesterday's close: units from before today enter at it, as if they were bought (or
sold) there this morning, and today's fills follow. So realised and unrealised add up to the day's
result, and the results of days add up to that of the whole holding. `since_entry` is what the open
units have made since they were taken up, by their average price. A number that needs a price that
is not known is None, and `why` says so.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from core.charges.charges import Charges
from core.ids import InstrumentKey
from core.money import RUPEE_STEP
from core.trading.ledger import Holding, Ledger, Turnover
from core.trading.positions import PAISA, Position, decimal
from core.trading.requests import Product

Exact = Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Rupees a unit now and at yesterday's close; None where not known."""

    last: Decimal | None = None
    close: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Units that came or went without a fill of ours, below 0 gone; `price` None = not known."""

    units: int = 0
    price: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the broker says of a holding: units now, and their average price in rupees."""

    units: int
    average: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Of one holding. `units` below 0 sold; `opening` those from before today.

    `position` counts from yesterday's close, None where that cannot be said; `average` is what the
    open units cost a unit, to 1/10000, None when flat or not known.
    """

    key: InstrumentKey
    product: Product
    units: int
    opening: int
    moved: Moved
    quote: Quote
    turnover: Turnover
    position: Position | None
    average: Decimal | None
    charges: Charges | None
    why: tuple[str, ...] = ()

    @property
    def at(self) -> Holding:
        return self.key, self.product

    @property
    def realised(self) -> Exact:
        return None if self.position is None else self.position.earned

    @property
    def unrealised(self) -> Exact:
        if self.position is None:
            return None
        return _gain(self.units, self.quote.last, self.position.cost)

    @property
    def day(self) -> Exact:
        return total([self.realised, self.unrealised])

    @property
    def paid(self) -> Exact:
        """Charges so far."""
        return None if self.charges is None else Fraction(self.charges.total)

    @property
    def net(self) -> Exact:
        day, paid = self.day, self.paid
        return None if day is None or paid is None else day - paid

    @property
    def since_entry(self) -> Exact:
        if not self.units:
            return Fraction(0)
        if self.position is not None and not self.opening:
            return self.unrealised
        if self.average is None:
            return None
        return _gain(self.units, self.quote.last, self.units * Fraction(self.average))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Of several results; a number is None where one of its parts is not known."""

    realised: Exact = field(default=Fraction(0))
    unrealised: Exact = field(default=Fraction(0))
    day: Exact = field(default=Fraction(0))
    paid: Exact = field(default=Fraction(0))
    net: Exact = field(default=Fraction(0))
    since_entry: Exact = field(default=Fraction(0))
    unknown: int = 0
    """So many of them are not known whole."""


NUMBERS = ("realised", "unrealised", "day", "paid", "net", "since_entry")


def total(parts: Iterable[Exact]) -> Exact:
    found = Fraction(0)
    for part in parts:
        if part is None:
            return None
        found += part
    return found


def add_up(results: Iterable[Result]) -> Sum:
    every = list(results)
    return Sum(
        **{name: total(getattr(each, name) for each in every) for name in NUMBERS},
        unknown=sum(each.net is None for each in every),
    )


def to_paisa(exact: Exact) -> Decimal | None:
    """As it is shown."""
    return None if exact is None else decimal(exact, PAISA)


def result(
    at: Holding,
    ledger: Ledger,
    *,
    quote: Quote,
    charges: Charges | None,
    opening: int = 0,
    moved: Moved | None = None,
    told: Told | None = None,
) -> Result:
    """What the day has made of one holding."""
    moved = moved or Moved()
    units = opening + moved.units + ledger.position(*at).quantity
    position = _since_close(at, ledger, opening, quote.close, moved)
    average = _average(units, opening, position, told)
    return Result(
        key=at[0],
        product=at[1],
        units=units,
        opening=opening,
        moved=moved,
        quote=quote,
        turnover=ledger.turnover(at),
        position=position,
        average=average,
        charges=charges,
        why=tuple(_reasons(units, opening, moved, quote, average, charges)),
    )


def moves(
    adjustments: Mapping[Holding, int],
    units_before: Callable[[Holding], int],
    average_before: Callable[[Holding], Exact],
    told: Mapping[Holding, Told],
) -> dict[Holding, Moved]:
    """At what price accepted corrections came in or went out, as far as that can be said.

    Corrections of one contract that cancel each other are a conversion from one product to another:
    it moves units at the average price of where they were, so that it earns nothing. Others that
    add to a holding have the price that makes its average the broker's; of those that reduce one,
    nobody here knows the price.
    """
    found = {}
    for at, units in adjustments.items():
        same = {other: n for other, n in adjustments.items() if other[0] == at[0]}
        if not sum(same.values()):
            giver = min(same, key=lambda other: same[other] * _sign(units_before(other)))
            found[at] = Moved(units=units, price=average_before(giver))
        else:
            found[at] = Moved(units=units, price=_price_added(at, units, units_before(at), told))
    return found


def _price_added(
    at: Holding, units: int, before: int, told: Mapping[Holding, Told]
) -> Fraction | None:
    said = told.get(at)
    if before or said is None or said.average is None or said.units != units:
        return None
    return Fraction(said.average)


def _since_close(
    at: Holding, ledger: Ledger, opening: int, close: Decimal | None, moved: Moved
) -> Position | None:
    if (opening and close is None) or (moved.units and moved.price is None):
        return None
    if not opening and not moved.units:
        return ledger.position(*at)
    start = Position(key=at[0], product=at[1])
    if opening and close is not None:
        start = Position(key=at[0], product=at[1], quantity=opening, cost=opening * Fraction(close))
    after = ledger.position_from(start)
    return after if moved.price is None else after.after(moved.units, moved.price)


def _average(
    units: int, opening: int, position: Position | None, told: Told | None
) -> Decimal | None:
    """Our own where all is of today; else the broker's, if it tells of the same units."""
    if not units:
        return None
    if not opening and position is not None:
        return decimal(position.cost / units, RUPEE_STEP)
    return told.average if told is not None and told.units == units else None


def _reasons(
    units: int,
    opening: int,
    moved: Moved,
    quote: Quote,
    average: Decimal | None,
    charges: Charges | None,
) -> Iterable[str]:
    if units and quote.last is None:
        yield "there is no price of it now"
    if opening and quote.close is None:
        yield "yesterday's close, from which its day counts, is not known"
    if moved.units and moved.price is None:
        yield f"{moved.units:+} units came by an accepted difference, at a price nobody told"
    if units and average is None:
        yield "the broker has not told the average of what was held before today"
    if charges is None:
        yield "its charges are not known"


def _gain(units: int, last: Decimal | None, cost: Fraction) -> Exact:
    if not units:
        return -cost
    return None if last is None else units * Fraction(last) - cost


def _sign(units: int) -> int:
    return (units > 0) - (units < 0)
