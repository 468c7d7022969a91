"""One trading day of the market: its hours, its paths second by second, its volatility."""

from collections.abc import Callable
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.activity import (
    MINUTE,
    OPENING_MINUTE,
    QUARTERS,
    ActiveClock,
    by_minute,
    heat,
)
from data.simulator.market.calendar import hours_of, ms
from data.simulator.market.daily import LEVERAGE, MARKET, Daily, loads_of
from data.simulator.market.noise import distinct, mixed, normal, rough_line, word
from data.simulator.market.underlyings import UNDERLYINGS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SETTLED_BEFORE_PRINT: Final = 5 * MINUTE
"""The closing auction matches from five minutes before its prices are printed."""
IMPLIED_WANDER: Final = 1.2e-4
"""How far the spot that derivatives imply strays from the index, as a fraction."""
LAST_HOUR: Final = 3600


class Paths:
    """Log moves since the opening, by second, of the underlyings that are looked at; float32 holds
    them to far below a tick."""

    def __init__(self, seconds: int) -> None:
        self._row = np.full(len(UNDERLYINGS), -1)
        self._moves = np.empty((0, seconds + 1), dtype=np.float32)

    def lacking(self, numbers: Ints) -> list[int]:
        return distinct(numbers[self._row[numbers] < 0])

    def add(self, paths: dict[int, Floats]) -> None:
        if paths:
            self._row[list(paths)] = len(self._moves) + np.arange(len(paths))
            made = np.array(list(paths.values()), dtype=np.float32)
            self._moves = np.concatenate([self._moves, made])

    def of(self, number: int) -> NDArray[np.float32]:
        return np.asarray(self._moves[self._row[number]])

    def at(self, numbers: Ints, second: Ints) -> NDArray[np.float32]:
        return np.asarray(self._moves[self._row[numbers], second])


class Day:
    """Everything about one day that does not depend on the contract."""

    def __init__(self, daily: Daily, number: int) -> None:
        self.daily, self.number = daily, number
        self.date: date = daily.day(number)
        hours = hours_of(self.date)
        assert hours is not None
        self.opens, self.closes = ms(self.date, hours.opens), ms(self.date, hours.closes)
        # `settles`: the moment at which the day's close is made, to which expiring series settle
        if hours.auction is None:
            # the last second's print, so that it is part of the last minute's bar
            self.printed = self.settles = self.frozen = self.closes - 1000
            self.cash_closes = self.printed - 1000
        else:
            self.printed = ms(self.date, hours.close_printed)
            self.settles = self.printed - SETTLED_BEFORE_PRINT
            self.frozen = ms(self.date, hours.auction)
            self.cash_closes = ms(self.date, hours.cash_closes)
        self.word = mixed(daily.word, word("day", self.date.isoformat()))
        self.clock = ActiveClock(self.opens, self.closes, mixed(self.word, word("clock")))
        self.seconds = (self.closes - self.opens) // 1000
        self._settle = (self.settles - self.opens) // 1000
        self._unit, self._share = _shape(self.seconds, self._settle)
        self._factors: dict[str, Floats] = {}
        n = len(UNDERLYINGS)
        self._spot, self._implied = Paths(self.seconds), Paths(self.seconds)
        self._opening = np.zeros(n)

    def need(self, numbers: Ints) -> None:
        """Make the paths of these underlyings that `spot` and `shown` read, once."""
        self._need(self._spot, numbers, self._path)

    def need_implied(self, numbers: Ints) -> None:
        """Make those that `implied` reads, once."""
        self._need(self._implied, numbers, self._implied_path)

    def _need(self, paths: "Paths", numbers: Ints, make: Callable[[int], Floats]) -> None:
        new = paths.lacking(numbers)
        for n in new:
            self._opening[n] = self.daily.levels(UNDERLYINGS[n].symbol).open[self.number]
        paths.add({n: make(n) for n in new})

    def spot(self, numbers: Ints, at_ms: Ints) -> Floats:
        """Log of the price that the market has in mind; past the freeze, not what the index
        shows."""
        return self._read(self._spot, numbers, at_ms)

    def implied(self, numbers: Ints, at_ms: Ints) -> Floats:
        """Log of the spot that derivatives are priced on."""
        return self._read(self._implied, numbers, at_ms)

    def shown(self, number: int) -> Floats:
        """An index as broadcast: one value per second from the opening to the printing of its
        close, still while the closing auction runs."""
        self.need(np.array([number]))
        frozen = (self.frozen - self.opens) // 1000
        moves = self._spot.of(number)[: (self.printed - self.opens) // 1000 + 1].astype(np.float64)
        moves[frozen:] = moves[frozen]
        shown = np.exp(self._opening[number] + moves)
        shown[-1] = self.daily.close(UNDERLYINGS[number].symbol, self.number)
        return np.asarray(np.round(shown, 2), dtype=np.float64)

    def vol_at(self, at_ms: Ints) -> Floats:
        """Log of the market's short-term volatility."""
        place = np.clip((at_ms - self.opens) // 1000, 0, self.seconds)
        return self.log_vol[place]

    def session_share(self, at_ms: Ints) -> Floats:
        """How much of the session is over."""
        return np.clip((at_ms - self.opens) / (self.settles - self.opens), 0.0, 1.0)

    def _read(self, paths: "Paths", numbers: Ints, at_ms: Ints) -> Floats:
        x = np.clip((at_ms - self.opens) / 1000.0, 0.0, float(self.seconds))
        i = np.minimum(x.astype(np.int64), self.seconds - 1)
        low = paths.at(numbers, i).astype(np.float64)
        return np.asarray(self._opening[numbers] + low + (x - i) * (paths.at(numbers, i + 1) - low))

    def factor(self, name: str) -> Floats:
        """A factor's log return since the opening, by second: a bridge with hot minutes that ends
        in the day's move."""
        made = self.daily.factor(name)
        base = mixed(self.word, word("path", name))
        minutes = np.arange(self.seconds // 60 + 1, dtype=np.uint64)
        hot = heat(mixed(base, word("heat"), minutes), 0.5)[:-1]
        z = rough_line(base, self.seconds)
        z *= self._unit
        z.reshape(-1, 60)[:] *= hot[:, None]  # sessions last whole minutes
        walk = np.zeros(self.seconds + 1)
        np.cumsum(z, out=walk[1:])
        walk *= made.scale[self.number]
        # in place of `walk += rest * share`, without another array
        rest = made.move[self.number] - walk[self._settle]
        walk[1:] += np.multiply(self._share[1:], rest, out=z)
        return walk

    def _shared(self, name: str) -> Floats:
        """A factor that many have a part in, kept for the next one."""
        if name not in self._factors:
            self._factors[name] = self.factor(name)
        return self._factors[name]

    def _path(self, n: int) -> Floats:
        u = UNDERLYINGS[n]
        path = np.zeros(self.seconds + 1)
        for name, load in loads_of(u.symbol).items():
            path += load * (self.factor(name) if name == u.symbol else self._shared(name))
        return path

    def _implied_path(self, n: int) -> Floats:
        path, u = self._path(n), UNDERLYINGS[n]
        knots = np.arange(self.seconds // 60 + 2, dtype=np.uint64)
        stray = normal(mixed(self.word, word("stray", u.symbol), knots)) * IMPLIED_WANDER
        second = np.arange(self.seconds + 1)
        fade = np.clip((self._settle - second) / LAST_HOUR, 0.0, 1.0)
        return np.asarray(path + fade * np.interp(second, knots * 60.0, stray))

    @cached_property
    def log_vol(self) -> Floats:
        """By second, from yesterday's level to today's: against the market's moves, and evenly the
        rest."""
        market = self.daily.factor(MARKET)
        gap, move = market.gap[self.number], market.move[self.number]
        start, end = self.daily.log_vol[self.number - 1], self.daily.log_vol[self.number]
        rest = end - start + LEVERAGE * (gap + move)
        evenly = np.minimum(np.arange(self.seconds + 1) / self._settle, 1.0)
        return np.asarray(start + rest * evenly - LEVERAGE * (gap + self._shared(MARKET)))


@lru_cache(maxsize=4)
def _shape(seconds: int, settle: int) -> tuple[Floats, Floats]:
    """Standard deviation of each second, and the share of the day's variance up to it, scaled so
    that the variance is one when the close is made; nearly all days have the same."""
    sd = np.repeat(by_minute(QUARTERS, OPENING_MINUTE, -(-seconds // 60)), 60)[:seconds]
    share = np.concatenate([[0.0], np.cumsum(sd * sd)])
    total = share[settle]
    return sd / np.sqrt(total), np.minimum(share / total, 1.0)
