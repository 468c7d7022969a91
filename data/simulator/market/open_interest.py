"""Open interest: what a series holds at each day's end, and how it gets there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.day import Day
from data.simulator.market.listing import FUTURE
from data.simulator.market.noise import distinct, mixed, normal, word
from data.simulator.market.surface import USUAL
from data.simulator.market.terms import OPTION_LOTS, Terms
from data.simulator.market.underlyings import UNDERLYINGS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PEAK_PER_LOT: Final = 22.0
"""Lots open at a series' busiest strike, per lot traded a minute at the money."""
FUTURES_PER_LOT: Final = 60.0
PEAK: Final = 0.017
"""Where most is open: this far out of the money, at five days before expiry."""
OWN, OF_DAY = word("oi own"), word("oi of the day")
STEP_MS: Final = 60_000


def at_close(terms: Terms, names: NDArray[np.uint64], day: Day, back: int) -> Ints:
    """Units open at the close of the day `back` trading days before `day` (0: today's)."""
    number = day.number - back
    ordinals = day.daily.ordinals
    left = terms.days_left + float(ordinals[day.number] - ordinals[number])
    spot = np.empty(len(terms))
    for n in distinct(terms.number):
        close = day.daily.levels(UNDERLYINGS[n].symbol).close
        spot[terms.number == n] = np.exp(0.8 * close[number] + 0.2 * close[number - 2])
    lots = np.where(
        terms.kind == FUTURE,
        _futures(terms, left),
        _options(terms, left, spot),
    )
    noise = np.exp(0.3 * normal(mixed(names, OWN)))
    noise *= np.exp(0.07 * normal(mixed(names, OF_DAY, np.uint64(number))))
    return np.where(terms.derivative, np.round(lots * noise).astype(np.int64) * terms.lot, 0)


def now(terms: Terms, rows: Ints, before: Ints, after: Ints, day: Day, at_ms: Ints) -> Ints:
    """From yesterday's to today's, with detours, in whole lots; exact at both ends. The exchange
    publishes it once a minute."""
    lot = terms.lot[rows]
    knot = at_ms // STEP_MS
    share = day.clock.active(knot * STEP_MS) / day.clock.active(day.closes)
    noise = normal(mixed(terms.word[rows], OF_DAY, knot.astype(np.uint64)))
    path = before + (after - before) * share
    path += np.maximum(before, after) * 0.03 * share * (1.0 - share) * noise
    whole = np.maximum(np.round(path / lot).astype(np.int64) * lot, 0)
    return np.where(at_ms >= day.closes, after, np.where(share <= 0.0, before, whole))


def _futures(terms: Terms, left: Floats) -> Floats:
    lots = FUTURES_PER_LOT * np.sqrt(OPTION_LOTS[terms.number] + 30.0) * 4.0
    part = np.select([left <= 0, left <= 35, left <= 65], [0.5, 1.0, 0.12], 0.02)
    return np.asarray(lots * part)


def _options(terms: Terms, left: Floats, spot: Floats) -> Floats:
    """Heaviest a little out of the money and at round strikes; grows towards expiry."""
    side = np.where(terms.call, 1.0, -1.0)
    sd = np.sqrt(np.clip(left, 1.0, 60.0) / 5.0) * USUAL[terms.number] / USUAL[0]
    x = side * (terms.strike / spot - 1.0) / sd
    inside, outside = np.exp(-0.5 * ((x - PEAK) / 0.012) ** 2), np.exp(-(x - PEAK) / 0.025)
    profile = 0.004 + np.where(x > PEAK, np.minimum(outside, 1.0), inside)
    grown = np.select([left <= 0, left > 100], [0.8, 0.03], 1.0 / (1.0 + left / 9.0))
    peak = PEAK_PER_LOT * OPTION_LOTS[terms.number] * _roundness(terms)
    return np.asarray(peak * profile * grown)


def _roundness(terms: Terms) -> Floats:
    """Traders like round numbers."""
    step = np.array([u.step for u in UNDERLYINGS])[terms.number]
    steps = np.round(terms.strike / step)
    return np.select([steps % 20 == 0, steps % 10 == 0, steps % 2 == 0], [2.6, 1.9, 1.1], 0.6)
