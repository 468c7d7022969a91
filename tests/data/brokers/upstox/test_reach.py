"""Spans of candles within the broker's limits."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from core.errors import RuleBroken
from core.instruments.candle import Interval
from data.brokers.upstox.reach import expired_word, months_later, pieces, reach_of
from data.simulator.rest.candles import months_before

SPANS = [(date(2026, 1, 31), date(2026, 12, 31)), (date(2024, 2, 29), date(2026, 3, 30))]


@pytest.mark.parametrize(("text", "months"), [("1m", 1), ("15m", 1), ("16m", 3), ("5h", 3)])
@pytest.mark.parametrize(("first", "last"), SPANS)
def test_pieces_cover_each_day_once_and_keep_to_the_limit(
    text: str, months: int, first: date, last: date
) -> None:
    cut = list(pieces(reach_of(Interval.parse(text)), first, last))
    assert cut[0][0] == first
    assert cut[-1][1] == last
    for (_, end), (begin, _) in pairwise(cut):
        assert begin - end == timedelta(days=1)
    assert all(begin >= months_before(end, months) for begin, end in cut)
    assert len(cut) <= (last - first).days / (28 * months) + 1


def test_long_bars_are_asked_for_at_once() -> None:
    span = date(2001, 1, 1), date(2026, 11, 20)
    assert len(list(pieces(reach_of(Interval.DAY), *span))) == 3
    assert list(pieces(reach_of(Interval.parse("1w")), *span)) == [span]


def test_nothing_is_asked_of_days_before_the_brokers_first() -> None:
    cut = list(pieces(reach_of(Interval.MINUTE), date(2021, 6, 1), date(2022, 1, 10)))
    assert cut == [(date(2022, 1, 1), date(2022, 1, 10))]
    assert not list(pieces(reach_of(Interval.DAY), date(1990, 1, 1), date(1999, 12, 31)))


def test_a_month_later_is_within_the_next_month() -> None:
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_later(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_later(date(2026, 12, 1), 12) == date(2027, 12, 1)


def test_of_expired_contracts_only_some_lengths_are_served() -> None:
    assert expired_word(Interval.parse("30m")) == "30minute"
    with pytest.raises(RuleBroken, match="expired contracts, only 1m"):
        expired_word(Interval.parse("1h"))
