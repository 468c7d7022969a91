"""Prices adjusted on read: conventions on numbers worked by hand."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from core.clock import IST
from core.errors import BadData
from core.instruments.candle import Candles
from core.instruments.corporate_actions import (
    ActionKind,
    CorporateAction,
    adjusted,
    parsed_ratio,
    shown,
)

EX = date(2024, 10, 28)


def days(*closes: float) -> Candles:
    """Daily bars at midnight IST: Friday 25, Monday 28, Tuesday 29 October 2024."""
    starts = [datetime(2024, 10, day, tzinfo=IST) for day in (25, 28, 29)][: len(closes)]
    close = np.array(closes)
    return Candles(
        time=np.array([int(each.timestamp()) for each in starts], dtype=np.int64),
        open=close,
        high=close * 1.01,
        low=close * 0.99,
        close=close,
        volume=np.full(len(closes), 1_000, dtype=np.int64),
        open_interest=np.full(len(closes), 250, dtype=np.int64),
    )


def action(kind: ActionKind, ratio: str = "", amount: str = "", day: date = EX) -> CorporateAction:
    return CorporateAction(
        isin="INE002A01018",
        kind=kind,
        ex_day=day,
        amount=Decimal(amount) if amount else None,
        ratio=parsed_ratio(ratio) if ratio else None,
    )


def test_a_bonus_of_one_for_one_halves_what_was_before() -> None:
    """As Reliance's of 28 October 2024; the prices are made up."""
    found = adjusted(days(2_655.70, 1_334.35, 1_339.90), [action(ActionKind.BONUS, "1:1")])
    assert found.close.tolist() == pytest.approx([1_327.85, 1_334.35, 1_339.90])
    assert found.high[0] == pytest.approx(1_327.85 * 1.01)
    assert found.volume.tolist() == [2_000, 1_000, 1_000]
    assert found.open_interest.tolist() == [500, 250, 250]


def test_a_bonus_counts_the_new_shares_first() -> None:
    """NSE Clearing: of a bonus A:B the factor is (A + B) / B; three for five is 1.6."""
    assert action(ActionKind.BONUS, "3:5").multiple(100.0) == pytest.approx(1.6)
    assert action(ActionKind.BONUS, "5:3").multiple(100.0) == pytest.approx(8 / 3)


def test_a_split_divides_by_its_face_values() -> None:
    """From ₹10 to ₹2: five shares for one."""
    found = adjusted(days(1_000.0, 203.0, 205.0), [action(ActionKind.SPLIT, "10:2")])
    assert found.close.tolist() == pytest.approx([200.0, 203.0, 205.0])
    assert found.volume[0] == 5_000


def test_rights_are_worth_the_ex_rights_price() -> None:
    """1:15 at ₹1,257 on a close of ₹1,466.75 (made up): (15 × 1,466.75 + 1,257) / 16."""
    rights = action(ActionKind.RIGHTS, "1:15", "1257")
    found = adjusted(days(1_466.75, 1_450.0), [rights])
    assert found.close[0] == pytest.approx(1_453.640625)


def test_dividends_change_nothing_unless_asked_for() -> None:
    bars, dividend = days(100.0, 95.0), action(ActionKind.DIVIDEND, amount="5")
    assert adjusted(bars, [dividend]) is bars
    found = adjusted(bars, [dividend], dividends=True)
    assert found.close.tolist() == pytest.approx([95.0, 95.0])
    assert found.volume.tolist() == [1_000, 1_000]


def test_several_actions_multiply_and_each_takes_the_close_before_it() -> None:
    actions = [
        action(ActionKind.BONUS, "1:1"),
        action(ActionKind.DIVIDEND, amount="10", day=date(2024, 10, 29)),
    ]
    found = adjusted(days(2_000.0, 1_000.0, 990.0), actions, dividends=True)
    assert found.close.tolist() == pytest.approx([990.0, 990.0, 990.0])


def test_actions_before_the_first_or_after_the_last_bar_do_not_reach_it() -> None:
    bars = days(100.0, 101.0, 102.0)
    assert adjusted(bars, [action(ActionKind.SPLIT, "10:1", day=date(2024, 10, 25))]) is bars
    later = adjusted(bars, [action(ActionKind.SPLIT, "10:1", day=date(2024, 11, 1))])
    assert later.close.tolist() == pytest.approx([10.0, 10.1, 10.2])
    assert len(adjusted(Candles.none(), [action(ActionKind.SPLIT, "10:1")])) == 0


def test_what_is_stored_stays_as_it_was_traded() -> None:
    bars = days(100.0, 101.0)
    adjusted(bars, [action(ActionKind.SPLIT, "10:1")])
    assert bars.close.tolist() == [100.0, 101.0]


@pytest.mark.parametrize("text", ["", "1", "1:0", "0:1", "-1:2", "a:b", "1:2:3", "1/0:2"])
def test_what_is_no_ratio_is_refused(text: str) -> None:
    with pytest.raises(BadData, match="no ratio"):
        parsed_ratio(text)


def test_ratios_are_read_as_they_are_written() -> None:
    assert parsed_ratio(" 2.5 : 1 ") == (Fraction(5, 2), Fraction(1))
    assert action(ActionKind.SPLIT, "2.5:1").ratio_text == "2.5:1"


@pytest.mark.parametrize(
    "wrong",
    [
        action(ActionKind.BONUS),
        action(ActionKind.SPLIT),
        action(ActionKind.RIGHTS, "1:15"),
        action(ActionKind.DIVIDEND),
        action(ActionKind.DIVIDEND, amount="100"),
    ],
)
def test_an_action_without_its_numbers_is_refused(wrong: CorporateAction) -> None:
    with pytest.raises(BadData):
        adjusted(days(100.0, 101.0), [wrong], dividends=True)


def test_prices_that_are_adjusted_already_are_not_adjusted_again() -> None:
    bonus = action(ActionKind.BONUS, "1:1")
    dividend = action(ActionKind.DIVIDEND, amount="5")
    raw, done = days(2_000.0, 1_010.0, 1_000.0), days(1_000.0, 1_010.0, 1_000.0)
    assert shown(raw, [bonus, dividend]) == [bonus, dividend]
    assert shown(done, [bonus, dividend]) == [dividend]
    assert shown(done, [action(ActionKind.SPLIT, "10:1", day=date(2024, 11, 1))]) == []
