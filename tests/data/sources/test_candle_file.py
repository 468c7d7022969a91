from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from core.clock import IST
from core.errors import BadData
from core.instruments.candle import Candles, Interval
from core.ports.imports import Choice, Refused, Stamp
from data.sources.found import Found
from data.sources.importer import read
from tests.data.sources.shared import RULES, found_in, put

HEADS = "date,open,high,low,close,volume\n"


def bars(found: Found) -> tuple[Interval, Candles]:
    ((_, interval, candles),) = found.candles
    return interval, candles


def by_day(candles: Candles) -> dict[str, int]:
    days, counts = np.unique((candles.time + 19_800) // 86_400, return_counts=True)
    names = [str(np.datetime64(0, "D") + int(day)) for day in days]
    return dict(zip(names, counts.tolist(), strict=True))


def look(folder: Path, text: str, **choice: object) -> Found:
    return read(put(folder, "x.csv", text), Choice(**choice), RULES)


@pytest.mark.parametrize("name", ["nifty", "banknifty"])
def test_minutes_of_2024_load_with_their_odd_days(name: str):
    found = found_in(f"candles/{name}_1m_2024_jan_aug.csv")
    interval, candles = bars(found)
    assert (interval, len(candles), len(found.complaints)) == (Interval.MINUTE, 58_127, 0)
    odd = {day: count for day, count in by_day(candles).items() if count != 375}
    assert odd == {"2024-01-20": 542, "2024-03-02": 105, "2024-05-18": 105}
    first = datetime.fromtimestamp(int(candles.time[0]), IST)
    assert first == datetime(2024, 1, 1, 9, 15, tzinfo=IST)
    assert "not used: Instrument" in found.notes  # it says NIFTY in both


def test_quarter_hours_of_eleven_years_load_with_their_odd_days():
    interval, candles = bars(found_in("candles/nifty_15m_2015_2026.csv"))
    assert (interval, len(candles)) == (Interval.parse("15m"), 70_387)
    days = by_day(candles)
    assert [days[d] for d in ("2026-03-19", "2026-03-24", "2026-04-20", "2026-02-01")] == [
        47, 47, 2, 25,
    ]  # fmt: skip
    assert sum(count != 25 for count in days.values()) == 19
    assert candles.close[-1] == 24_252.0


def test_bars_that_do_not_hold_their_own_open_are_widened_and_counted():
    found = found_in("vix/india_vix_15m_2015_2026.csv")
    assert "56 bars: high or low widened to hold its own open and close" in found.notes
    assert len(bars(found)[1]) == 70_361


def test_the_daily_vix_is_read_in_spite_of_its_heads_and_its_two_impossible_days():
    found = found_in("vix/india_vix_daily_2012_2026.csv", Choice(leave_out=True))
    interval, candles = bars(found)
    assert (interval, len(candles)) == (Interval.DAY, 3_611)
    assert {each.reason for each in found.complaints.first()} == {"a price is not above 0"}
    assert (candles.open[0], candles.close[-1]) == (27.11, 11.76)
    days = by_day(candles)
    assert "2024-05-18" in days
    assert "2024-03-02" not in days


def test_daily_bars_and_a_shares_minutes_load():
    interval, daily = bars(found_in("candles/nifty_daily.csv"))
    assert (interval, daily.close[-1]) == (Interval.DAY, 24_252.0)
    interval, minutes = bars(found_in("candles/tcs_1m_2025_jan.csv"))
    assert (interval, len(minutes), minutes.volume[0]) == (Interval.MINUTE, 8_625, 7_814)
    assert len(by_day(minutes)) == 23


def test_columns_are_guessed_and_what_the_user_says_counts(tmp_path: Path):
    text = "When,O,H,L,C,Settled\n2024-01-01 09:15,1,3,1,2,2.5\n2024-01-01 09:16,2,4,2,3,3.5\n"
    unread = look(tmp_path, text)
    assert unread.needs == ("columns.time",)
    found = look(tmp_path, text, columns={"time": "When", "close": "Settled"}, key="K")
    assert found.needs == ()
    assert bars(found)[1].close.tolist() == [2.5, 3.5]
    assert found.choice.columns["open"] == "O"


def test_a_bar_may_be_named_by_its_end_and_in_another_zone(tmp_path: Path):
    text = HEADS + "2024-01-01 04:00,1,3,1,2,5\n2024-01-01 04:15,2,4,2,3,5\n"
    found = look(tmp_path, text, zone="UTC", stamp=Stamp.END)
    interval, candles = bars(found)
    assert interval == Interval.parse("15m")
    start = datetime.fromtimestamp(int(candles.time[0]), IST)
    assert start == datetime(2024, 1, 1, 9, 15, tzinfo=IST)


def test_a_daily_bar_stands_at_midnight_in_india(tmp_path: Path):
    text = HEADS + "2024-01-01 15:30,1,3,1,2,5\n2024-01-02 15:30,2,4,2,3,5\n"
    interval, candles = bars(look(tmp_path, text))
    assert interval == Interval.DAY
    assert datetime.fromtimestamp(int(candles.time[0]), IST) == datetime(2024, 1, 1, tzinfo=IST)


def test_rows_out_of_order_are_sorted_and_a_time_that_comes_again_is_refused(tmp_path: Path):
    text = HEADS + (
        "2024-01-01 09:16,2,4,2,3,5\n2024-01-01 09:15,1,3,1,2,5\n2024-01-01 09:16,2,4,2,9,5\n"
    )
    found = look(tmp_path, text)
    assert bars(found)[1].open.tolist() == [1.0, 2.0]
    assert any("not in the order of time" in note for note in found.notes)
    assert found.complaints.first() == (Refused(4, "the same time as row 2"),)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("soon,1,3,1,2,5", "'soon' is no time"),
        ("2024-01-01 09:20,1,x,1,2,5", "high 'x' is no number"),
        ("2024-01-01 09:20,1,,1,2,5", "no high"),
        ("2024-01-01 09:20,1,1,3,2,5", "its high is below its low"),
        ("2024-01-01 09:20,0,3,0,2,5", "a price is not above 0"),
        ("2024-01-01 09:20,1,3,1,2,-5", "volume is below 0"),
        ("2024-01-01 09:20,1,3,1", "4 columns instead of 6"),
    ],
)
def test_a_row_that_is_no_bar_is_refused_with_its_reason(tmp_path: Path, row: str, reason: str):
    good = "2024-01-01 09:15,1,3,1,2,5\n2024-01-01 09:16,2,4,2,3,5\n"
    found = look(tmp_path, HEADS + good + row + "\n")
    assert found.complaints.first() == (Refused(4, reason),)
    assert len(bars(found)[1]) == 2


def test_a_file_without_a_single_bar_is_refused(tmp_path: Path):
    with pytest.raises(BadData, match=r"x\.csv: no row"):
        look(tmp_path, HEADS + "soon,1,2,3,4,5\n")
    with pytest.raises(BadData, match="nothere"):
        look(tmp_path, HEADS + "2024-01-01,1,3,1,2,5\n", columns={"time": "nothere"})
