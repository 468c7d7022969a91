"""What stands in a ticket: one contract, a side, a size and the terms of the order it will be."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import nan
from typing import Final

from core.instruments.instrument import Instrument, Kind
from core.trading.requests import (
    AUTOMATIC,
    NOTHING,
    OrderRequest,
    OrderType,
    Product,
    Side,
    Validity,
)

PAISA: Final = Decimal("0.01")
PRODUCTS: Final = {
    True: (Product.CARRY, Product.INTRADAY),
    False: (Product.DELIVERY, Product.INTRADAY, Product.MTF),
}
"""By whether it is a contract; what the broker takes, the usual one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What can be had now, rupees a unit; nan where nobody bids, offers or has traded."""

    bid: float = nan
    ask: float = nan
    ltp: float = nan

    @property
    def mid(self) -> float:
        return (self.bid + self.ask) / 2

    def touch(self, side: Side) -> float:
        """The price at which this side trades at once; nan where the other side is empty."""
        return self.ask if side is Side.BUY else self.bid


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`quantity` and `disclosed` in units; a price may stand here that the type does not use."""

    instrument: Instrument
    side: Side
    quantity: int
    product: Product
    type: OrderType = OrderType.LIMIT
    price: Decimal = NOTHING
    trigger_price: Decimal = NOTHING
    validity: Validity = Validity.DAY
    disclosed: int = 0
    amo: bool = False
    protection: int = AUTOMATIC

    @property
    def lot_size(self) -> int:
        return max(self.instrument.lot_size, 1)

    @property
    def lots(self) -> int | None:
        """None for a size that is no multiple of the lot."""
        whole, odd = divmod(self.quantity, self.lot_size)
        return None if odd else whole

    @property
    def slices(self) -> tuple[int, ...]:
        """The orders that the exchange will see: full ones of the freeze quantity, then a rest."""
        freeze = self.instrument.freeze_quantity
        if not freeze or self.quantity <= freeze:
            return (self.quantity,)
        whole, rest = divmod(self.quantity, freeze)
        return (*[freeze] * whole, *([rest] if rest else []))

    def with_lots(self, lots: int) -> "Terms":
        return replace(self, quantity=lots * self.lot_size)

    def lots_stepped(self, by: int) -> "Terms":
        """So many lots more or less, at least one; an odd size goes to the next whole lot."""
        down = self.quantity // self.lot_size
        base = -(-self.quantity // self.lot_size) if by < 0 else down
        return self.with_lots(max(base + by, 1))

    def request(self) -> OrderRequest:
        """The order, without the prices that its type does not have; raises RuleBroken."""
        return OrderRequest(
            key=self.instrument.key,
            side=self.side,
            quantity=self.quantity,
            product=self.product,
            type=self.type,
            price=self.price if self.type.has_price else NOTHING,
            trigger_price=self.trigger_price if self.type.has_trigger else NOTHING,
            validity=self.validity,
            disclosed=self.disclosed,
            amo=self.amo,
            slice=len(self.slices) > 1,
            protection=self.protection,
        )


def products(instrument: Instrument) -> tuple[Product, ...]:
    return PRODUCTS[instrument.kind is not Kind.EQUITY]


def stepped(price: Decimal, tick: Decimal, by: int) -> Decimal:
    """So many ticks up or down, at least one tick; a price between two ticks goes to the next."""
    if tick <= 0:
        return price
    rounding = ROUND_CEILING if by < 0 else ROUND_FLOOR
    whole = (price / tick).quantize(Decimal(1), rounding=rounding)
    return _short(max(whole + by, Decimal(1)) * tick)


def on_tick(price: float, tick: Decimal) -> Decimal:
    """The nearest tick, at least one; 0 where the price is not known."""
    if not price > 0:
        return NOTHING
    exact = Decimal(str(price))
    if tick <= 0:
        return exact
    return _short(max((exact / tick).quantize(Decimal(1)), Decimal(1)) * tick)


def _short(price: Decimal) -> Decimal:
    """Written with two digits, or with all where there are more."""
    short = price.quantize(PAISA)
    return short if short == price else price.normalize()
