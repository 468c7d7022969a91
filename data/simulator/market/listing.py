"""What is listed on a day: expiries by the dated rules, strikes around where the spot has been.

A series gets strikes either side of the spot when it is listed, and more as the spot wanders; a
strike once listed stays to expiry. Tokens are made of underlying, week of expiry, strike and right,
so that they are unique and the same on every day of the contract's life.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.calendar import (
    DAY,
    expiry_in_week,
    is_trading_day,
    month_expiry,
    next_trading_day,
    previous_trading_day,
)
from data.simulator.market.daily import Daily
from data.simulator.market.records import Contract
from data.simulator.market.rules import LONG_DATED, MONTHS, VIX_KEY, WEEKLIES, in_force
from data.simulator.market.underlyings import BY_KEY, BY_SYMBOL, UNDERLYINGS, Underlying

INDEX, EQUITY, FUTURE, CALL, PUT, VIX = range(6)
TYPES = ("INDEX", "EQ", "FUT", "CE", "PE", "INDEX")
FIRST_MONDAY = date(2000, 1, 3)
WEEKS, STRIKES = 4096, 8192
SHARE_FREEZE = 100_000
DAYS_KEPT = 8192
NEAR_SIDE, NEAR_SIDE_SHARE, WIDE_SIDE, LONG_SIDE = 45, 16, 10, 6
"""Strikes either side: near index series, share's series, its ten-step grid, long-dated."""


@dataclass(frozen=True, slots=True)
class Series:
    """One expiry of one underlying; `near_since` is when it got the fine grid (None: not yet)."""

    expiry: date
    weekly: bool
    monthly: bool  # has a future
    listed: date
    near_since: date | None


def exchange_day(day: date) -> date:
    """The trading day whose listing holds on `day`: itself, or the last one before."""
    return day if is_trading_day(day) else previous_trading_day(day)


@lru_cache(maxsize=DAYS_KEPT)
def expiries(symbol: str, day: date) -> tuple[tuple[date, bool, bool], ...]:
    """(expiry, weekly, near) of every series listed on `day`, in order."""
    family = symbol if symbol in WEEKLIES else ""
    return _expiries(family, BY_SYMBOL[symbol].exchange, day)


@lru_cache(maxsize=DAYS_KEPT)
def _expiries(family: str, exchange: str, day: date) -> tuple[tuple[date, bool, bool], ...]:
    months = _months(exchange, day, MONTHS, (1,))
    found = {m: (False, True) for m in months}
    quarters, halves = LONG_DATED.get(family, (0, 0))
    long = _months(exchange, months[-1] + DAY, quarters, (3,)) if quarters else []
    if halves:
        beyond = _months(exchange, long[-1] + DAY, halves, (6,))
        long += [m for m in beyond if m <= day + timedelta(days=5 * 365 + 1)]
    found |= {m: (False, False) for m in long}
    monday = day - day.weekday() * DAY
    wanted = in_force(WEEKLIES[family], day) if family else 0
    while wanted:
        expiry = expiry_in_week(exchange, monday)
        monday += 7 * DAY
        if expiry >= day and expiry not in found and not _is_monthly(exchange, expiry):
            found[expiry] = (True, True)
            wanted -= 1
    return tuple((e, *found[e]) for e in sorted(found))


def near_months(symbol: str, day: date) -> list[date]:
    """Expiries of the months listed for every underlying, on the fine grid."""
    return _months(BY_SYMBOL[symbol].exchange, day, MONTHS, (1,))


def _is_monthly(exchange: str, expiry: date) -> bool:
    # an expiry that a holiday moved into the month before still belongs to its own month
    after = expiry + 7 * DAY
    return expiry in (
        month_expiry(exchange, expiry.year, expiry.month),
        month_expiry(exchange, after.year, after.month),
    )


def _months(exchange: str, day: date, count: int, every: tuple[int]) -> list[date]:
    """The next `count` month expiries from `day` on, in months divisible by `every`."""
    found: list[date] = []
    year, month = day.year, day.month
    while len(found) < count:
        if month % every[0] == 0:
            expiry = month_expiry(exchange, year, month)
            if expiry >= day:
                found.append(expiry)
        year, month = year + month // 12, month % 12 + 1
    return found


@cache
def series_of(symbol: str, expiry: date) -> Series:
    """When a series was listed, first at all and then with the fine grid."""
    rows = {e: (w, n) for e, w, n in expiries(symbol, expiry)}
    if expiry not in rows:
        raise KeyError(f"{symbol} has no series of {expiry}")
    weekly = rows[expiry][0]

    def first(near: bool) -> date:
        """The first trading day with it; by halving, for once listed it stays."""
        low, high = expiry - timedelta(days=5 * 366 + 40), expiry
        while low < high:
            middle = low + (high - low) // 2
            now = {e: n for e, _, n in expiries(symbol, middle)}
            if expiry in now and (now[expiry] or not near):
                high = middle
            else:
                low = middle + DAY
        return low if is_trading_day(low) else next_trading_day(low)

    return Series(expiry, weekly, not weekly, first(False), first(True))


@dataclass(frozen=True, slots=True)
class Spec:
    """What a key says: underlying's number, kind, expiry and strike (0 unless an option)."""

    key: str
    number: int
    kind: int
    expiry: date | None
    strike: float
    token: int
    listed: int  # ordinal of the day


@dataclass(frozen=True, slots=True)
class Grid:
    """A series' strikes on a day, rising, and the ordinal of the day on which each was listed."""

    strikes: NDArray[np.float64]
    listed: NDArray[np.int64]


class Listing:
    """Series, strikes and contracts; `symbols` are the underlyings with derivatives."""

    def __init__(self, daily: Daily, symbols: tuple[str, ...]) -> None:
        self._daily = daily
        self.symbols = symbols
        self.grid = lru_cache(maxsize=1024)(self._grid)

    def spec(self, key: str, day: date) -> Spec:
        """The contract of a key that is listed on the trading day `day`; raises KeyError."""
        if key in BY_KEY:
            u = BY_KEY[key]
            return Spec(key, u.number, INDEX if u.is_index else EQUITY, None, 0.0, u.number, 0)
        if key == VIX_KEY:
            return Spec(key, 0, VIX, None, 0.0, len(UNDERLYINGS), 0)
        segment, _, text = key.partition("|")
        token = int(text) if text.isdecimal() else -1
        rest, put = divmod(token, 2)
        rest, steps = divmod(rest, STRIKES)
        number, week = divmod(rest, WEEKS)
        if not 0 <= number < len(UNDERLYINGS):
            raise KeyError(key)
        u = UNDERLYINGS[number]
        if u.segment != segment or u.symbol not in self.symbols:
            raise KeyError(key)
        monday = FIRST_MONDAY + timedelta(days=7 * week)
        live = (e for e, _, _ in expiries(u.symbol, day) if 0 <= (e - monday).days < 7)
        expiry = next(live, None)
        listed = None if expiry is None else self._listed_on(u, expiry, steps, bool(put), day)
        if expiry is None or listed is None:
            raise KeyError(key)
        kind = PUT if put else CALL if steps else FUTURE
        return Spec(key, number, kind, expiry, steps * u.step, token, listed)

    def _listed_on(
        self, u: Underlying, expiry: date, steps: int, put: bool, day: date
    ) -> int | None:
        """Since when a strike (0 steps: the future) is listed; None if it is not on `day`."""
        if steps == 0:
            series = series_of(u.symbol, expiry)
            since = series.near_since if series.monthly and not put else None
            return since.toordinal() if since is not None and since <= day else None
        grid = self.grid(u.symbol, expiry, day)
        place = int(np.searchsorted(grid.strikes, steps * u.step - 1e-6))
        if place >= len(grid.strikes) or abs(grid.strikes[place] - steps * u.step) > 1e-6:
            return None
        return int(grid.listed[place])

    def _grid(self, symbol: str, expiry: date, day: date) -> Grid:
        """Strikes of a series that is listed on the trading day `day`."""
        u, series = BY_SYMBOL[symbol], series_of(symbol, expiry)
        parts = []
        if u.long_step and series.listed < (series.near_since or day):
            parts.append(self._grown(u, series.listed, day, u.long_step, LONG_SIDE))
        if series.near_since is not None and series.near_since <= day:
            side = NEAR_SIDE if u.is_index else NEAR_SIDE_SHARE
            parts.append(self._grown(u, series.near_since, day, u.step, side))
            if series.monthly and u.is_index:
                wide = self._grown(u, series.near_since, day, 10 * u.step, WIDE_SIDE)
                parts.append(wide)
        strikes = np.concatenate([p.strikes for p in parts])
        listed = np.concatenate([p.listed for p in parts])
        order = np.lexsort((listed, strikes))
        strikes, listed = strikes[order], listed[order]
        first = np.append(True, np.diff(strikes) > 0)  # the day on which a part first had it
        return Grid(strikes[first], listed[first])

    def _grown(self, u: Underlying, since: date, day: date, step: float, side: int) -> Grid:
        """`side` strikes either side of everywhere the close before has been since listing."""
        first, last = self._daily.number(since), self._daily.number(day)
        units = np.exp(self._daily.levels(u.symbol).close[first - 1 : last]) / step
        high = np.maximum.accumulate(np.ceil(units).astype(np.int64)) + side
        low = np.maximum(np.minimum.accumulate(np.floor(units).astype(np.int64)) - side, 1)
        steps = np.arange(low[-1], high[-1] + 1)
        at = np.maximum(np.searchsorted(high, steps), np.searchsorted(-low, -steps))
        return Grid(steps * step, self._daily.ordinals[first + at])

    def contracts(self, day: date) -> dict[str, Contract]:
        """Everything listed on the trading day `day`, by key."""
        found = {c.key: c for c in cash()}
        for symbol in self.symbols:
            for expiry, _, _ in expiries(symbol, day):
                found.update((c.key, c) for c in self.of(symbol, expiry, day))
        return found

    def of(self, symbol: str, expiry: date, day: date) -> list[Contract]:
        """The future (of the three months) and the options of one expiry, as of `day`."""
        u, series = BY_SYMBOL[symbol], series_of(symbol, expiry)
        near = series.near_since is not None and series.near_since <= day
        made = []
        if series.monthly and near:
            made.append(self._future(u, series, day))
        grid = self.grid(symbol, expiry, day)
        when = expiry.strftime("%d %b %y").upper()
        common = {
            "segment": u.segment,
            "exchange": u.exchange,
            "name": u.symbol if u.is_index else u.name,
            "isin": "",
            "lot_size": u.lot(expiry),
            "tick": u.option_tick,
            "freeze_quantity": u.freeze(day, expiry, False),
            "expiry": expiry,
            "weekly": series.weekly,
            "underlying": u.symbol,
            "underlying_key": u.key,
            "underlying_type": "INDEX" if u.is_index else "EQUITY",
        }
        for strike, since in zip(grid.strikes.tolist(), grid.listed.tolist(), strict=True):
            for kind in (CALL, PUT):
                token = str(token_of(u, expiry, strike, kind))
                made.append(
                    Contract(
                        key=f"{u.segment}|{token}",
                        trading_symbol=f"{symbol} {strike:g} {TYPES[kind]} {when}",
                        type=TYPES[kind],
                        exchange_token=token,
                        strike=strike,
                        listed=date.fromordinal(since),
                        **common,  # type: ignore[arg-type]
                    )
                )
        return made

    def _future(self, u: Underlying, series: Series, day: date) -> Contract:
        token = str(token_of(u, series.expiry, 0.0, FUTURE))
        level = self._daily.close(u.symbol, self._daily.number(series.near_since or day) - 1)
        return Contract(
            key=f"{u.segment}|{token}",
            segment=u.segment,
            exchange=u.exchange,
            trading_symbol=f"{u.symbol} FUT {series.expiry:%d %b %y}".upper(),
            name=u.symbol if u.is_index else u.name,
            type="FUT",
            isin="",
            exchange_token=token,
            lot_size=u.lot(series.expiry),
            tick=u.future_tick(level),
            freeze_quantity=u.freeze(day, series.expiry, True),
            expiry=series.expiry,
            strike=0.0,
            weekly=False,
            underlying=u.symbol,
            underlying_key=u.key,
            underlying_type="INDEX" if u.is_index else "EQUITY",
            listed=series.near_since or day,
        )


def token_of(u: Underlying, expiry: date, strike: float, kind: int) -> int:
    week = (expiry - FIRST_MONDAY).days // 7
    return ((u.number * WEEKS + week) * STRIKES + round(strike / u.step)) * 2 + (kind == PUT)


@cache
def cash() -> tuple[Contract, ...]:
    """Indices and shares."""
    return (
        *(_of_underlying(u) for u in UNDERLYINGS),
        _cash_contract(VIX_KEY, "26017", "India VIX"),
    )


def _of_underlying(u: Underlying) -> Contract:
    made = _cash_contract(u.key, u.token, u.name)
    if u.is_index:
        return replace(made, exchange=u.exchange, trading_symbol=u.symbol)
    return replace(
        made,
        trading_symbol=u.symbol,
        type=TYPES[EQUITY],
        isin=u.isin,
        lot_size=1,
        tick=u.tick,
        freeze_quantity=SHARE_FREEZE,
    )


def _cash_contract(key: str, token: str, name: str) -> Contract:
    """Something that is not traded, which is what an index is."""
    return Contract(
        key=key,
        segment=key.split("|")[0],
        exchange="NSE",
        trading_symbol=name.upper(),
        name=name,
        type=TYPES[INDEX],
        isin="",
        exchange_token=token,
        lot_size=0,
        tick=0.0,
        freeze_quantity=0,
        expiry=None,
        strike=0.0,
        weekly=False,
        underlying="",
        underlying_key="",
        underlying_type="",
        listed=FIRST_MONDAY,
    )
