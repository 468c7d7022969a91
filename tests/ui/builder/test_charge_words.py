"""What is said of charges: every head, the points they cost, and the tax that may still come."""

from dataclasses import replace

from core.ids import InstrumentKey
from core.strategies.costs import margin
from core.strategies.legs import Leg
from core.strategies.picture import picture
from core.strategies.wording import rupees
from tests.core.strategies.markets import NOW, future, leg, market
from ui.builder.charge_words import charges_tip, margin_lines

MARKET = market(spot=24_252.0)


def tip(*legs: Leg) -> list[str]:
    found = picture(legs, MARKET, NOW)
    assert found.charges is not None
    return charges_tip(found, found.charges).split("\n")


def test_every_head_is_there_and_what_the_note_makes_of_it() -> None:
    said = tip(leg(1, 24_200, "CE", 150.0))
    assert said[0] == "To enter, by the rates of today"
    assert "Brokerage ₹20.00" in said
    assert "STT ₹0.00" in said
    assert "As contract notes round it ₹27.70" in said


def test_points_are_of_the_units_that_all_legs_have_in_common() -> None:
    alone = tip(leg(1, 24_200, "CE", 150.0))
    assert "Made good by 0.43 points of the combined price of 65 units" in alone
    both = tip(leg(2, 24_200, "CE", 150.0), leg(-4, 24_400, "CE", 60.0))
    assert any(line.endswith("combined price of 130 units") for line in both)


def test_stt_on_exercise_is_named_only_where_an_option_is_held() -> None:
    (said,) = [line for line in tip(leg(1, 24_200, "CE", 150.0)) if "exercise" in line]
    assert said == (
        "Not counted: STT on exercise of bought options, ₹5.07"
        " if all settles at the spot of now, 24,252.00"
    )
    for legs in ([leg(-1, 24_200, "CE", 150.0)], [future(1)]):
        assert not any("exercise" in line for line in tip(*legs))


def test_a_sensex_position_says_the_fees_of_its_exchange() -> None:
    sensex = replace(leg(1, 81_000, "CE", 300.0), symbol="SENSEX", lot_size=20)
    said = tip(replace(sensex, key=InstrumentKey("BSE_FO|876543")))
    assert "Exchange ₹1.95" in said
    assert "IPFT ₹0.00" in said


def test_a_margin_says_what_the_legs_save_and_what_the_premium_leaves_of_it() -> None:
    spread = margin([leg(-1, 24_400, "CE", 70.0), leg(1, 24_600, "CE", 30.0)], MARKET)
    first, saved, left = margin_lines(spread)
    assert first.startswith("Our estimate: SPAN ₹")
    assert saved == f"The legs save {rupees(spread.benefit)} by standing together"
    assert left == f"Less the premium that comes in, {rupees(spread.after_premium)}"
    assert 0 < spread.after_premium < spread.total
    bought = margin_lines(margin([leg(1, 24_400, "CE", 70.0)], MARKET))
    assert not any("premium" in line or "together" in line for line in bought)
