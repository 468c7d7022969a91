"""Positions beside each other: drafts on one chart, and a portfolio before and after a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from core.errors import RuleBroken
from core.strategies.legs import Leg, one_underlying
from core.strategies.payoff import Summary, summary
from core.strategies.valuation import Floats, Market, evaluate

MOST: Final = 4
"""More curves on one chart cannot be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Results in rupees, [position, date, spot], and figures of each."""

    values: Floats
    summaries: tuple[Summary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """A portfolio without and with a draft; results in rupees, [date, spot].

    `elsewhere` counts held legs of other underlyings, which a draft leaves as they are.
    """

    before: Summary
    after: Summary
    values_before: Floats
    values_after: Floats
    elsewhere: int


def compare(
    positions: Sequence[Sequence[Leg]],
    market: Market,
    spots: ArrayLike,
    dates: Sequence[datetime],
    charges: Sequence[float] = (),
) -> Compared:
    """Up to four positions of one underlying; `charges` of each in rupees, none where left out.

    Raises RuleBroken for more, and for different underlyings.
    """
    if len(positions) > MOST:
        raise RuleBroken(f"At most {MOST} positions can be compared at once.")
    one_underlying(leg for legs in positions for leg in legs)
    fees = [*charges, *([0.0] * (len(positions) - len(charges)))]
    values = [
        evaluate(legs, market, spots, dates) - fee
        for legs, fee in zip(positions, fees, strict=True)
    ]
    return Compared(
        values=np.array(values),
        summaries=tuple(
            summary(legs, market, charges=fee) for legs, fee in zip(positions, fees, strict=True)
        ),
    )


def before_and_after(
    held: Sequence[Leg],
    draft: Sequence[Leg],
    market: Market,
    spots: ArrayLike,
    dates: Sequence[datetime],
    *,
    charges: float = 0.0,
) -> BeforeAfter:
    """What a draft does to what is held of its underlying; `charges` are those of entering it.

    Both figures are at the near expiry of what they hold. Raises RuleBroken for a draft of
    different underlyings.
    """
    symbol = one_underlying(draft)
    ours = [leg for leg in held if leg.symbol == symbol]
    both = [*ours, *draft]
    return BeforeAfter(
        before=summary(ours, market),
        after=summary(both, market, charges=charges),
        values_before=evaluate(ours, market, spots, dates),
        values_after=evaluate(both, market, spots, dates) - charges,
        elsewhere=len(held) - len(ours),
    )
