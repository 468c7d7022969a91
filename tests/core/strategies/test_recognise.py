"""Positions are recognised as what the templates build, whatever their size and strikes."""

from dataclasses import replace

import pytest

from core.strategies.recognise import clusters, recognise, template_row, title
from core.strategies.templates import TEMPLATES
from tests.core.strategies.markets import FAR, future, leg


def test_every_template_has_a_row_of_its_own_but_for_broken_wings() -> None:
    rows = [template_row(each.name) for each in TEMPLATES if "Broken" not in each.title]
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize(
    ("legs", "name"),
    [
        ([leg(-1, 24_200, "CE"), leg(-1, 24_200, "PE")], "Short straddle"),
        ([leg(3, 24_400, "CE"), leg(3, 24_000, "PE")], "Long strangle"),
        (
            [
                leg(2, 23_800, "PE"),
                leg(-2, 24_000, "PE"),
                leg(-2, 24_400, "CE"),
                leg(2, 24_900, "CE"),
            ],
            "Iron condor",
        ),
        ([leg(1, 24_200, "CE"), leg(-1, 24_400, "CE")], "Bull call spread"),
        ([leg(-1, 24_200, "CE"), leg(1, 24_200, "CE", expiry=FAR)], "Call calendar"),
        ([leg(1, 24_200, "CE"), leg(-2, 24_300, "CE")], "Call ratio spread"),
        (
            [leg(1, 24_000, "CE"), leg(-2, 24_200, "CE"), leg(1, 24_400, "CE")],
            "Call butterfly",
        ),
        (
            [leg(1, 24_200, "CE"), leg(-2, 24_300, "CE"), leg(1, 24_500, "CE")],
            "Broken-wing call butterfly",
        ),
        ([future(1), leg(-1, 24_400, "CE")], "Covered call"),
        ([leg(-5, 24_400, "CE")], "Short call"),
    ],
)
def test_the_usual_positions_have_their_names(legs: list[object], name: str) -> None:
    found = recognise(legs)  # type: ignore[arg-type]
    assert found is not None
    assert found.title == name
    assert title(legs) == f"NIFTY {name}"  # type: ignore[arg-type]


def test_what_is_nothing_usual_is_told_by_its_legs() -> None:
    odd = [leg(1, 24_200, "CE"), leg(-5, 24_300, "CE"), leg(1, 24_000, "PE")]
    assert recognise(odd) is None
    assert title(odd) == "NIFTY 3 legs"
    other = replace(leg(-1, 24_200, "CE"), symbol="BANKNIFTY")
    assert recognise([leg(-1, 24_200, "PE"), other]) is None
    assert title([]) == "Nothing open"


def test_legs_are_clustered_by_underlying_then_by_expiry() -> None:
    near = [leg(-1, 24_200, "CE"), leg(-1, 24_200, "PE")]
    far = [leg(1, 24_400, "CE", expiry=FAR), leg(1, 24_000, "PE", expiry=FAR)]
    other = replace(leg(-1, 24_200, "CE"), symbol="BANKNIFTY")
    assert clusters([*near, other]) == [[other], near]
    odd = [*near, far[0], leg(5, 25_000, "CE", expiry=FAR)]
    assert [len(each) for each in clusters(odd)] == [2, 2]
    calendar = [leg(-1, 24_200, "CE"), leg(1, 24_200, "CE", expiry=FAR)]
    assert clusters(calendar) == [calendar]
