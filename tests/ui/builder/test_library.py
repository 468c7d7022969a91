"""Drafts in words, and found by them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import BadData
from core.strategies.draft import Draft, Fault, Problem
from tests.core.strategies.markets import FAR, NOW, future, leg
from ui.builder import library

CONDOR = Draft(
    id="a",
    name="Weekly condor",
    symbol="NIFTY",
    legs=(leg(-1, 24_400, "CE"), leg(2, 24_600, "CE"), future(-1)),
    created_at=NOW,
    edited_at=NOW,
    tags=("income", "weekly"),
)
HEDGE = replace(CONDOR, id="b", name="Hedge", tags=("Crash",), legs=(leg(1, 23_000, "PE"),))


def test_tags_are_told_by_commas_and_kept_once() -> None:
    assert library.tags_from(" hedge, Weekly  trade,,HEDGE , ") == ("hedge", "Weekly trade")


def test_a_search_wants_every_word_somewhere() -> None:
    drafts = [CONDOR, HEDGE]
    assert library.found(drafts, "weekly 24600") == [CONDOR]
    assert library.found(drafts, "nifty") == drafts
    assert library.found(drafts, "nifty banknifty") == []
    assert library.found(drafts, "", "Crash") == [HEDGE]
    assert library.found(drafts, "condor", "Crash") == []


def test_every_tag_is_offered_once_in_order() -> None:
    assert library.every_tag([CONDOR, HEDGE, CONDOR]) == ["Crash", "income", "weekly"]


def test_legs_are_told_short() -> None:
    assert library.legs_in_words(CONDOR.legs) == "-24400C +2×24600C -FUT · 25 Aug"
    many = [leg(1, 24_000 + 50 * n, "PE", expiry=FAR) for n in range(6)]
    assert library.legs_in_words(many).endswith("+24150P … 2 more · 29 Sep")
    assert library.legs_in_words(()) == "no legs"


def test_legs_that_are_gone_are_counted_once_each() -> None:
    def problem(fault: Fault, at: int | None) -> Problem:
        return Problem(fault=fault, leg=at, text=f"leg {at}: {fault}")

    gone = [problem(Fault.NOT_LISTED, 0), problem(Fault.EXPIRED, 0), problem(Fault.EXPIRED, 2)]
    small = [problem(Fault.NO_PRICE, 1), problem(Fault.NO_LEGS, None)]
    assert library.lost_in_words([*gone, *small])[0] == "2 gone"
    assert library.lost_in_words(gone[1:])[0] == "2 expired"
    assert library.lost_in_words(small) == ("", "")
    assert "leg 2: expired" in library.lost_in_words(gone)[1]


def test_a_file_is_named_by_what_it_holds() -> None:
    odd = replace(CONDOR, name="../my  “condor”")
    assert library.file_name(odd) == "strikedesk-NIFTY-..-my-condor.json"


def test_a_file_that_is_no_text_is_refused_in_words() -> None:
    with pytest.raises(BadData, match="not a text"):
        library.text_of(b"\xff\xfe\x00\x01\xd8")


def test_an_edit_of_today_has_its_time_and_an_older_one_its_day() -> None:
    assert library.edited_in_words(CONDOR, NOW + timedelta(hours=1)) == "10:00"
    assert library.edited_in_words(CONDOR, NOW + timedelta(days=1)) == "18 Aug"
