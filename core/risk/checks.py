"""The checks that every order passes before it is written down, each with its reason in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from core.clock import IST
from core.instruments.instrument import Instrument, Kind
from core.risk.exposure import Stake, naked_lots, open_lots
from core.risk.limits import Limits, Standing
from core.trading.requests import OrderRequest, OrderType, Side

MOST_SLICES: Final = 25
FEW_TICKS: Final = 20
"""A price so near to the market's is no slip of a finger, whatever the percentage."""
INDEX_PREFIX: Final = ("NSE_INDEX|", "BSE_INDEX|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is true when an order is wanted. Prices are estimates, nan where they are not known.

    `held` is of the contract and product; `exiting` the units that other orders already close of
    it; `before` and `after` all that is open without and with this order; `alike` when orders of
    the same terms were placed; `pnl` the day's, nan where it is not known.
    """

    now: datetime
    instrument: Instrument
    standing: Standing = Standing.ACTIVE
    standing_reason: str = ""
    lock_reason: str = ""
    blocked: str = ""
    not_ready: Sequence[str] = ()
    market_open: bool = True
    bid: float = float("nan")
    ask: float = float("nan")
    ltp: float = float("nan")
    band: tuple[float, float] | None = None
    held: int = 0
    exiting: int = 0
    before: Sequence[Stake] = ()
    after: Sequence[Stake] = ()
    alike: Sequence[datetime] = ()
    orders_today: int = 0
    pnl: float = 0.0
    banned: bool = False


def reduces(request: OrderRequest, situation: Situation) -> bool:
    """Whether it only closes what is held and what no other order closes already."""
    if situation.held * request.signed >= 0:
        return False
    return request.quantity <= abs(situation.held) - situation.exiting


def refusals(request: OrderRequest, situation: Situation, limits: Limits) -> list[str]:
    """Why this order may not be sent; empty when it may."""
    found = [*_unfit(request, situation), *_shut(situation)]
    if not reduces(request, situation):
        found += [*_new_risk(situation, limits), *_too_much(request, situation, limits)]
    found += [*_slips(request, situation, limits)]
    return found


def _unfit(request: OrderRequest, now: Situation) -> Iterator[str]:
    """What the exchange refuses of this contract, whoever asks."""
    what = now.instrument
    if what.kind is Kind.INDEX:
        yield f"{what.symbol} is an index: it is computed, not traded"
    if what.expiry is not None and what.expiry < now.now.astimezone(IST).date():
        yield f"{what.symbol} expired on {what.expiry:%d %b %Y}"
    if request.quantity % max(what.lot_size, 1):
        yield f"{request.quantity} units are not a multiple of the lot of {what.lot_size}"
    for name, amount in (("price", request.price), ("trigger price", request.trigger_price)):
        if amount and what.tick_size and amount % what.tick_size:
            yield f"the {name} {amount} is not a multiple of the tick of {what.tick_size}"
        if amount and now.band and not now.band[0] <= amount <= now.band[1]:
            low, high = now.band
            yield f"the {name} {amount} is outside the day's band of {low:g} to {high:g}"
    yield from _unfit_size(request, what)
    if what.is_option and request.type is OrderType.SL_M:
        yield "the exchange takes no stop-loss market order in options: use a stop with a limit"
    if what.is_option and request.type is OrderType.MARKET and now.ltp != now.ltp:
        yield f"{what.symbol} has not traded, so the exchange takes no market order: use a limit"


def _unfit_size(request: OrderRequest, what: Instrument) -> Iterator[str]:
    if not what.freeze_quantity or request.quantity <= what.freeze_quantity:
        return
    orders = -(-request.quantity // what.freeze_quantity)
    if not request.slice:
        yield f"{request.quantity} units are above the freeze quantity of {what.freeze_quantity}"
    elif orders > MOST_SLICES:
        yield f"{orders} slices are more than the broker's {MOST_SLICES}"


def _shut(now: Situation) -> Iterator[str]:
    """What stops everything, exits too."""
    yield from now.not_ready
    if now.standing is Standing.HALTED:
        yield f"trading is halted: {now.standing_reason}"
    if not now.market_open:
        yield "the market is closed"


def _new_risk(now: Situation, limits: Limits) -> Iterator[str]:
    """What stops whatever is not an exit."""
    if now.standing is Standing.REDUCE_ONLY:
        yield f"only exits are let through: {now.standing_reason}"
    if now.lock_reason:
        yield f"only exits are let through: {now.lock_reason}"
    if now.blocked:
        yield f"only exits are let through in this contract until it is explained: {now.blocked}"
    if now.banned:
        yield f"{now.instrument.underlying_symbol} is in the ban period: only exits are allowed"
    if limits.day_loss is not None and now.pnl != now.pnl:
        yield "the day's profit is not known, so its limit cannot be kept"
    until = limits.square_off_at
    if until is not None and now.now.astimezone(IST).time() >= until:
        yield f"only exits are let through after {until:%H:%M}"
    if limits.orders_a_day is not None and now.orders_today >= limits.orders_a_day:
        yield f"{now.orders_today} orders were placed today, and that is the limit"


def _too_much(request: OrderRequest, now: Situation, limits: Limits) -> Iterator[str]:
    lots = -(-request.quantity // max(now.instrument.lot_size, 1))
    share = now.instrument.kind is Kind.EQUITY
    if limits.order_lots is not None and lots > limits.order_lots and not share:
        yield f"{counted(lots)} are more than the {limits.order_lots} allowed in one order"
    if limits.order_value is not None:
        value = request.quantity * worst_price(request, now)
        if value != value:
            yield "the price is not known, so the order's value cannot be checked"
        elif value > limits.order_value:
            yield f"₹{value:,.0f} is more than the ₹{limits.order_value:,.0f} allowed in one order"
    if limits.open_lots is not None:
        lots = open_lots(now.after)
        if lots > max(limits.open_lots, open_lots(now.before)):
            yield f"{counted(lots)} would be open, and {limits.open_lots} are allowed"
    yield from _naked(now, limits)


def _naked(now: Situation, limits: Limits) -> Iterator[str]:
    if limits.naked_lots is None:
        return
    before = naked_lots(now.before)
    for group, lots in naked_lots(now.after).items():
        if lots > max(limits.naked_lots, before.get(group, 0)):
            symbol, _, kind = group
            yield (
                f"{counted(lots)} of {symbol} {kind}s would be short and not hedged, and "
                f"{limits.naked_lots} are allowed: buy the hedge first"
            )


def counted(lots: int) -> str:
    return f"{lots} lot{'' if lots == 1 else 's'}"


def _slips(request: OrderRequest, now: Situation, limits: Limits) -> Iterator[str]:
    """Slips of hands: a price far off, a second click."""
    if limits.fat_finger is not None and (words := _far_off(request, now, limits.fat_finger)):
        yield words
    since = now.now - timedelta(seconds=limits.duplicate_seconds)
    if any(at > since for at in now.alike):
        yield f"the same order was placed less than {limits.duplicate_seconds:g} s ago"


def _far_off(request: OrderRequest, now: Situation, percent: Decimal) -> str:
    """A limit on the losing side of the market, by more than the percentage and a few ticks."""
    market = market_price(now)
    if not request.type.has_price or market != market or market <= 0:
        return ""
    way = 1 if request.side is Side.BUY else -1
    worse = way * (float(request.price) - market)
    if worse <= max(market * float(percent) / 100, FEW_TICKS * float(now.instrument.tick_size)):
        return ""
    return f"the price {request.price} is {100 * worse / market:.0f} % worse than the market's"


def market_price(now: Situation) -> float:
    """The middle of bid and ask; the last price where one is missing; nan where all are."""
    middle = (now.bid + now.ask) / 2
    return middle if middle == middle else now.ltp


def worst_price(request: OrderRequest, now: Situation) -> float:
    """What a unit may cost; the limit, or for a market order the market's price."""
    if request.type.has_price:
        return float(request.price)
    reached = float(request.trigger_price) or market_price(now)
    return max(reached, now.ask) if request.side is Side.BUY and now.ask == now.ask else reached


def warnings(request: OrderRequest, situation: Situation) -> list[str]:
    """What the user should know before he sends it; it may be sent all the same."""
    what = situation.instrument
    found: list[str] = []
    today = situation.now.astimezone(IST).date()
    if what.expiry is None:
        return found
    days = (what.expiry - today).days
    if days == 0:
        found.append("the contract expires today: margins of sold options are higher")
    stock = not (what.underlying_key or "").startswith(INDEX_PREFIX)
    if stock and 0 <= days <= 4 and what.segment.endswith("_FO"):
        found.append("held to its end it is settled in shares: the margin rises until then")
    if not reduces(request, situation) and request.signed < 0 and what.is_option:
        found.append("a sold option can lose more than its premium")
    return found
