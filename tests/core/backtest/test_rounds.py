"""Round trips are matched first in, first out, and what they made adds up."""

import pytest

from core.backtest.results import Trade
from core.backtest.rounds import Rounds
from core.ids import InstrumentKey

A, B = InstrumentKey("NSE_FO|1"), InstrumentKey("NSE_FO|2")


def test_the_oldest_piece_is_closed_first_and_a_part_of_the_next() -> None:
    rounds = Rounds()
    rounds.fill(A, 10, 100.0, 1, 5.0, "in")
    rounds.fill(A, 20, 110.0, 2, 4.0, "more")
    rounds.fill(A, -15, 120.0, 3, 3.0, "out")
    assert rounds.trades == [
        Trade(A, 10, 1, 100.0, 3, 120.0, 200 - 7.0, 7.0, "in"),
        Trade(A, 5, 2, 110.0, 3, 120.0, 50 - 2.0, 2.0, "more"),
    ]
    (held,) = rounds.held
    assert (held.units, held.price) == (15, 110.0)
    (still,) = rounds.still_open(4, lambda _: 90.0)
    assert (still.units, still.open, still.profit) == (15, True, pytest.approx(-300 - 3.0))
    made = sum(trade.profit for trade in (*rounds.trades, still))
    assert rounds.cash + 15 * 90.0 == pytest.approx(made)


def test_a_fill_beyond_flat_begins_the_other_way() -> None:
    rounds = Rounds()
    rounds.fill(A, -10, 100.0, 1, 0.0, "")
    rounds.fill(A, 25, 90.0, 2, 0.0, "turn")
    assert rounds.trades == [Trade(A, -10, 1, 100.0, 2, 90.0, 100.0, 0.0, "")]
    assert rounds.units(A) == 15
    assert rounds.held[0].price == 90.0


def test_contracts_are_kept_apart() -> None:
    rounds = Rounds()
    rounds.fill(A, 10, 100.0, 1, 1.0, "")
    rounds.fill(B, -10, 50.0, 1, 1.0, "")
    assert rounds.trades == []
    assert [(held.key, held.units) for held in rounds.held] == [(A, 10), (B, -10)]
    assert rounds.charges == 2.0
    rounds.fill(A, -10, 101.0, 2, 0.0, "")
    assert [held.key for held in rounds.held] == [B]
    assert rounds.units(A) == 0
