"""What happens to one contract between two moments: every change of its book, every trade.

The same events that the feed shows, but all of them and in order, so that orders match alike
however often somebody looks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.activity import event_at, newest
from data.simulator.market.board import Board
from data.simulator.market.book import best_lots, fair, ladder, top
from data.simulator.market.noise import Words, mixed
from data.simulator.market.quoting import QUOTE
from data.simulator.market.tape import quantities, trade_price, trade_slot, trade_time

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LAST_OF_PRINT = 7
"""A print stands for several trades; so many go into the last one, which is what is shown."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """One book: prices in rupees and units by level, best first, 0 where empty."""

    slot: int
    bid: Floats
    bid_qty: Ints
    ask: Floats
    ask_qty: Ints


@dataclass(frozen=True, slots=True)
class Tops:
    """Best bid and ask (rupees, 0 for none) from each moment on, rising."""

    at: Ints
    bid: Floats
    ask: Floats


@dataclass(frozen=True, slots=True)
class Prints:
    """Trades: when, at how many rupees, and the units that a viewer is shown."""

    at: Ints
    price: Floats
    quantity: Ints


def tops(board: Board, row: int, after_ms: int, until_ms: int) -> Tops:
    """Every new best bid and ask after `after_ms`, up to `until_ms`."""
    words, first, last = _quote_slots(board, row, after_ms, until_ms)
    slots = np.arange(first + 1, last + 1)
    rows = np.full(len(slots), row)
    terms = board.terms
    at = event_at(board.day.clock, np.repeat(words, len(slots)), terms.quote_period[rows], slots)
    named = mixed(terms.word[rows], QUOTE, slots.astype(np.uint64))
    bid, ask, _ = top(terms, rows, fair(board.day, terms, rows, at), named)
    return Tops(at, bid, ask)


def _quote_slots(board: Board, row: int, after: int, until: int) -> tuple[Words, int, int]:
    rows = np.array([row])
    words = mixed(board.terms.word[rows], QUOTE)
    period, count = board.terms.quote_period[rows], board.terms.quote_count[rows]
    first, _ = newest(board.day.clock, words, period, count, after)
    last, _ = newest(board.day.clock, words, period, count, until)
    return words, int(first[0]), int(last[0])


def ladder_at(board: Board, row: int, now_ms: int, levels: int) -> Ladder:
    """The book at a moment; empty before the day's first quote."""
    terms, rows = board.terms, np.array([row])
    words = mixed(terms.word[rows], QUOTE)
    slot, at = newest(
        board.day.clock, words, terms.quote_period[rows], terms.quote_count[rows], now_ms
    )
    if slot[0] < 0:
        none, nothing = np.zeros(0), np.zeros(0, np.int64)
        return Ladder(-1, none, nothing, none, nothing)
    named = mixed(terms.word[rows], QUOTE, slot.astype(np.uint64))
    theory = fair(board.day, terms, rows, at)
    bid, ask, width = top(terms, rows, theory, named)
    lots = best_lots(terms, rows, theory)
    down = ladder(terms, rows, bid, width, lots, named, True, levels)
    up = ladder(terms, rows, ask, width, lots, named, False, levels)
    return Ladder(int(slot[0]), down.price[0], down.quantity[0], up.price[0], up.quantity[0])


def prints(board: Board, row: int, after_ms: int, until_ms: int) -> Prints:
    """Every trade after `after_ms`, up to `until_ms`."""
    day, terms, one = board.day, board.terms, np.array([row])
    first = int(trade_slot(day, terms, one, after_ms)[0])
    last = int(trade_slot(day, terms, one, until_ms)[0])
    slots = np.arange(first + 1, last + 1)
    rows = np.full(len(slots), row)
    at = trade_time(day, terms, rows, slots)
    price = trade_price(day, terms, rows, slots, at) / 100
    lot = int(terms.lot[row])
    shown = np.maximum(quantities(terms, rows, slots) // lot // LAST_OF_PRINT, 1) * lot
    return Prints(at, price, shown)
