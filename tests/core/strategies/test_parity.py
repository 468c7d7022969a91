"""What it costs to take a mispriced synthetic future, to the rupee that the charges say."""

from datetime import date
from decimal import Decimal
from math import nan

import numpy as np
import pytest

from core.analytics.synthetic import Quotes, Synthetics, synthetics
from core.charges.charges import Exercise, Trade, charges
from core.charges.rates import Segment, Side
from core.instruments.instrument import Right
from core.strategies.parity import parity_costs

DAY = date(2026, 11, 18)
STRIKES = np.array([24_000.0, 24_050.0, 24_100.0])
FORWARD = 24_050.0
NONE = (nan, nan)


def quotes() -> tuple[Quotes, Quotes]:
    """Half a rupee wide; the call of 24,100 is bid 8 rupees too high."""
    call, put = np.array([150.0, 120.0, 103.0]), np.array([100.0, 120.0, 145.0])
    return Quotes(call - 0.25, call + 0.25), Quotes(put - 0.25, put + 0.25)


def found(future: tuple[float, float] = NONE) -> Synthetics:
    return synthetics(STRIKES, *quotes(), 1.0, FORWARD, future=future)


def costs(quantity: int, future: tuple[float, float] = NONE) -> np.ndarray:
    return parity_costs(
        found(future),
        *quotes(),
        forward=FORWARD,
        future=future,
        quantity=quantity,
        symbol="NIFTY",
        exchange="NSE",
        day=DAY,
    )


def trade(side: Side, price: str, segment: Segment = Segment.OPTION) -> Trade:
    return Trade(
        segment=segment,
        exchange="NSE",
        underlying="NIFTY",
        side=side,
        quantity=65,
        price=Decimal(price),
        day=DAY,
    )


def exercised(right: Right, strike: str) -> Exercise:
    return Exercise(
        exchange="NSE",
        underlying="NIFTY",
        right=right,
        strike=Decimal(strike),
        settlement=Decimal("24050"),
        quantity=65,
        day=DAY,
    )


def test_two_synthetics_cost_four_orders_and_the_tax_on_exercise() -> None:
    assert not found().buy[2]  # sold at 24,100, bought at 24,000
    trades = [
        trade(Side.BUY, "145.25"),
        trade(Side.SELL, "102.75"),
        trade(Side.BUY, "150.25"),
        trade(Side.SELL, "99.75"),
    ]
    exercises = [exercised(Right.PUT, "24100"), exercised(Right.CALL, "24000")]
    expected = float(charges(trades, exercises).total) / 65
    assert found().against[2] == 24_000.0
    assert costs(65)[2] == pytest.approx(expected)


def test_against_the_future_it_is_two_options_and_a_future() -> None:
    future = (24_049.9, 24_050.1)
    assert np.isnan(found(future).against[2])
    trades = [
        trade(Side.BUY, "145.25"),
        trade(Side.SELL, "102.75"),
        trade(Side.BUY, "24050.1", Segment.FUTURE),
    ]
    expected = float(charges(trades, [exercised(Right.PUT, "24100")]).total) / 65
    assert costs(65, future)[2] == pytest.approx(expected)


def test_a_strike_without_an_edge_has_no_costs() -> None:
    call, put = (Quotes(np.array([p - 0.25]), np.array([p + 0.25])) for p in (150.0, 100.0))
    one = synthetics(STRIKES[:1], call, put, 1.0, FORWARD, future=(24_049.9, 24_050.1))
    assert one.edge[0] < 0
    none = parity_costs(
        one,
        call,
        put,
        forward=FORWARD,
        future=(24_049.9, 24_050.1),
        quantity=65,
        symbol="NIFTY",
        exchange="NSE",
        day=DAY,
    )
    assert np.isnan(none).all()


def test_more_lots_cost_less_a_unit_for_the_fee_is_by_order() -> None:
    assert costs(20 * 65)[2] < costs(65)[2]
