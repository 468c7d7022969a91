"""Structures: kept, named, turned into another kind, and linked to the builder."""

import numpy as np
import pytest

from core.analytics.premium import Pick, PremiumLeg, Rolling
from core.analytics.sides import CALL, PUT
from ui.components.premium_structures import (
    Chosen,
    Kind,
    address,
    changed,
    from_json,
    legs_at,
    parsed,
)

STRIKES = 24_000.0 + 50 * np.arange(-10, 11)
ATM = 10
LEGS = (
    PremiumLeg(side=CALL, strike=24_200.0),
    PremiumLeg(side=CALL, strike=24_400.5, ratio=-2.0),
)


@pytest.mark.parametrize(
    ("chosen", "title"),
    [
        (Chosen(), "ATM straddle"),
        (Chosen(kind=Kind.STRANGLE, target=3.0), "Strangle ±3 strikes"),
        (Chosen(kind=Kind.STRANGLE, by=Pick.DELTA, target=0.25), "Strangle 25Δ"),
        (Chosen(kind=Kind.STRANGLE, by=Pick.PREMIUM, target=50.0), "Strangle ₹50"),
        (Chosen(kind=Kind.LEGS, rolling=False, legs=LEGS), "+1 24,200 CE -2 24,400.50 CE"),
        (Chosen(kind=Kind.LEGS, rolling=False), "No legs"),
    ],
)
def test_a_structure_has_a_name_and_can_be_kept(chosen: Chosen, title: str) -> None:
    assert chosen.title == title
    assert from_json(chosen.to_json()) == chosen


@pytest.mark.parametrize("kept", [None, {}, {"kind": "iron"}, {**Chosen().to_json(), "legs": [1]}])
def test_what_cannot_be_understood_is_left_out(kept: object) -> None:
    assert from_json(kept) is None


def test_a_rolling_pair_is_bought_on_both_sides() -> None:
    assert Chosen().structure == Rolling()
    assert Chosen().ratios.tolist() == [1.0, 1.0]
    assert Chosen().moving == ("Strike",)
    assert Chosen(kind=Kind.STRANGLE, target=2.0).moving == ("Call strike", "Put strike")


def test_fixing_a_straddle_takes_the_strike_at_the_money() -> None:
    fixed = changed(Chosen(), Kind.STRADDLE, rolling=False, strikes=STRIKES, atm=ATM)
    assert [(leg.side, leg.strike) for leg in fixed.legs] == [(CALL, 24_000.0), (PUT, 24_000.0)]
    assert fixed.title == "Straddle 24,000"


def test_a_fixed_strangle_stands_around_the_money_also_at_the_edge() -> None:
    fixed = changed(Chosen(), Kind.STRANGLE, rolling=False, strikes=STRIKES, atm=ATM)
    assert fixed.title == "Strangle 24,150/23,850"
    edge = changed(Chosen(), Kind.STRANGLE, rolling=False, strikes=STRIKES, atm=0)
    assert edge.title == "Strangle 23,650/23,500"


def test_legs_start_from_what_was_fixed_and_rolling_comes_back() -> None:
    fixed = changed(Chosen(), Kind.STRANGLE, rolling=False, strikes=STRIKES, atm=ATM)
    legs = changed(fixed, Kind.LEGS, rolling=False, strikes=STRIKES, atm=ATM)
    assert legs.legs == fixed.legs
    assert changed(fixed, Kind.STRANGLE, rolling=True, strikes=STRIKES, atm=ATM).target == 3.0
    assert changed(legs, Kind.STRADDLE, rolling=True, strikes=STRIKES, atm=ATM) == Chosen()


def test_legs_of_an_address_are_read_whole_or_not_at_all() -> None:
    assert parsed("24200CE:1,24400.5CE:-2") == LEGS
    assert parsed("24200CE") == LEGS[:1]
    assert parsed("24200CE:1,24400XX:1") == ()
    assert parsed("") == ()


def test_the_builder_opens_with_the_legs_as_they_stand() -> None:
    legs = legs_at(Chosen(), np.array([24_050.0, 24_050.0]))
    assert address("M&M", "2026-11-26", legs) == (
        "/builder?symbol=M%26M&expiry=2026-11-26&add=24050CE:1,24050PE:1"
    )
    assert legs_at(Chosen(), np.array([np.nan, 24_050.0])) == ()
    assert legs_at(Chosen(kind=Kind.LEGS, rolling=False, legs=LEGS), np.empty(0)) == LEGS
