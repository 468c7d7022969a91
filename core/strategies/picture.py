"""All that the builder draws of a position: its curves, its figures, where the market may go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor, log2, sqrt
from typing import Final

import numpy as np

from core.charges.charges import Charges
from core.clock import IST
from core.errors import AppError
from core.strategies.costs import entry_charges
from core.strategies.legs import Leg, in_play
from core.strategies.outlook import at_the_money, years_to
from core.strategies.payoff import Band, LegFigures, Summary, band, leg_figures, summary
from core.strategies.valuation import Floats, Market, evaluate

POINTS: Final = 281
REACH: Final = 3.2
"""Standard deviations of the move to the horizon that are drawn to either side."""
LEAST_REACH: Final = 0.02
"""Of the spot: near the close a standard deviation is nothing to look at."""
BEYOND: Final = 0.35
"""How far the picture goes beyond the outer strikes, in parts of their distance."""
STILL: Final = 0.004
"""Of the spot: the ends of the picture move by such steps, not with every tick."""
SIGMAS: Final = (-2.0, -1.0, 1.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Rupees after the charges to enter, over `spots`; `legs` are those that count.

    `expiry` is the result at the summary's horizon, `today` now, `chosen` at `when` with every
    volatility moved by `iv_shift` (a fraction). `band` is there where later legs are alive at the
    horizon. `sigmas`: spots one and two standard deviations off (`SIGMAS`) at the horizon, empty
    where unknown. `figures` are of every leg that was given, counted or not.
    `charges` is None where they are unknown, and `charges_problem` says why.
    """

    legs: tuple[Leg, ...]
    market: Market
    when: datetime
    iv_shift: float
    spots: Floats
    expiry: Floats
    today: Floats
    chosen: Floats
    band: Band | None
    sigmas: Floats
    summary: Summary
    figures: tuple[LegFigures, ...]
    charges: Charges | None
    charges_problem: str


def picture(
    legs: Sequence[Leg],
    market: Market,
    when: datetime,
    *,
    others: Sequence[Leg] = (),
    iv_shift: float = 0.0,
    daily_iv_change: float | None = None,
) -> Picture:
    """Of `legs`, of one underlying; `others` only have their own figures, after those of `legs`."""
    counted = in_play(legs)
    fees, problem = _fees(counted, market)
    cost = float(fees.total) if fees is not None else 0.0
    figures = summary(counted, market, charges=cost)
    sigmas = _sigmas(counted, market, figures.horizon)
    spots = _spots(counted, market, sigmas)
    now, then = evaluate(counted, market, spots, [market.now, figures.horizon]) - cost
    chosen = evaluate(counted, market, spots, [when], iv_shift=iv_shift)[0] - cost
    return Picture(
        legs=tuple(counted),
        market=market,
        when=when,
        iv_shift=iv_shift,
        spots=spots,
        expiry=then,
        today=now,
        chosen=chosen,
        band=_band(counted, market, spots, figures, daily_iv_change),
        sigmas=sigmas,
        summary=figures,
        figures=leg_figures([*legs, *others], market),
        charges=fees,
        charges_problem=problem,
    )


def last_close(legs: Sequence[Leg], market: Market) -> datetime:
    """When the last open leg closes: now without any."""
    closes = [leg.closes_at for leg in in_play(legs) if not leg.exited]
    return max([*closes, market.now])


def _fees(legs: Sequence[Leg], market: Market) -> tuple[Charges | None, str]:
    try:
        return entry_charges(legs, market.now.astimezone(IST).date()), ""
    except AppError as problem:
        return None, str(problem)


def _band(
    legs: Sequence[Leg], market: Market, spots: Floats, figures: Summary, change: float | None
) -> Band | None:
    later = any(leg.is_option and leg.closes_at > figures.horizon for leg in legs)
    if not later:
        return None
    made = band(legs, market, spots, figures.horizon, daily_iv_change=change)
    fees = figures.charges
    return Band(
        low=made.low - fees,
        middle=made.middle - fees,
        high=made.high - fees,
        move=made.move,
        words=made.words,
    )


def _sigmas(legs: Sequence[Leg], market: Market, horizon: datetime) -> Floats:
    """F·exp(k·σ·√T), σ at the money of the horizon's smile."""
    expiry = next((leg.expiry for leg in legs if leg.closes_at == horizon), horizon.date())
    years = years_to(market, horizon)
    forward = market.forward(expiry, years)
    move = at_the_money(market, forward, years) * sqrt(years)
    return forward * np.exp(np.array(SIGMAS) * move) if move > 0 else np.empty(0)


def _spots(legs: Sequence[Leg], market: Market, sigmas: Floats) -> Floats:
    """Even steps over what matters, with the strikes and the spot themselves."""
    strikes = [leg.strike for leg in legs if leg.strike is not None]
    least = LEAST_REACH * market.spot
    reach = REACH / 2 * (market.spot - sigmas[0]) if len(sigmas) else 0.1 * market.spot
    low, high = min(strikes, default=market.spot), max(strikes, default=market.spot)
    beyond = max(BEYOND * (high - low), least / 2)
    first = min(market.spot - max(reach, least), low - beyond)
    last = max(market.spot + max(reach, least), high + beyond)
    unit = 2.0 ** round(log2(STILL * market.spot))
    first, last = floor(first / unit) * unit, ceil(last / unit) * unit
    even = np.linspace(max(first, 0.01 * market.spot), last, POINTS)
    return np.unique(np.concatenate([even, strikes, [market.spot]]))
