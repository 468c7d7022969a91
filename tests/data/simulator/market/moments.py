"""Moments and contracts that the market's tests share."""

from datetime import date, datetime

from core.clock import IST
from data.simulator.market import Contract, Market

MONDAY = date(2026, 11, 23)
WEDNESDAY = date(2026, 11, 25)
WEEKLY = date(2026, 12, 1)
NIFTY = "NSE_INDEX|Nifty 50"
VIX = "NSE_INDEX|India VIX"
RELIANCE = "NSE_EQ|INE002A01018"


def at(day: date, hour: int, minute: int = 0, second: int = 0, ms: int = 0) -> int:
    moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)
    return int(moment.timestamp()) * 1000 + ms


def series(market: Market, symbol: str, expiry: date, day: date) -> list[Contract]:
    return [c for c in market.listed(day).values() if c.underlying == symbol and c.expiry == expiry]


def option(market: Market, strike: float, kind: str, expiry: date = WEEKLY) -> Contract:
    found = series(market, "NIFTY", expiry, MONDAY)
    return next(c for c in found if c.strike == strike and c.type == kind)
