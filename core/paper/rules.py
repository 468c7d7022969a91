"""What broker and exchange refuse of an order, in words; margin apart."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.instruments.instrument import Instrument, Kind
from core.trading.requests import NOTHING, OrderRequest, OrderType, Product, Side, Validity

AT_MARKET = (OrderType.MARKET, OrderType.SL_M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the market shows of a contract; `band` the day's price limits where they are known."""

    last: Decimal = NOTHING
    traded: bool = False
    band: tuple[Decimal, Decimal] | None = None


def impossible(request: OrderRequest, instrument: Instrument, day: date) -> str:
    """Why such an order can never be taken, whatever the market does; empty when it can."""
    found = (
        _not_traded(instrument, day),
        _wrong_product(request, instrument),
        _wrong_size(request, instrument),
        _off_tick(request, instrument),
        _stop_market(request, instrument),
        "an order that waits for the opening cannot be immediate or cancel"
        if request.amo and request.validity is Validity.IOC
        else "",
    )
    return next((each for each in found if each), "")


def refusal(request: OrderRequest, instrument: Instrument, facts: Facts) -> str:
    """Why the order is refused as the market is now; empty when it is not."""
    return (
        _outside(request, facts) or _untraded(request, instrument, facts) or _late(request, facts)
    )


def _not_traded(instrument: Instrument, day: date) -> str:
    if instrument.kind is Kind.INDEX:
        return f"{instrument.symbol} is an index: it cannot be traded itself"
    if instrument.expiry is not None and instrument.expiry < day:
        return f"{instrument.symbol} has expired"
    return ""


def _wrong_product(request: OrderRequest, instrument: Instrument) -> str:
    if request.product is Product.MTF:
        return "the paper account has no margin funding"
    keeps = Product.DELIVERY if instrument.kind is Kind.EQUITY else Product.CARRY
    if request.product in (Product.INTRADAY, keeps):
        return ""
    return f"{instrument.symbol} is held as {Product.INTRADAY} or {keeps}, not as {request.product}"


def _wrong_size(request: OrderRequest, instrument: Instrument) -> str:
    lot, most = instrument.lot_size, instrument.freeze_quantity
    if lot > 0 and request.quantity % lot:
        return f"{request.quantity} units are not a multiple of the lot of {lot}"
    if most and request.quantity > most and not request.slice:
        return f"{request.quantity} units are above the freeze quantity of {most}: slice the order"
    return ""


def _off_tick(request: OrderRequest, instrument: Instrument) -> str:
    tick = instrument.tick_size
    off = [p for p in (request.price, request.trigger_price) if tick > 0 and p % tick]
    return f"₹{off[0]} is not a multiple of the tick of ₹{tick}" if off else ""


def _stop_market(request: OrderRequest, instrument: Instrument) -> str:
    if request.type is OrderType.SL_M and instrument.is_option:
        return "the exchange takes no stop-loss market orders in options: give the stop a limit"
    return ""


def _outside(request: OrderRequest, facts: Facts) -> str:
    for price in (request.price, request.trigger_price):
        if price and facts.band and not facts.band[0] <= price <= facts.band[1]:
            low, high = facts.band
            return f"₹{price} is outside the day's limits of ₹{low} to ₹{high}"
    return ""


def _untraded(request: OrderRequest, instrument: Instrument, facts: Facts) -> str:
    if request.type not in AT_MARKET:
        return ""
    if instrument.is_option and not facts.traded:
        return f"{instrument.symbol} has not traded today, so it takes no market order"
    return "" if facts.last > 0 else "a market order needs a last price"


def _late(request: OrderRequest, facts: Facts) -> str:
    """A stop whose trigger the price has passed already."""
    if not request.type.has_trigger or facts.last <= 0:
        return ""
    buys, trigger = request.side is Side.BUY, request.trigger_price
    if trigger > facts.last if buys else trigger < facts.last:
        return ""
    way = "above" if buys else "below"
    return f"the trigger of ₹{trigger} must be {way} the last price of ₹{facts.last}"
