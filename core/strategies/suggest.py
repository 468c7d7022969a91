"""Suggestions for a view: candidates, valued together, ranked by a stated score.

The view turns into a law of the spot at its end: lognormal about the forward moved by half a
standard deviation per step of direction, its volatility at the money times 1.2 (rises) or 0.8
(falls); implied volatilities then stand 10 % higher or lower. The score, 0 to 100, adds up
40 × gain: g/(1 + |g|) from -1 to 1, g the mean result in the view, after charges, over the
     capital at risk
25 × chance: probability of a profit in the view
15 × reward: p/(p + l), p the largest profit within three standard deviations at the near
     expiry, l the capital at risk
10 × liquidity: what half the spreads cost, against a tenth of the capital at risk
10 × capital: what is blocked, against the candidates' median
Capital at risk is the largest loss at the near expiry; where that is unlimited, the largest within
three standard deviations. A position is bought at the ask and sold at the bid.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import IST
from core.errors import RuleBroken
from core.strategies.candidates import Candidate, View, candidates, near_expiry, until
from core.strategies.chain_view import ChainView, ExpiryView
from core.strategies.chooser import Chooser
from core.strategies.legs import Leg
from core.strategies.outlook import Distribution, at_the_money, lognormal, years_to
from core.strategies.payoff import Summary, summary
from core.strategies.template import Template
from core.strategies.valuation import NEAR_ZERO, Floats, Market, leg_values
from core.strategies.wording import at_most, chance, level, rupees

WEIGHTS: Final = {"gain": 40, "chance": 25, "reward": 15, "liquidity": 10, "capital": 10}
STEP: Final = 0.5
WIDER, NARROWER = 1.2, 0.8
IV_MOVE: Final = 0.1
FEW: Final = 2
"""Charges and margin are asked for twice as many as are suggested, best first."""

Cost = Callable[[Sequence[Leg]], float]
"""Rupees for legs; may raise RuleBroken, then the cost is unknown and does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """`score` 0 to 100 by `parts` (each 0 to 1, weighted by `WEIGHTS`); rupees after `charges`.

    `chance` and `expected` are in the view, at its end (`until`); `summary` is at the near expiry,
    in nobody's view. `charges` and `blocked` (the margin) are nan where nobody could tell; unknown
    charges are not taken off.
    """

    template: Template
    chooser: Chooser
    legs: tuple[Leg, ...]
    score: float
    parts: dict[str, float]
    until: datetime
    chance: float
    expected: float
    charges: float
    blocked: float
    spread_cost: float
    summary: Summary
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """Candidates as columns; rupees."""

    expected: Floats
    chance: Floats
    max_loss: Floats
    at_risk: Floats
    reward: Floats
    spread: Floats


def suggest(
    view: View,
    chain: ChainView,
    *,
    charges: Cost | None = None,
    margin: Cost | None = None,
    most: int = 8,
) -> list[Suggestion]:
    """Best first, one of a template; empty when nothing fits the view and the budget.

    Raises RuleBroken without a chain or without a volatility at the money. Takes up to 150 ms for a
    chain: for a thread, not for the loop.
    """
    near, market = near_expiry(view, chain), chain.market()
    found = candidates(view, chain)
    if not found:
        return []
    when = until(view, chain, near)
    law = view_law(view, market, near, when)
    judged = _judge(view, found, chain, market, near, when, law)
    rough = _scores(judged, np.zeros(len(found)), judged.at_risk)
    within = _affordable(view, judged)
    order = [int(i) for i in np.argsort(-_total(rough), kind="stable") if within[i]]
    chosen = _one_of_each(order, found)[: FEW * most]
    if not chosen:
        return []
    fees = np.array([_asked(charges, found[i].legs) for i in chosen])
    blocked = np.array([_asked(margin, found[i].legs) for i in chosen])
    some = _Judged(*(getattr(judged, n)[chosen] for n in judged.__slots__))
    still = _affordable(view, some, np.nan_to_num(fees))
    capital = np.where(np.isfinite(blocked), blocked, some.at_risk)
    parts = _scores(some, np.nan_to_num(fees), capital)
    total = _total(parts)
    best = [i for i in np.argsort(-total, kind="stable").tolist() if still[i]][:most]
    return [
        _suggestion(view, found[chosen[i]], market, when, some, parts, total, fees, blocked, i)
        for i in best
    ]


def view_law(view: View, market: Market, near: ExpiryView, when: datetime) -> Distribution:
    """The law of the spot at `when` in the trader's view."""
    years = years_to(market, when)
    forward = forward_at(market, near, years)
    vol = at_the_money(market, forward, near.years)
    if not vol > 0:
        raise RuleBroken(f"The volatility of {near.symbol} at the money is not known yet.")
    vol *= (NARROWER, 1.0, WIDER)[view.volatility + 1]
    return lognormal(forward, vol, years, drift=STEP * view.direction * vol * years**0.5)


def forward_at(market: Market, near: ExpiryView, years: float) -> float:
    """Between the spot now and the near forward at its expiry, growing evenly."""
    share = years / near.years if near.years > 0 else 1.0
    return float(market.spot * (near.forward / market.spot) ** share)


def _judge(
    view: View,
    found: Sequence[Candidate],
    chain: ChainView,
    market: Market,
    near: ExpiryView,
    when: datetime,
    law: Distribution,
) -> _Judged:
    """All candidates on one grid: each contract is valued once."""
    contracts = list({leg.key: leg for each in found for leg in each.legs}.values())
    place = {leg.key: at for at, leg in enumerate(contracts)}
    units = np.zeros((len(found), len(contracts)))
    paid = np.zeros(len(found))
    open_units = np.zeros(len(found))
    for row, each in enumerate(found):
        for leg in each.legs:
            units[row, place[leg.key]] = leg.quantity
            paid[row] += leg.quantity * leg.price
            open_units[row] += leg.quantity if leg.is_call or not leg.is_option else 0
    shift = IV_MOVE * view.volatility * at_the_money(market, near.forward, near.years)
    there = leg_values(contracts, market, law.spots, [when], iv_shift=shift)[:, 0]
    result = units @ there - paid[:, None]
    ends, usual = _ends(contracts, market, near)
    at_close = units @ leg_values(contracts, market, ends, [near.closes_at])[:, 0] - paid[:, None]
    max_loss = np.where(open_units < 0, -inf, at_close.min(1))
    at_risk = -np.where(np.isfinite(max_loss), max_loss, at_close[:, usual].min(1))
    mass, middle = np.diff(law.below), 0.5 * (result[:, 1:] + result[:, :-1])
    return _Judged(
        expected=middle @ mass,
        chance=(middle > 0) @ mass,
        max_loss=max_loss,
        at_risk=np.maximum(at_risk, 1.0),
        reward=np.maximum(at_close[:, usual].max(1), 0.0),
        spread=np.abs(units) @ _half_spreads(contracts, chain),
    )


def _ends(
    contracts: Sequence[Leg], market: Market, near: ExpiryView
) -> tuple[Floats, NDArray[np.bool_]]:
    """Spots at which extremes lie, and which of them are within three standard deviations."""
    vol = at_the_money(market, near.forward, near.years)
    width = 3.0 * vol * near.years**0.5
    wide = near.forward * np.exp(np.linspace(-3 * width, 3 * width, 121))
    strikes = [leg.strike for leg in contracts if leg.strike is not None]
    spots = np.unique([NEAR_ZERO * market.spot, *strikes, *wide])
    return spots, np.abs(np.log(spots / near.forward)) <= width * 1.001


def _half_spreads(contracts: Sequence[Leg], chain: ChainView) -> Floats:
    known = {f.key: (f.ask - f.bid) / 2 for f in chain.futures if 0 < f.bid <= f.ask}
    for each in chain.expiries:
        half = np.where(each.ask >= each.bid, (each.ask - each.bid) / 2, nan)
        for keys, values in zip(each.keys, half.tolist(), strict=True):
            known.update((k, x) for k, x in zip(keys, values, strict=True) if k is not None)
    return np.array([known.get(leg.key, nan) for leg in contracts])


def _scores(judged: _Judged, fees: Floats, capital: Floats) -> dict[str, Floats]:
    gain = (judged.expected - fees) / judged.at_risk
    spread = np.nan_to_num(judged.spread / (0.1 * judged.at_risk), nan=1.0)
    return {
        "gain": 0.5 + 0.5 * gain / (1.0 + np.abs(gain)),
        "chance": judged.chance,
        "reward": judged.reward / (judged.reward + judged.at_risk),
        "liquidity": 1.0 - np.clip(spread, 0.0, 1.0),
        "capital": 1.0 / (1.0 + capital / np.median(capital)),
    }


def _total(parts: dict[str, Floats]) -> Floats:
    return np.asarray(np.sum([WEIGHTS[name] * part for name, part in parts.items()], axis=0))


def _affordable(view: View, judged: _Judged, fees: float | Floats = 0.0) -> NDArray[np.bool_]:
    """By the largest loss, after `fees` in rupees."""
    if view.max_loss is not None:
        return fees - judged.max_loss <= view.max_loss
    return np.isfinite(judged.max_loss) | view.unlimited


def _one_of_each(order: Sequence[int], found: Sequence[Candidate]) -> list[int]:
    first: dict[str, int] = {}
    for i in order:
        first.setdefault(found[i].template.name, i)
    return list(first.values())


def _asked(cost: Cost | None, legs: Sequence[Leg]) -> float:
    """nan where nobody can tell."""
    if cost is None:
        return nan
    try:
        return float(cost(legs))
    except RuleBroken:
        return nan


def _suggestion(
    view: View,
    one: Candidate,
    market: Market,
    when: datetime,
    judged: _Judged,
    parts: dict[str, Floats],
    total: Floats,
    fees: Floats,
    blocked: Floats,
    at: int,
) -> Suggestion:
    fee = float(fees[at])
    known = fee if fee == fee else 0.0
    made = Suggestion(
        template=one.template,
        chooser=one.chooser,
        legs=one.legs,
        score=float(total[at]),
        parts={name: float(part[at]) for name, part in parts.items()},
        until=when,
        chance=float(judged.chance[at]),
        expected=float(judged.expected[at]) - known,
        charges=fee,
        blocked=float(blocked[at]),
        spread_cost=float(judged.spread[at]),
        summary=summary(one.legs, market, charges=known),
        reasons=(),
    )
    return replace(made, reasons=tuple(_reasons(view, made)))


def _reasons(view: View, made: Suggestion) -> Iterator[str]:
    figures = made.summary
    end, expiry = (f"{each.astimezone(IST):%d %b}" for each in (made.until, figures.horizon))
    yield made.template.words
    yield (
        f"In your view it makes {rupees(made.expected)} on average by {end},"
        f" {_net(made.charges)}; {chance(made.chance)} chance of a profit."
    )
    yield (
        f"At the expiry of {expiry} it gains {at_most(figures.max_profit)}"
        f" and loses {at_most(-figures.max_loss)}."
    )
    if figures.breakevens:
        yield f"It breaks even at {' and '.join(level(spot) for spot in figures.breakevens)}."
    yield f"By the smile, in nobody's view: {chance(figures.pop_smile)} chance of a profit."
    if made.spread_cost == made.spread_cost:
        yield f"Half the spreads cost {rupees(made.spread_cost)}, already in these figures."
    if made.blocked == made.blocked:
        yield f"Blocks about {rupees(made.blocked)}."
    if view.max_loss is not None:
        yield f"Its largest loss is within your {rupees(view.max_loss)}."


def _net(charges: float) -> str:
    known = charges == charges
    return f"after charges of {rupees(charges)}" if known else "before charges, which are not known"
