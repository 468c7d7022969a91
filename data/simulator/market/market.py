"""The market as one object: a pure function of seed and time."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market import calendar, flow, listing
from data.simulator.market.auction import window
from data.simulator.market.board import Board
from data.simulator.market.calendar import closing_ms, ist_day
from data.simulator.market.daily import Daily
from data.simulator.market.day import Day
from data.simulator.market.flow import Ladder, Prints, Tops
from data.simulator.market.history import History
from data.simulator.market.margin import Held, Margin, margin, margins
from data.simulator.market.quoting import changed, last_prices, quotes
from data.simulator.market.records import Bars, Contract, Holiday, Quotes, Session
from data.simulator.market.session import session_at
from data.simulator.market.surface import YEAR_MS
from data.simulator.market.terms import CARRY
from data.simulator.market.underlyings import BY_SYMBOL

DAYS_KEPT, BOARDS_KEPT, LISTINGS_KEPT = 4, 2, 2
PAST_DAYS_KEPT = 4
EXPIRED_FOR: Final = timedelta(days=183)
"""How long an expired series can still be asked for."""


class Market:
    """All of one seed's market.

    `underlyings` are the symbols with derivatives, all by default; indices and shares are always
    listed. `activity` scales how often books change, not what trades. Times are epoch milliseconds;
    a moment on a day without trading shows the last trading day's end, and a trading day begins at
    midnight IST, with nothing traded yet. Bars may be asked for from another thread, quotes not.
    """

    def __init__(
        self, seed: int = 7, underlyings: Sequence[str] | None = None, activity: float = 1.0
    ) -> None:
        self.seed = seed
        self.activity = activity
        self._daily = Daily(seed)
        symbols = tuple(BY_SYMBOL if underlyings is None else underlyings)
        for symbol in symbols:
            if symbol not in BY_SYMBOL:
                raise KeyError(symbol)
        self._listing = listing.Listing(self._daily, symbols)
        self._listed = lru_cache(maxsize=LISTINGS_KEPT)(self._listing.contracts)
        self._day = lru_cache(maxsize=DAYS_KEPT)(lambda number: Day(self._daily, number))
        self._board = lru_cache(maxsize=BOARDS_KEPT)(self._new_board)
        past = lru_cache(maxsize=PAST_DAYS_KEPT)(lambda number: Day(self._daily, number))
        self._history = History(self._daily, self._listing, past)

    def listed(self, day: date) -> Mapping[str, Contract]:
        """Everything listed that day, by key; without trading that day, what was listed last and
        has not expired."""
        last = listing.exchange_day(day)
        found = self._listed(last)
        if last == day:
            return found
        return {k: c for k, c in found.items() if c.expiry is None or c.expiry >= day}

    def share(self, key: str) -> Contract:
        """A share or an index, without the listing of a day; raises KeyError."""
        return {c.key: c for c in listing.cash()}[key]

    def expiries(self, symbol: str, day: date) -> list[date]:
        if symbol not in self._listing.symbols:
            raise KeyError(symbol)
        found = listing.expiries(symbol, listing.exchange_day(day))
        return [e for e, _, _ in found if e >= day]

    def expired(self, symbol: str, day: date) -> list[date]:
        """Expiries of the last six months that are over, oldest first."""
        found: set[date] = set()
        for back in range(1, EXPIRED_FOR.days + 7, 7):
            found.update(self.expiries(symbol, day - timedelta(days=back)))
        return sorted(e for e in found if day - EXPIRED_FOR <= e < day)

    def expired_contracts(self, symbol: str, expiry: date) -> list[Contract]:
        """What was listed of a series on its last day; raises KeyError for no such series."""
        return self._listing.of(symbol, expiry, expiry)

    def was_listed(self, key: str, day: date) -> bool:
        try:
            self._listing.spec(key, day)
        except KeyError:
            return False
        return True

    def session(self, now_ms: int) -> Session:
        return session_at(now_ms)

    def is_trading_day(self, day: date) -> bool:
        return calendar.is_trading_day(day)

    def next_trading_day(self, day: date) -> date:
        """The first one after `day`."""
        return calendar.next_trading_day(day)

    def hours(self, day: date) -> tuple[int, int] | None:
        """Opening and close of futures and options; None without trading."""
        return calendar.hours_ms(day)

    def holidays(self, year: int) -> list[Holiday]:
        return calendar.holidays(year)

    def spot(self, symbol: str, now_ms: int) -> float:
        """The index as shown, the share's last trade."""
        board = self._board_at(now_ms)
        return float(last_prices(board, board.rows([BY_SYMBOL[symbol].key]), now_ms)[0])

    def forward(self, symbol: str, expiry: date, now_ms: int) -> float:
        """The forward that the series' future and options are priced on."""
        u = BY_SYMBOL[symbol]
        day = self._board_at(now_ms).day
        number = np.array([u.number])
        day.need_implied(number)
        stops = day.settles if expiry <= day.date else day.closes
        at = np.array([min(max(now_ms, day.opens), stops)])
        years = max(closing_ms(expiry) - max(now_ms, day.opens), 0) / YEAR_MS
        return float(np.exp(day.implied(number, at)[0] + CARRY * years))

    def quotes(self, keys: Sequence[str], now_ms: int, levels: int = 5) -> Quotes:
        """Everything of these keys at a moment; raises KeyError for one that is not listed."""
        board = self._board_at(now_ms)
        return quotes(board, board.rows(keys), now_ms, levels)

    def changed(self, keys: Sequence[str], after_ms: int, now_ms: int) -> NDArray[np.bool_]:
        """Which keys have a new event after `after_ms`, up to now."""
        board = self._board_at(now_ms)
        return changed(board, board.rows(keys), after_ms, now_ms)

    def ladder(self, key: str, now_ms: int, levels: int = 30) -> Ladder:
        """The book of one contract alone; raises KeyError for one that is not listed."""
        board = self._board_at(now_ms)
        return flow.ladder_at(board, int(board.rows([key])[0]), now_ms, levels)

    def tops(self, key: str, after_ms: int, until_ms: int) -> Tops:
        """Every new best bid and ask after `after_ms` up to `until_ms`, both of one trading day."""
        board = self._board_at(until_ms)
        return flow.tops(board, int(board.rows([key])[0]), after_ms, until_ms)

    def prints(self, key: str, after_ms: int, until_ms: int) -> Prints:
        """Every trade after `after_ms` up to `until_ms`, both of one trading day."""
        board = self._board_at(until_ms)
        return flow.prints(board, int(board.rows([key])[0]), after_ms, until_ms)

    def last_price(self, key: str, now_ms: int) -> float:
        """The newest trade's price, or the close before; without the rest of a quote."""
        board = self._board_at(now_ms)
        return float(last_prices(board, board.rows([key]), now_ms)[0])

    def in_auction(self, now_ms: int) -> bool:
        """Whether the shares are in an auction."""
        return ist_day(now_ms) == (board := self._board_at(now_ms)).day.date and (
            window(board, now_ms) is not None
        )

    def margins(self, held: Sequence[Held], now_ms: int) -> tuple[list[Margin], Margin]:
        """What each of these needs alone, and all together; raises KeyError for an unlisted key."""
        return margins(self._board_at(now_ms), held, now_ms)

    def margin(self, held: Sequence[Held], now_ms: int) -> Margin:
        """What all these need together; raises KeyError for an unlisted key."""
        return margin(self._board_at(now_ms), held, now_ms)

    def bars(self, key: str, first: date, last: date, minutes: int, now_ms: int) -> Bars:
        """Bars of so many minutes from each day's opening; none of days without the contract."""
        return self._history.bars(key, first, last, minutes, now_ms)

    def day_bars(self, key: str, first: date, last: date, now_ms: int) -> Bars:
        """One bar a day, stamped midnight IST."""
        return self._history.day_bars(key, first, last, now_ms)

    def _board_at(self, now_ms: int) -> Board:
        return self._board(self._daily.number(ist_day(now_ms)))

    def _new_board(self, number: int) -> Board:
        return Board(self._listing, self._day(number), self._day(number - 1), self.activity)
