"""NSE's option chain as a file: the website's JSON, its CSV download, and flattened CSVs of it.

All of it is one moment. Sizes are in contracts, even fractions of one while lots change: the lot
that makes them whole, and of which all offered quantities are a multiple, turns them into units.
Its volatilities (Black-Scholes on spot at 10 %) are left out: ours are computed from the prices.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from math import nan
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.clock import IST
from core.errors import BadData
from core.ports.imports import Choice, Home
from data.sources import chains
from data.sources.found import SAMPLE, Found, Rules, chain_words
from data.sources.moments import days_of, moment_of
from data.sources.sheet import Complaints, Sheet

Floats = NDArray[np.float64]

ZONE: Final = "Asia/Kolkata"
JSON_FIELDS: Final = {
    "oi": "openInterest", "volume": "totalTradedVolume", "ltp": "lastPrice", "bid": "bidprice",
    "ask": "askPrice", "bid_quantity": "bidQty", "ask_quantity": "askQty",
}  # fmt: skip
FLAT_FIELDS: Final = {
    "oi": "OI", "ltp": "LTP", "bid": "BID", "ask": "ASK", "bid_quantity": "BIDQTY",
    "ask_quantity": "ASKQTY",
}  # fmt: skip
FLAT: Final = ("symbol", "expiryDate", "strikePrice", "CE_OI", "PE_OI", "CE_LTP", "PE_LTP")
SITE_FIELDS: Final = {
    "oi": ("OI", "OI 2"), "volume": ("VOLUME", "VOLUME 2"), "ltp": ("LTP", "LTP 2"),
    "bid": ("BID", "BID 2"), "ask": ("ASK", "ASK 2"), "bid_quantity": ("BID QTY", "BID QTY 2"),
    "ask_quantity": ("ASK QTY", "ASK QTY 2"),
}  # fmt: skip
SITE: Final = ("STRIKE", "OI", "OI 2", "LTP", "LTP 2", "CHNG IN OI")
SITE_NAME: Final = re.compile(r"option-chain-\w+-(?P<symbol>.+)-(?P<expiry>\d{2}-\w{3}-\d{4})")
NAMED_UTC: Final = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2})_UTC")
LOTS: Final = (75, 65, 50, 60, 40, 35, 30, 25, 20, 15, 10)
"""Lots that indices have had, for where no table's fits."""
NEAR: Final = 1e-4


def fits_json(whole: Any) -> bool:
    return isinstance(whole, dict) and isinstance(whole.get("records"), dict)


def fits_flat(sheet: Sheet) -> bool:
    return sheet.has(*FLAT)


def fits_site(sheet: Sheet) -> bool:
    return sheet.has(*SITE)


def read_json(name: str, whole: Mapping[str, Any], choice: Choice, rules: Rules) -> Found:
    """Raises BadData for a chain that has not what the website's has."""
    complaints = Complaints()
    try:
        records = whole["records"]
        moment = moment_of(str(records["timestamp"]), ZONE)
        if moment is None:
            raise BadData(f"{name}: {records['timestamp']!r} is no time")
        sides, heads, sample = _json_sides(records, complaints)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadData(f"{name} is no option chain of the NSE: {problem!r}") from problem
    spot = float(records.get("underlyingValue") or nan)
    return _found(
        "NSE option chain, JSON", sides, choice, rules, moment, spot, complaints, heads, sample
    )


def read_flat(name: str, sheet: Sheet, choice: Choice, rules: Rules) -> Found:
    """A chain laid flat: the moment in its name (UTC), `CE_` and `PE_` columns, NA = none."""
    told = NAMED_UTC.search(name)
    moment = choice.moment
    if moment is None and told:
        moment = datetime.fromisoformat(f"{told[1]}T{told[2]}:{told[3]}:{told[4]}+00:00")
    spots = sheet.numbers("underlying") if sheet.has("underlying") else np.array([nan])
    fields = [
        {ours: f"{side}_{theirs}" for ours, theirs in FLAT_FIELDS.items()} for side in ("CE", "PE")
    ]
    symbols = {each for each in sheet.texts("symbol") if each}
    if len(symbols) != 1:
        raise BadData(f"{name} holds the chains of {len(symbols)} symbols")
    sides = _sheet_sides(
        sheet,
        fields,
        symbols.pop(),
        days_of(sheet.texts("expiryDate")),
        sheet.numbers("strikePrice", needed=True),
    )
    known = spots[np.isfinite(spots)]
    return _found(
        "NSE option chain, flattened CSV",
        sides,
        choice,
        rules,
        moment,
        float(known[0]) if len(known) else nan,
        sheet.complaints,
        sheet.heads,
        sheet.beginning(SAMPLE),
    )


def read_site(name: str, sheet: Sheet, choice: Choice, rules: Rules) -> Found:
    """The website's own CSV: the file's name has symbol and expiry, and nobody the time or spot."""
    told = SITE_NAME.search(name)
    symbol = choice.symbol or (told["symbol"] if told else "")
    expiry = days_of([told["expiry"]])[0] if told else None
    if not symbol or expiry is None:
        raise BadData(
            f"{name}: symbol and expiry are in the name that the NSE gives the file, like"
            " option-chain-ED-NIFTY-25-Aug-2026.csv. Give it that name again."
        )
    fields = [{ours: pair[side] for ours, pair in SITE_FIELDS.items()} for side in (0, 1)]
    strikes = sheet.numbers("STRIKE", needed=True)
    sides = _sheet_sides(sheet, fields, symbol, np.full(len(sheet), expiry), strikes)
    return _found(
        "NSE option chain, the website's CSV",
        sides,
        choice,
        rules,
        choice.moment,
        nan,
        sheet.complaints,
        sheet.heads,
        sheet.beginning(SAMPLE),
    )


class Sides:
    """Contracts of one moment, in columns; a side that is not listed is not there."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.expiry: list[date] = []
        self.strike: list[float] = []
        self.put: list[bool] = []
        self.values: dict[str, list[float]] = {}

    def arrays(self) -> dict[str, Floats]:
        return {name: np.array(each) for name, each in self.values.items()}

    def add(self, expiry: date, strike: float, values: Mapping[str, float], *, put: bool) -> None:
        self.expiry.append(expiry)
        self.strike.append(strike)
        self.put.append(put)
        for name in JSON_FIELDS:
            self.values.setdefault(name, []).append(values.get(name, nan))


def _json_sides(
    records: Mapping[str, Any], complaints: Complaints
) -> tuple[Sides, list[str], list[list[str]]]:
    rows = records["data"]
    both = [(row, side) for row in rows for side in ("CE", "PE") if side in row]
    if not both:
        raise ValueError("no contract")
    sides = Sides(str(both[0][0][both[0][1]]["underlying"]))
    expiries = days_of([str(row["expiryDate"]) for row, _ in both])
    for number, ((row, side), expiry) in enumerate(zip(both, expiries, strict=True), 1):
        told = row[side]
        if expiry is None or not float(row["strikePrice"]) > 0:
            complaints.add([number], "its expiry is no day, or it has no strike")
            continue
        values = {ours: float(told[theirs]) for ours, theirs in JSON_FIELDS.items()}
        sides.add(expiry, float(row["strikePrice"]), values, put=side == "PE")
    heads = ["strikePrice", "expiryDate", "side", *JSON_FIELDS.values()]
    sample = [
        [str(row["strikePrice"]), str(row["expiryDate"]), side]
        + [str(row[side].get(name, "")) for name in JSON_FIELDS.values()]
        for row, side in both[:SAMPLE]
    ]
    return sides, heads, sample


def _sheet_sides(
    sheet: Sheet,
    fields: Sequence[Mapping[str, str]],
    symbol: str,
    expiries: NDArray[Any],
    strikes: Floats,
) -> Sides:
    sides = Sides(symbol)
    wrong = sheet.complaints
    columns = [
        {ours: sheet.numbers(theirs) for ours, theirs in of_side.items() if sheet.has(theirs)}
        for of_side in fields
    ]
    wrong.add(sheet.row_of[[each is None for each in expiries]], "its expiry is no day")
    bad = wrong.rows
    for place, row in enumerate(sheet.row_of.tolist()):
        for side, of_side in enumerate(columns):
            values = {name: float(each[place]) for name, each in of_side.items()}
            if row not in bad and any(value == value for value in values.values()):
                sides.add(expiries[place], float(strikes[place]), values, put=side == 1)
    return sides


def _found(
    title: str,
    sides: Sides,
    choice: Choice,
    rules: Rules,
    moment: datetime | None,
    spot: float,
    complaints: Complaints,
    heads: Sequence[str],
    sample: Sequence[Sequence[str]],
) -> Found:
    """The chain as of `moment`; without one, only what it needs."""
    notes = ["its own volatilities (on spot, at 10 %) are left out: ours are computed"]
    days: list[ChainDay] = []
    if moment is not None:
        day = moment.astimezone(IST).date()
        lots, words = _lots(sides, day, choice, rules)
        notes.insert(0, words)
        days = chains.days(_placed(sides, lots, moment, spot, rules))
        if moment > rules.closes(day):
            notes.append("taken after the close: it counts as the session's last minute")
    return Found(
        title=title,
        source="nse chain",
        home=Home.OPTION_DAYS,
        makes=chain_words(days) if days else f"a chain of {sides.symbol}, of when is not said",
        rows=len(sides.strike),
        heads=heads,
        sample=sample,
        complaints=complaints,
        choice=replace(choice, symbol=sides.symbol, moment=moment),
        asks=("moment", "lot"),
        needs=() if moment is not None else ("moment",),
        notes=tuple(notes),
        days=days,
    )


def _placed(
    sides: Sides, lots: Floats, moment: datetime, spot: float, rules: Rules
) -> chains.Contracts:
    """In units; a price of 0 stands for none."""
    count, values = len(sides.strike), sides.arrays()
    prices = {name: np.where(values[name] > 0, values[name], nan) for name in ("ltp", "bid", "ask")}
    sizes = {name: np.rint(values[name] * lots) for name in ("oi", "volume")}
    return chains.Contracts(
        symbol=[sides.symbol] * count,
        expiry=sides.expiry,
        minute=np.full(count, chains.moment_minute(moment, rules.closes), dtype=np.int64),
        strike=np.array(sides.strike),
        put=np.array(sides.put, dtype=bool),
        values={**prices, **sizes, "spot": np.full(count, spot)},
    )


def _lots(sides: Sides, day: date, choice: Choice, rules: Rules) -> tuple[Floats, str]:
    """Of each contract, and what to say of them; nan where no lot fits."""
    expiries, values = np.array(sides.expiry, dtype=object), sides.arrays()
    found = np.full(len(expiries), nan)
    dated = {each: rules.lot(sides.symbol, each, day) for each in sorted(set(sides.expiry))}
    others = [lot for lot in dict.fromkeys(dated.values()) if lot]
    said: dict[float, list[date]] = {}
    for expiry, own_lot in dated.items():
        these = expiries == expiry
        own = {name: each[these] for name, each in values.items()}
        lot = (
            float(choice.lot)
            if choice.lot
            else _lot(own, [own_lot, *others] if own_lot else others)
        )
        found[these] = lot
        said.setdefault(lot, []).append(expiry)
    words = [
        f"{'unknown: no open interest and volume' if lot != lot else f'{lot:.0f}'} for "
        + (f"{len(of)} expiries" if len(of) > 2 else " and ".join(f"{e:%d %b %Y}" for e in of))
        for lot, of in said.items()
    ]
    return found, f"contracts to units by the lot: {'; '.join(words)}"


def _lot(values: Mapping[str, Floats], dated: Sequence[int]) -> float:
    """The table's, that of other expiries, or any: the first that makes every size whole."""
    quantities = np.concatenate([values["bid_quantity"], values["ask_quantity"]])
    offered = quantities[quantities > 0]
    held = values["oi"][np.isfinite(values["oi"])]
    for lot in (*dated, *LOTS):
        units = held * lot
        if np.all(np.abs(units - np.rint(units)) < NEAR * lot) and np.all(offered % lot == 0):
            return float(lot)
    return float(dated[0]) if dated else nan


def parsed(name: str, raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        raise BadData(f"{name} is no whole JSON: {problem.msg}") from problem
