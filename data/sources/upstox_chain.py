"""A recorded reply of the broker's option chain: one expiry at one moment, sizes in units."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from math import nan
from typing import Any, Final

import numpy as np

from core.errors import BadData
from core.instruments.recorded import INDICES
from core.ports.imports import Choice, Home
from data.sources import chains
from data.sources.found import SAMPLE, Found, Rules, chain_words
from data.sources.moments import moment_of
from data.sources.sheet import Complaints

FIELDS: Final = {
    "ltp": "ltp",
    "bid": "bid_price",
    "ask": "ask_price",
    "volume": "volume",
    "oi": "oi",
}
PRICES: Final = ("ltp", "bid", "ask")


def fits(whole: Any) -> bool:
    rows = _rows(whole)
    return bool(rows) and isinstance(rows[0], dict) and "call_options" in rows[0]


def read(name: str, whole: Mapping[str, Any], choice: Choice, rules: Rules) -> Found:
    """Of a bare reply, which has no time, the moment is asked for."""
    rows = _rows(whole)
    told = moment_of(str(whole.get("recorded_at", "")), "UTC")
    moment = choice.moment or told
    symbol = choice.symbol or _symbol(str(rows[0].get("underlying_key", "")))
    needs = tuple(n for n, v in (("symbol", symbol), ("moment", moment)) if not v)
    made, sample = _contracts(name, rows)
    days = []
    if not needs and moment is not None:
        days = chains.days(_placed(made, symbol, moment, rules))
    return Found(
        title="Option chain of the broker, recorded reply",
        source="upstox chain",
        home=Home.OPTION_DAYS,
        makes=chain_words(days) if days else f"a chain of {len(made)} contracts",
        rows=len(made),
        heads=["strike", "side", *FIELDS],
        sample=sample,
        complaints=Complaints(),
        choice=replace(choice, symbol=symbol, moment=moment),
        asks=("symbol", "moment"),
        needs=needs,
        notes=("the broker's own volatilities and greeks are left out: ours are computed",),
        days=days,
    )


Made = list[tuple[date, float, bool, dict[str, float]]]


def _contracts(name: str, rows: list[Any]) -> tuple[Made, list[list[str]]]:
    made: Made = []
    try:
        for row in rows:
            for side in ("call_options", "put_options"):
                if row.get(side):
                    market = row[side]["market_data"]
                    values = {ours: float(market[theirs] or 0) for ours, theirs in FIELDS.items()}
                    for price in PRICES:
                        values[price] = values[price] if values[price] > 0 else nan
                    values["spot"] = float(row.get("underlying_spot_price") or nan)
                    expiry = date.fromisoformat(row["expiry"])
                    made.append((expiry, float(row["strike_price"]), side[0] == "p", values))
    except (KeyError, TypeError, ValueError) as problem:
        raise BadData(f"{name} is no option chain of the broker: {problem!r}") from problem
    sample = [
        [f"{strike:g}", "PE" if put else "CE", *(f"{values[field]:g}" for field in FIELDS)]
        for _, strike, put, values in made[:SAMPLE]
    ]
    return made, sample


def _placed(made: Made, symbol: str, moment: datetime, rules: Rules) -> chains.Contracts:
    minute = chains.moment_minute(moment, rules.closes)
    names = made[0][3]
    return chains.Contracts(
        symbol=[symbol] * len(made),
        expiry=[each[0] for each in made],
        minute=np.full(len(made), minute, dtype=np.int64),
        strike=np.array([each[1] for each in made]),
        put=np.array([each[2] for each in made]),
        values={name: np.array([each[3][name] for each in made]) for name in names},
    )


def _rows(whole: Any) -> list[Any]:
    reply = whole.get("response", whole) if isinstance(whole, dict) else {}
    rows = reply.get("data", []) if isinstance(reply, dict) else []
    return rows if isinstance(rows, list) else []


def _symbol(key: str) -> str:
    """Of an index by its key; a share's key does not tell its symbol."""
    return next((symbol for symbol, known in INDICES.items() if known == key), "")
