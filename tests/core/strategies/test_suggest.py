"""Suggestions fit the view and the budget, are ranked by the stated score, and say why."""

from collections.abc import Sequence
from math import inf, isfinite, isnan

import pytest

from core.clock import IST
from core.errors import RuleBroken
from core.strategies.candidates import View, candidates
from core.strategies.costs import entry_charges
from core.strategies.legs import Leg
from core.strategies.payoff import evaluate, summary
from core.strategies.suggest import WEIGHTS, Suggestion, suggest, view_law
from tests.core.strategies.chains import chain_view
from tests.core.strategies.markets import FAR, NEAR, NOW, Skewed, after

CHAIN = chain_view()


def fees(legs: Sequence[Leg]) -> float:
    return float(entry_charges(legs, NOW.astimezone(IST).date()).total)


def best(direction: int, volatility: int, **more: object) -> list[Suggestion]:
    view = View(direction=direction, volatility=volatility, **({"days": 5.0} | more))  # type: ignore[arg-type]
    return suggest(view, CHAIN, charges=fees)


def test_scores_fall_down_the_list_and_add_up_from_their_parts() -> None:
    found = best(1, -1)
    assert len(found) == 8
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    for each in found:
        assert set(each.parts) == set(WEIGHTS)
        assert all(0 <= part <= 1 for part in each.parts.values())
        assert each.score == pytest.approx(sum(WEIGHTS[k] * v for k, v in each.parts.items()))


def test_every_template_is_suggested_once_and_none_against_the_view() -> None:
    for direction in range(-2, 3):
        for volatility in (-1, 0, 1):
            found = best(direction, volatility, unlimited=True)
            names = [s.template.name for s in found]
            assert len(set(names)) == len(names)
            for each in found:
                assert each.template.direction * direction >= 0
                assert each.template.volatility * volatility >= 0


def test_a_rise_is_met_with_delta_and_calm_with_short_vega() -> None:
    assert all(s.summary.greeks.delta > 0 for s in best(2, 0)[:3])
    assert all(s.summary.greeks.delta < 0 for s in best(-2, 0)[:3])
    assert best(0, -1)[0].summary.greeks.vega < 0
    assert best(0, 1)[0].summary.greeks.vega > 0


def test_no_loss_is_larger_than_the_budget_and_unlimited_ones_are_left_out_unless_allowed() -> None:
    for budget in (2_200, 3_000, 4_000):
        for each in best(0, -1, max_loss=float(budget)):
            assert -each.summary.max_loss <= budget  # charges are part of the loss
    forty = suggest(View(direction=0, volatility=-1, days=5.0), CHAIN, most=40)
    assert all(isfinite(s.summary.max_loss) for s in forty)
    allowed = suggest(View(direction=0, volatility=-1, days=5.0, unlimited=True), CHAIN, most=40)
    assert any(s.summary.max_loss == -inf for s in allowed)
    assert best(0, -1, max_loss=1.0) == []


@pytest.mark.parametrize("volatility", [-1, 0, 1])
def test_figures_of_the_fast_way_agree_with_those_of_the_exact_one(volatility: int) -> None:
    view = View(direction=1, volatility=volatility, days=5.0)
    market, near = CHAIN.market(), CHAIN.expiry(NEAR)
    shift = 0.1 * volatility * float(Skewed().vol(near.forward, near.years))
    law = view_law(view, market, near, after(5))
    for each in suggest(view, CHAIN, charges=fees):
        values = evaluate(each.legs, market, law.spots, [each.until], iv_shift=shift)[0]
        assert each.expected == pytest.approx(law.mean_of(values) - each.charges, abs=0.5)
        assert each.summary == summary(each.legs, market, charges=each.charges)


def test_legs_are_taken_up_at_the_ask_and_given_at_the_bid() -> None:
    near = CHAIN.expiry(NEAR)
    for candidate in candidates(View(direction=1, volatility=-1, days=5.0), CHAIN):
        for leg in candidate.legs:
            if leg.expiry == NEAR and leg.right is not None and leg.strike is not None:
                side, at = (0 if leg.is_call else 1), near.index(leg.right, leg.strike)
                assert leg.price == (near.ask if leg.is_buy else near.bid)[side, at]


def test_the_reasons_are_in_plain_words() -> None:
    view = View(direction=1, volatility=-1, days=5.0, max_loss=15_000.0)
    first = suggest(view, CHAIN, charges=fees, margin=lambda legs: 42_000.0)[0]
    text = " ".join(first.reasons)
    for part in ("In your view", "At the expiry of 25 Aug", "breaks even", "₹42,000", "₹15,000"):
        assert part in text


def test_wide_spreads_cost_score() -> None:
    view = View(direction=0, volatility=-1, days=5.0)
    tight, wide = (suggest(view, chain_view(spread=s))[0].score for s in (0.002, 0.08))
    assert tight > wide


def test_the_near_expiry_outlives_the_view_where_there_is_one() -> None:
    late = suggest(View(direction=0, volatility=-1, days=20.0), CHAIN)
    assert {leg.expiry for s in late for leg in s.legs} == {FAR}
    assert all(s.until == after(20) for s in late)


def test_a_cost_that_cannot_be_told_is_left_out() -> None:
    def nobody_knows(legs: Sequence[Leg]) -> float:
        raise RuleBroken("no rates for this day")

    found = suggest(
        View(direction=1, volatility=0, days=5.0), CHAIN, charges=nobody_knows, margin=nobody_knows
    )
    assert isnan(found[0].charges)
    assert found[0].summary.charges == 0.0
    assert "before charges, which are not known" in " ".join(found[0].reasons)
    assert not any("Blocks" in reason for reason in found[0].reasons)


@pytest.mark.parametrize(
    "bad",
    [
        {"direction": 3},
        {"volatility": -2},
        {"days": 0.0},
        {"days": float("nan")},
        {"lots": 0},
        {"max_loss": -1.0},
    ],
)
def test_a_view_that_cannot_be_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(RuleBroken):
        View(**({"direction": 0, "volatility": 0, "days": 5.0} | bad))  # type: ignore[arg-type]
