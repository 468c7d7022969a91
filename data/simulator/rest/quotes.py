"""Market quotes, v2 and v3: full, OHLC, last price, option greeks."""

import asyncio
from collections.abc import Callable
from math import isnan
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.answers import ApiError, success
from data.simulator.clock import day_of, iso
from data.simulator.exchange import Exchange, Handler
from data.simulator.market import Bars, Contract, Quotes
from data.simulator.rest.asked import contracts_of, keys_asked
from data.simulator.rest.candles import one_at_a_time
from data.simulator.symbols import exchange_symbol, map_key

MOST_KEYS: Final = 500
MOST_GREEKS: Final = 50
LEVELS: Final = 5
INTERVALS: Final = {"1d": 0, "I1": 1, "I30": 30}

One = Callable[[Exchange, Contract, Quotes, int], dict[str, Any]]


def routes(exchange: Exchange) -> list[Route]:
    return [
        exchange.route("/v2/market-quote/quotes", _answer(full, "UDAPI100042")),
        exchange.route("/v3/market-quote/quotes", _answer(full_with_auction, "UDAPI100042")),
        exchange.route("/v2/market-quote/ltp", _answer(last_price, "UDAPI100043")),
        exchange.route("/v3/market-quote/ltp", _answer(last_trade, "UDAPI100043")),
        exchange.route("/v2/market-quote/ohlc", bars_old),
        exchange.route("/v3/market-quote/ohlc", bars),
        exchange.route(
            "/v3/market-quote/option-greek", _answer(greeks, "UDAPI100076", MOST_GREEKS)
        ),
    ]


def _answer(one: One, too_many: str, most: int = MOST_KEYS) -> Handler:
    """A call that answers a map with `one` of each key."""

    async def handle(exchange: Exchange, request: Request) -> Response:
        keys = keys_asked(request, most, too_many)
        contracts = contracts_of(exchange, keys)
        quotes = exchange.market.quotes(keys, exchange.now_ms())
        return success({map_key(c): one(exchange, c, quotes, i) for i, c in enumerate(contracts)})

    return handle


def full(exchange: Exchange, contract: Contract, q: Quotes, i: int) -> dict[str, Any]:
    index = contract.type == "INDEX"
    last = float(q.ltp[i])
    return {
        "ohlc": _day(q, i),
        "depth": {
            "buy": _ladder(q.bid, q.bid_qty, q.bid_orders, i),
            "sell": _ladder(q.ask, q.ask_qty, q.ask_orders, i),
        },
        "timestamp": iso(exchange.now_ms() + exchange.faults.skew_ms),
        "instrument_token": contract.key,
        "symbol": exchange_symbol(contract),
        "last_price": last,
        "volume": int(q.volume[i]),
        "average_price": 0.0 if index else float(q.average[i]),
        "oi": float(q.oi[i]),
        "net_change": round(last - float(q.close[i]), 2),
        "total_buy_quantity": float(q.total_buy[i]),
        "total_sell_quantity": float(q.total_sell[i]),
        "lower_circuit_limit": float(q.lower_circuit[i]),
        "upper_circuit_limit": float(q.upper_circuit[i]),
        "last_trade_time": str(int(q.ltt[i])),
        "oi_day_high": float(max(q.oi[i], q.oi_prev[i])),
        "oi_day_low": float(min(q.oi[i], q.oi_prev[i])),
    }


def full_with_auction(exchange: Exchange, contract: Contract, q: Quotes, i: int) -> dict[str, Any]:
    answer = full(exchange, contract, q, i)
    opens = exchange.market.hours(day_of(int(q.event[i])))
    answer["ohlc"] |= {"volume": int(q.volume[i]), "ts": opens[0] if opens else int(q.event[i])}
    return answer | {
        "prev_close_price": float(q.close[i]),
        "year_high": float(q.year_high[i]),
        "year_low": float(q.year_low[i]),
        "previous_oi": float(q.oi_prev[i]),
        "indicative_equilibrium_price": float(q.auction_price[i]),
        "reference_price": float(q.reference[i] or q.close[i]),
        "indicative_equilibrium_quantity": int(q.auction_quantity[i]),
        "indicative_imbalance_quantity_total": int(q.imbalance[i]),
        "indicative_imbalance_quantity_market": int(q.imbalance_market[i]),
        "cas_eligible": contract.type == "EQ",
    }


def last_price(exchange: Exchange, contract: Contract, q: Quotes, i: int) -> dict[str, Any]:
    return {"last_price": float(q.ltp[i]), "instrument_token": contract.key}


def last_trade(exchange: Exchange, contract: Contract, q: Quotes, i: int) -> dict[str, Any]:
    return {
        "last_price": float(q.ltp[i]),
        "instrument_token": contract.key,
        "ltq": int(q.ltq[i]),
        "volume": int(q.volume[i]),
        "cp": float(q.close[i]),
    }


def greeks(exchange: Exchange, contract: Contract, q: Quotes, i: int) -> dict[str, Any]:
    answer = last_trade(exchange, contract, q, i)
    for name in ("iv", "vega", "gamma", "theta", "delta"):
        value = float(getattr(q, name)[i])
        answer[name] = 0.0 if isnan(value) else value  # the broker's word for "not solved"
    return answer | {"oi": float(q.oi[i])}


async def bars(exchange: Exchange, request: Request) -> Response:
    minutes = _interval(request)
    keys = keys_asked(request, MOST_KEYS, "UDAPI100043")
    contracts = contracts_of(exchange, keys)
    now = exchange.now_ms()
    quotes = exchange.market.quotes(keys, now)

    def answer() -> dict[str, Any]:
        return {
            map_key(c): _live_bars(exchange, c, quotes, i, minutes, now)
            for i, c in enumerate(contracts)
        }

    return success(await asyncio.to_thread(answer))


def _live_bars(
    exchange: Exchange, contract: Contract, q: Quotes, i: int, minutes: int, now: int
) -> dict[str, Any]:
    """The running bar, and the one before it; of days only the running one."""
    answer = {"last_price": float(q.ltp[i]), "instrument_token": contract.key, "prev_ohlc": None}
    day = day_of(int(q.event[i]))
    if minutes == 0:
        hours = exchange.market.hours(day)
        start = hours[0] if hours else int(q.event[i])
        return answer | {"live_ohlc": {**_day(q, i), "volume": int(q.volume[i]), "ts": start}}
    with one_at_a_time:
        found = exchange.market.bars(contract.key, day, day, minutes, now)
    last = len(found.time) - 1
    return answer | {
        "prev_ohlc": _bar(found, last - 1) if last > 0 else None,
        "live_ohlc": _bar(found, last) if last >= 0 else None,
    }


async def bars_old(exchange: Exchange, request: Request) -> Response:
    _interval(request)
    keys = keys_asked(request, MOST_KEYS, "UDAPI100043")
    contracts = contracts_of(exchange, keys)
    quotes = exchange.market.quotes(keys, exchange.now_ms())
    return success(
        {
            map_key(c): {"ohlc": _day(quotes, i), **last_price(exchange, c, quotes, i)}
            for i, c in enumerate(contracts)
        }
    )


def _interval(request: Request) -> int:
    asked = request.query_params.get("interval")
    if not asked:
        raise ApiError("UDAPI1027", field="interval")
    if asked not in INTERVALS:
        raise ApiError("UDAPI1028", field="interval", value=asked)
    return INTERVALS[asked]


def _day(q: Quotes, i: int) -> dict[str, Any]:
    return {
        "open": float(q.open[i]),
        "high": float(q.high[i]),
        "low": float(q.low[i]),
        "close": float(q.ltp[i]),
    }


def _bar(found: Bars, i: int) -> dict[str, Any]:
    return {
        "open": float(found.open[i]),
        "high": float(found.high[i]),
        "low": float(found.low[i]),
        "close": float(found.close[i]),
        "volume": int(found.volume[i]),
        "ts": int(found.time[i]) * 1000,
    }


def _ladder(prices: Any, quantities: Any, orders: Any, i: int) -> list[dict[str, Any]]:
    return [
        {"quantity": int(quantity), "price": float(price), "orders": int(count)}
        for price, quantity, count in zip(
            prices[i, :LEVELS], quantities[i, :LEVELS], orders[i, :LEVELS], strict=True
        )
    ]
