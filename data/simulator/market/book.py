"""Fair values and the order book around them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.pricing.black76 import price
from data.simulator.market.day import Day
from data.simulator.market.listing import EQUITY, FUTURE
from data.simulator.market.noise import Words, mixed, normal, rough, uniform, word
from data.simulator.market.surface import YEAR_MS, money_variance, variance
from data.simulator.market.terms import CARRY, RATE, SIZE, Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PREMIUM_SPREAD: Final = 0.0016
"""Spread of an option as a share of its premium (measured: 0.47 on 296, 0.08 on 48)."""
INTRINSIC_SPREAD: Final = 0.4 / 24_000
"""Times level × (per cent in the money)^1.9 (measured: 1.15 at 1-2 %, 4.5 at 3-5 %, 26 at 5-12
%)."""
WIDEST: Final = 0.08
"""No quote is wider than this share of the premium, but for the tick."""
FUTURE_SPREAD, SHARE_SPREAD = 6e-5, 1e-4
LEANING: Final = 0.25
"""How far the middle of the book strays from fair value, in spreads."""
MOST_LOTS: Final = 30_000.0

PRICES, SIZES, LEVELS = word("prices"), word("sizes"), word("levels")


@dataclass(frozen=True, slots=True)
class Fair:
    """Theoretical value, forward, and at-the-money total variance, per asked (row, time)."""

    value: Floats
    forward: Floats
    theta: Floats


def need(day: Day, terms: Terms) -> None:
    """Make the paths that the values of these contracts stand on."""
    day.need(terms.number[terms.kind < FUTURE])
    day.need_implied(terms.number[terms.derivative])


def fair(day: Day, terms: Terms, rows: Ints, at_ms: Ints) -> Fair:
    """Values of contracts of this day at moments of this day; needs the paths to be there."""
    number, kind, option = terms.number[rows], terms.kind[rows], terms.option[rows]
    until = np.minimum(at_ms, terms.stops[rows])
    years = np.maximum(terms.expires[rows] - at_ms, 0) / YEAR_MS
    level = _level(day, number, kind, until, years)
    theta = np.zeros(len(rows))
    value = level.copy()
    if option.any():
        o = slice(None) if option.all() else option
        theta_o = money_variance(day, number[o], until[o], terms.variance_end[rows][o])
        f, k, t = level[o], terms.strike[rows][o], years[o]
        total = variance(number[o], theta_o, np.log(k / f))
        value[o] = price(f, k, 1.0, np.sqrt(total), np.exp(-RATE * t), terms.call[rows][o])
        theta[o] = theta_o
    return Fair(value, level, theta)


def _level(day: Day, number: Ints, kind: Ints, until: Ints, years: Floats) -> Floats:
    """The forward of derivatives, the price in mind of shares and indices."""
    derivative = kind >= FUTURE
    if derivative.all():
        return np.asarray(np.exp(day.implied(number, until) + CARRY * years))
    level, c, d = np.empty(len(number)), ~derivative, derivative
    level[c] = day.spot(number[c], until[c])
    level[d] = day.implied(number[d], until[d]) + CARRY * years[d]
    return np.asarray(np.exp(level))


def spreads(terms: Terms, rows: Ints, at: Fair) -> Floats:
    """Width of the quote in rupees, not below a tick."""
    kind, k = terms.kind[rows], terms.strike[rows]
    side = np.where(terms.call[rows], 1.0, -1.0)
    inside = np.maximum(side * (at.forward - k), 0.0)
    per_cent = 100.0 * inside / at.forward
    premium = np.maximum(at.value - inside, 0.0)
    options = (
        PREMIUM_SPREAD * premium + INTRINSIC_SPREAD * at.forward * per_cent**1.9
    ) * terms.width[rows]
    linear = np.where(kind == EQUITY, SHARE_SPREAD, FUTURE_SPREAD * np.sqrt(terms.width[rows]))
    options = np.minimum(options, WIDEST * at.value)
    width = np.where(terms.option[rows], options, linear * at.forward)
    return np.asarray(np.maximum(width, terms.tick[rows]))


def top(terms: Terms, rows: Ints, at: Fair, words: Words) -> tuple[Floats, Floats, Floats]:
    """Best bid (0 where nobody bids), best ask, and the spread meant."""
    tick = terms.tick[rows]
    width = spreads(terms, rows, at)
    middle = at.value + LEANING * width * np.clip(rough(mixed(words, PRICES)), -2.0, 2.0)
    bid = np.floor((middle - 0.5 * width) / tick + 0.5)
    ask = np.maximum(np.floor((middle + 0.5 * width) / tick + 0.5), np.maximum(bid, 0.0) + 1.0)
    return np.round(np.maximum(bid, 0.0) * tick, 2), np.round(ask * tick, 2), width


def best_lots(terms: Terms, rows: Ints, at: Fair) -> Floats:
    """Usual size at the best price, in lots (measured: 2 at 296 rupees, 15 at 48, thousands at
    1)."""
    expiring = terms.days_left[rows] <= 0
    cheap = (300.0 / np.maximum(at.value, 0.05)) ** np.where(expiring, 1.4, 1.1)
    options = 2.2 * cheap / np.sqrt(terms.width[rows])
    shares = 2e5 * SIZE[terms.number[rows]] / np.maximum(at.value, 1.0)
    linear = np.where(terms.kind[rows] == EQUITY, shares, 4.0)
    return np.minimum(np.where(terms.option[rows], options, linear), MOST_LOTS)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the ladder: arrays of shape (rows, levels), best first; 0 where empty."""

    price: Floats
    quantity: Ints
    orders: Ints


def ladder(
    terms: Terms, rows: Ints, best: Floats, width: Floats, lots: Floats, words: Words, down: bool,
    levels: int,
) -> Side:  # fmt: skip
    """Prices from the best one outwards; the first levels do not depend on how many are asked."""
    tick, lot = terms.tick[rows][:, None], terms.lot[rows][:, None]
    place = np.arange(levels, dtype=np.uint64) + np.uint64(0 if down else 100)
    noise = mixed(words[:, None], LEVELS + place)
    # gaps of one tick where the quote is tight, of a share of the spread where it is wide
    reach = np.maximum(0.35 * width[:, None] / tick, 1.0)
    gaps = np.maximum(np.floor(reach * (0.4 + 1.4 * uniform(noise))), 1.0)
    gaps[:, 0] = 0.0
    steps = np.cumsum(gaps, axis=1) * tick
    prices = np.round(best[:, None] - steps if down else best[:, None] + steps, 2)
    there = (prices > 0) & (best[:, None] > 0)
    size = normal(mixed(noise, SIZES))
    whole = np.maximum(lots[:, None] * np.exp(0.7 * size) * (1.0 + 0.1 * np.arange(levels)), 1.0)
    quantity = np.where(there, whole.astype(np.int64) * lot, 0)
    orders = np.where(there, 1 + np.sqrt(whole * (0.3 + uniform(noise))).astype(np.int64), 0)
    return Side(np.where(there, prices, 0.0), quantity, orders)
