"""What an order does to the greeks of its underlying."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from core.clock import IST
from core.strategies.valuation import Market, evaluate
from core.ticket.effect import Effect, greeks_of, leg_of, of_shares, plus
from tests.core.trading.samples import CALL, KEY, PUT

NOW = datetime(2026, 8, 21, 10, 30, tzinfo=IST)
CLOSE = datetime(2026, 8, 25, 15, 30, tzinfo=IST)
MARKET = Market(
    spot=24_210.0,
    now=NOW,
    rate=0.065,
    forwards={date(2026, 8, 25): 24_230.0},
    ivs={KEY: 0.12, PUT.key: 0.13},
)


def test_delta_is_what_a_point_of_the_spot_changes() -> None:
    leg = leg_of(CALL, -130, CLOSE, 150.0)
    assert leg is not None
    up, down = evaluate([leg], MARKET, [24_210.5, 24_209.5], [NOW])[0]
    assert greeks_of([leg], MARKET).delta == pytest.approx(up - down, rel=1e-3)
    assert greeks_of([leg], MARKET).delta < 0


def test_theta_is_what_a_day_takes() -> None:
    leg = leg_of(PUT, 65, CLOSE, 150.0)
    assert leg is not None
    flat = replace(MARKET, rate=0.0, forwards={})  # no basis that would wear off too
    now, later = evaluate([leg], flat, [24_210.0], [NOW, NOW + timedelta(minutes=1)])[:, 0]
    assert greeks_of([leg], flat).theta == pytest.approx((later - now) * 1440, rel=0.01)


def test_what_has_no_expiry_is_no_leg_and_moves_with_itself() -> None:
    assert leg_of(CALL, 65, None, 1.0) is None
    assert of_shares(-10).delta == -10.0


def test_after_is_before_and_what_is_added() -> None:
    assert Effect(added=of_shares(10)).after is None
    after = Effect(added=of_shares(10), before=of_shares(5)).after
    assert after == plus(of_shares(5), of_shares(10))
    assert after is not None
    assert after.delta == 15.0
    assert greeks_of([], MARKET).delta == 0.0
