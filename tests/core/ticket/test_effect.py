"""What an order does to the greeks of its underlying."""

from dataclasses import replace
from datetime import date, datetime
from math import isnan

import pytest

from core.clock import IST
from core.instruments.instrument import Kind
from core.strategies.held import Sensitivity, leg_of
from core.strategies.valuation import Market, evaluate
from core.ticket.effect import Effect, added
from tests.core.trading.samples import CALL, KEY

NOW = datetime(2026, 8, 21, 10, 30, tzinfo=IST)
CLOSE = datetime(2026, 8, 25, 15, 30, tzinfo=IST)
MARKET = Market(
    spot=24_210.0,
    now=NOW,
    rate=0.065,
    forwards={date(2026, 8, 25): 24_230.0},
    ivs={KEY: 0.12},
)


def test_delta_is_what_a_point_of_the_spot_changes() -> None:
    leg = leg_of(CALL, -130, 150.0, CLOSE)
    assert leg is not None
    up, down = evaluate([leg], MARKET, [24_210.5, 24_209.5], [NOW])[0]
    found = added(CALL, -130, 150.0, CLOSE, MARKET)
    assert found.delta == pytest.approx(up - down, rel=1e-3)
    assert found.delta < 0 < found.theta


def test_without_its_chain_an_option_is_unknown_and_a_share_moves_with_itself() -> None:
    assert isnan(added(CALL, 65, 150.0, CLOSE, None).delta)
    share = replace(CALL, kind=Kind.EQUITY, expiry=None, strike=None)
    assert added(share, -10, 1_300.0, None, None).delta == -10


def test_after_is_before_and_what_is_added() -> None:
    effect = Effect(before=Sensitivity(delta=5.0, vega=2.0), added=Sensitivity(delta=10.0))
    assert (effect.after.delta, effect.after.vega) == (15.0, 2.0)
