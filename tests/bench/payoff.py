"""Figure 4: the pay-off of eight legs in three expiries on a fitted surface, and suggestions.

The peer computes the same curve with QuantLib's Black formula in a loop: the same volatilities, the
same forwards, checked to a millionth of a rupee. It does nothing of the matrix and the figures.
"""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import QuantLib as ql
from numpy.typing import NDArray

from core.analytics.surface import Slice, Surface, fit_surface
from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.expiries import years_left
from core.instruments.instrument import Right
from core.strategies.candidates import View
from core.strategies.chain_view import ChainView
from core.strategies.costs import entry_charges, margin
from core.strategies.legs import Leg, option
from core.strategies.payoff import Market, Sticky, days_ahead, evaluate, matrix, summary
from core.strategies.suggest import suggest
from core.strategies.valuation import leg_vols
from tests.bench.rows import Row
from tests.core.strategies.chains import chain_view

Floats = NDArray[np.float64]

NOW: Final = datetime(2026, 8, 18, 4, 30, tzinfo=UTC)
EXPIRIES: Final = (date(2026, 8, 25), date(2026, 9, 1), date(2026, 9, 29))
SPOT: Final = 24_200.0
RATE: Final = 0.065
LEGS: Final = (
    (-1, 24_000, Right.PUT, 0),
    (1, 23_700, Right.PUT, 0),
    (-1, 24_400, Right.CALL, 0),
    (1, 24_700, Right.CALL, 0),
    (-2, 24_200, Right.CALL, 1),
    (2, 24_200, Right.CALL, 2),
    (-1, 24_100, Right.PUT, 1),
    (1, 23_900, Right.PUT, 2),
)
SPOTS: Final = np.linspace(21_800.0, 26_600.0, 400)
MOST, MOST_SUGGESTED = 20.0, 150.0
"""Milliseconds."""


def run(quick: bool) -> list[Row]:
    rounds = 7 if quick else 21
    rows = [_payoff(sticky, rounds) for sticky in Sticky]
    return [*rows, _figures(rounds), _suggestions(rounds)]


def _payoff(sticky: Sticky, rounds: int) -> Row:
    """What the builder computes when a slider has moved: five curves and the matrix."""
    market, legs = _market(sticky), _legs()
    dates = days_ahead(market, _closes(EXPIRIES[0]), 5)
    spots, days = SPOTS[::19][:21], days_ahead(market, _closes(EXPIRIES[0]), 11)

    def ours() -> Floats:
        matrix(legs, market, spots=spots, dates=days)
        return evaluate(legs, market, SPOTS, dates)

    peer = (lambda: _loop(legs, market, dates)) if sticky is Sticky.STRIKE else None
    if peer is not None:
        assert np.allclose(ours(), peer(), rtol=0, atol=1e-6)
    mine, theirs = _turns(ours, peer, rounds)
    return _row(f"pay-off, 8 legs, 400 × 5, matrix 21 × 11, sticky {sticky}", mine, theirs, MOST)


def _figures(rounds: int) -> Row:
    market, legs = _market(Sticky.STRIKE), _legs()
    mine, _ = _turns(lambda: summary(legs, market), None, rounds)
    return _row("figures of the same: extremes, breakevens, chances, greeks", mine, None, MOST)


def _suggestions(rounds: int) -> Row:
    chain = _chain()
    market, day = chain.market(), NOW.astimezone(IST).date()

    def ours() -> object:
        return suggest(
            View(direction=0, volatility=0, days=7.0),
            chain,
            charges=lambda legs: float(entry_charges(legs, day).total),
            margin=lambda legs: margin(legs, market).total,
        )

    mine, _ = _turns(ours, None, rounds)
    return _row("suggestions for a chain of two expiries, with costs", mine, None, MOST_SUGGESTED)


def _row(what: str, ours: float, theirs: float | None, most: float) -> Row:
    return Row(
        figure="4",
        what=what,
        ours=ours,
        peer=theirs,
        unit="ms",
        ratio=None if theirs is None else theirs / ours,
        target=f"≤ {most:g} ms",
        ok=ours <= most,
    )


def _turns(
    ours: Callable[[], object], theirs: Callable[[], object] | None, rounds: int
) -> tuple[float, float | None]:
    """Medians in milliseconds, in turns."""
    calls = [call for call in (ours, theirs) if call is not None]
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        gc.collect()
        for times, call in zip(taken, calls, strict=True):
            begun = time.perf_counter()
            call()
            times.append(1e3 * (time.perf_counter() - begun))
    medians = [statistics.median(times) for times in taken]
    return medians[0], medians[1] if theirs is not None else None


def _loop(legs: Sequence[Leg], market: Market, dates: Sequence[datetime]) -> Floats:
    """The same curve, a contract at a time."""
    vols = leg_vols(legs, market).tolist()
    values = np.zeros((len(dates), len(SPOTS)))
    for leg, vol in zip(legs, vols, strict=True):
        kind = ql.Option.Call if leg.is_call else ql.Option.Put
        now = years_left(leg.closes_at, NOW)
        growth = market.forwards[leg.expiry] / SPOT
        for row, moment in enumerate(dates):
            left = years_left(leg.closes_at, moment)
            carry, deviation, discount = growth ** (left / now), vol * left**0.5, -RATE * left
            factor = float(np.exp(discount))
            for at, spot in enumerate(SPOTS.tolist()):
                worth = ql.blackFormula(kind, leg.strike, spot * carry, deviation, factor)
                values[row, at] += leg.quantity * (worth - leg.price)
    return values


def _legs() -> list[Leg]:
    return [
        option(
            key=InstrumentKey(f"NSE_FO|{at}"),
            symbol="NIFTY",
            right=right,
            strike=float(strike),
            expiry=EXPIRIES[expiry],
            closes_at=_closes(EXPIRIES[expiry]),
            lot_size=65,
            lots=lots,
            price=150.0 + at,
        )
        for at, (lots, strike, right, expiry) in enumerate(LEGS)
    ]


def _market(sticky: Sticky) -> Market:
    forwards = {each: SPOT * float(np.exp(RATE * _years(each))) for each in EXPIRIES}
    return Market(
        spot=SPOT, now=NOW, rate=RATE, forwards=forwards, surface=_surface(forwards), sticky=sticky
    )


def _surface(forwards: dict[date, float]) -> Surface:
    strikes = 22_000.0 + 50 * np.arange(88)
    slices = []
    for expiry, forward in forwards.items():
        x = np.log(strikes / forward) / np.sqrt(_years(expiry))
        iv = 0.12 + 0.012 * np.tanh(-2 * x) + 0.03 * x * x / (1 + np.abs(x))
        slices.append(
            Slice(years=_years(expiry), forward=forward, strikes=strikes, iv=iv, expiry=expiry)
        )
    found = fit_surface(slices)
    assert found is not None
    assert len(found.smiles) == len(EXPIRIES)
    return found


def _chain() -> ChainView:
    made = chain_view()
    slices = [
        Slice(years=e.years, forward=e.forward, strikes=e.strikes, iv=e.iv, expiry=e.expiry)
        for e in made.expiries
    ]
    return replace(made, surface=fit_surface(slices))


def _closes(expiry: date) -> datetime:
    return datetime(expiry.year, expiry.month, expiry.day, tzinfo=UTC) + timedelta(
        hours=10, minutes=10
    )


def _years(expiry: date) -> float:
    return years_left(_closes(expiry), NOW)
