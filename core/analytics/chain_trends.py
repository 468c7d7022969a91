"""A chain's headline numbers, minute by minute over a day."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.chain_prices import chain_prices
from core.analytics.exposure import Dealers, net_gamma
from core.analytics.max_pain import max_pains
from core.analytics.open_interest import put_call_ratios
from core.analytics.sides import CALL, PUT, total
from core.analytics.straddle import at_the_money_each

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainTrends:
    """Each (minutes,), of the recorded minutes alone; nan = unknown.

    `atm` is the strike at the money, `straddle` its price in rupees (`straddle_traded` where a leg
    is a last trade), `atm_iv` a fraction, open interest in units, `net_gex` ₹ per 1 % under
    `convention`. `basis` is the future less the spot, in rupees.
    """

    minutes: NDArray[np.int64]
    spot: Floats
    forward: Floats
    basis: Floats
    pcr: Floats
    pcr_volume: Floats
    max_pain: Floats
    atm: Floats
    straddle: Floats
    straddle_traded: NDArray[np.bool_]
    atm_iv: Floats
    call_oi: Floats
    put_oi: Floats
    net_gex: Floats
    convention: Dealers


def chain_trends(
    day: ChainDay, closes_at: datetime, convention: Dealers = Dealers.LONG_CALLS_SHORT_PUTS
) -> ChainTrends:
    """`closes_at`: the dated close of the expiry."""
    oi, volume = day.oi, day.volume
    at = at_the_money_each(day.strikes, day.forward)
    prices = chain_prices(day)
    return ChainTrends(
        minutes=day.minutes,
        spot=day.spot,
        forward=day.forward,
        basis=day.future - day.spot,
        pcr=put_call_ratios(oi[:, CALL], oi[:, PUT]),
        pcr_volume=put_call_ratios(volume[:, CALL], volume[:, PUT]),
        max_pain=max_pains(day.strikes, oi[:, CALL], oi[:, PUT]),
        atm=np.where(at >= 0, day.strikes[at], np.nan),
        straddle=_at(prices.value, at).sum(axis=1),
        straddle_traded=total(_at(prices.traded.astype(np.float64), at), axis=-1) > 0,
        atm_iv=_mean(_at(day.iv, at)),
        call_oi=total(oi[:, CALL], axis=-1),
        put_oi=total(oi[:, PUT], axis=-1),
        net_gex=net_gamma(
            day.strikes,
            oi,
            spot=day.spot,
            forward=day.forward,
            years=day.years(closes_at),
            vol=day.iv,
            convention=convention,
        ),
        convention=convention,
    )


def _at(values: Floats, at: NDArray[np.int64]) -> Floats:
    """Both sides of each minute's strike, (minutes, 2); nan where there is none."""
    known = at >= 0
    seen = np.full((len(at), 2), np.nan)
    seen[known] = values[known, :, at[known]]
    return seen


def _mean(sides: Floats) -> Floats:
    """Of the sides that are known."""
    return np.asarray(total(sides, axis=-1) / np.isfinite(sides).sum(axis=-1).clip(1))
