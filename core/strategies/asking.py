"""What a strategy asks for, as an order that the broker takes; the same wherever it runs."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.paper.protection import worst_price
from core.trading.requests import (
    NOTHING,
    OrderRequest,
    OrderType,
    Product,
    Side,
    Source,
)

ANY_TICK: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """`units` below 0 are sold; `number` is how the strategy knows the order."""

    number: int
    key: InstrumentKey
    units: int
    limit: float | None = None
    stop: float | None = None
    tag: str = ""


def request_of(ask: Ask, instrument: Instrument, *, group: str = "") -> OrderRequest:
    """Prices on the tick; derivatives are carried. Raises RuleBroken for what no broker takes.

    A stop without a limit is one at market; the exchanges take none in options since September
    2021: there its limit is the protection of a market order at its trigger.
    """
    if not ask.units:
        raise RuleBroken(f"order {ask.number} is of no units")
    tick = instrument.tick_size if instrument.tick_size > 0 else ANY_TICK
    side = Side.BUY if ask.units > 0 else Side.SELL
    trigger, limit = _on_tick(ask.stop, tick), _on_tick(ask.limit, tick)
    if trigger and not limit and instrument.is_option:
        limit = worst_price(side, trigger, tick, option=True)
    return OrderRequest(
        key=ask.key,
        side=side,
        quantity=abs(ask.units),
        product=Product.CARRY if instrument.expiry else Product.INTRADAY,
        type=_type(trigger, limit),
        price=limit,
        trigger_price=trigger,
        slice=True,
        source=Source.RULE,
        group=group,
    )


def _type(trigger: Decimal, limit: Decimal) -> OrderType:
    if trigger:
        return OrderType.SL if limit else OrderType.SL_M
    return OrderType.LIMIT if limit else OrderType.MARKET


def _on_tick(price: float | None, tick: Decimal) -> Decimal:
    """The nearest tick; 0 where no price was given."""
    if price is None:
        return NOTHING
    if not price > 0:
        raise RuleBroken(f"₹{price} is no price of an order")
    ticks = (Decimal(str(price)) / tick).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return max(ticks, Decimal(1)) * tick
