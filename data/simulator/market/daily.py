"""Daily levels from 2000 on: opening and close of every index and share, and the level of volatility.

One market factor moves everything; sectors and single names add their own. Volatility follows an
autoregression of its logarithm that rises when the market falls. The drift up to the anchor day is set so that each
series starts and arrives where its table says.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.calendar import trading_ordinals
from data.simulator.market.noise import mixed, normal, uniform, word
from data.simulator.market.rules import INDICES
from data.simulator.market.shares import SHARES

Floats = NDArray[np.float64]

ANCHOR: Final = date(2026, 11, 20)
GROWTH: Final = 16.0
"""How often the anchor's level is the one of 2000."""

OVERNIGHT, INTRADAY = 0.0051, 0.0060
"""Median standard deviations of the market factor's two parts (measured: 0.51 % and 0.58 %)."""

MEAN_VOL, PERSISTENCE, LEVERAGE, VOL_NOISE = float(np.log(0.115)), 0.965, 4.0, 0.045

# beta to the market, sector, share of it, own noise relative to the market's
INDEX_MIX: Final = {
    "NIFTY": (1.0, "", 0.0, 0.0),
    "SENSEX": (0.99, "", 0.0, 0.08),
    "BANKNIFTY": (1.08, "finance", 0.9, 0.12),
    "BANKEX": (1.08, "finance", 0.9, 0.15),
    "FINNIFTY": (1.05, "finance", 0.8, 0.12),
    "MIDCPNIFTY": (1.15, "", 0.0, 0.6),
}
SECTOR_NOISE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Mix:
    """How a symbol's return is made: market·beta + sector·load + own·noise."""

    beta: float
    sector: str
    load: float
    noise: float


def mix_of(symbol: str) -> Mix:
    if symbol in INDEX_MIX:
        return Mix(*INDEX_MIX[symbol])
    share = next(s for s in SHARES if s.symbol == symbol)
    u = uniform(mixed(word("mix", symbol), np.arange(2, dtype=np.uint64)))
    return Mix(0.75 + 0.6 * float(u[0]), share.sector, 0.9, 1.0 + 0.7 * float(u[1]))


@dataclass(frozen=True, slots=True)
class Series:
    """By trading-day number: log level at the opening and at the close; and `base`, the first close."""

    open: Floats
    close: Floats


class Daily:
    """All daily series of one seed; each is made when first asked for."""

    def __init__(self, seed: int) -> None:
        self._seed = word("seed", seed)
        self.ordinals = np.array(trading_ordinals(), dtype=np.int64)
        self._anchor = self.number(ANCHOR)
        self._series: dict[str, Series] = {}
        self._factors: dict[str, tuple[Floats, Floats]] = {}

    def number(self, day: date) -> int:
        """The index of a trading day, or of the last one before `day`."""
        return int(np.searchsorted(self.ordinals, day.toordinal(), side="right")) - 1

    def series(self, symbol: str) -> Series:
        if symbol not in self._series:
            self._series[symbol] = self._make(symbol)
        return self._series[symbol]

    def close(self, symbol: str, number: int) -> float:
        return float(np.exp(self.series(symbol).close[number]))

    @cached_property
    def log_vol(self) -> Floats:
        """Log of the market's short-term volatility at each day's close."""
        return self._market[2]

    @cached_property
    def _market(self) -> tuple[Floats, Floats, Floats]:
        """Overnight and intraday returns of the market factor, and the log volatility."""
        n = len(self.ordinals)
        gap, move = (self._shocks("market", part) for part in ("gap", "move"))
        own = VOL_NOISE * self._shocks("volatility", "own")
        level = MEAN_VOL
        out = np.empty(n)
        for i in range(n):
            scale = float(np.exp(level - MEAN_VOL))
            gap[i] *= OVERNIGHT * scale
            move[i] *= INTRADAY * scale
            change = (PERSISTENCE - 1) * (level - MEAN_VOL) - LEVERAGE * (gap[i] + move[i]) + own[i]
            level = min(max(level + change, MEAN_VOL - 0.35), MEAN_VOL + 1.6)
            out[i] = level
        return gap, move, out

    def _shocks(self, what: str, part: str) -> Floats:
        """Unit-variance Student-t shocks with six degrees of freedom."""
        n = np.uint64(0) + np.arange(len(self.ordinals), dtype=np.uint64)
        base = mixed(self._seed, word(what, part))
        z = [normal(mixed(base, n, np.uint64(k))) for k in range(4)]
        # a chi-square of six from three exponentials
        chi = -2 * sum(np.log(uniform(mixed(base, n, np.uint64(9 + k)))) for k in range(3))
        return np.asarray(z[0] * np.sqrt(4.0 / chi))

    def _factor(self, name: str, scale: float) -> tuple[Floats, Floats]:
        """Overnight and intraday returns of a sector or a single name."""
        heat = np.exp(0.5 * (np.concatenate([[MEAN_VOL], self.log_vol[:-1]]) - MEAN_VOL))
        gap, move = (self._shocks(name, part) * heat * scale for part in ("gap", "move"))
        return gap * OVERNIGHT, move * INTRADAY

    def returns(self, symbol: str) -> tuple[Floats, Floats]:
        """Overnight and intraday log returns before the drift is set."""
        mix = mix_of(symbol)
        gap, move = mix.beta * self._market[0], mix.beta * self._market[1]
        for name, load in ((f"sector {mix.sector}", SECTOR_NOISE * mix.load), (symbol, mix.noise)):
            if load > 0 and name != "sector ":
                more = self._factor(name, load)
                gap, move = gap + more[0], move + more[1]
        return gap, move

    def _make(self, symbol: str) -> Series:
        level = next((i.level for i in INDICES if i.symbol == symbol), None)
        if level is None:
            level = next(s.level for s in SHARES if s.symbol == symbol)
        gap, move = self.returns(symbol)
        path = np.cumsum(gap + move)
        wanted = np.log(GROWTH)
        drift = np.full(len(path), 0.0003)
        drift[: self._anchor + 1] = (wanted - path[self._anchor]) / (self._anchor + 1)
        # after the anchor the sample's own mean goes, so that no year runs away
        rest = path[self._anchor + 1 :] - path[self._anchor]
        drift[self._anchor + 1 :] -= rest[-1] / max(len(rest), 1)
        close = path + np.cumsum(drift)
        close += np.log(level) - close[self._anchor]
        before = np.concatenate([[close[0]], close[:-1]])
        return Series(open=before + gap + drift, close=close)
