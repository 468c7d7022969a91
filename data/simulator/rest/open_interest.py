"""Open interest figures of one option chain: OI, its change, put-call ratio, max pain."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.answers import ApiError, success
from data.simulator.clock import at_ist, day_of
from data.simulator.exchange import Exchange, Handler
from data.simulator.market import Contract, Market
from data.simulator.rest.asked import day_asked, underlying_asked

MOST_BUCKETS: Final = 400
one_at_a_time: Final = threading.Lock()  # no market is asked from two threads


@dataclass(frozen=True, slots=True)
class Asked:
    """A chain, and the moment that is asked about."""

    market: Market
    underlying: Contract
    expiry: date
    day: date
    until: int
    step: int


@dataclass(frozen=True, slots=True)
class Interest:
    """Open interest by strike at one moment, and the underlying's level."""

    strikes: NDArray[np.float64]
    calls: NDArray[np.int64]
    puts: NDArray[np.int64]
    spot: float

    @property
    def ratio(self) -> float:
        return round(float(self.puts.sum() / self.calls.sum()), 4) if self.calls.sum() else 0.0

    @property
    def max_pain(self) -> float:
        """The strike at which option holders together receive least."""
        ends = self.strikes[:, None]
        to_calls = np.maximum(ends - self.strikes, 0) @ self.calls
        to_puts = np.maximum(self.strikes - ends, 0) @ self.puts
        return float(self.strikes[np.argmin(to_calls + to_puts)])


def routes(exchange: Exchange) -> list[Route]:
    return [
        exchange.route("/v2/market/oi", _answer(open_interest)),
        exchange.route("/v2/market/change-oi", _answer(change, "interval")),
        exchange.route("/v2/market/max-pain", _answer(max_pain, "bucket_interval")),
        exchange.route("/v2/market/pcr", _answer(put_call_ratio, "bucket_interval")),
    ]


def _answer(figure: Callable[[Asked], dict[str, Any]], step: str = "") -> Handler:
    """In a thread: a past day must be made, then hundreds of chains may be needed."""

    async def handle(exchange: Exchange, request: Request) -> Response:
        underlying = underlying_asked(exchange, request)
        query, now = request.query_params, exchange.now_ms()

        def work() -> dict[str, Any]:
            with one_at_a_time:
                return figure(_asked(exchange.market, underlying, query, step, now))

        return success(await asyncio.to_thread(work))

    return handle


@lru_cache(maxsize=2)
def twin(market: Market, symbol: str) -> Market:
    """The same market with one underlying's contracts; `market` itself is the event loop's."""
    return Market(market.seed, [symbol], market.activity)


def open_interest(asked: Asked) -> dict[str, Any]:
    found = interest(asked, asked.until)
    return {
        "total_puts": int(found.puts.sum()),
        "total_calls": int(found.calls.sum()),
        "spot_closing_price": found.spot,
        "expiry": f"{asked.expiry:%d-%m-%Y}",
        "call_put_oi_data_list": [
            {"call_oi": call, "put_oi": put, "strike_price": strike}
            for strike, call, put in _by_strike(found.strikes, found.calls, found.puts)
        ],
    }


def change(asked: Asked) -> dict[str, Any]:
    """Against the close `interval` trading days before; what was not listed then had none."""
    market, before = asked.market, asked.day
    for _ in range(asked.step):
        before -= timedelta(days=1)
        while not market.is_trading_day(before):
            before -= timedelta(days=1)
    now = interest(asked, asked.until)
    then = interest(asked, _close(market, before))
    old = {s: (c, p) for s, c, p in _by_strike(then.strikes, then.calls, then.puts)}
    changes = [
        (strike, call - old.get(strike, (0, 0))[0], put - old.get(strike, (0, 0))[1])
        for strike, call, put in _by_strike(now.strikes, now.calls, now.puts)
    ]
    return {
        "total_put_change_oi": sum(put for _, _, put in changes),
        "total_call_change_oi": sum(call for _, call, _ in changes),
        "spot_closing_price": now.spot,
        "expiry": f"{asked.expiry:%d-%m-%Y}",
        "call_put_oi_data_list": [
            {"strike_price": strike, "call_change_oi": call, "put_change_oi": put}
            for strike, call, put in changes
        ],
    }


def max_pain(asked: Asked) -> dict[str, Any]:
    return _told(asked, "max_pain", lambda found: found.max_pain)


def put_call_ratio(asked: Asked) -> dict[str, Any]:
    return _told(asked, "pcr", lambda found: found.ratio)


def _told(asked: Asked, name: str, figure: Callable[[Interest], float]) -> dict[str, Any]:
    """A figure of the chain as it is now, and as it was through the day."""
    insights = [(moment, interest(asked, moment)) for moment in _moments(asked)]
    newest = interest(asked, asked.until)
    return {
        "instrument_key": asked.underlying.key,
        "expiry_date": f"{asked.expiry:%d-%m-%Y}",
        name: figure(newest),
        "spot_closing_price": newest.spot,
        "insights": [
            {name: figure(found), "spot_price": found.spot, "time": _clock(moment)}
            for moment, found in insights
        ],
    }


def interest(asked: Asked, moment: int) -> Interest:
    chain = _chain(asked.market, asked.underlying, asked.expiry, day_of(moment))
    spot = asked.market.spot(asked.underlying.trading_symbol, moment)
    if not chain:
        none = np.empty(0, dtype=np.int64)
        return Interest(np.empty(0), none, none, spot)
    found = asked.market.quotes([leg.key for leg in chain], moment).oi
    strikes, at = np.unique([float(leg.strike) for leg in chain], return_inverse=True)
    calls, puts = np.zeros(len(strikes), np.int64), np.zeros(len(strikes), np.int64)
    is_call = np.array([leg.type == "CE" for leg in chain])
    calls[at[is_call]], puts[at[~is_call]] = found[is_call], found[~is_call]
    return Interest(strikes, calls, puts, spot)


def _chain(market: Market, underlying: Contract, expiry: date, day: date) -> list[Contract]:
    return [
        contract
        for contract in market.listed(day).values()
        if contract.underlying_key == underlying.key
        and contract.expiry == expiry
        and contract.type in ("CE", "PE")
    ]


def _asked(
    market: Market, underlying: Contract, query: Mapping[str, str], step: str, now: int
) -> Asked:
    expiry, day = day_asked(query, "expiry", "UDAPI1088"), day_asked(query, "date", "UDAPI1088")
    if day > day_of(now) or not market.is_trading_day(day) or expiry < day:
        raise ApiError("UDAPI1088", field="date", value=day.isoformat())
    size = query.get(step, "") if step else "1"
    if not size.isdigit() or not 1 <= int(size) <= MOST_BUCKETS:
        raise ApiError("UDAPI1028", field=step, value=size or None)
    try:
        own = twin(market, underlying.trading_symbol)
    except KeyError:  # no derivatives
        raise ApiError("UDAPI100011", field="instrument_key", value=underlying.key) from None
    if not _chain(own, underlying, expiry, day):
        raise ApiError("UDAPI1088", field="expiry", value=expiry.isoformat())
    return Asked(own, underlying, expiry, day, min(now, _close(own, day)), int(size))


def _close(market: Market, day: date) -> int:
    hours = market.hours(day)
    return hours[1] if hours else at_ist(day, 15, 40)


def _moments(asked: Asked) -> Sequence[int]:
    hours = asked.market.hours(asked.day)
    return range(hours[0], asked.until + 1, asked.step * 60_000) if hours else ()


def _by_strike(
    strikes: NDArray[np.float64], calls: NDArray[np.int64], puts: NDArray[np.int64]
) -> list[tuple[float, int, int]]:
    return list(zip(strikes.tolist(), calls.tolist(), puts.tolist(), strict=True))


def _clock(moment: int) -> str:
    minutes = (moment + 19_800_000) // 60_000 % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"
