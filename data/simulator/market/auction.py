"""The auctions of shares: what they would match at now, from the orders that came so far.

In the pre-open the price goes from the close before to the day's first trade, in the closing
auction from the last continuous price to the close; both are reached when orders end, and stand
until the match. A pure function of seed, key and time, as everything here.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.activity import MINUTE
from data.simulator.market.board import Board
from data.simulator.market.calendar import hours_of, ms
from data.simulator.market.day import Day
from data.simulator.market.listing import EQUITY
from data.simulator.market.noise import mixed, normal, word
from data.simulator.market.tape import quantities, trade_price, trade_time

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEP: Final = 2_000
"""Milliseconds between two indicative prices."""
REFERENCE: Final = 5 * MINUTE
"""The closing auction's first part sets the reference price; orders come after it."""
WANDER: Final = 0.003
"""How far the price strays while few orders are there, as a fraction."""
BAND: Final = 0.03
"""Around the reference price, in the closing auction (NSE/CMTR/74466)."""
AUCTION, IMBALANCE = word("auction"), word("imbalance")


@dataclass(frozen=True, slots=True)
class Window:
    """When orders come and when it ends, epoch ms; `closing` is the auction after the session."""

    begins: int
    full: int
    ends: int
    closing: bool


@dataclass(frozen=True, slots=True)
class Auctions:
    """Per row; 0 where there is no auction. Prices in rupees, quantities in units; the imbalance is
    what finds no other side, whichever it is."""

    price: Floats
    quantity: Ints
    imbalance: Ints
    at_market: Ints
    reference: Floats


def window(board: Board, now_ms: int) -> Window | None:
    """The auction that runs now, if any."""
    return next((w for w in _windows(board.day) if w.begins <= now_ms < w.ends), None)


@lru_cache(maxsize=4)
def _windows(day: Day) -> tuple[Window, ...]:
    hours = hours_of(day.date)
    assert hours is not None
    begins, full = ms(day.date, hours.pre_open), ms(day.date, hours.pre_open_ends)
    pre_open = Window(begins, full, day.opens, closing=False)
    if hours.auction is None:
        return (pre_open,)
    return pre_open, Window(day.frozen + REFERENCE, day.settles, day.printed, closing=True)


def auctions(board: Board, rows: Ints, now_ms: int) -> Auctions:
    n, now = len(rows), window(board, now_ms)
    none = Auctions(
        price=np.zeros(n),
        quantity=np.zeros(n, np.int64),
        imbalance=np.zeros(n, np.int64),
        at_market=np.zeros(n, np.int64),
        reference=np.zeros(n),
    )
    share = np.flatnonzero(board.terms.kind[rows] == EQUITY)
    if now is None or not len(share):
        return none
    made = _running(board, rows[share], now, now_ms)
    for name in ("price", "quantity", "imbalance", "at_market", "reference"):
        getattr(none, name)[share] = getattr(made, name)
    return none


def moved(board: Board, rows: Ints, after_ms: int, now_ms: int) -> NDArray[np.bool_]:
    """Rows whose auction has a new price after `after_ms`."""
    now = window(board, now_ms)
    share = np.asarray(board.terms.kind[rows] == EQUITY)
    if now is None or _step(now, now_ms) == _step(now, max(after_ms, now.begins - 1)):
        return np.zeros(len(rows), np.bool_)
    return share


def _step(window: Window, now_ms: int) -> int:
    """How many prices were told before; the last one when orders end."""
    return (min(now_ms, window.full) - window.begins) // STEP


def _running(board: Board, rows: Ints, window: Window, now_ms: int) -> Auctions:
    day, terms, step = board.day, board.terms, _step(window, now_ms)
    day.need(np.unique(terms.number[rows]))
    done = min((step + 1) * STEP / (window.full - window.begins), 1.0)
    slot = terms.trade_count[rows] - 1 if window.closing else np.zeros_like(rows)
    goal = trade_price(day, terms, rows, slot, trade_time(day, terms, rows, slot)) / 100
    begin = board.fixed.close[rows]
    if window.closing:
        at = np.full(len(rows), day.frozen)
        begin = np.asarray(np.round(np.exp(day.spot(terms.number[rows], at)), 2), np.float64)
    words = mixed(terms.word[rows], AUCTION, np.uint64(window.closing), np.uint64(step))
    stray = np.exp(WANDER * (1 - done) * normal(words))
    price = _on_tick(begin ** (1 - done) * goal**done * stray, terms.tick[rows])
    if window.closing:
        price = np.clip(price, begin * (1 - BAND), begin * (1 + BAND))
    whole = quantities(terms, rows, slot)
    loose = np.abs(normal(mixed(words, IMBALANCE))) * whole * 0.3 * (1 - done)
    imbalance = loose.astype(np.int64)
    return Auctions(
        price=np.where(done < 1, price, goal),
        quantity=np.maximum((whole * done).astype(np.int64), 1),
        imbalance=imbalance,
        at_market=imbalance // 3,
        reference=begin,
    )


def _on_tick(price: Floats, tick: Floats) -> Floats:
    return np.asarray(np.round(np.floor(price / tick + 0.5) * tick, 2))
