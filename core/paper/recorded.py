"""What a recorded minute shows of a contract: the market in which backtests and replays trade.

A record keeps the best quotes and no sizes: any size is taken to be on offer at them, and a quote
that was not recorded is no quote, so nothing is filled against it. Where a day was recorded without
any quotes (from trades alone), the last trade stands in with a slippage to both sides, and the run
says so. Of the trades between two minutes only the last is known.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from core.paper.matching import Level

ANY_SIZE: Final = 1_000_000_000
"""Units on offer at every quote."""
STEP: Final = 4
"""Digits of a rupee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slippage:
    """What a trade costs where no quotes were kept: ticks, and a share of the price."""

    ticks: float = 1.0
    share: float = 0.0

    def quotes(self, last: float, tick: Decimal) -> tuple[Decimal, Decimal]:
        """Bid and ask around a last trade, on the tick, away from it; a bid of 0 is none."""
        away = Decimal(str(self.ticks)) * tick + Decimal(str(round(self.share * last, STEP)))
        at = Decimal(str(round(last, STEP)))
        bid = ((at - away) / tick).quantize(Decimal(1), rounding=ROUND_FLOOR) * tick
        ask = ((at + away) / tick).quantize(Decimal(1), rounding=ROUND_CEILING) * tick
        return max(bid, Decimal(0)), ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Levels are best first; `last` is None where nothing has traded."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    last: Decimal | None
    traded: bool


def shown(
    *,
    bid: float,
    ask: float,
    last: float,
    volume: float,
    tick: Decimal,
    slippage: Slippage | None = None,
) -> Shown:
    """`slippage` only for a day without quotes; nan is unknown."""
    known = last > 0
    if slippage is not None and known:
        low, high = slippage.quotes(last, tick)
    else:
        low, high = price(bid), price(ask)
    return Shown(
        bids=((low, ANY_SIZE),) if low > 0 else (),
        asks=((high, ANY_SIZE),) if high > 0 else (),
        last=price(last) if known else None,
        traded=volume > 0 if volume == volume else known,
    )


def price(value: float) -> Decimal:
    """Rupees; 0 where it is not known."""
    return Decimal(str(round(value, STEP))) if value > 0 else Decimal(0)
