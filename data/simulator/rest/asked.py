"""What a caller asked for, read from the query and checked."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Final

from starlette.requests import Request

from data.simulator.answers import ApiError
from data.simulator.exchange import Exchange
from data.simulator.market import Contract

KEY: Final = re.compile(
    r"(NSE_EQ|NSE_FO|NCD_FO|BSE_EQ|BSE_FO|BCD_FO|MCX_FO|NSE_COM|NSE_INDEX|BSE_INDEX|MCX_INDEX)"
    r"\|[\w &.-]+"
)
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def keys_asked(request: Request, most: int, too_many: str) -> list[str]:
    """The comma list of instrument keys; `symbol` is the older name of the same."""
    raw = request.query_params.get("instrument_key") or request.query_params.get("symbol")
    if not raw:
        raise ApiError("UDAPI1009", field="instrument_key")
    keys = list(dict.fromkeys(raw.split(",")))
    for key in keys:
        if not KEY.fullmatch(key):
            raise ApiError("UDAPI1011", field="instrument_key", value=key)
    if len(keys) > most:
        raise ApiError(too_many, field="instrument_key")
    return keys


def contracts_of(exchange: Exchange, keys: Sequence[str]) -> list[Contract]:
    """One unknown key fails the whole call, as with the broker."""
    listed = exchange.market.listed(exchange.today())
    for key in keys:
        if key not in listed:
            raise ApiError("UDAPI1087", field="instrument_key", value=key)
    return [listed[key] for key in keys]


def underlying_asked(exchange: Exchange, request: Request) -> Contract:
    """The contract of the one `instrument_key` asked for."""
    key = request.query_params.get("instrument_key", "")
    if not KEY.fullmatch(key):
        raise ApiError("UDAPI100011", field="instrument_key", value=key or None)
    found = exchange.market.listed(exchange.today()).get(key)
    if found is None:
        raise ApiError("UDAPI100011", field="instrument_key", value=key)
    return found


def day_asked(values: Mapping[str, str], name: str, code: str) -> date:
    """A required yyyy-MM-dd; raises the broker's error `code` otherwise."""
    raw = values.get(name, "")
    with suppress(ValueError):  # of the right form, yet no day: refused below with the others
        if DAY.fullmatch(raw):
            return date.fromisoformat(raw)
    raise ApiError(code, field=name, value=raw or None)
