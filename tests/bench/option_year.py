"""A year of option minutes for measuring, by the simulated exchange's own model.

Of each trading day the nearest NIFTY expiry, forty strikes around the opening, every minute: fair
values, quotes and spreads are the exchange's; trades are taken to happen at the middle.
"""

from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from data.simulator.market.book import fair, need, top
from data.simulator.market.daily import Daily
from data.simulator.market.day import Day
from data.simulator.market.listing import CALL, PUT, Listing, expiries, token_of
from data.simulator.market.noise import mixed, word
from data.simulator.market.surface import YEAR_MS
from data.simulator.market.terms import CARRY, terms_of
from data.simulator.market.underlyings import BY_SYMBOL, UNDERLYINGS

Floats = NDArray[np.float64]

SYMBOL: Final = "NIFTY"
FIRST: Final = date(2025, 9, 8)
"""By then one weekday of expiry holds, and every rate is known."""
STRIKES: Final = 40
NUMBER: Final = next(n for n, each in enumerate(UNDERLYINGS) if each.symbol == SYMBOL)


def option_year(days: int = 250, seed: int = 7) -> list[ChainDay]:
    """So many trading days from the first on."""
    daily = Daily(seed)
    listing = Listing(daily, (SYMBOL,))
    begin = daily.number(FIRST)
    return [_day(Day(daily, begin + i), listing) for i in range(days)]


def _day(day: Day, listing: Listing) -> ChainDay:
    expiry = next(e for e, _, _ in expiries(SYMBOL, day.date) if e >= day.date)
    opening = float(day.daily.levels(SYMBOL).open[day.number])
    strikes = _around(listing.grid(SYMBOL, expiry, day.date).strikes, np.exp(opening))
    underlying = BY_SYMBOL[SYMBOL]
    keys = [
        f"{underlying.segment}|{token_of(underlying, expiry, strike, kind)}"
        for kind in (CALL, PUT)
        for strike in strikes.tolist()
    ]
    terms = terms_of([listing.spec(key, day.date) for key in keys], day, 1.0)
    need(day, terms)
    day.need(np.array([NUMBER]))
    minutes = np.arange(day.opens, day.closes, 60_000)
    ends = np.minimum(minutes + 60_000, day.closes - 1)
    rows = np.tile(np.arange(len(keys)), len(minutes))
    moments = np.repeat(ends, len(keys))
    at = fair(day, terms, rows, moments)
    words = mixed(day.word, word("bench"), rows.astype(np.uint64), moments.astype(np.uint64))
    bid, ask, _ = top(terms, rows, at, words)
    shape = (len(minutes), 2, len(strikes))
    middle = np.round(np.where(bid > 0, (bid + ask) / 2, ask) / 0.05) * 0.05
    seconds = np.minimum((ends - day.opens) // 1000, len(day.shown(NUMBER)) - 1)
    years = max((int(terms.expires[0]) - day.opens) / YEAR_MS, 0.0)
    traded = np.arange(1, len(minutes) + 1)[:, None, None] * terms.lot.reshape(1, *shape[1:])
    spot = day.shown(NUMBER)[seconds]
    forward = at.forward.reshape(shape)[:, 0, 0]
    return ChainDay(
        symbol=SYMBOL,
        expiry=expiry,
        day=day.date,
        minutes=(minutes // 60_000).astype(np.int64),
        strikes=strikes,
        spot=spot,
        forward=np.round(forward, 2),
        future=np.round(spot * np.exp(CARRY * years), 1),
        future_oi=np.full(len(minutes), 1e7),
        ltp=np.round(middle, 2).reshape(shape),
        bid=np.where(bid > 0, bid, np.nan).reshape(shape),
        ask=ask.reshape(shape),
        volume=(10.0 * traded) + np.zeros(shape),
        oi=(1_000.0 * terms.lot.reshape(1, *shape[1:])) + np.zeros(shape),
        iv=np.full(shape, np.nan),
    )


def _around(strikes: Floats, level: float) -> Floats:
    """The nearest so many, rising."""
    near = np.argsort(np.abs(strikes - level), kind="stable")[:STRIKES]
    return np.sort(strikes[near]).astype(np.float64)
