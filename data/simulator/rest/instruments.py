"""Instrument files of the day, and the search over them."""

import asyncio
import gzip
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from math import ceil
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.answers import ApiError, no_such_route, success
from data.simulator.exchange import Exchange
from data.simulator.listing import MONTHS, WEEKS, Listing
from data.simulator.market import Contract, Market
from data.simulator.rest.records import file_record, search_record

FILES: Final = {"complete": ("NSE", "BSE"), "NSE": ("NSE",), "BSE": ("BSE",)}
FOLDER: Final = "/market-quote/instruments/exchange"
QUICK: Final = 3  # gzip level: the file is made while somebody waits for it
MOST_RECORDS: Final = 30
USUAL_RECORDS: Final = 10
SEGMENT_WORDS: Final = {"EQ": ("EQ",), "FO": ("FUT", "CE", "PE"), "INDEX": ("INDEX",)}
EXPIRY_WORDS: Final = {
    **{word: word for word in (*WEEKS, *MONTHS)},
    **dict.fromkeys(("this_week", "near_week", "weekly"), "current_week"),
    **dict.fromkeys(("this_month", "near_month", "monthly"), "current_month"),
}


def routes(exchange: Exchange) -> list[Route]:
    return [
        exchange.route(FOLDER + "/{name}.json.gz", file_of_the_day, public=True),
        exchange.route("/v2/instruments/search", search),
    ]


async def file_of_the_day(exchange: Exchange, request: Request) -> Response:
    name = request.path_params["name"]
    if name not in FILES:
        raise no_such_route()
    body = await asyncio.to_thread(instrument_file, exchange.market, exchange.today(), name)
    return Response(body, media_type="application/octet-stream")


@lru_cache(maxsize=6)
def instrument_file(market: Market, day: date, name: str) -> bytes:
    exchanges = FILES[name]
    listed = market.listed(day).values()
    records = [file_record(contract) for contract in listed if contract.exchange in exchanges]
    return gzip.compress(orjson.dumps(records), QUICK, mtime=0)


async def search(exchange: Exchange, request: Request) -> Response:
    query = request.query_params
    words = query.get("query", "").upper().split()
    if not words:
        raise ApiError("UDAPI100036", field="query")
    page, size = _whole(query.get("page_number"), 1), _whole(query.get("records"), USUAL_RECORDS)
    if size > MOST_RECORDS:
        raise ApiError("UDAPI100036", field="records", value=size)
    listing = exchange.listing()
    found = [c for c in listing.contracts.values() if _named(c, words) and _wanted(c, request)]
    found = _of_expiry(listing, found, query.get("expiry", ""))
    if query.get("atm_offset"):
        found = _near_money(exchange, found, query["atm_offset"])
    found.sort(key=_rank)
    shown = found[(page - 1) * size : page * size]
    pages = {
        "page_number": page,
        "total_pages": ceil(len(found) / size),
        "records": len(shown),
        "total_records": len(found),
    }
    return success([search_record(c) for c in shown], meta_data={"page": pages})


def _named(contract: Contract, words: Iterable[str]) -> bool:
    text = f"{contract.trading_symbol} {contract.name} {contract.isin}".upper()
    return all(word in text for word in words)


def _wanted(contract: Contract, request: Request) -> bool:
    """The comma lists of exchanges, segments and types; an absent one wants all."""
    query = request.query_params
    exchanges, segments = query.get("exchanges", ""), query.get("segments", "")
    types = query.get("instrument_types", "")
    of_segments = [kind for word in segments.split(",") for kind in SEGMENT_WORDS.get(word, ())]
    return (
        (exchanges in ("", "ALL") or contract.exchange in exchanges.split(","))
        and (segments in ("", "ALL") or contract.type in of_segments)
        and (types in ("", "ALL") or contract.type in types.split(","))
    )


def _of_expiry(listing: Listing, found: list[Contract], asked: str) -> list[Contract]:
    if not asked:
        return found
    if asked in EXPIRY_WORDS:
        word = EXPIRY_WORDS[asked]
        keys = {c.underlying_key for c in found if c.expiry}
        days = {key: listing.expiry_of(key, word) for key in keys}
        return [c for c in found if c.expiry and c.expiry == days[c.underlying_key]]
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        raise ApiError("UDAPI1088", field="expiry", value=asked) from None
    return [c for c in found if c.expiry == day]


def _near_money(exchange: Exchange, found: list[Contract], asked: str) -> list[Contract]:
    """Options whose strike stands `asked` steps from the one at the money, per chain."""
    try:
        offset = int(asked)
    except ValueError:
        raise ApiError("UDAPI100036", field="atm_offset", value=asked) from None
    now = exchange.now_ms()
    strikes: dict[tuple[str, date], float] = {}
    kept = []
    for contract in found:
        if contract.type not in ("CE", "PE") or contract.expiry is None:
            continue
        chain = (contract.underlying_key, contract.expiry)
        if chain not in strikes:
            strikes[chain] = _strike_at(exchange, contract, offset, now)
        if contract.strike == strikes[chain]:
            kept.append(contract)
    return kept


def _strike_at(exchange: Exchange, contract: Contract, offset: int, now: int) -> float:
    assert contract.expiry is not None
    chain = exchange.listing().chain(contract.underlying_key, contract.expiry)
    strikes = sorted({c.strike for c in chain})
    spot = exchange.market.spot(contract.underlying, now)
    nearest = min(range(len(strikes)), key=lambda i: abs(strikes[i] - spot))
    return strikes[max(0, min(len(strikes) - 1, nearest + offset))]


def _rank(contract: Contract) -> tuple[int, date, str, float, str]:
    order = ("INDEX", "EQ", "FUT", "CE", "PE").index(contract.type)
    expiry = contract.expiry or date.min
    return (min(order, 3), expiry, contract.underlying, contract.strike, contract.type)


def _whole(raw: str | None, usual: int) -> int:
    if raw is None or raw == "":
        return usual
    if not raw.isdigit() or int(raw) < 1:
        raise ApiError("UDAPI100036", field="page_number or records", value=raw)
    return int(raw)
