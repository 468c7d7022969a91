"""Margin for a position: the broker's where it answers, else the labelled estimate."""

from math import nan

import pytest

from core.errors import BrokerUnavailable
from core.services.margin_answer import basket, margin_answer
from tests.core.strategies.markets import after, future, leg, market
from tests.fake_broker import FakeMargin

SPREAD = [leg(-1, 24_200, "CE", 200.0), leg(1, 24_400, "CE", 110.0)]


async def test_the_brokers_figure_stands_before_the_estimate() -> None:
    answer = await margin_answer(SPREAD, market(), FakeMargin())
    assert answer.broker is not None
    assert answer.total == float(answer.broker.final)
    assert (answer.label, answer.problem) == ("Broker's margin", "")
    assert answer.estimate is not None, "both can be shown"


async def test_without_the_broker_the_estimate_is_shown_and_labelled() -> None:
    broker = FakeMargin()
    broker.fails = BrokerUnavailable("the broker cannot be reached")
    failed = await margin_answer(SPREAD, market(), broker)
    alone = await margin_answer(SPREAD, market(), None)
    for answer in (failed, alone):
        assert answer.broker is None
        assert answer.estimate is not None
        assert answer.total == answer.estimate.total == pytest.approx(45_000, rel=0.1)
        assert answer.label.startswith("Estimate, SPAN-like")
    assert failed.problem == "the broker cannot be reached"
    assert "cannot ask the broker" in alone.problem


async def test_what_cannot_be_estimated_says_why_and_the_broker_may_still_answer() -> None:
    unknown = [leg(-1, 24_200, "CE", nan, symbol="NIFTY")]
    blind = market(surface=None)
    alone = await margin_answer(unknown, blind, None)
    assert (alone.total, alone.estimate) == (None, None)
    assert alone.label == alone.problem != ""
    told = await margin_answer(unknown, blind, FakeMargin())
    assert told.total == 65_000
    assert told.problem == alone.problem


def test_the_broker_is_asked_about_open_legs_in_units_at_their_price() -> None:
    shut = leg(1, 24_000, "PE", 90.0, exit_price=100.0)
    off = leg(1, 23_900, "PE", 80.0, enabled=False)
    asked = basket([*SPREAD, future(2), shut, off, leg(1, 24_500, "CE", nan)], market())
    assert [(one.quantity, one.price) for one in asked] == [
        (-65, 200.0),
        (65, 110.0),
        (130, 24_200.0),
        (65, None),
    ]
    assert basket(SPREAD, market(now=after(30))) == [], "what has expired needs no margin"
