from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import InstrumentKey
from core.instruments.candle import Candles
from core.services.minute_bars import MinuteBars
from core.state.market import FIRST_ROWS, Col, MarketState

A, B = InstrumentKey("NSE_FO|1"), InstrumentKey("NSE_INDEX|Nifty 50")
NINE = 29_000_000  # an epoch minute


class Tape:
    """Says trades into a market and its bars."""

    def __init__(self) -> None:
        self.market = MarketState()
        self.bars = MinuteBars(self.market)

    def trade(
        self,
        minute: float,
        price: float,
        volume: float = nan,
        oi: float = nan,
        key: InstrumentKey = A,
    ) -> None:
        row = self.market.row(key)
        self.market.begin_frame()
        self.market.write_some(
            row,
            [Col.LTP, Col.LTT, Col.VOLUME, Col.OI],
            [price, (NINE + minute) * 60_000, volume, oi],
        )
        self.bars.frame([row])

    def taken(self, key: InstrumentKey = A) -> Candles:
        return dict(self.bars.take()).get(key, Candles.none())


@pytest.fixture
def tape() -> Tape:
    return Tape()


def test_a_minute_becomes_a_bar_when_the_next_one_trades(tape: Tape):
    tape.trade(-0.5, 100, 1_000)
    for at, price, volume in ((0.1, 101, 1_065), (0.4, 99, 1_130), (0.9, 100, 1_195)):
        tape.trade(at, price, volume, oi=65_000)
    assert len(tape.taken()) == 0
    tape.trade(1.0, 105, 1_260)
    bar = tape.taken().check()
    assert bar.time.tolist() == [NINE * 60]
    assert [x[0] for x in (bar.open, bar.high, bar.low, bar.close)] == [101, 101, 99, 100]
    assert (bar.volume[0], bar.open_interest[0]) == (195, 65_000)


def test_the_first_minute_seen_is_left_out_since_nobody_knows_how_it_began(tape: Tape):
    tape.trade(0.5, 100, 1_000)
    tape.trade(1.5, 101, 1_065)
    tape.bars.close_before(NINE + 9)
    assert tape.taken().time.tolist() == [(NINE + 1) * 60]


def test_a_minute_that_is_over_is_done_also_without_a_later_trade(tape: Tape):
    tape.trade(-1, 100, 1_000)
    tape.trade(0, 101, 1_065)
    tape.bars.close_before(NINE)
    assert len(tape.taken()) == 0
    tape.bars.close_before(NINE + 1)
    assert tape.taken().close.tolist() == [101.0]


def test_a_minute_without_a_trade_has_no_bar(tape: Tape):
    tape.trade(-1, 100, 1_000)
    tape.trade(0, 101, 1_065)
    tape.trade(0, 101, 1_065)  # a quote changed: the last trade is the same
    tape.trade(3, 102, 1_130)
    tape.bars.close_before(NINE + 9)
    assert tape.taken().time.tolist() == [NINE * 60, (NINE + 3) * 60]


def test_a_late_trade_of_a_closed_minute_changes_no_bar_and_loses_no_volume(tape: Tape):
    tape.trade(-1, 100, 1_000)
    tape.trade(0, 101, 1_065)
    tape.bars.close_before(NINE + 1)
    tape.trade(0.9, 500, 1_130)
    tape.trade(1, 102, 1_195)
    tape.bars.close_before(NINE + 9)
    bars = tape.taken()
    assert bars.high.max() == 102
    assert bars.volume.tolist() == [65, 130]


def test_an_index_has_bars_without_volume(tape: Tape):
    for minute in (-1, 0, 1):
        tape.trade(minute, 24_000 + minute, key=B)
    bar = tape.taken(B)
    assert (bar.close[0], bar.volume[0], bar.open_interest[0]) == (24_000, 0, 0)


def test_a_new_day_counts_its_volume_from_nothing(tape: Tape):
    tape.trade(-1, 100, 9_000)
    tape.trade(1_000, 100, 130)
    tape.bars.close_before(NINE + 1_001)
    assert tape.taken().volume.tolist() == [130]


def test_after_an_interruption_the_minute_under_way_is_left_out(tape: Tape):
    tape.trade(-1, 100, 1_000)
    tape.trade(0, 101, 1_065)
    tape.bars.interrupt()
    tape.trade(0.5, 102, 9_065)
    tape.trade(1, 103, 9_130)
    tape.bars.close_before(NINE + 9)
    bars = tape.taken()
    assert (bars.time.tolist(), bars.volume.tolist()) == ([(NINE + 1) * 60], [65])


def test_rows_that_were_never_traded_and_new_rows_do_no_harm(tape: Tape):
    tape.trade(-1, nan)
    tape.bars.frame([])
    for n in range(FIRST_ROWS + 3):
        tape.market.row(InstrumentKey(f"X|{n}"))
    last = InstrumentKey(f"X|{FIRST_ROWS + 2}")
    for minute in (0, 1, 2):
        tape.trade(minute, 5.0, key=last)
    assert tape.taken(last).time.tolist() == [(NINE + 1) * 60]


TRADES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 10_000), st.integers(1, 50)),
    min_size=1,
    max_size=40,
)


@given(TRADES)
def test_bars_are_those_of_the_trades_written_out(trades: list[tuple[int, int, int]]):
    tape, day = Tape(), 0
    trades.sort(key=lambda trade: trade[0])
    tape.trade(-1, 50, 0)
    for minute, price, size in trades:
        day += size
        tape.trade(minute, price / 20, day)
    tape.bars.close_before(NINE + 10)
    bars = tape.taken().check()
    by_minute = {m: [t for t in trades if t[0] == m] for m in dict.fromkeys(t[0] for t in trades)}
    assert bars.time.tolist() == [(NINE + m) * 60 for m in by_minute]
    assert bars.volume.tolist() == [sum(t[2] for t in some) for some in by_minute.values()]
    prices = [[t[1] / 20 for t in some] for some in by_minute.values()]
    assert bars.open.tolist() == [p[0] for p in prices]
    assert bars.high.tolist() == [max(p) for p in prices]
    assert bars.low.tolist() == [min(p) for p in prices]
    assert bars.close.tolist() == [p[-1] for p in prices]
    assert bars.time.dtype == bars.volume.dtype == np.int64
