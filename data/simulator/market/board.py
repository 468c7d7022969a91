"""The day's board: the contracts that somebody looks at, with all that is fixed for their day."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from core.pricing.black76 import price
from data.simulator.market import open_interest
from data.simulator.market.book import fair, need
from data.simulator.market.day import Day
from data.simulator.market.listing import EQUITY, FUTURE, VIX, Listing, Spec
from data.simulator.market.noise import distinct
from data.simulator.market.surface import YEAR_MS, expected_variance, variance, variance_clock
from data.simulator.market.tape import Tape, closes_of, trade_price, trade_time
from data.simulator.market.terms import CARRY, IS_INDEX, RATE, Terms, terms_of
from data.simulator.market.underlyings import UNDERLYINGS
from data.simulator.market.vix import vix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BAND, SHARE_BAND = 0.10, 0.25
"""Operating range of index futures, and of shares and theirs: wide, as if flexed already."""
SLACK, OPTION_VOL = 0.03, 1.7
"""Options may trade at what they are worth after that and this move, at so many times their
volatility."""
YEAR, LIFE = 252, 40
"""Days looked back for the year's range: of shares and indices, and at most of contracts."""


@dataclass(slots=True)
class Fixed:
    """Numbers of a contract that hold all day; prices in rupees, open interest in units."""

    close: Floats
    oi_before: Ints
    oi_after: Ints
    lower: Floats
    upper: Floats
    year_high: Floats
    year_low: Floats

    def joined(self, other: "Fixed") -> "Fixed":
        return Fixed(
            *(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self))
        )


class Board:
    """Rows are added when first asked for, and never move."""

    def __init__(self, listing: Listing, day: Day, before: Day, activity: float) -> None:
        self.day, self._before = day, before
        self.closed_before = before.closes
        self._listing, self._activity = listing, activity
        self._row: dict[str, int] = {}
        self._asked: dict[tuple[str, ...], Ints] = {}
        self.tape = Tape(day)
        self.terms = terms_of([], day, activity)
        none, nothing = np.empty(0), np.empty(0, dtype=np.int64)
        self.fixed = Fixed(none, nothing, nothing, none, none, none, none)

    def rows(self, keys: Sequence[str]) -> Ints:
        """The row of each key; raises KeyError for one that is not listed."""
        asked = tuple(keys)
        found = self._asked.get(asked)
        if found is None:
            new = [k for k in dict.fromkeys(asked) if k not in self._row]
            if new:
                self._add([self._listing.spec(k, self.day.date) for k in new])
            found = np.array([self._row[k] for k in asked], dtype=np.int64)
            if len(self._asked) > 256:
                self._asked.clear()
            self._asked[asked] = found
        return found

    def _add(self, specs: list[Spec]) -> None:
        terms = terms_of(specs, self.day, self._activity)
        need(self.day, terms)
        fixed = fixed_of(specs, terms, self.day, self._before, self._activity)
        self.terms, self.fixed = self.terms.joined(terms), self.fixed.joined(fixed)
        for spec in specs:
            self._row[spec.key] = len(self._row)


def fixed_of(specs: list[Spec], terms: Terms, day: Day, before: Day, activity: float) -> Fixed:
    names = np.array([s.token for s in specs], dtype=np.uint64)
    new = np.array([s.listed for s in specs]) >= day.date.toordinal()
    close = last_prices(specs, before, activity)
    lower, upper = _limits(terms, day, close)
    high, low = _year(terms, day, close, np.array([s.listed for s in specs]))
    return Fixed(
        close=close,
        oi_before=np.where(new, 0, open_interest.at_close(terms, names, day, 1)),
        oi_after=open_interest.at_close(terms, names, day, 0),
        lower=lower,
        upper=upper,
        year_high=high,
        year_low=low,
    )


def last_prices(specs: list[Spec], day: Day, activity: float) -> Floats:
    """The day's closing prices: of indices and shares the close made, else the last trade, and
    without one what theory says at the close."""
    terms = terms_of(specs, day, activity)
    rows = np.arange(len(terms))
    out = np.zeros(len(terms))
    vix_rows = terms.kind == VIX
    derivative = terms.derivative
    if derivative.any():
        day.need_implied(terms.number[derivative])
        some = rows[derivative]
        slot = terms.trade_count[some] - 1
        at = trade_time(day, terms, some, np.maximum(slot, 0))
        traded = trade_price(day, terms, some, np.maximum(slot, 0), at) / 100
        theory = fair(day, terms, some, np.full(len(some), day.closes)).value
        tick = terms.tick[some]
        rounded = np.maximum(np.floor(theory / tick + 0.5), 1.0) * tick
        out[some] = np.where(slot >= 0, traded, np.round(rounded, 2))
    cash = ~derivative & ~vix_rows
    if cash.any():
        out[cash] = closes_of(day, terms, rows[cash])
    if vix_rows.any():
        last = terms.trade_count[vix_rows] - 1
        out[vix_rows] = vix(day, trade_time(day, terms, rows[vix_rows], last))
    return out


def _limits(terms: Terms, day: Day, close: Floats) -> tuple[Floats, Floats]:
    """Circuit limits; 0 for indices, which have none."""
    tick = terms.tick
    o, linear = terms.option, (terms.kind == EQUITY) | (terms.kind == FUTURE)
    band = np.where(IS_INDEX[terms.number], BAND, SHARE_BAND)
    lower, upper = close * (1 - band), close * (1 + band)
    if o.any():
        level = _levels(terms, day, 1)[o]
        years = np.maximum(terms.expires[o] - day.opens, 0) / YEAR_MS
        f, k, call = level * np.exp(CARRY * years), terms.strike[o], terms.call[o]
        theta = _theta(terms, day, 1)[o]
        sd = OPTION_VOL * np.sqrt(variance(terms.number[o], theta, np.log(k / f)))
        discount, up = np.exp(-RATE * years), np.where(call, 1.0, -1.0) * (band[o] + SLACK)
        upper[o] = np.maximum(price(f * (1 + up), k, 1.0, sd, discount, call), close[o]) + 1.0
        lower[o] = np.minimum(price(f * (1 - up), k, 1.0, 0.0, discount, call), close[o])
    lower = np.maximum(np.floor(lower / tick), 1.0) * tick
    upper = np.ceil(upper / tick) * tick
    free = ~o & ~linear
    return np.where(free, 0.0, np.round(lower, 2)), np.where(free, 0.0, np.round(upper, 2))


def _levels(terms: Terms, day: Day, back: int) -> Floats:
    """Closes of the underlyings `back` trading days before the day."""
    out = np.zeros(len(UNDERLYINGS))
    for n in distinct(terms.number):
        out[n] = day.daily.close(UNDERLYINGS[n].symbol, day.number - back)
    return out[terms.number]


def _theta(terms: Terms, day: Day, back: int) -> Floats:
    """At-the-money variance at the close `back` trading days before the day."""
    number = day.number - back
    at = day.closes - int(day.daily.ordinals[day.number] - day.daily.ordinals[number]) * 86_400_000
    left = terms.variance_end - variance_clock(number, at, 1.0)
    return expected_variance(terms.number, np.asarray(day.daily.log_vol[number]), left)


def _year(terms: Terms, day: Day, close: Floats, listed: Ints) -> tuple[Floats, Floats]:
    """Highest and lowest of the days before: closes of a year, a contract's over its life."""
    high, low = close.copy(), close.copy()
    for n in distinct(terms.number[terms.kind < FUTURE]):
        mine = (terms.kind < FUTURE) & (terms.number == n)
        levels = day.daily.levels(UNDERLYINGS[n].symbol)
        past = slice(max(day.number - YEAR, 0), day.number)
        ends = np.concatenate([levels.open[past], levels.close[past]])
        high[mine] = np.round(np.exp(ends.max()), 2)
        low[mine] = np.round(np.exp(ends.min()), 2)
    o = terms.option
    if o.any():
        for back in range(2, LIFE, 2):
            value = _past_value(terms, day, back)
            lived = o & (day.daily.ordinals[day.number - back] >= listed)
            if not lived.any():
                break
            high = np.where(lived, np.maximum(high, value), high)
            low = np.where(lived, np.minimum(low, value), low)
    return high, low


def _past_value(terms: Terms, day: Day, back: int) -> Floats:
    """What theory said of options at an earlier close, to a tick."""
    past = int(day.daily.ordinals[day.number] - day.daily.ordinals[day.number - back])
    years = np.maximum(terms.expires - day.closes + past * 86_400_000, 0) / YEAR_MS
    years = np.where(terms.option, years, 0.0)
    f = _levels(terms, day, back) * np.exp(CARRY * years)
    k = np.where(terms.option, terms.strike, f)
    total = variance(terms.number, _theta(terms, day, back), np.log(k / f))
    value = price(f, k, 1.0, np.sqrt(total), np.exp(-RATE * years), terms.call)
    return np.round(np.maximum(np.floor(value / terms.tick + 0.5), 1.0) * terms.tick, 2)
