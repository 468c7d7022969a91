"""Quotes of a board's rows at a moment."""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.pricing.greeks import greeks
from core.pricing.implied_vol import implied_vol
from data.simulator.market import open_interest
from data.simulator.market.activity import MINUTE, newest
from data.simulator.market.auction import auctions, moved
from data.simulator.market.board import Board
from data.simulator.market.book import Fair, Side, best_lots, fair, ladder, top
from data.simulator.market.listing import INDEX, VIX
from data.simulator.market.noise import mixed, uniform, word
from data.simulator.market.records import Quotes
from data.simulator.market.surface import YEAR_MS
from data.simulator.market.tape import trade_slot, trade_time
from data.simulator.market.terms import CARRY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

T = TypeVar("T", np.float64, np.int64)

QUOTE, TOTALS = word("quote"), word("totals")
BROKER_CARRY: Final = 0.055
"""The broker's greeks stand on a level of their own, about spot grown at this (measured)."""


def changed(board: Board, rows: Ints, after_ms: int, now_ms: int) -> NDArray[np.bool_]:
    day, terms = board.day, board.terms
    if now_ms < day.opens or after_ms >= day.closes:
        return moved(board, rows, after_ms, now_ms)
    _, quoted = _newest_quote(board, rows, now_ms)
    fixed = (terms.kind[rows] == INDEX) | (terms.kind[rows] == VIX)
    new = (quoted > after_ms) & ~fixed
    rest = np.flatnonzero(~new)
    if len(rest):
        some = rows[rest]
        slot = trade_slot(day, terms, some, now_ms)
        at = trade_time(day, terms, some, np.maximum(slot, 0))
        new[rest] = (slot >= 0) & (at > after_ms)
    return np.asarray(new | moved(board, rows, after_ms, now_ms))


def quotes(board: Board, rows: Ints, now_ms: int, levels: int) -> Quotes:
    """Every number of these rows, with so many levels of depth."""
    terms, fixed, tape = board.terms, board.fixed, board.tape
    slot = tape.slots(terms, rows, now_ms)
    traded, places = slot >= 0, tape.places(rows, slot)

    def of_tape(column: str) -> Ints:
        return np.where(traded, tape.read(column, places), 0)

    close, volume = fixed.close[rows], of_tape("volume")
    price = of_tape("price") / 100
    time = of_tape("time")
    last = np.where(traded, price, close)
    high, low = of_tape("high") / 100, of_tape("low") / 100
    quote, quoted = _newest_quote(board, rows, now_ms)
    event = np.maximum(np.maximum(time, quoted), board.closed_before)
    oi = _interest(board, rows, event, now_ms)
    book = _book(board, rows, quote, quoted, levels)
    auction = auctions(board, rows, now_ms)
    return Quotes(
        ltp=last,
        ltt=np.where(traded, time, board.closed_before),
        ltq=_shown_quantity(board, rows, of_tape("quantity")),
        close=close,
        bid=book.bid.price,
        bid_qty=book.bid.quantity,
        bid_orders=book.bid.orders,
        ask=book.ask.price,
        ask_qty=book.ask.quantity,
        ask_orders=book.ask.orders,
        volume=volume,
        oi=oi,
        oi_prev=fixed.oi_before[rows],
        iv=book.iv,
        delta=book.delta,
        gamma=book.gamma,
        theta=book.theta,
        vega=book.vega,
        open=np.where(traded, tape.opening(rows), 0) / 100,
        high=high,
        low=low,
        m_open=of_tape("minute_open") / 100,
        m_high=of_tape("minute_high") / 100,
        m_low=of_tape("minute_low") / 100,
        m_close=price,
        m_volume=of_tape("minute_volume"),
        m_time=time // MINUTE * MINUTE,
        average=np.round(of_tape("turnover") / np.maximum(volume, 1), 2),
        total_buy=book.total_buy,
        total_sell=book.total_sell,
        lower_circuit=fixed.lower[rows],
        upper_circuit=fixed.upper[rows],
        year_high=np.maximum(fixed.year_high[rows], high),
        year_low=np.where(traded, np.minimum(fixed.year_low[rows], low), fixed.year_low[rows]),
        event=event,
        auction_price=auction.price,
        auction_quantity=auction.quantity,
        imbalance=auction.imbalance,
        imbalance_market=auction.at_market,
        reference=auction.reference,
    )


def last_prices(board: Board, rows: Ints, now_ms: int) -> Floats:
    """The quotes' `ltp` alone."""
    slot = board.tape.slots(board.terms, rows, now_ms)
    price = board.tape.read("price", board.tape.places(rows, slot)) / 100
    return np.where(slot >= 0, price, board.fixed.close[rows])


def _newest_quote(board: Board, rows: Ints, now_ms: int) -> tuple[Ints, Ints]:
    terms = board.terms
    words = mixed(terms.word[rows], QUOTE)
    slot, at = newest(
        board.day.clock, words, terms.quote_period[rows], terms.quote_count[rows], now_ms
    )
    none = (terms.kind[rows] == INDEX) | (terms.kind[rows] == VIX)
    return np.where(none, -1, slot), np.where(none, 0, at)


def _interest(board: Board, rows: Ints, event: Ints, now_ms: int) -> Ints:
    """As of the key's newest event; once the day is over, of its end."""
    day, fixed = board.day, board.fixed
    at = np.where(now_ms >= day.closes, day.closes, event)
    before, after = fixed.oi_before[rows], fixed.oi_after[rows]
    return open_interest.now(board.terms, rows, before, after, day, at)


def _shown_quantity(board: Board, rows: Ints, quantity: Ints) -> Ints:
    """The last of the trades that made up a print."""
    lot = board.terms.lot[rows]
    lots = quantity // lot
    return np.where(lots > 0, np.maximum(lots // 7, 1) * lot, 0)


@dataclass(frozen=True, slots=True)
class _Book:
    """Depth and greeks of the rows that have a quote; the others have empty sides and NaN."""

    bid: Side
    ask: Side
    total_buy: Ints
    total_sell: Ints
    iv: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats


def _book(board: Board, rows: Ints, slot: Ints, at_ms: Ints, levels: int) -> _Book:
    terms, n = board.terms, len(rows)
    there = np.flatnonzero(slot >= 0)
    some, at = rows[there], at_ms[there]
    words = mixed(terms.word[some], QUOTE, slot[there].astype(np.uint64))
    theory = fair(board.day, terms, some, at)
    bid, ask, width = top(terms, some, theory, words)
    lots = best_lots(terms, some, theory)

    def side(best: Floats, down: bool) -> Side:
        made = ladder(terms, some, best, width, lots, words, down, levels)
        return Side(
            _placed(n, there, made.price, 0.0),
            _placed(n, there, made.quantity, 0),
            _placed(n, there, made.orders, 0),
        )

    def total(place: int) -> Ints:
        many = 30.0 + 40.0 * uniform(mixed(words, TOTALS, np.uint64(place)))
        return _placed(n, there, np.maximum(lots * many, 1.0).astype(np.int64) * terms.lot[some], 0)

    return _Book(side(bid, True), side(ask, False), total(1), total(2), *_greeks(
        board, rows, there, at, theory
    ))  # fmt: skip


def _greeks(board: Board, rows: Ints, there: Ints, at_ms: Ints, theory: Fair) -> list[Floats]:
    """IV, delta, gamma, theta, vega as the broker counts: no interest, calendar days."""
    terms, n = board.terms, len(rows)
    option = terms.option[rows[there]]
    place, at = there[option], at_ms[option]
    some = rows[place]
    years = np.maximum(terms.expires[some] - at, 1) / YEAR_MS
    level = theory.forward[option] * np.exp((BROKER_CARRY - CARRY) * years)
    strike, call = terms.strike[some], terms.call[some]
    vol, _ = implied_vol(theory.value[option], level, strike, years, 1.0, call)
    g = greeks(level, strike, years, vol, 1.0, call)
    return [_placed(n, place, v, np.nan) for v in (vol, g.delta, g.gamma, g.theta, g.vega)]


def _placed(n: int, there: Ints, values: NDArray[T], empty: float) -> NDArray[T]:
    """Values at their places among `n` rows, and `empty` elsewhere."""
    if len(there) == n:
        return values
    out = np.full((n, *values.shape[1:]), empty, dtype=values.dtype)
    out[there] = values
    return out
