"""Candles: historical and of today, v3, the deprecated v2, and of expired contracts."""

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.clock import IST
from data.simulator.answers import ApiError, success
from data.simulator.clock import day_of
from data.simulator.exchange import Exchange
from data.simulator.market import Bars
from data.simulator.rest.asked import DAY, KEY, day_asked

Unit = Literal["minutes", "days", "weeks", "months"]

one_at_a_time: Final = threading.Lock()  # the market makes bars for one thread at a time
PIECE: Final = timedelta(days=60)
DAY_LONG: Final = timedelta(days=1)
TURN_SECONDS: Final = 0.001  # a lock alone would go to the same thread again

IST_S: Final = 19_800
DAY_S: Final = 86_400
FIRST_MINUTES: Final = date(2022, 1, 1)
FIRST_DAYS: Final = date(2000, 1, 1)
MOST: Final = {"minutes": 300, "hours": 5, "days": 1, "weeks": 1, "months": 1}
SHORT_MINUTES: Final = 15  # up to here a call may span one month, above a quarter

OLD_INTERVALS: Final[Mapping[str, tuple[Unit, int, int]]] = {
    "1minute": ("minutes", 1, 1),
    "30minute": ("minutes", 30, 12),
    "day": ("days", 1, 12),
    "week": ("weeks", 1, 120),
    "month": ("months", 1, 120),
}
"""Interval word → unit, how many of it, and how many months back it reaches."""

EXPIRED_INTERVALS: Final[Mapping[str, tuple[Unit, int]]] = {
    "1minute": ("minutes", 1),
    "3minute": ("minutes", 3),
    "5minute": ("minutes", 5),
    "15minute": ("minutes", 15),
    "30minute": ("minutes", 30),
    "day": ("days", 1),
}


def routes(exchange: Exchange) -> list[Route]:
    v3, v2 = "/v3/historical-candle", "/v2/historical-candle"
    return [
        exchange.route(v3 + "/intraday/{key}/{unit}/{interval}", today, public=True),
        exchange.route(v3 + "/{key}/{unit}/{interval}/{to_date}", history, public=True),
        exchange.route(v3 + "/{key}/{unit}/{interval}/{to_date}/{from_date}", history, public=True),
        exchange.route(v2 + "/intraday/{key}/{interval}", today_old, public=True),
        exchange.route(v2 + "/{key}/{interval}/{to_date}", history_old, public=True),
        exchange.route(v2 + "/{key}/{interval}/{to_date}/{from_date}", history_old, public=True),
        exchange.route(
            "/v2/expired-instruments/historical-candle/{key}/{interval}/{to_date}/{from_date}",
            expired,
        ),
    ]


async def history(exchange: Exchange, request: Request) -> Response:
    key, (unit, count) = _key_asked(exchange, request), _length_asked(request)
    last = day_asked(request.path_params, "to_date", "UDAPI1022")
    first = _first_asked(request, last)
    reach = _reach(unit, count)
    if first is None:
        first = FIRST_DAYS if reach is None else months_before(last, reach)
    elif reach is not None and first < months_before(last, reach):
        raise ApiError("UDAPI1148", field="from_date", value=first.isoformat())
    return await _answer(exchange, key, unit, count, first, last)


async def today(exchange: Exchange, request: Request) -> Response:
    key, (unit, count) = _key_asked(exchange, request), _length_asked(request)
    if unit not in ("minutes", "days"):
        raise ApiError("UDAPI1146", field="unit", value=unit)
    return await _answer_today(exchange, key, unit, count)


async def history_old(exchange: Exchange, request: Request) -> Response:
    key, (unit, count, reach) = _key_asked(exchange, request), _old_interval(request)
    last = day_asked(request.path_params, "to_date", "UDAPI1022")
    reached = months_before(last, reach)
    first = max(_first_asked(request, last) or reached, reached)
    return await _answer(exchange, key, unit, count, first, last)


async def today_old(exchange: Exchange, request: Request) -> Response:
    key, (unit, count, _) = _key_asked(exchange, request), _old_interval(request)
    if unit != "minutes":
        raise ApiError("UDAPI1020", field="interval", value=request.path_params["interval"])
    return await _answer_today(exchange, key, unit, count)


async def expired(exchange: Exchange, request: Request) -> Response:
    asked = request.path_params["interval"]
    if asked not in EXPIRED_INTERVALS:
        raise ApiError("UDAPI1020", field="interval", value=asked)
    unit, count = EXPIRED_INTERVALS[asked]
    key, expiry = _expired_key_asked(exchange, request)
    last = day_asked(request.path_params, "to_date", "UDAPI1022")
    first = _first_asked(request, last)
    assert first is not None
    return await _answer(exchange, key, unit, count, first, min(last, expiry))


def _expired_key_asked(exchange: Exchange, request: Request) -> tuple[str, date]:
    """`SEGMENT|token|dd-MM-yyyy`, taken apart."""
    asked = str(request.path_params["key"])
    key, _, day = asked.rpartition("|")
    try:
        expiry = datetime.strptime(day, "%d-%m-%Y").replace(tzinfo=IST).date()
    except ValueError:
        raise ApiError("UDAPI1021", field="instrument_key", value=asked) from None
    over = expiry < exchange.today() and not exchange.market.was_listed(key, exchange.today())
    if not over or not exchange.market.was_listed(key, expiry):
        raise ApiError("UDAPI100011", field="instrument_key", value=asked)
    return key, expiry


async def _answer(
    exchange: Exchange, key: str, unit: Unit, count: int, first: date, last: date
) -> Response:
    """Past days only: today is not in it, even after the close."""
    yesterday = exchange.today() - timedelta(days=1)
    first = max(first, FIRST_MINUTES if unit == "minutes" else FIRST_DAYS)
    last = min(last, yesterday)
    if first > last:
        return success({"candles": []})
    found = await asyncio.to_thread(_bars, exchange, key, unit, count, first, last)
    return success({"candles": rows(found)})


async def _answer_today(exchange: Exchange, key: str, unit: Unit, count: int) -> Response:
    """Of the session that runs or last ran."""
    day, now = exchange.today(), exchange.now_ms()
    hours = exchange.market.hours(day)
    while hours is None or now < hours[0]:
        day -= timedelta(days=1)
        hours = exchange.market.hours(day)
    found = await asyncio.to_thread(_bars, exchange, key, unit, count, day, day)
    return success({"candles": rows(found)})


def _bars(exchange: Exchange, key: str, unit: Unit, count: int, first: date, last: date) -> Bars:
    """In a thread of its own, like whoever else asks: they take turns, a piece of the span each."""
    market, now = exchange.market, exchange.now_ms()
    if unit in ("weeks", "months"):
        first = _period_start(first, unit)
    pieces = []
    while first <= last:
        until = min(last, first + PIECE)
        with one_at_a_time:
            if unit == "minutes":
                pieces.append(market.bars(key, first, until, count, now))
            else:
                pieces.append(market.day_bars(key, first, until, now))
        time.sleep(TURN_SECONDS)
        first = until + DAY_LONG
    found = joined(pieces)
    return found if unit in ("minutes", "days") else grouped(found, unit)


def joined(pieces: Sequence[Bars]) -> Bars:
    return Bars(
        **{
            field.name: np.concatenate([getattr(piece, field.name) for piece in pieces])
            for field in fields(Bars)
        }
    )


def grouped(days: Bars, unit: Unit) -> Bars:
    """Weeks (from Monday) or months made of days; a bar stands at its period's first day."""
    if not len(days):
        return days
    starts = [_period_start(day_of(int(t) * 1000), unit) for t in days.time]
    ordinals = np.array([start.toordinal() for start in starts])
    edges = np.flatnonzero(np.r_[True, ordinals[1:] != ordinals[:-1]])
    ends = np.r_[edges[1:], len(ordinals)] - 1
    epoch = date(1970, 1, 1).toordinal()
    return Bars(
        time=(ordinals[edges] - epoch) * DAY_S - IST_S,
        open=days.open[edges],
        high=np.maximum.reduceat(days.high, edges),
        low=np.minimum.reduceat(days.low, edges),
        close=days.close[ends],
        volume=np.add.reduceat(days.volume, edges),
        oi=days.oi[ends],
    )


def rows(bars: Bars) -> list[list[Any]]:
    """Newest first, times as ISO strings of India."""
    local = np.datetime_as_string((bars.time + IST_S).astype("datetime64[s]")).tolist()
    stamps = [f"{stamp}+05:30" for stamp in local]
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume, bars.oi)
    listed = [column.tolist() for column in columns]
    return [list(row) for row in zip(stamps, *listed, strict=True)][::-1]


def _period_start(day: date, unit: Unit) -> date:
    return day.replace(day=1) if unit == "months" else day - timedelta(days=day.weekday())


def _reach(unit: Unit, count: int) -> int | None:
    """How many months one call may span; None without limit."""
    if unit == "minutes":
        return 1 if count <= SHORT_MINUTES else 3
    return 120 if unit == "days" else None


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    month_after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (month_after - first).days))


# What was asked


def _key_asked(exchange: Exchange, request: Request) -> str:
    key = str(request.path_params["key"])
    if not KEY.fullmatch(key):
        raise ApiError("UDAPI1021", field="instrument_key", value=key)
    if key not in exchange.listing().contracts:
        raise ApiError("UDAPI100011", field="instrument_key", value=key)
    return key


def _length_asked(request: Request) -> tuple[Unit, int]:
    """Unit and count of v3, hours told as minutes."""
    unit, count = request.path_params["unit"], request.path_params["interval"]
    if unit not in MOST:
        raise ApiError("UDAPI1146", field="unit", value=unit)
    if not count.isdigit() or not 1 <= int(count) <= MOST[unit]:
        raise ApiError("UDAPI1147", field="interval", value=count)
    return ("minutes", 60 * int(count)) if unit == "hours" else (unit, int(count))


def _old_interval(request: Request) -> tuple[Unit, int, int]:
    asked = request.path_params["interval"]
    if asked not in OLD_INTERVALS:
        raise ApiError("UDAPI1020", field="interval", value=asked)
    return OLD_INTERVALS[asked]


def _first_asked(request: Request, last: date) -> date | None:
    raw = request.path_params.get("from_date")
    if raw is None:
        return None
    first = day_asked(request.path_params, "from_date", "UDAPI1015")
    if first > last or not DAY.fullmatch(raw):
        raise ApiError("UDAPI1015", field="from_date", value=raw)
    return first
