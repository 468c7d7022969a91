"""Alerts of a tracked draft, set by a number or by a line."""

from dataclasses import replace
from math import inf, nan

import pytest

from core.errors import RuleBroken
from core.strategies.draft import Crossing, Draft, Watched
from tests.core.strategies.markets import NOW, leg
from ui.builder import alerts

DRAFT = Draft(
    id="a",
    name="Straddle",
    symbol="NIFTY",
    legs=(leg(-1, 24_200, "CE"),),
    created_at=NOW,
    edited_at=NOW,
)


@pytest.mark.parametrize(("level", "side"), [(5_000, Crossing.RISES), (-5_000, Crossing.FALLS)])
def test_it_waits_on_the_side_from_which_the_value_comes(level: float, side: Crossing) -> None:
    (alert,) = alerts.added(DRAFT, Watched.PNL, level, 120.0).alerts
    assert (alert.level, alert.crossing) == (level, side)


def test_a_line_comes_to_rest_on_a_tick() -> None:
    spot = alerts.added(DRAFT, Watched.SPOT, 24_201.237, 24_000.0).alerts[0]
    pnl = alerts.added(DRAFT, Watched.PNL, 1_234.567, 0.0).alerts[0]
    assert (spot.level, pnl.level) == (24_201.25, 1_235.0)


def test_a_moved_alert_waits_anew() -> None:
    (alert,) = alerts.added(DRAFT, Watched.PNL, 500.0, 0.0).alerts
    told = replace(DRAFT, alerts=(replace(alert, fired_at=NOW),))
    (moved,) = alerts.moved(told, 0, -300.0, 600.0).alerts
    assert (moved.level, moved.crossing, moved.fired_at) == (-300.0, Crossing.FALLS, None)


def test_only_the_one_that_is_meant_is_taken_away() -> None:
    draft = DRAFT
    for level in (100.0, 200.0, 300.0):
        draft = alerts.added(draft, Watched.PNL, level, 0.0)
    assert [each.level for each in alerts.without(draft, 1).alerts] == [100.0, 300.0]


@pytest.mark.parametrize("level", [nan, inf, 1e15])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(RuleBroken, match="level"):
        alerts.added(DRAFT, Watched.PNL, level, 0.0)


def test_without_a_value_nobody_can_tell_the_side() -> None:
    with pytest.raises(RuleBroken, match="from which side"):
        alerts.added(DRAFT, Watched.SPOT, 24_000.0, nan)


def test_a_first_line_lies_a_little_above() -> None:
    assert alerts.first_level(Watched.PNL, 120.0) == 500.0
    assert alerts.first_level(Watched.PNL, -7_300.0) == -6_000.0
    assert alerts.first_level(Watched.SPOT, 24_213.4) == 24_300.0


def test_an_alert_is_told_in_words() -> None:
    (alert,) = alerts.added(DRAFT, Watched.PNL, 5_000.0, 0.0).alerts
    assert alerts.words(alert) == "P&L rises to ₹5,000"
    assert alerts.words(replace(alert, fired_at=NOW)) == "P&L rises to ₹5,000 · told 10:00"
    (spot,) = alerts.added(DRAFT, Watched.SPOT, 24_100.0, 24_200.0).alerts
    assert alerts.words(spot) == "spot falls to 24,100.00"
