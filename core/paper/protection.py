"""The worst price of a market order: since April 2026 none goes without protection."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from core.errors import RuleBroken
from core.trading.requests import AUTOMATIC, Side

OPTIONS: Final = ((Decimal(5), Decimal("0.15")), (Decimal(10), Decimal("0.10")))
"""Options cheaper than so many rupees: the automatic share around the last price."""
DEAR_OPTION, OTHERS = Decimal("0.05"), Decimal("0.03")
"""The exchange names 15 and 10 %; these two are this account's own assumption."""


def worst_price(
    side: Side, last: Decimal, tick: Decimal, *, percent: int = AUTOMATIC, option: bool
) -> Decimal:
    """Rupees, on the tick, never on the better side of the last price.

    Raises RuleBroken where nothing has traded.
    """
    if last <= 0 or tick <= 0:
        raise RuleBroken("a market order needs a last price")
    share = _automatic(last, option) if percent == AUTOMATIC else Decimal(percent) / 100
    if side is Side.BUY:
        return max(_to_tick(last * (1 + share), tick, ROUND_FLOOR), last)
    return max(min(_to_tick(last * (1 - share), tick, ROUND_CEILING), last), tick)


def _automatic(last: Decimal, option: bool) -> Decimal:
    if not option:
        return OTHERS
    return next((share for below, share in OPTIONS if last < below), DEAR_OPTION)


def _to_tick(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (price / tick).quantize(Decimal(1), rounding=rounding) * tick
