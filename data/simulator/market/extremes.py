"""One day's prices of an index, a share or India VIX without its minutes: from the few trades that
can be its highest or lowest, priced exactly as the tape prices them."""

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.book import SHARE_SPREAD
from data.simulator.market.day import Day
from data.simulator.market.listing import INDEX, VIX, Spec
from data.simulator.market.tape import quantities, trade_price, trade_time
from data.simulator.market.terms import VIX_STEP, Terms, share_terms
from data.simulator.market.vix import rough_vix, vix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

VIX_ERROR = 0.001
"""More than `rough_vix` is ever wrong by, in points."""


def day_prices(spec: Spec, day: Day, like: Terms) -> tuple[float, float, float, float, int]:
    """Open, high, low, close and volume of a whole day; `like` are its terms on any other."""
    if spec.kind == INDEX:
        return _of_index(spec.number, day)
    return _of_vix(day) if spec.kind == VIX else _of_share(spec, day, like)


def _of_index(number: int, day: Day) -> tuple[float, float, float, float, int]:
    """Straight from its prints, which are its tape."""
    shown = day.shown(number)
    return float(shown[0]), float(shown.max()), float(shown.min()), float(shown[-1]), 0


def _of_vix(day: Day) -> tuple[float, float, float, float, int]:
    at = np.arange(day.opens, day.closes, VIX_STEP)
    about = rough_vix(day, at)
    near = (about >= about.max() - VIX_ERROR) | (about <= about.min() + VIX_ERROR)
    near[[0, -1]] = True
    prices = np.round(vix(day, at[near]) * 100) / 100
    return float(prices[0]), float(prices.max()), float(prices.min()), float(prices[-1]), 0


def _of_share(spec: Spec, day: Day, like: Terms) -> tuple[float, float, float, float, int]:
    numbers = np.array([spec.number])
    day.need(numbers)
    terms = share_terms(like, spec, day)
    row, slot = np.zeros(1, dtype=np.int64), np.arange(terms.trade_count[0])
    at = trade_time(day, terms, row, slot)
    level = day.spot(numbers, at)
    level[-1] = level[0]  # the last is the close made, whatever the path does meanwhile
    # any other trade is at most a spread and a tick and a half from the price in mind, which is
    # why only those near the ends of the path need pricing
    reach = 2.1 * (SHARE_SPREAD + 3.0 * float(terms.tick[0]) / float(np.exp(level.min())))
    near = (level >= level.max() - reach) | (level <= level.min() + reach)
    near[[0, -1]] = True
    rows = np.zeros(int(near.sum()), dtype=np.int64)
    prices = trade_price(day, terms, rows, slot[near], at[near]) / 100
    volume = int(quantities(terms, row, slot).sum())
    return float(prices[0]), float(prices.max()), float(prices.min()), float(prices[-1]), volume
