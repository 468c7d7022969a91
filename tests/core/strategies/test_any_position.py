"""Whatever position and market: an answer or nan, never an error, never a warning."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from core.strategies.legs import Leg
from core.strategies.payoff import Market, Sticky, evaluate, matrix, summary
from core.strategies.valuation import Vols
from tests.core.strategies.markets import FAR, NEAR, NOW, Skewed, after, closes, future, leg, market

MOMENTS = [NOW, after(6.9), closes(NEAR), after(30), after(400)]


def any_leg(random: np.random.Generator) -> Leg:
    lots = int(random.integers(-50, 51))
    expiry = NEAR if random.random() < 0.6 else FAR
    price = float(random.choice([0.0, 0.05, 100.0, 25_000.0, nan], p=[0.1, 0.2, 0.5, 0.15, 0.05]))
    if random.random() < 0.15:
        return future(lots, price, expiry)
    strike = float(random.choice([1, 100, 20_000, 24_200, 24_250, 30_000, 1e6]))
    made = leg(lots, strike, str(random.choice(["CE", "PE"])), price, expiry)
    return replace(
        made,
        iv=None if random.random() < 0.7 else float(random.choice([0.001, 0.1, 4.0])),
        iv_shift=float(random.choice([0.0, -0.5, 0.05, 3.0])),
        enabled=bool(random.random() < 0.9),
        exit_price=None if random.random() < 0.9 else 3.0,
        odd_units=int(random.integers(-64, 65)) if random.random() < 0.1 else 0,
    )


def any_market(random: np.random.Generator) -> Market:
    surfaces: list[Vols | None] = [Skewed(), None]
    return market(
        spot=float(random.choice([24_200.0, 24_200.0, 1.0, 1e6])),
        now=MOMENTS[int(random.integers(5))],
        surface=surfaces[int(random.integers(2))],
        forwards={NEAR: nan} if random.random() < 0.3 else market().forwards,
        sticky=Sticky.DELTA if random.random() < 0.5 else Sticky.STRIKE,
    )


@pytest.mark.parametrize("seed", range(150))
def test_an_answer_or_nan(seed: int) -> None:
    random = np.random.default_rng(seed)
    legs = [any_leg(random) for _ in range(int(random.integers(0, 9)))]
    m = any_market(random)
    spots = [0.0, 1e-9, 1.0, 24_200.0, 1e9]
    values = evaluate(legs, m, spots, MOMENTS)
    assert values.shape == (5, 5)
    assert not np.isinf(values).any()
    grid = matrix(legs, m, spots=spots, dates=MOMENTS, shifts=[-1.0, 0.0, 1.0])
    assert not any(np.isinf(each).any() for each in grid.values.values())
    found = summary(legs, m)
    assert not found.pop_smile < 0
    assert not found.pop_lognormal > 1.0 + 1e-9
    assert not found.max_profit < found.max_loss
    assert list(found.breakevens) == sorted(found.breakevens)


def test_without_a_spot_nothing_is_known() -> None:
    blind = market(spot=nan)
    found = summary([leg(1, 24_200, "CE")], blind)
    assert found.pop_smile != found.pop_smile
    assert found.breakevens == ()
