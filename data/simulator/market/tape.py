"""The tape: every trade of the day of the contracts that somebody looks at, filled as time goes on.

Trades of a contract lie one after another in flat arrays, with the running numbers (day's high,
volume, the minute's bar) beside each; whatever is asked of a moment is then one look at its newest
trade. Only a window of each contract's day is held, as a ring: a whole day of thousands of
contracts would fill the memory. A trade's price and size depend on its slot alone, so that it does
not matter when and in which order the tape is filled; who goes back beyond the window has it filled
from the opening again.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.activity import MINUTE, event_at, newest
from data.simulator.market.book import fair, top
from data.simulator.market.day import Day
from data.simulator.market.listing import EQUITY, INDEX, VIX
from data.simulator.market.noise import distinct, mixed, normal, uniform, word
from data.simulator.market.terms import INDEX_STEP, VIX_STEP, Terms
from data.simulator.market.underlyings import UNDERLYINGS
from data.simulator.market.vix import vix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMNS: Final = (
    *("time", "price", "quantity", "high", "low", "volume", "turnover"),
    *("minute_open", "minute_high", "minute_low", "minute_volume"),
)
WIDE: Final = {"volume": np.int64, "turnover": np.int64}
AHEAD: Final = 0.01
"""How much of a contract's day is filled beyond what is asked."""
AHEAD_LEAST: Final = 4
WINDOW, WINDOW_LEAST = 0.03, 2 * AHEAD_LEAST
"""How much of a contract's day is held, what is ahead included."""
FAR: Final = 1 << 40
BLOCK: Final = 40_000
"""Trades worked on at once, so that the temporaries stay in the cache."""
TRADE, BUYS, LOTS = word("trade"), word("buys"), word("lots")
AUCTION_SHARE: Final = 0.04
"""The closing auction's part of a share's volume."""


class Tape:
    """Trades of one day; prices in paise. Rows are those of the terms that it is filled for.
    `window` is the part of a contract's day that is held."""

    def __init__(self, day: Day, window: float = WINDOW) -> None:
        self._day, self._window = day, window
        self._start = np.empty(0, dtype=np.int64)
        self._room = np.empty(0, dtype=np.int64)
        self._filled = np.empty(0, dtype=np.int64)
        self._open = np.empty(0, dtype=np.int64)
        self._used = 0
        self._data = {c: np.empty(0, dtype=WIDE.get(c, np.int32)) for c in COLUMNS}
        self._shown: dict[int, Ints] = {}

    def slots(self, terms: Terms, rows: Ints, now_ms: int) -> Ints:
        """The newest trade of each row up to now; -1 for none yet. Fills the tape that far."""
        slot = trade_slot(self._day, terms, rows, now_ms)
        self._grow(terms)
        filled = self._filled[rows]
        gone = (slot >= 0) & (slot < filled - self._room[rows])
        if gone.any():
            self._filled[rows[gone]] = 0
        lacking = (slot >= filled) | gone
        if lacking.any():
            goal = np.zeros(len(terms), dtype=np.int64)
            goal[rows[lacking]] = slot[lacking] + AHEAD_LEAST
            some = np.flatnonzero(goal)
            ahead = (AHEAD * terms.trade_count[some]).astype(np.int64)
            self._fill(terms, some, np.minimum(goal[some] + ahead, terms.trade_count[some]))
        return slot

    def places(self, rows: Ints, slot: Ints) -> Ints:
        """Where each row's slot lies; what stands at slot -1 is of no use."""
        return np.asarray(self._start[rows] + np.maximum(slot, 0) % self._room[rows])

    def read(self, column: str, places: Ints | slice) -> Ints:
        found = self._data[column][places].astype(np.int64)
        return found + self._day.opens if column == "time" else found

    def opening(self, rows: Ints) -> Ints:
        return self._open[rows]

    def line(self, terms: Terms, row: int, count: int) -> dict[str, Ints]:
        """The first `count` trades of one row; of a tape that holds the whole day."""
        rows = np.array([row])
        self._grow(terms)
        self._fill(terms, rows, np.array([count]))
        part = slice(self._start[row], self._start[row] + count)
        return {c: self.read(c, part) for c in COLUMNS}

    def _grow(self, terms: Terms) -> None:
        """Room for rows that were added to the terms."""
        new = terms.trade_count[len(self._start) :]
        if not len(new):
            return
        room = np.minimum(new, (self._window * new).astype(np.int64) + WINDOW_LEAST)
        room = np.maximum(room, 1)  # so that slot 0 of a contract without trades can be read
        starts = self._used + np.concatenate([[0], np.cumsum(room)[:-1]])
        self._start = np.concatenate([self._start, starts])
        self._room = np.concatenate([self._room, room])
        self._filled = np.concatenate([self._filled, np.zeros_like(new)])
        self._open = np.concatenate([self._open, np.zeros_like(new)])
        self._used += int(room.sum())
        before = len(self._data["time"])
        if self._used > before:
            size = max(self._used, before * 3 // 2)
            for c, v in self._data.items():
                self._data[c] = np.zeros(size, dtype=v.dtype)
                self._data[c][:before] = v

    def _fill(self, terms: Terms, rows: Ints, goal: Ints) -> None:
        """Trades from where each row's tape ends up to its goal (excluded)."""
        first = self._filled[rows]
        more = goal > first
        rows, goal, first = rows[more], goal[more], first[more]
        if not len(rows):
            return
        # the last known trade goes first, to carry the running numbers on
        begin = np.maximum(first - 1, 0)
        block = np.cumsum(goal - begin) // BLOCK
        for part in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(block)) + 1):
            self._fill_block(terms, rows[part], begin[part], goal[part])

    def _fill_block(self, terms: Terms, rows: Ints, begin: Ints, goal: Ints) -> None:
        length, first = goal - begin, self._filled[rows]
        row = np.repeat(rows, length)
        heads = np.concatenate([[0], np.cumsum(length)[:-1]])
        slot = np.arange(len(row)) - np.repeat(heads - begin, length)
        made = self._trades(terms, row, slot)
        known = np.zeros(len(row), dtype=np.bool_)
        known[heads] = first > 0
        self._run(made, terms, row, slot, heads, known)
        held = slot >= (goal - self._room[rows]).repeat(length)
        at = self.places(row[held], slot[held])
        made["time"] -= self._day.opens
        for c in COLUMNS:
            self._data[c][at] = made[c][held]
        fresh = first == 0
        self._open[rows[fresh]] = made["price"][heads[fresh]]
        self._filled[rows] = goal

    def _trades(self, terms: Terms, row: Ints, slot: Ints) -> dict[str, Ints]:
        """Time, price and quantity of trades."""
        at = trade_time(self._day, terms, row, slot)
        price, quantity = np.zeros_like(at), np.zeros_like(at)
        kind = terms.kind[row]
        for n in distinct(terms.number[row[kind == INDEX]]):
            mine = (kind == INDEX) & (terms.number[row] == n)
            price[mine] = self._index_prints(n)[slot[mine]]
        of_vix = kind == VIX
        if of_vix.any():
            price[of_vix] = np.round(vix(self._day, at[of_vix]) * 100).astype(np.int64)
        traded = ~of_vix & (kind != INDEX)
        if traded.any():
            rows, slots = row[traded], slot[traded]
            price[traded] = trade_price(self._day, terms, rows, slots, at[traded])
            quantity[traded] = quantities(terms, rows, slots)
        return {"time": at, "price": price, "quantity": quantity}

    def _run(
        self, made: dict[str, Ints], terms: Terms, row: Ints, slot: Ints, heads: Ints,
        known: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Running numbers over ragged rows: each row is lifted above the one before it."""
        price, quantity = made["price"], made["quantity"]
        minute = made["time"] // MINUTE
        new_row = np.zeros(len(row), dtype=np.bool_)
        new_row[heads] = True
        new_minute = new_row.copy()
        new_minute[1:] |= minute[1:] != minute[:-1]
        keep = self.places(row[known], slot[known])
        seeds = {c: self.read(c, keep) for c in COLUMNS}

        def seeded(values: Ints, column: str) -> Ints:
            out = values.copy()
            out[known] = seeds[column]
            return out

        for scope, high, low in (
            (np.cumsum(new_row), "high", "low"),
            (np.cumsum(new_minute), "minute_high", "minute_low"),
        ):
            lift = scope * FAR
            made[high] = np.maximum.accumulate(seeded(price, high) + lift) - lift
            made[low] = np.minimum.accumulate(seeded(price, low) - lift) + lift
        made["volume"] = _summed(seeded(quantity, "volume"), heads)
        made["turnover"] = _summed(seeded(quantity * price // 100, "turnover"), heads)
        # a minute's volume is the day's less what it was when the minute began
        starts = np.flatnonzero(new_minute)
        sizes = np.diff(np.append(starts, len(row)))
        before = made["volume"] - quantity
        before[known] = seeds["volume"] - seeds["minute_volume"]
        made["minute_volume"] = made["volume"] - np.repeat(before[starts], sizes)
        made["minute_open"] = np.repeat(seeded(price, "minute_open")[starts], sizes)

    def _index_prints(self, number: int) -> Ints:
        if number not in self._shown:
            self._shown[number] = np.round(self._day.shown(number) * 100).astype(np.int64)
        return self._shown[number]


def trade_slot(day: Day, terms: Terms, rows: Ints, now_ms: int | Ints) -> Ints:
    """Which trade of each row is the newest up to now; -1 for none yet."""
    kind, count = terms.kind[rows], terms.trade_count[rows]
    words, period = mixed(terms.word[rows], TRADE), terms.trade_period[rows]
    session = np.where(kind == EQUITY, count - 1, count)
    slot, _ = newest(day.clock, words, period, session, now_ms)
    fixed = (kind == INDEX) | (kind == VIX)
    # an option that never trades has a period beyond any integer
    step = np.where(fixed, period, 1.0).astype(np.int64)
    passed = np.floor_divide(np.asarray(now_ms) - day.opens, step)
    slot = np.where(fixed, np.clip(passed, -1, count - 1), slot)
    return np.where((kind == EQUITY) & (np.asarray(now_ms) >= day.printed), count - 1, slot)


def trade_time(day: Day, terms: Terms, rows: Ints, slot: Ints) -> Ints:
    kind = terms.kind[rows]
    at = event_at(day.clock, mixed(terms.word[rows], TRADE), terms.trade_period[rows], slot)
    at = np.where(kind == INDEX, day.opens + slot * INDEX_STEP, at)
    at = np.where(kind == VIX, day.opens + slot * VIX_STEP, at)
    return np.where((kind == EQUITY) & (slot == terms.trade_count[rows] - 1), day.printed, at)


def trade_price(day: Day, terms: Terms, rows: Ints, slot: Ints, at: Ints) -> Ints:
    """In paise: at the bid or at the ask of the moment. For shares, futures and options."""
    words = mixed(terms.word[rows], TRADE, slot.astype(np.uint64))
    theory = fair(day, terms, rows, at)
    bid, ask, _ = top(terms, rows, theory, words)
    buys = (uniform(mixed(words, BUYS)) < 0.5) | (bid <= 0)
    prices = np.where(buys, ask, bid)
    auction = (terms.kind[rows] == EQUITY) & (slot == terms.trade_count[rows] - 1)
    if auction.any():
        prices[auction] = closes_of(day, terms, rows[auction])
    return np.asarray(np.round(prices * 100).astype(np.int64))


def closes_of(day: Day, terms: Terms, rows: Ints) -> Floats:
    """Closing prices of shares, on the tick."""
    closes = np.array(
        [day.daily.close(UNDERLYINGS[n].symbol, day.number) for n in terms.number[rows].tolist()]
    )
    tick = terms.tick[rows]
    return np.asarray(np.round(np.floor(closes / tick + 0.5) * tick, 2))


def quantities(terms: Terms, rows: Ints, slot: Ints) -> Ints:
    """Units that changed hands since the trade before, lognormal around what is usual."""
    z = normal(mixed(terms.word[rows], LOTS, slot.astype(np.uint64)))
    lots = terms.trade_lots[rows] * np.exp(0.8 * z - 0.32)
    auction = (terms.kind[rows] == EQUITY) & (slot == terms.trade_count[rows] - 1)
    lots = np.where(auction, AUCTION_SHARE * terms.trade_lots[rows] * slot, lots)
    return np.asarray(np.maximum(lots, 1.0).astype(np.int64) * terms.lot[rows])


def _summed(values: Ints, heads: Ints) -> Ints:
    """Running sums that start again at each head."""
    total = np.cumsum(values)
    before = total[heads] - values[heads]
    return np.asarray(total - np.repeat(before, np.diff(np.append(heads, len(values)))))
