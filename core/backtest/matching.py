"""By which rule an order is filled inside a bar: always the worse of what may have happened."""

from math import isfinite
from typing import Final

from core.backtest.results import OrderEnd, OrderKind
from core.errors import RuleBroken

WORDS: Final = (
    "Market orders are filled at the open of the next bar.",
    "A limit is filled at the open where the bar opens beyond it, else at the limit, and only if"
    " the price went through it: a touch is not enough.",
    "A stop is filled at the stop, or at the open where the bar opens beyond it. Where a stop and"
    " a limit may both have been reached in one bar, the stop came first.",
    "Of an order sent upon a fill, a stop works within the same bar, all else from the next.",
    "Limits and stops end with their session; those sent after its last bar are for the next.",
    "Capital and margin are no bound, and every order finds its quantity.",
)

AT_OPEN, AT_STOP, AT_LIMIT, THROUGH = "at the open", "at its stop", "at its limit", "gap: the open"
RANK: Final = {OrderKind.MARKET: 0, OrderKind.STOP: 1, OrderKind.STOP_LIMIT: 2, OrderKind.LIMIT: 3}


class Ask:
    """An order and what becomes of it; `price` and `bar` are its fill's, in rupees and by place.

    `until`: the bar at which it expires, -1 = not yet known; `inside`: sent within a bar, upon a
    fill; `ended_at` in epoch seconds.
    """

    __slots__ = (
        "asked_at",
        "bar",
        "end",
        "ended_at",
        "inside",
        "is_market",
        "kind",
        "limit",
        "number",
        "price",
        "stop",
        "tag",
        "triggered",
        "units",
        "until",
        "words",
    )

    def __init__(
        self, number: int, units: int, limit: float, stop: float, asked_at: int, tag: str
    ) -> None:
        self.number = number
        self.units = units
        self.limit = limit
        self.stop = stop
        self.asked_at = asked_at
        self.tag = tag
        self.words = ""
        self.inside = self.triggered = False
        self.is_market = limit != limit and stop != stop  # nan: none was named
        self.kind = _MARKET if self.is_market else _kind(limit, stop)
        self.end = _WAITING
        self.ended_at = self.until = self.bar = -1
        self.price = 0.0


_MARKET, _WAITING = OrderKind.MARKET, OrderEnd.WAITING


def _kind(limit: float, stop: float) -> OrderKind:
    if stop != stop:
        return OrderKind.LIMIT
    return OrderKind.STOP_LIMIT if limit == limit else OrderKind.STOP


def checked_price(price: float, what: str) -> float:
    """Raises RuleBroken for what is no price."""
    if not (isfinite(price) and price > 0):
        raise RuleBroken(f"{price!r} is no price for a {what}")
    return float(price)


def fill_price(
    order: Ask, open: float, high: float, low: float, slippage: float
) -> tuple[float, str] | None:
    """The price and the rule; None where the bar does not reach it.

    `order.inside`: it was sent within this bar, so that the open is no price for it.
    """
    if order.is_market:
        return None if order.inside else (open + (slippage if order.units > 0 else -slippage), "")
    if order.kind is OrderKind.LIMIT:
        return None if order.inside else _limit(order, open, high, low)
    if order.kind is OrderKind.STOP:
        return _stop(order, open, high, low, slippage)
    return _stop_limit(order, open, high, low)


def _limit(order: Ask, open: float, high: float, low: float) -> tuple[float, str] | None:
    if order.units > 0:
        if open <= order.limit:
            return open, AT_OPEN
        return (order.limit, AT_LIMIT) if low < order.limit else None
    if open >= order.limit:
        return open, AT_OPEN
    return (order.limit, AT_LIMIT) if high > order.limit else None


def _stop(
    order: Ask, open: float, high: float, low: float, slippage: float
) -> tuple[float, str] | None:
    if order.units > 0:
        if open >= order.stop and not order.inside:
            return open + slippage, THROUGH
        return (order.stop + slippage, AT_STOP) if high >= order.stop else None
    if open <= order.stop and not order.inside:
        return open - slippage, THROUGH
    return (order.stop - slippage, AT_STOP) if low <= order.stop else None


def _stop_limit(order: Ask, open: float, high: float, low: float) -> tuple[float, str] | None:
    """Triggered within the bar it gets its limit, the worst that it allows, or nothing yet."""
    if order.triggered:
        return _limit(order, open, high, low)
    way = 1 if order.units > 0 else -1
    if way * (open - order.stop) >= 0 and not order.inside:
        order.triggered = True
        return _limit(order, open, high, low)
    if way * ((high if way > 0 else low) - order.stop) >= 0:
        order.triggered = True
        return (order.limit, AT_LIMIT) if way * (order.limit - order.stop) >= 0 else None
    return None
