"""The underlyings of the exchange: indices and shares under one shape, numbered for good."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from core.instruments.constituents import NIFTY_50, nifty_50
from data.simulator.market.rules import (
    FREEZE,
    FUTURE_FREEZE,
    INDICES,
    LOTS,
    in_force,
    index_future_tick,
)
from data.simulator.market.shares import SHARES, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Underlying:
    """`number` is part of every contract's token; steps, ticks and level in rupees."""

    number: int
    symbol: str
    key: str
    name: str
    exchange: str
    token: str
    isin: str
    is_index: bool
    level: float
    step: float
    long_step: float
    tick: float
    option_tick: float

    @property
    def segment(self) -> str:
        return f"{self.exchange}_FO"

    def lot(self, expiry: date) -> int:
        return in_force(LOTS[self.symbol], expiry) if self.is_index else _share(self.symbol).lot

    def freeze(self, day: date, expiry: date, future: bool) -> int:
        """The largest order the broker takes: whole lots within the exchange's freeze quantity."""
        if not self.is_index:
            return _share(self.symbol).freeze
        lot = self.lot(expiry)
        limit = in_force(FREEZE[self.symbol], day)
        if future:
            limit = FUTURE_FREEZE.get(self.symbol, limit)
        return limit // lot * lot

    def future_tick(self, level: float) -> float:
        if not self.is_index:
            return self.tick
        return index_future_tick(level) if self.exchange == "NSE" else 0.05


@cache
def _share(symbol: str) -> Share:
    return next(s for s in SHARES if s.symbol == symbol)


def _all() -> tuple[Underlying, ...]:
    indices = [
        Underlying(
            number=n,
            symbol=i.symbol,
            key=i.key,
            name=i.name,
            exchange=i.exchange,
            token=i.token,
            isin="",
            is_index=True,
            level=i.level,
            step=i.step,
            long_step=i.long_step,
            tick=0.05,
            option_tick=0.05,
        )
        for n, i in enumerate(INDICES)
    ]
    who = {c.symbol: c for c in nifty_50(max(NIFTY_50))}
    shares = [
        Underlying(
            number=len(INDICES) + n,
            symbol=s.symbol,
            key=f"NSE_EQ|{who[s.symbol].isin}",
            name=who[s.symbol].name.upper(),
            exchange="NSE",
            token=str(s.token),
            isin=who[s.symbol].isin,
            is_index=False,
            level=s.level,
            step=s.step,
            long_step=0.0,
            tick=s.tick,
            option_tick=s.option_tick,
        )
        for n, s in enumerate(SHARES)
    ]
    return (*indices, *shares)


UNDERLYINGS: Final = _all()
BY_SYMBOL: Final = {u.symbol: u for u in UNDERLYINGS}
BY_KEY: Final = {u.key: u for u in UNDERLYINGS}
