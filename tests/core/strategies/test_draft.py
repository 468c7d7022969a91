"""Everything that may be wrong with a draft is told, and nothing of it is changed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import nan

import pytest

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind
from core.strategies.draft import Crossing, Draft, Fault, Watched, alert_from, checks
from core.strategies.legs import Leg
from tests.core.strategies.markets import LOT, NEAR, NOW, future, leg

GOOD = leg(-1, 24_200, "CE")


def draft(*legs: Leg) -> Draft:
    return Draft(id="d", name="D", symbol="NIFTY", legs=legs, created_at=NOW, edited_at=NOW)


def listing(of: Leg, **more: object) -> Instrument:
    given: dict[str, object] = {
        "key": of.key,
        "segment": "NSE_FO",
        "exchange": "NSE",
        "symbol": of.title.upper(),
        "name": of.symbol,
        "kind": Kind.FUTURE if not of.is_option else Kind.CALL if of.is_call else Kind.PUT,
        "series": "CE",
        "lot_size": LOT,
        "tick_size": Decimal("0.05"),
        "expiry": of.expiry,
        "strike": of.strike,
        "underlying_symbol": of.symbol,
    }
    return Instrument(**(given | more))  # type: ignore[arg-type]


def faults(*legs: Leg, **listed: Instrument | None) -> list[tuple[Fault, int | None]]:
    known = {each.key: each for each in listed.values() if each} if listed else None
    return [(p.fault, p.leg) for p in checks(draft(*legs), NOW, known)]


def test_a_sound_draft_has_no_problems() -> None:
    assert faults(GOOD, future(1), a=listing(GOOD), b=listing(future(1))) == []


def test_a_draft_without_legs_says_so() -> None:
    assert faults() == [(Fault.NO_LEGS, None)]


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (replace(GOOD, symbol="BANKNIFTY"), Fault.FOREIGN),
        (replace(GOOD, closes_at=NOW), Fault.EXPIRED),
        (GOOD.of_quantity(0), Fault.NO_QUANTITY),
        (GOOD.of_quantity(100), Fault.NOT_IN_LOTS),
        (GOOD.of_quantity(-30), Fault.NOT_IN_LOTS),
        (replace(GOOD, price=nan), Fault.NO_PRICE),
    ],
)
def test_each_fault_of_a_leg_is_told_with_its_number(bad: Leg, fault: Fault) -> None:
    assert faults(GOOD, bad) == [(fault, 1)]


def test_a_contract_that_is_gone_is_told_and_kept() -> None:
    saved = draft(GOOD)
    found = checks(saved, NOW, {})
    assert [p.fault for p in found] == [Fault.NOT_LISTED]
    assert found[0].text.startswith("NIFTY 24200 CE 25 Aug: ")
    assert saved.legs == (GOOD,)


def test_a_key_that_names_another_contract_today_is_noticed() -> None:
    other = listing(GOOD, strike=24_300.0, symbol="NIFTY 24300 CE 25 AUG 26")
    assert faults(GOOD, a=other) == [(Fault.OTHER_CONTRACT, 0)]
    text = checks(draft(GOOD), NOW, {GOOD.key: other})[0].text
    assert "NIFTY 24300 CE 25 AUG 26" in text


def test_a_lot_that_has_changed_since_is_told_with_both_sizes() -> None:
    found = checks(draft(GOOD), NOW, {GOOD.key: listing(GOOD, lot_size=75)})
    assert [p.fault for p in found] == [Fault.NOT_IN_LOTS]
    assert "lot of 75" in found[0].text
    assert "65 when this was saved" in found[0].text


def test_an_expired_leg_is_not_also_called_unlisted() -> None:
    gone = replace(GOOD, closes_at=NOW - timedelta(days=1))
    assert [p.fault for p in checks(draft(gone), NOW, {})] == [Fault.EXPIRED]
    assert checks(draft(replace(gone, exit_price=12.0)), NOW, {}) == []


@pytest.mark.parametrize(("units", "lots", "odd"), [(130, 2, 0), (100, 1, 35), (-100, -1, -35)])
def test_units_are_kept_to_the_last_one(units: int, lots: int, odd: int) -> None:
    made = GOOD.of_quantity(units)
    assert (made.lots, made.odd_units, made.quantity) == (lots, odd, units)


def test_a_copy_is_a_draft_of_its_own() -> None:
    first = replace(draft(GOOD), tracked=True, alerts=(alert_from(Watched.SPOT, 24_500, 24_200),))
    copy = first.duplicate(NOW + timedelta(hours=1))
    assert copy.id != first.id
    assert copy.legs == first.legs
    assert not copy.tracked


def test_an_alert_waits_on_the_side_where_it_was_set() -> None:
    above = alert_from(Watched.SPOT, 24_500, 24_200)
    below = alert_from(Watched.PNL, -5_000, 0)
    assert (above.crossing, below.crossing) == (Crossing.RISES, Crossing.FALLS)
    assert [above.reached(x) for x in (24_499, 24_500, nan)] == [False, True, False]
    assert [below.reached(x) for x in (-4_999, -5_000, nan)] == [False, True, False]


def test_titles_read_as_a_trader_would_say() -> None:
    assert (GOOD.title, future(1).title) == ("NIFTY 24200 CE 25 Aug", "NIFTY FUT 25 Aug")
    assert GOOD.key == InstrumentKey(f"NSE_FO|{NEAR:%m%d}24200CE")
