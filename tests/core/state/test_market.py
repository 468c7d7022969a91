from datetime import UTC, datetime, timedelta
from math import isnan, nan

import numpy as np
import pytest

from core.ids import InstrumentKey
from core.state.market import FIRST_ROWS, WIDTH, Col, MarketState

A, B = InstrumentKey("NSE_FO|1"), InstrumentKey("NSE_FO|2")
NOW = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)


@pytest.fixture
def market() -> MarketState:
    return MarketState()


def test_a_row_is_made_on_first_use_and_never_moves(market: MarketState):
    assert market.known(A) is None
    rows = [market.row(InstrumentKey(f"X|{n}")) for n in range(FIRST_ROWS + 10)]
    assert rows == list(range(FIRST_ROWS + 10))
    assert market.row(InstrumentKey("X|3")) == 3
    assert market.key(3) == "X|3"
    assert len(market.values) == len(market.changed) == 2 * FIRST_ROWS


def test_growing_keeps_what_was_written(market: MarketState):
    market.begin_frame()
    market.write_some(market.row(A), [Col.LTP], [101.5])
    for n in range(FIRST_ROWS):
        market.row(InstrumentKey(f"X|{n}"))
    assert market.get(A, Col.LTP) == 101.5
    assert market.changed[market.row(A)] == 1


def test_what_was_never_heard_is_nan(market: MarketState):
    assert isnan(market.get(A, Col.LTP))
    market.row(A)
    assert isnan(market.get(A, Col.LTP))
    assert market.age(A, NOW) is None


def test_a_whole_row_replaces_and_some_columns_keep_the_rest(market: MarketState):
    row = market.row(A)
    market.begin_frame()
    market.write(row, [float(n) for n in range(WIDTH)])
    market.write_some(row, [Col.BID, Col.ASK], [50.0, 51.0])
    assert market.get(A, Col.BID) == 50.0
    assert market.get(A, Col.CLOSE) == Col.CLOSE
    assert market.ticks == 2


def test_columns_of_a_chain_are_read_at_once_and_absent_contracts_are_unknown(market: MarketState):
    row = market.row(A)
    market.write_some(row, [Col.BID, Col.ASK], [10.0, 10.5])
    bid, ask = market.read(np.array([[row, -1], [-1, row]]), [Col.BID, Col.ASK])
    np.testing.assert_array_equal(bid, [[10.0, np.nan], [np.nan, 10.0]])
    np.testing.assert_array_equal(ask, [[10.5, np.nan], [np.nan, 10.5]])


def test_a_viewer_learns_what_changed_since_it_last_looked(market: MarketState):
    rows = market.rows_of([A, None, B])
    assert rows.tolist() == [0, -1, 1]
    market.begin_frame()
    market.write_some(0, [Col.LTP], [1.0])
    seen = market.revision
    market.begin_frame()
    market.write_some(1, [Col.LTP], [2.0])
    assert market.changed_since(0, rows).tolist() == [True, False, True]
    assert market.changed_since(seen, rows).tolist() == [False, False, True]
    assert not market.changed_since(market.revision, rows).any()


def test_the_age_counts_from_the_frame_that_brought_it(market: MarketState):
    market.write_some(market.row(A), [Col.RECEIVED], [NOW.timestamp() * 1000])
    assert market.age(A, NOW + timedelta(seconds=4)) == 4.0


def test_a_tick_is_made_for_a_listener_that_asks(market: MarketState):
    row, ms = market.row(A), NOW.timestamp() * 1000
    market.write_some(row, [Col.LTP, Col.LTT, Col.RECEIVED], [7.5, ms - 500, ms])
    tick = market.tick(row)
    assert (tick.key, tick.ltp, tick.received) == (A, 7.5, NOW)
    assert tick.at == NOW - timedelta(milliseconds=500)
    market.write_some(row, [Col.LTT], [nan])
    assert market.tick(row).at is None
    assert np.isnan(tick.bid)


def test_a_block_of_rows_is_written_at_once(market: MarketState):
    rows = [market.row(A), market.row(B)]
    market.begin_frame()
    market.write_block(rows, Col.BID, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert (market.get(A, Col.BID), market.get(B, Col.BID_QTY)) == (1.0, 4.0)
    assert isnan(market.get(A, Col.ASK))
    assert market.changed_since(0, np.array(rows)).all()
    assert market.ticks == 2


def test_a_quarantined_row_keeps_its_values_and_shows_a_change(market: MarketState):
    row = market.row(A)
    market.write_some(row, [Col.LTP], [101.0])
    market.begin_frame()
    market.quarantine([row], 5_000.0)
    assert (market.get(A, Col.LTP), market.get(A, Col.QUARANTINED)) == (101.0, 5_000.0)
    assert market.changed_since(0, np.array([row])).all()


def test_depth_is_kept_as_long_as_anyone_looks(market: MarketState):
    row = market.row(A)
    market.watch_depth(row)
    market.watch_depth(row)
    market.depth[row] = ()
    market.leave_depth(row)
    assert market.depth_rows == {row}
    market.leave_depth(row)
    assert market.depth_rows == set()
    assert market.depth == {}
