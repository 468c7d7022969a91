"""Rate tables: in order, sourced, and in force from their day on."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from core.charges import rates
from core.charges.rates import Rows, Segment, Side, in_force


def tables() -> Iterator[Rows]:
    for by_name in (rates.STT, rates.NSE_TRANSACTION, rates.NSE_IPFT, rates.BSE_TRANSACTION):
        yield from by_name.values()
    yield from (*rates.STAMP.values(), *rates.BSE_OPTIONS.values())
    yield from (rates.EXERCISE_STT, rates.SEBI, rates.GST)


def test_every_row_follows_the_one_before_and_names_its_source() -> None:
    for rows in tables():
        assert all(one.start < after.start for one, after in pairwise(rows))
        assert all(row.source and 0 <= row.value < Decimal("0.2") for row in rows)


def test_a_row_holds_from_its_day_until_the_next() -> None:
    rows = rates.STT[Segment.OPTION]
    for before, after in pairwise(rows):
        assert in_force(rows, after.start - timedelta(days=1), "x") is before
        assert in_force(rows, after.start, "x") is after
    assert in_force(rows, date(2090, 1, 1), "x") is rows[-1]


def test_the_total_of_both_exchange_fees_did_not_change_with_their_split() -> None:
    for segment in Segment:
        before, after = date(2026, 2, 28), date(2026, 3, 1)
        assert _both(segment, before) == _both(segment, after)


def _both(segment: Segment, day: date) -> Decimal:
    return rates.transaction("NSE", segment, "NIFTY", day) + rates.ipft("NSE", segment, day)


def test_option_tax_of_2024_is_still_told() -> None:
    assert rates.stt(Segment.OPTION, Side.SELL, date(2024, 9, 30)) == Decimal("0.000625")
    assert rates.stt(Segment.OPTION, Side.BUY, date(2024, 9, 30)) == 0
    assert rates.stt(Segment.EQUITY_DELIVERY, Side.BUY, date(2026, 1, 1)) == Decimal("0.001")
    assert rates.exercise_stt(date(2026, 3, 31)) == Decimal("0.00125")
