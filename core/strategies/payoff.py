"""The figures of a position at its near expiry and now, and the door to all that shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf, nan
from typing import Final

import numpy as np

from core.strategies.curve import curve, horizon
from core.strategies.legs import Leg, in_play, net_premium, one_underlying
from core.strategies.outlook import Distribution, at_the_money, implied, lognormal, years_to
from core.strategies.sensitivities import NAMES, CashGreeks, NetGreeks, book_greeks, cash
from core.strategies.valuation import Floats, book_values, columns, floor, leg_vols, seconds
from core.strategies.valuation import Market as Market
from core.strategies.valuation import Sticky as Sticky
from core.strategies.valuation import evaluate as evaluate
from core.strategies.what_if import Matrix as Matrix
from core.strategies.what_if import days_ahead as days_ahead
from core.strategies.what_if import matrix as matrix

USUAL_IV_MOVE: Final = 0.02
"""Two vol points: the band's width where the recent daily change of volatility is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFigures:
    """One leg now: model `value` and market `price` per unit (nan unknown), `pnl` in rupees at the
    market price, else at the model's; greeks times quantity, as in NetGreeks.
    """

    leg: Leg
    price: float
    value: float
    iv: float
    pnl: float
    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Rupees, after `charges`, at `horizon`: the first close among the open legs.

    `max_profit` is inf and `max_loss` -inf where calls and futures leave the right side open.
    `exact`: no option outlives the horizon, so that extremes and breakevens are exact; else they
    are read from a grid (core.strategies.curve). `pop` is the probability of a profit, `expected`
    its mean: `…_smile` under the distribution that the smile implies, `…_lognormal` under the
    volatility at the money alone (core.strategies.outlook). `pnl`, greeks and legs are of now.
    """

    horizon: datetime
    exact: bool
    net_premium: float
    charges: float
    max_profit: float
    max_loss: float
    breakevens: tuple[float, ...]
    pop_smile: float
    pop_lognormal: float
    expected_smile: float
    expected_lognormal: float
    pnl: float
    greeks: NetGreeks
    cash: CashGreeks
    legs: tuple[LegFigures, ...]

    @property
    def reward_risk(self) -> float:
        """Largest profit over largest loss; nan where either is unlimited or unknown."""
        bounded = self.max_profit < inf and -inf < self.max_loss < 0
        return self.max_profit / -self.max_loss if bounded else nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Profit at one moment, in the middle and with later legs' volatility `move` down and up.

    `words` say where `move` (a fraction) comes from.
    """

    low: Floats
    middle: Floats
    high: Floats
    move: float
    words: str


def summary(legs: Sequence[Leg], market: Market, *, charges: float = 0.0) -> Summary:
    """`charges` in rupees are taken off every result; disabled legs do not count.

    An unknown entry price or volatility makes nan of what depends on it. Raises RuleBroken for legs
    of different underlyings.
    """
    counted = in_play(legs)
    one_underlying(counted)
    when = horizon(counted, market)
    shape = curve(counted, market, when, charges)
    smile, flat = distributions(counted, market, when)
    figures = leg_figures(counted, market)
    greeks = _net(figures)
    return Summary(
        horizon=when,
        exact=shape.exact,
        net_premium=net_premium(counted),
        charges=charges,
        max_profit=shape.max_profit,
        max_loss=shape.max_loss,
        breakevens=shape.roots,
        pop_smile=shape.chance(smile),
        pop_lognormal=shape.chance(flat),
        expected_smile=shape.mean(smile),
        expected_lognormal=shape.mean(flat),
        pnl=sum(each.pnl for each in figures) - charges,
        greeks=greeks,
        cash=cash(greeks, market.spot),
        legs=figures,
    )


def distributions(
    legs: Sequence[Leg], market: Market, when: datetime
) -> tuple[Distribution | None, Distribution | None]:
    """Of the spot at `when`: as the smile implies, and lognormal; None where unknown."""
    expiry = next((leg.expiry for leg in legs if leg.closes_at == when), when.date())
    years = years_to(market, when)
    forward = market.forward(expiry, years)
    level = at_the_money(market, forward, years)
    if not level > 0:
        level = _nearest_vol(legs, market, forward)
    flat = lognormal(forward, level, years) if level > 0 or years == 0 else None
    return implied(market, forward, years), flat


def leg_figures(legs: Sequence[Leg], market: Market) -> tuple[LegFigures, ...]:
    """Every leg now, disabled ones too."""
    book, now = columns(legs, market), seconds([market.now], market)
    here = floor(market.spot, market)
    values = book_values(book, market, here, now)[:, 0, 0].tolist()
    greeks = {
        name: (grid[:, 0, 0] * book.quantity).tolist()
        for name, grid in book_greeks(book, market, here, now).items()
    }
    found = []
    for i, leg in enumerate(legs):
        price = _price_now(leg, market)
        at = values[i] if leg.exited or price != price else price
        found.append(
            LegFigures(
                leg=leg,
                price=price,
                value=values[i],
                iv=float(book.vol[i]) if leg.is_option else nan,
                pnl=leg.quantity * (at - leg.price),
                **{name: greeks[name][i] for name in NAMES},
            )
        )
    return tuple(found)


def band(
    legs: Sequence[Leg],
    market: Market,
    spots: Floats,
    when: datetime,
    *,
    daily_iv_change: float | None = None,
) -> Band:
    """How far the curve at `when` hangs on a guess of the later legs' volatility.

    `daily_iv_change`: one standard deviation of its recent daily changes, a fraction; it is taken
    over the days to `when` by the square root of time. Without it, two points either way.
    """
    if daily_iv_change is None:
        move, words = USUAL_IV_MOVE, "± 2 vol points (no history of changes)"
    else:
        days = max((when - market.now).total_seconds() / 86_400, 1.0)
        move = daily_iv_change * days**0.5
        words = f"± 1 σ of the daily changes of IV over {days:.0f} d: {100 * move:.1f} points"
    down, up = (evaluate(legs, market, spots, [when], iv_shift=s)[0] for s in (-move, move))
    middle = evaluate(legs, market, spots, [when])[0]
    both = np.stack([down, up])
    return Band(low=both.min(0), middle=middle, high=both.max(0), move=move, words=words)


def _net(figures: Sequence[LegFigures]) -> NetGreeks:
    return NetGreeks(**{name: sum(getattr(each, name) for each in figures) for name in NAMES})


def _price_now(leg: Leg, market: Market) -> float:
    return market.prices.get(leg.key, nan) if leg.exit_price is None else leg.exit_price


def _nearest_vol(legs: Sequence[Leg], market: Market, forward: float) -> float:
    """Of the option whose strike is nearest the forward, where there is no surface."""
    options = [leg for leg in legs if leg.strike is not None and not leg.exited]
    if not options:
        return nan
    nearest = min(options, key=lambda leg: abs((leg.strike or 0.0) - forward))
    return float(leg_vols([nearest], market)[0])
