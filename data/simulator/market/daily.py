"""Daily levels from 2000 on: opening and close of every index and share, and of volatility.

One market factor moves everything; sectors and single names add their own. Volatility follows an
autoregression of its logarithm that rises when the market falls. The drift up to the anchor day is
set so that each series starts and arrives where its table says.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.calendar import hours_ms, trading_ordinals
from data.simulator.market.noise import mixed, normal, uniform, word
from data.simulator.market.shares import SHARES
from data.simulator.market.underlyings import BY_SYMBOL

Floats = NDArray[np.float64]

ANCHOR: Final = date(2026, 11, 20)
GROWTH: Final = 16.0
"""How often the anchor's level is the one of 2000."""
LATER_DRIFT: Final = 0.0003

OVERNIGHT, INTRADAY = 0.0047, 0.0056
"""Typical standard deviations of the market factor's two parts (measured: 0.51 % and 0.58 %)."""

MEAN_VOL, PERSISTENCE, LEVERAGE, VOL_NOISE = float(np.log(0.115)), 0.965, 4.0, 0.045
LEAST_VOL, MOST_VOL = MEAN_VOL - 0.35, MEAN_VOL + 1.6

MARKET: Final = "market"
# loads of the market and of the finance sector, own noise
INDEX_MIX: Final = {
    "NIFTY": (1.0, 0.0, 0.0),
    "SENSEX": (0.99, 0.0, 0.08),
    "BANKNIFTY": (1.08, 0.5, 0.12),
    "BANKEX": (1.08, 0.5, 0.15),
    "FINNIFTY": (1.05, 0.45, 0.12),
    "MIDCPNIFTY": (1.15, 0.0, 0.6),
}
SECTOR_LOAD: Final = 0.55


def loads_of(symbol: str) -> dict[str, float]:
    """How a symbol's return is made: load by factor (market, sector, the symbol's own)."""
    if symbol in INDEX_MIX:
        beta, finance, own = INDEX_MIX[symbol]
        loads = {MARKET: beta, "sector finance": finance, symbol: own}
        return {name: load for name, load in loads.items() if load}
    share = next(s for s in SHARES if s.symbol == symbol)
    u = uniform(mixed(word("mix", symbol), np.arange(2, dtype=np.uint64)))
    return {
        MARKET: 0.75 + 0.6 * float(u[0]),
        f"sector {share.sector}": SECTOR_LOAD,
        symbol: 1.0 + 0.7 * float(u[1]),
    }


@dataclass(frozen=True, slots=True)
class Levels:
    """Log level at each trading day's opening and close."""

    open: Floats
    close: Floats


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor's overnight and intraday log returns, and its intraday scale, by trading day."""

    gap: Floats
    move: Floats
    scale: Floats


class Daily:
    """All daily series of one seed; each is made when first asked for."""

    def __init__(self, seed: int) -> None:
        self.word = word("seed", seed)
        self.ordinals = np.array(trading_ordinals(), dtype=np.int64)
        self._anchor = self.number(ANCHOR)
        self._levels: dict[str, Levels] = {}
        self._factors: dict[str, Factor] = {}

    def number(self, day: date) -> int:
        """The number of a trading day, or of the last one before `day`."""
        return int(np.searchsorted(self.ordinals, day.toordinal(), side="right")) - 1

    def day(self, number: int) -> date:
        return date.fromordinal(int(self.ordinals[number]))

    def opens(self, number: int) -> int:
        """When trading begins on a trading day, in epoch ms."""
        hours = hours_ms(self.day(number))
        assert hours is not None
        return hours[0]

    def levels(self, symbol: str) -> Levels:
        if symbol not in self._levels:
            self._levels[symbol] = self._made(symbol)
        return self._levels[symbol]

    def close(self, symbol: str, number: int) -> float:
        return float(np.exp(self.levels(symbol).close[number]))

    def factor(self, name: str) -> Factor:
        """The market factor, a sector's or a symbol's own, before loads."""
        if name == MARKET:
            return self._market[0]
        if name not in self._factors:
            before = np.concatenate([[MEAN_VOL], self.log_vol[:-1]])
            heat = np.exp(0.5 * (before - MEAN_VOL))
            gap, move = (self._shocks(name, part) * heat for part in ("gap", "move"))
            self._factors[name] = Factor(gap * OVERNIGHT, move * INTRADAY, heat * INTRADAY)
        return self._factors[name]

    @property
    def log_vol(self) -> Floats:
        """Log of the market's short-term volatility at each day's close."""
        return self._market[1]

    @cached_property
    def _market(self) -> tuple[Factor, Floats]:
        n = len(self.ordinals)
        gap, move = (self._shocks(MARKET, part) for part in ("gap", "move"))
        own = VOL_NOISE * self._shocks("volatility", "own")
        level, out, scale = MEAN_VOL, np.empty(n), np.empty(n)
        for i in range(n):
            heat = float(np.exp(level - MEAN_VOL))
            gap[i] *= OVERNIGHT * heat
            move[i] *= INTRADAY * heat
            scale[i] = INTRADAY * heat
            fall = -LEVERAGE * (gap[i] + move[i])
            level += (PERSISTENCE - 1) * (level - MEAN_VOL) + fall + own[i]
            out[i] = level = min(max(level, LEAST_VOL), MOST_VOL)
        return Factor(gap, move, scale), out

    def _shocks(self, what: str, part: str) -> Floats:
        """Unit-variance Student-t shocks with six degrees of freedom."""
        n = np.arange(len(self.ordinals), dtype=np.uint64)
        base = mixed(self.word, word(what, part))
        # a chi-square of six is twice the sum of three exponentials
        chi = -2 * sum(np.log(uniform(mixed(base, n, np.uint64(1 + k)))) for k in range(3))
        return np.asarray(normal(mixed(base, n, np.uint64(0))) * np.sqrt(4.0 / chi))

    def _made(self, symbol: str) -> Levels:
        loads = loads_of(symbol).items()
        gap = sum((load * self.factor(f).gap for f, load in loads), np.zeros(len(self.ordinals)))
        move = sum((load * self.factor(f).move for f, load in loads), np.zeros(len(self.ordinals)))
        path, now = np.cumsum(gap + move), self._anchor
        drift = np.full(len(path), LATER_DRIFT)
        drift[: now + 1] = (np.log(GROWTH) - path[now]) / (now + 1)
        # after the anchor the sample's own mean goes, so that no far year runs away
        drift[now + 1 :] -= (path[-1] - path[now]) / max(len(path) - now - 1, 1)
        close = path + np.cumsum(drift)
        close += np.log(BY_SYMBOL[symbol].level) - close[now]
        before = np.concatenate([[close[0]], close[:-1]])
        return Levels(open=before + gap + drift, close=close)
