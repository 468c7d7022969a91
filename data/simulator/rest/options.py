"""Option chain and contracts, of today and expired."""

from datetime import date
from math import erf, isnan, log, sqrt
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.answers import ApiError, success
from data.simulator.clock import YEAR_MS
from data.simulator.exchange import Exchange
from data.simulator.listing import MONTHS, WEEKS
from data.simulator.market import Contract, Quotes
from data.simulator.rest.asked import day_asked, underlying_asked
from data.simulator.rest.records import contract_record


def routes(exchange: Exchange) -> list[Route]:
    expired = "/v2/expired-instruments"
    return [
        exchange.route("/v2/option/chain", chain),
        exchange.route("/v2/option/contract", contracts),
        exchange.route(f"{expired}/expiries", expired_expiries),
        exchange.route(f"{expired}/option/contract", expired_options),
        exchange.route(f"{expired}/future/contract", expired_futures),
    ]


async def chain(exchange: Exchange, request: Request) -> Response:
    underlying = underlying_asked(exchange, request)
    expiry = _expiry_asked(exchange, request, underlying)
    legs = exchange.listing().chain(underlying.key, expiry)
    if not legs:
        return success([])
    now = exchange.now_ms()
    quotes = exchange.market.quotes([leg.key for leg in legs], now)
    spot = exchange.market.spot(legs[0].underlying, now)
    years = max(0.0, exchange.expires_ms(expiry) - now) / YEAR_MS
    strikes: dict[float, dict[str, Any]] = {}
    for i, leg in enumerate(legs):
        row = strikes.setdefault(leg.strike, _row(expiry, leg, spot))
        side = "call_options" if leg.type == "CE" else "put_options"
        row[side] = _side(leg, quotes, i, spot, years)
    return success([_with_ratio(row) for row in strikes.values()])


def _row(expiry: date, leg: Contract, spot: float) -> dict[str, Any]:
    return {
        "expiry": expiry.isoformat(),
        "pcr": 0.0,
        "strike_price": float(leg.strike),
        "underlying_key": leg.underlying_key,
        "underlying_spot_price": spot,
    }


def _with_ratio(row: dict[str, Any]) -> dict[str, Any]:
    call = row["call_options"]["market_data"]["oi"] if "call_options" in row else 0.0
    put = row["put_options"]["market_data"]["oi"] if "put_options" in row else 0.0
    row["pcr"] = round(put / call, 4) if call else 0.0
    return row


def _side(leg: Contract, q: Quotes, i: int, spot: float, years: float) -> dict[str, Any]:
    iv = float(q.iv[i])
    greeks = {name: _solved(getattr(q, name)[i]) for name in ("vega", "theta", "gamma", "delta")}
    return {
        "instrument_key": leg.key,
        "market_data": {
            "ltp": float(q.ltp[i]),
            "volume": int(q.volume[i]),
            "oi": float(q.oi[i]),
            "close_price": float(q.close[i]),
            "bid_price": float(q.bid[i, 0]),
            "bid_qty": int(q.bid_qty[i, 0]),
            "ask_price": float(q.ask[i, 0]),
            "ask_qty": int(q.ask_qty[i, 0]),
            "prev_oi": float(q.oi_prev[i]),
        },
        "option_greeks": {
            **greeks,
            "iv": round(_solved(iv) * 100, 4),
            "pop": round(100 * profit_chance(leg, float(q.ltp[i]), iv, spot, years), 2),
        },
    }


def profit_chance(leg: Contract, price: float, iv: float, spot: float, years: float) -> float:
    """The chance that a buyer at `price` gains by expiry, under the option's own volatility."""
    even = leg.strike + price if leg.type == "CE" else leg.strike - price
    if isnan(iv) or iv <= 0 or years <= 0 or even <= 0:
        return 0.0
    deviation = iv * sqrt(years)
    above = (log(spot / even) - deviation**2 / 2) / deviation
    return _normal(above) if leg.type == "CE" else _normal(-above)


def _normal(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2


def _solved(value: Any) -> float:
    number = float(value)
    return 0.0 if isnan(number) else number  # the broker's word for "not solved"


async def contracts(exchange: Exchange, request: Request) -> Response:
    underlying = underlying_asked(exchange, request)
    listing = exchange.listing()
    if request.query_params.get("expiry_date"):
        expiries = [_expiry_asked(exchange, request, underlying)]
    else:
        expiries = listing.expiries(underlying.key)
    legs = [leg for expiry in expiries for leg in listing.chain(underlying.key, expiry)]
    return success([contract_record(leg) for leg in legs])


def _expiry_asked(exchange: Exchange, request: Request, underlying: Contract) -> date:
    """A date, or one of the broker's words for one."""
    word = request.query_params.get("expiry_date", "")
    if word in WEEKS or word in MONTHS:
        found = exchange.listing().expiry_of(underlying.key, word)
        if found is None:
            raise ApiError("UDAPI1088", field="expiry_date", value=word)
        return found
    return day_asked(request.query_params, "expiry_date", "UDAPI1088")


# Expired


async def expired_expiries(exchange: Exchange, request: Request) -> Response:
    underlying = underlying_asked(exchange, request)
    if not exchange.listing().expiries(underlying.key):
        return success([])
    days = exchange.market.expired(exchange.symbol(underlying), exchange.today())
    return success([day.isoformat() for day in days])


async def expired_options(exchange: Exchange, request: Request) -> Response:
    return success([contract_record(c, expired=True) for c in _expired(exchange, request, True)])


async def expired_futures(exchange: Exchange, request: Request) -> Response:
    return success([contract_record(c, expired=True) for c in _expired(exchange, request, False)])


def _expired(exchange: Exchange, request: Request, options: bool) -> list[Contract]:
    symbol = exchange.symbol(underlying_asked(exchange, request))
    expiry = day_asked(request.query_params, "expiry_date", "UDAPI1088")
    if expiry >= exchange.today():
        return []
    try:
        found = exchange.market.expired_contracts(symbol, expiry)
    except KeyError:  # nothing of this underlying ended on that day
        return []
    return [c for c in found if (c.type in ("CE", "PE")) == options]
