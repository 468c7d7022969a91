"""Templates lie on listed strikes only, as asked for, and have the shape of their name."""

from dataclasses import replace
from math import inf, isfinite

import numpy as np
import pytest

from core.errors import RuleBroken
from core.instruments.instrument import Right
from core.strategies.chain_view import ChainView, Fill, QuotedVols
from core.strategies.chooser import By, Chooser
from core.strategies.legs import Leg
from core.strategies.payoff import summary
from core.strategies.templates import BY_NAME, TEMPLATES, Template
from tests.core.strategies.chains import chain_view
from tests.core.strategies.markets import FAR, LOT, NEAR, SPOT, Skewed

CHAIN = chain_view()


def told(legs: tuple[Leg, ...]) -> list[str]:
    return [f"{leg.lots:+d} {leg.strike or 'FUT'} {leg.right or ''}".strip() for leg in legs]


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len(TEMPLATES) == len(BY_NAME) >= 30
    assert len({(t.parts) for t in TEMPLATES}) == len(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.name)
@pytest.mark.parametrize(
    "chooser",
    [Chooser(), Chooser(by=By.DELTA, delta=0.2), Chooser(by=By.PREMIUM, premium=40.0, width=3)],
    ids=lambda c: c.by,
)
def test_every_template_builds_of_listed_contracts(template: Template, chooser: Chooser) -> None:
    legs = template.build(CHAIN, replace(chooser, lots=2))
    listed = {key for e in CHAIN.expiries for side in e.keys for key in side}
    listed |= {f.key for f in CHAIN.futures}
    assert {leg.key for leg in legs} <= listed
    assert [leg.lots for leg in legs] == [2 * part.lots for part in template.parts]
    assert all(leg.price > 0 and leg.lot_size == LOT for leg in legs)
    assert ({leg.expiry for leg in legs} == {NEAR, FAR}) is template.needs_far


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.name)
def test_what_a_template_is_said_to_be_for_shows_in_its_greeks(template: Template) -> None:
    legs = template.build(CHAIN, Chooser(by=By.DELTA, delta=0.25, width=4))
    found = summary(legs, CHAIN.market())
    if abs(template.direction) == 2 or template.group in ("Vertical", "With a future"):
        assert np.sign(found.greeks.delta) == np.sign(template.direction)
    if template.volatility and template.group in ("Single", "Straddle and strangle"):
        assert np.sign(found.greeks.vega) == template.volatility
    if template.needs_far:
        assert found.greeks.vega > 0
        assert found.greeks.theta > 0


@pytest.mark.parametrize(
    ("name", "profit", "loss"),
    [
        ("long-call", True, False),
        ("short-call", False, True),
        ("short-straddle", False, True),
        ("iron-condor", False, False),
        ("call-ratio-spread", False, True),
        ("call-back-spread", True, False),
        ("jade-lizard", False, False),
        ("reverse-jade-lizard", False, True),
        ("synthetic-long", True, False),
        ("covered-call", False, False),
        ("protective-put", True, False),
        ("covered-put", False, True),
        ("protective-call", False, False),
        ("collar", False, False),
        ("box", False, False),
        ("call-calendar", False, False),
        ("double-diagonal", False, False),
        ("christmas-tree-of-calls", False, False),
        ("bull-call-ladder", False, True),
    ],
)
def test_what_is_unlimited_is_told(name: str, profit: bool, loss: bool) -> None:
    found = summary(BY_NAME[name].build(CHAIN, Chooser()), CHAIN.market())
    assert (found.max_profit == inf, found.max_loss == -inf) == (profit, loss)


def test_a_box_is_worth_its_width_wherever_the_market_ends() -> None:
    legs = BY_NAME["box"].build(CHAIN, Chooser())
    found = summary(legs, CHAIN.market())
    assert found.max_profit == pytest.approx(found.max_loss, abs=0.01)
    paid = sum(leg.cost for leg in legs)
    assert found.max_profit == pytest.approx(100 * LOT - paid, abs=0.01)


def test_strikes_are_chosen_by_offset_and_width() -> None:
    found = BY_NAME["iron-condor"].build(CHAIN, Chooser(offset=4, width=3))
    assert told(found) == ["+1 23900.0 PE", "-1 24050.0 PE", "-1 24450.0 CE", "+1 24600.0 CE"]


def test_strikes_are_chosen_by_delta() -> None:
    legs = BY_NAME["short-strangle"].build(CHAIN, Chooser(by=By.DELTA, delta=0.2))
    near = CHAIN.expiry(NEAR)
    deltas = [
        near.delta[0 if leg.is_call else 1, near.index(leg.right or Right.CALL, leg.strike or 0)]
        for leg in legs
    ]
    assert deltas == pytest.approx([0.2, -0.2], abs=0.03)


def test_strikes_are_chosen_by_premium_and_wings_by_rupees() -> None:
    by_premium = Chooser(by=By.PREMIUM, premium=60.0, width_rupees=250.0)
    legs = BY_NAME["iron-condor"].build(CHAIN, by_premium)
    assert [leg.price for leg in legs if not leg.is_buy] == pytest.approx([60, 60], abs=12)
    strikes = [leg.strike or 0 for leg in legs]
    assert (strikes[1] - strikes[0], strikes[3] - strikes[2]) == (250, 250)


def test_a_trade_buys_at_the_ask_and_sells_at_the_bid() -> None:
    bought, sold = BY_NAME["bull-call-spread"].build(CHAIN, Chooser(fill=Fill.TRADE))
    near = CHAIN.expiry(NEAR)
    at = near.index(Right.CALL, bought.strike or 0)
    assert bought.price == near.ask[0, at]
    assert sold.price == near.bid[0, at + 2]


@pytest.mark.parametrize(
    ("name", "chooser", "says"),
    [
        ("iron-condor", Chooser(width_rupees=60.0), r"24\d\d0 [CP]E .* is not listed. Nearest: "),
        ("long-call", Chooser(offset=500), "no strikes that far"),
        ("long-call", Chooser(near=NEAR.replace(day=26)), "no chain of NIFTY of 26 Aug 2026"),
        ("call-calendar", Chooser(near=FAR), "second expiry"),
        ("call-calendar", Chooser(far=NEAR), "second expiry"),
    ],
)
def test_what_is_not_listed_is_refused_by_name(name: str, chooser: Chooser, says: str) -> None:
    with pytest.raises(RuleBroken, match=says):
        BY_NAME[name].build(CHAIN, chooser)


def changed(**more: object) -> ChainView:
    near = replace(CHAIN.expiries[0], **more)  # type: ignore[arg-type]
    return replace(CHAIN, expiries=(near, CHAIN.expiries[1]))


def test_an_unknown_forward_or_delta_is_told() -> None:
    with pytest.raises(RuleBroken, match="forward"):
        BY_NAME["long-straddle"].build(changed(forward=float("nan")), Chooser())
    blind = changed(delta=np.full_like(CHAIN.expiries[0].delta, np.nan))
    with pytest.raises(RuleBroken, match="delta"):
        BY_NAME["long-call"].build(blind, Chooser(by=By.DELTA))


def test_a_strike_listed_on_one_side_only_is_refused_on_the_other() -> None:
    calls, puts = CHAIN.expiries[0].keys
    at = CHAIN.expiries[0].index(Right.PUT, SPOT)
    view = changed(keys=(calls, (*puts[:at], None, *puts[at + 1 :]))).expiries[0]
    assert view.leg(Right.CALL, SPOT, 1).strike == SPOT
    with pytest.raises(RuleBroken, match="Nearest: 24150"):
        view.leg(Right.PUT, SPOT, 1)


def test_without_a_future_what_needs_one_is_refused() -> None:
    with pytest.raises(RuleBroken, match="no future"):
        BY_NAME["covered-call"].build(replace(CHAIN, futures=()), Chooser())


def test_a_price_that_is_not_quoted_stays_unknown() -> None:
    leg = CHAIN.expiries[0].leg(Right.CALL, 26_400.0, 1)
    assert not isfinite(leg.price)


def test_quoted_volatilities_stand_in_for_a_surface() -> None:
    vols, near = QuotedVols(CHAIN.expiries), CHAIN.expiries[0]
    strikes = np.array([24_000.0, 24_225.0, 24_400.0])
    assert vols.vol(strikes, near.years) == pytest.approx(Skewed().vol(strikes, 1), abs=1e-4)
    between = 0.5 * (near.years + CHAIN.expiries[1].years)
    assert vols.vol(24_000.0, between) == pytest.approx(Skewed().vol(24_000, 1), abs=1e-3)
    assert np.isnan(QuotedVols(()).vol(24_000.0, 0.1))
    assert replace(CHAIN, surface=None).market().surface is not None
