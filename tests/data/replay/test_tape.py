from datetime import date

import numpy as np
import pytest

from core.clock import SetClock
from core.instruments.calendar import MarketCalendar, usual_session
from core.instruments.candle import Candles
from core.state.market import Col
from data.replay.recording import RecordedBars, within
from data.replay.tape import Tape
from tests.fake_universe import FUTURE, NIFTY, RELIANCE
from tests.replay import SHARE_BARS, at, bars, chain_day, recording


def one_bar(o: float, h: float, low: float, c: float, volume: int = 300) -> Candles:
    return Candles(
        time=np.array([int(at(9, 15).timestamp())]),
        open=np.array([o]),
        high=np.array([h]),
        low=np.array([low]),
        close=np.array([c]),
        volume=np.array([volume]),
        open_interest=np.array([0]),
    )


def path(bar: Candles, seconds: int = 60, column: Col = Col.LTP) -> list[tuple[int, float]]:
    """Seconds after the bar's beginning, and the number."""
    tape = Tape(recording(of=[RecordedBars(key=RELIANCE, bars=bar, seconds=seconds)]))
    begins = int(bar.time[0])
    return [
        (frame.at - begins, float(part.values[0, part.columns.index(column)]))
        for frame in tape.frames
        for part in frame.parts
    ]


def test_inside_a_rising_bar_the_low_comes_first() -> None:
    assert path(one_bar(100, 104, 98, 103)) == [(0, 100), (20, 98), (40, 104), (59, 103)]


def test_inside_a_falling_bar_the_high_comes_first() -> None:
    assert path(one_bar(103, 104, 98, 100)) == [(0, 103), (20, 104), (40, 98), (59, 100)]


def test_a_longer_bar_has_the_same_way_stretched() -> None:
    assert path(one_bar(100, 104, 98, 103), 900) == [(0, 100), (300, 98), (600, 104), (899, 103)]


def test_the_volume_of_a_bar_is_told_at_its_end_only() -> None:
    told = path(one_bar(100, 104, 98, 103), column=Col.VOLUME)
    assert told[0] == (0, 0)
    assert np.isnan([volume for _, volume in told[1:3]]).all()
    assert told[3] == (59, 300)


def test_an_index_has_no_volume_at_all() -> None:
    tape = Tape(recording(of=[RecordedBars(key=NIFTY, bars=one_bar(100, 104, 98, 103, 0))]))
    for frame in tape.frames:
        for part in frame.parts:
            assert np.isnan(part.values[:, part.columns.index(Col.VOLUME)]).all()


def test_high_and_low_of_the_day_are_those_so_far() -> None:
    assert path(one_bar(100, 104, 98, 103), column=Col.HIGH) == [
        (0, 100),
        (20, 100),
        (40, 104),
        (59, 104),
    ]


def test_a_chain_is_told_at_the_end_of_each_minute() -> None:
    chain = chain_day(minutes=3)
    frames = Tape(recording(chain)).frames
    assert [frame.at for frame in frames] == [int(at(9, n).timestamp()) for n in (16, 17, 18)]


def test_what_has_bars_of_its_own_is_not_told_by_the_chain_too() -> None:
    chain = chain_day(minutes=2)
    alone = Tape(recording(chain, [RecordedBars(key=NIFTY, bars=bars(count=2))]))
    number = alone.index(NIFTY)
    told = [f.at for f in alone.frames for part in f.parts if number in part.keys]
    assert len(told) == 8


def test_of_a_gap_nothing_is_told() -> None:
    whole = recording(chain_day(minutes=[0, 1, 30, 31]))
    frames = Tape(whole).frames
    assert len(frames) == 4
    assert whole.gaps()[0] == (at(9, 17), at(9, 45))


def test_bars_outside_of_the_session_are_left_out() -> None:
    early = bars(begins=at(3, 45), count=30)
    assert len(within(usual_session(date(2026, 11, 20)), early)) == 0


@pytest.mark.parametrize("day", [date(2024, 3, 2), date(2024, 5, 18)])
def test_between_two_windows_nothing_is_traded_and_nothing_is_missing(day: date) -> None:
    session = MarketCalendar(SetClock(at(9, day=day))).session_of(day)
    assert session is not None
    both = [*range(45), *range(135, 195)]
    whole = recording(chain_day(day=day, minutes=both), session=session)
    assert whole.gaps() == []
    assert len(Tape(whole).frames) == 105


def test_a_contract_that_was_never_listed_takes_no_room() -> None:
    tape = Tape(recording(chain_day(minutes=1), [SHARE_BARS]))
    assert tape.index(FUTURE) is None
