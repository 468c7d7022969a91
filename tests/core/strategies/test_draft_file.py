"""A draft goes through JSON unharmed, and nonsense is refused in words."""

import json
from dataclasses import replace
from math import isnan, nan

import pytest

from core.errors import BadData
from core.strategies.draft import Alert, Crossing, Draft, Watched
from core.strategies.draft_file import from_json, to_json
from tests.core.strategies.markets import FAR, NOW, future, leg


def draft(**more: object) -> Draft:
    given: dict[str, object] = {
        "id": "d1",
        "name": 'Calendar "August" ₹',
        "symbol": "NIFTY",
        "legs": (
            leg(-1, 24_200, "CE", iv_shift=0.01),
            replace(leg(2, 24_200, "CE", expiry=FAR, iv=0.13), odd_units=7, enabled=False),
            future(-1),
            leg(1, 102.5, "PE", exit_price=3.0),
        ),
        "created_at": NOW,
        "edited_at": NOW,
        "tags": ("weekly", "income"),
        "notes": "<b>not markup</b>\nsecond line",
        "alerts": (Alert(watched=Watched.PNL, crossing=Crossing.FALLS, level=-5000.0),),
    }
    return Draft(**(given | more))  # type: ignore[arg-type]


def test_a_draft_comes_back_as_it_was() -> None:
    assert from_json(to_json(draft()), id="d1") == draft()


def test_a_read_draft_has_an_id_of_its_own_and_is_not_tracked() -> None:
    found = from_json(to_json(draft(tracked=True)))
    assert found.id not in ("", "d1")
    assert not found.tracked


def test_an_unknown_entry_price_stays_unknown() -> None:
    found = from_json(to_json(draft(legs=(leg(1, 24_200, "CE", nan),))))
    assert isnan(found.legs[0].price)


def changed(**more: object) -> str:
    return json.dumps(json.loads(to_json(draft())) | more)


def with_leg(**more: object) -> str:
    told = json.loads(to_json(draft()))
    told["legs"][1] |= more
    return json.dumps(told)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a draft"),
        ('{"format": "other"}', "not a draft"),
        (changed(version=2), "version 2"),
        (changed(version="1"), "version '1'"),
        (changed(colour="red"), "colour: Extra inputs"),
        (changed(name=""), "name:"),
        (changed(created_at="2026-08-18T10:00:00"), "created_at:"),
        (with_leg(strike="24200"), "legs 2 strike"),
        (with_leg(strike=None), "legs 2: .*a right and a strike"),
        (with_leg(lots=1.5), "legs 2 lots"),
        (with_leg(lots=True), "legs 2 lots"),
        (with_leg(right="XX"), "legs 2 right"),
        (with_leg(lot_size=0), "legs 2 lot_size"),
        (with_leg(kind="swap"), "legs 2 kind"),
        (with_leg(price="Infinity"), "legs 2 price"),
        (with_leg(price=-5.0), "legs 2 price"),
        (with_leg(exit_price=-0.05), "legs 2 exit_price"),
        (with_leg(expiry="2026-02-30"), "legs 2 expiry"),
        (changed(legs=[json.loads(to_json(draft()))["legs"][0]] * 41), "legs: .*40"),
        (changed(notes="x" * 300_000), "too long"),
    ],
)
def test_nonsense_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(BadData, match=says):
        from_json(text)


def test_a_number_that_is_none_is_refused() -> None:
    bad = to_json(draft()).replace('"price": 100.0', '"price": NaN')
    assert "NaN" in bad
    with pytest.raises(BadData):
        from_json(bad)
