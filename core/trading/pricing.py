"""Where in the market a limit is put."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from core.errors import RuleBroken
from core.trading.requests import NOTHING, Side


class Pricing(StrEnum):
    OWN = "own side"  # joins those who wait: the bid for a buy
    MID = "mid"
    OTHER = "other side"  # what can be had now: the ask for a buy
    MARKET = "market"  # with the broker's protection
    TYPED = "typed"


def limit_price(
    how: Pricing, side: Side, *, bid: float, ask: float, tick: Decimal, give: int = 0
) -> Decimal:
    """Rupees on the tick; `give` ticks worse for us than the place says, better where below 0.

    The middle is rounded to our own side. Raises RuleBroken where the market does not tell.
    """
    buys = side is Side.BUY
    known = {
        Pricing.OWN: bid if buys else ask,
        Pricing.OTHER: ask if buys else bid,
        Pricing.MID: (bid + ask) / 2,
    }
    place = known.get(how, float("nan"))
    if not place > 0:
        raise RuleBroken(f"there is no price for the {how}: the market shows none")
    rounding = ROUND_FLOOR if buys else ROUND_CEILING
    steps = (Decimal(str(round(place, 6))) / tick).quantize(Decimal(1), rounding=rounding)
    steps += give if buys else -give
    return max(steps, Decimal(1)) * tick if tick > 0 else NOTHING
