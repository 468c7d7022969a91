"""What a chain's open interest is compared with: yesterday's close, or a minute of the day."""

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.chain_prices import chain_prices
from core.analytics.oi_change import OiChange, since_yesterday

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A chain as it stood: rupees and units, (2, strikes), calls first; nan = unknown.

    `future` is the last price of the expiry's future, `future_oi` its open interest. `words` says
    when that was, to follow "since".
    """

    strikes: Floats
    price: Floats
    oi: Floats
    words: str
    future: float = nan
    future_oi: float = nan


def base_at(day: ChainDay, row: int, words: str) -> Base:
    """The recorded minute of that row."""
    return Base(
        strikes=day.strikes,
        price=chain_prices(day).value[row],
        oi=day.oi[row],
        words=words,
        future=float(day.future[row]),
        future_oi=float(day.future_oi[row]),
    )


def against(base: Base, strikes: Floats, price: Floats, oi: Floats) -> OiChange:
    """What happened to a chain of `strikes` since; nan where the base did not list a strike."""
    then_price, then_oi = (aligned(v, base.strikes, strikes) for v in (base.price, base.oi))
    return since_yesterday(strikes, price, then_price, oi, then_oi)


def aligned(values: Floats, have: Floats, wanted: Floats) -> Floats:
    """Values by strike (last axis, ascending) laid over other strikes; nan where there is none."""
    if np.array_equal(have, wanted):
        return values
    laid = np.full((*values.shape[:-1], len(wanted)), np.nan)
    if len(have):
        places = np.searchsorted(have, wanted).clip(max=len(have) - 1)
        found = have[places] == wanted
        laid[..., found] = values[..., places[found]]
    return laid
