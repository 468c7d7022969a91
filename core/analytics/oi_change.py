"""Open interest against any earlier minute of the day, or against yesterday's close."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analytics.build_up import (
    FUTURE_OI_BAND,
    FUTURE_PRICE_BAND,
    OI_BAND,
    PRICE_BAND,
    BuildUp,
    build_up,
    build_up_of,
)
from core.analytics.chain_day import ChainDay
from core.analytics.chain_prices import chain_prices
from core.analytics.open_interest import change, fraction

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class OiChange:
    """(2, strikes), calls first: `change` in units, `fraction` of what there was, `BuildUp`s."""

    strikes: Floats
    change: Floats
    fraction: Floats
    build_up: NDArray[np.int8]


def since_yesterday(
    strikes: Floats,
    price: Floats,
    close: Floats,
    oi: Floats,
    oi_prev: Floats,
    *,
    price_band: float = PRICE_BAND,
    oi_band: float = OI_BAND,
) -> OiChange:
    """Against the previous session's closing prices and open interest, each (2, strikes)."""
    kinds = build_up(price, close, oi, oi_prev, price_band=price_band, oi_band=oi_band)
    return OiChange(
        strikes=strikes,
        change=change(oi, oi_prev),
        fraction=fraction(oi, oi_prev),
        build_up=kinds,
    )


def between(
    day: ChainDay,
    then: int,
    now: int = -1,
    *,
    price_band: float = PRICE_BAND,
    oi_band: float = OI_BAND,
) -> OiChange:
    """From row `then` of the day to row `now` (the last unless told)."""
    price = chain_prices(day).value
    return since_yesterday(
        day.strikes,
        price[now],
        price[then],
        day.oi[now],
        day.oi[then],
        price_band=price_band,
        oi_band=oi_band,
    )


def of_future(
    day: ChainDay,
    then: int,
    now: int = -1,
    *,
    price_band: float = FUTURE_PRICE_BAND,
    oi_band: float = FUTURE_OI_BAND,
) -> BuildUp:
    """What traders did in the expiry's future from row `then` to row `now`."""
    numbers = (day.future[now], day.future[then], day.future_oi[now], day.future_oi[then])
    return build_up_of(*(float(n) for n in numbers), price_band=price_band, oi_band=oi_band)


def over_day(day: ChainDay, base: Floats | None = None) -> Floats:
    """Open interest added by each minute, (minutes, 2, strikes), in units.

    Against `base` (2, strikes), yesterday's; without it against each contract's first known minute
    of the day. nan where either is unknown.
    """
    return np.asarray(day.oi - (first_known(day.oi) if base is None else base))


def first_known(values: Floats) -> Floats:
    """The first known value along the first axis; nan where there is none."""
    known = np.isfinite(values)
    if not len(values):
        return np.full(values.shape[1:], np.nan)
    at = known.argmax(axis=0)[None]
    return np.asarray(np.take_along_axis(values, at, axis=0)[0])
