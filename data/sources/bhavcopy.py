"""NSE's daily F&O file (bhavcopy), in the legacy columns and in the UDiFF ones of July 2024 on.

Options become a chain of one minute, the session's last; futures become daily candles. Contracts
nobody traded have a theoretical closing price: it is left out, their open interest is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date
from math import nan
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.instruments.recorded import exchange
from core.ports.imports import Home
from data.sources import chains
from data.sources.found import SAMPLE, Bars, Found, Rules, chain_words, plural
from data.sources.moments import days_of
from data.sources.sheet import Sheet

Floats = NDArray[np.float64]

LEGACY: Final = {
    "kind": "INSTRUMENT", "symbol": "SYMBOL", "expiry": "EXPIRY_DT", "strike": "STRIKE_PR",
    "right": "OPTION_TYP", "open": "OPEN", "high": "HIGH", "low": "LOW", "close": "CLOSE",
    "settle": "SETTLE_PR", "traded": "CONTRACTS", "value": "VAL_INLAKH", "oi": "OPEN_INT",
    "day": "TIMESTAMP",
}  # fmt: skip
UDIFF: Final = {
    "kind": "FinInstrmTp", "symbol": "TckrSymb", "expiry": "XpryDt", "strike": "StrkPric",
    "right": "OptnTp", "open": "OpnPric", "high": "HghPric", "low": "LwPric", "close": "ClsPric",
    "settle": "SttlmPric", "traded": "TtlTradgVol", "value": "TtlTrfVal", "oi": "OpnIntrst",
    "day": "TradDt",
}  # fmt: skip
OPTIONS: Final = ("OPTIDX", "OPTSTK", "IDO", "STO")
FUTURES: Final = ("FUTIDX", "FUTSTK", "IDF", "STF")
INDEX: Final = ("OPTIDX", "FUTIDX", "IDO", "IDF")
NUMBERS: Final = ("open", "high", "low", "close", "settle", "traded", "value", "oi")
A_LAKH: Final = 1e5
NEAR: Final = 0.02
"""How far the lot may be, as a share of it, from what turnover tells: the mean price is not
exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The file's columns under our names; `units` is the traded quantity, nan where unknown."""

    kind: NDArray[Any]
    symbol: NDArray[Any]
    expiry: NDArray[Any]
    day: date
    strike: Floats
    put: NDArray[np.bool_]
    numbers: Mapping[str, Floats]
    underlying: Floats
    units: Floats
    good: NDArray[np.bool_]

    def of(self, kinds: tuple[str, ...]) -> NDArray[np.int64]:
        return np.flatnonzero(np.isin(self.kind, kinds) & self.good)


def fits(sheet: Sheet) -> bool:
    return sheet.has(*LEGACY.values()) or sheet.has(*UDIFF.values())


def read(sheet: Sheet, rules: Rules) -> Found:
    """Raises BadData for a file of several days, or without any contract."""
    legacy = sheet.has(*LEGACY.values())
    rows = _rows(sheet, LEGACY if legacy else UDIFF, legacy=legacy)
    options, futures = rows.of(OPTIONS), rows.of(FUTURES)
    if not len(options) and not len(futures):
        raise BadData("no option and no future is in this file")
    days = chains.days(_contracts(rows, options, futures, rules)) if len(options) else []
    bars = _future_bars(rows, futures)
    untraded = int((rows.numbers["traded"][options] == 0).sum())
    unknown = int(np.isnan(rows.units[options]).sum())
    notes = [
        f"{plural(untraded, 'contract')} without a trade: open interest is kept, the theoretical"
        " closing price is left out",
        "futures become daily candles, and the price beside the chain of their expiry",
    ]
    if unknown:
        notes.append(f"the lot of {plural(unknown, 'contract')} is not to be told: no volume")
    return Found(
        title=f"NSE F&O bhavcopy, {'legacy' if legacy else 'UDiFF'} columns",
        source="nse bhavcopy",
        home=Home.OPTION_DAYS,
        makes=f"{chain_words(days)}; {plural(len(bars), 'future')}",
        rows=len(options) + len(futures),
        heads=sheet.heads,
        sample=sheet.beginning(SAMPLE),
        complaints=sheet.complaints,
        notes=tuple(notes),
        days=days,
        candles=bars,
    )


def _rows(sheet: Sheet, names: Mapping[str, str], *, legacy: bool) -> Rows:
    kind = np.array(sheet.texts(names["kind"]))
    rights = np.array(sheet.texts(names["right"]))
    expiry, day = days_of(sheet.texts(names["expiry"])), days_of(sheet.texts(names["day"]))
    numbers = {name: sheet.numbers(names[name], needed=True) for name in NUMBERS}
    strike = np.nan_to_num(sheet.numbers(names["strike"]))
    if legacy:
        numbers["value"] = numbers["value"] * A_LAKH
    wrong = sheet.complaints
    wrong.add(sheet.row_of[[each is None for each in expiry]], "its expiry is no day")
    wrong.add(sheet.row_of[[each is None for each in day]], f"{names['day']} is no day")
    wrong.add(sheet.row_of[~np.isin(kind, OPTIONS + FUTURES)], "neither an option nor a future")
    option = np.isin(kind, OPTIONS)
    sides = np.isin(rights, ("CE", "PE", "CA", "PA"))
    wrong.add(sheet.row_of[option & ~sides], "neither a call nor a put")
    wrong.add(sheet.row_of[option & ~(strike > 0)], "an option without a strike")
    days = {each for each in day if each is not None}
    if len(days) != 1:
        raise BadData(f"a bhavcopy is of one day, this file of {len(days)}")
    underlying = "UndrlygPric"
    made = Rows(
        kind=kind,
        symbol=np.array(sheet.texts(names["symbol"])),
        expiry=expiry,
        day=days.pop(),
        strike=np.where(option, strike, 0.0),
        put=np.char.startswith(rights, "P"),
        numbers=numbers,
        underlying=sheet.numbers(underlying)
        if sheet.has(underlying)
        else np.full(len(sheet), np.nan),
        units=np.full(len(sheet), np.nan),
        good=~np.isin(sheet.row_of, sorted(wrong.rows)),
    )
    made.units[:] = _units(made)
    return made


def _units(rows: Rows) -> Floats:
    """Contracts times the lot that the day's turnover tells of each symbol and expiry.

    Turnover, strike included, over contracts times strike and mean price is near the lot, and all
    open interest is a multiple of it: together they leave one number.
    """
    n = rows.numbers
    names = np.array([f"{s} {e}" for s, e in zip(rows.symbol, rows.expiry, strict=True)])
    _, groups = np.unique(names, return_inverse=True)
    many = int(groups.max()) + 1
    worth = n["traded"] * (rows.strike + (n["high"] + n["low"]) / 2)
    value, base = (
        np.bincount(groups, np.where(rows.good, each, 0.0), many) for each in (n["value"], worth)
    )
    held = np.zeros(many, dtype=np.int64)
    np.gcd.at(held, groups[rows.good], n["oi"][rows.good].astype(np.int64))
    told = np.divide(value, base, out=np.full(many, np.nan), where=base > 0)
    lot = np.array([_lot(near, int(each)) for near, each in zip(told.tolist(), held, strict=True)])
    return np.where(n["traded"] == 0, 0.0, n["traded"] * lot[groups])


def _lot(near: float, multiple: int) -> float:
    """The divisor of all open interest that is nearest; nan where none is near."""
    if not near > 0 or not multiple:
        return nan
    low, high = int(near * (1 - NEAR)), int(near * (1 + NEAR)) + 1
    fitting = [each for each in range(max(low, 1), high + 1) if multiple % each == 0]
    return float(min(fitting, key=lambda each: abs(each - near), default=nan))


def _contracts(
    rows: Rows, options: NDArray[np.int64], futures: NDArray[np.int64], rules: Rules
) -> chains.Contracts:
    n, minute = rows.numbers, chains.last_minute(rows.day, rules.closes)
    traded = n["traded"][options] > 0
    spots, ahead = _spots(rows), _futures_by_expiry(rows, futures)
    asked = [(str(rows.symbol[i]), rows.expiry[i]) for i in options]
    beside = [_beside(ahead.get(symbol, []), expiry) for symbol, expiry in asked]
    values = {
        "ltp": np.where(traded, n["close"][options], np.nan),
        "volume": rows.units[options],
        "oi": n["oi"][options],
        "spot": np.array([spots.get(symbol, np.nan) for symbol, _ in asked]),
        "future": np.array([price for price, _ in beside]),
        "future_oi": np.array([oi for _, oi in beside]),
    }
    return chains.Contracts(
        symbol=[symbol for symbol, _ in asked],
        expiry=[expiry for _, expiry in asked],
        minute=np.full(len(options), minute, dtype=np.int64),
        strike=rows.strike[options],
        put=rows.put[options],
        values=values,
    )


def _spots(rows: Rows) -> dict[str, float]:
    """The underlying's close where the file has it; of an index also the settlement of a series
    that expires on the day, which is the index's close."""
    found = {}
    known = rows.good & (rows.underlying > 0)
    for place in np.flatnonzero(known).tolist():
        found[str(rows.symbol[place])] = float(rows.underlying[place])
    ends = rows.good & np.isin(rows.kind, INDEX) & (rows.expiry == rows.day)
    for place in np.flatnonzero(ends & (rows.numbers["settle"] > 0)).tolist():
        found.setdefault(str(rows.symbol[place]), float(rows.numbers["settle"][place]))
    return found


def _futures_by_expiry(
    rows: Rows, futures: NDArray[np.int64]
) -> dict[str, list[tuple[date, float, float]]]:
    found: dict[str, list[tuple[date, float, float]]] = {}
    for i in sorted(futures.tolist(), key=lambda each: rows.expiry[each]):
        told = (rows.expiry[i], float(rows.numbers["close"][i]), float(rows.numbers["oi"][i]))
        found.setdefault(str(rows.symbol[i]), []).append(told)
    return found


def _beside(futures: list[tuple[date, float, float]], expiry: date) -> tuple[float, float]:
    """Price and open interest of the first future that does not end before the option."""
    later = (each for each in futures if each[0] >= expiry)
    _, price, oi = next(later, (expiry, np.nan, np.nan))
    return price, oi


def _future_bars(rows: Rows, futures: NDArray[np.int64]) -> list[Bars]:
    n = rows.numbers
    time = int(chains.start_of(rows.day).astimezone(UTC).timestamp())
    found = []
    for i in futures.tolist():
        if n["traded"][i] > 0 and np.isfinite(rows.units[i]):
            o, h, low, c = (np.array([n[name][i]]) for name in ("open", "high", "low", "close"))
            bar = Candles(
                time=np.array([time]),
                open=o,
                high=h,
                low=low,
                close=c,
                volume=np.array([int(rows.units[i])]),
                open_interest=np.array([int(n["oi"][i])]),
            )
            found.append((future_key(str(rows.symbol[i]), rows.expiry[i]), Interval.DAY, bar))
    return found


def future_key(symbol: str, expiry: date) -> InstrumentKey:
    """Of a contract whose broker's number nobody kept: `NSE_FO|NIFTY FUT 25 MAR 21`."""
    return InstrumentKey(f"{exchange(symbol)}_FO|{symbol} FUT {expiry:%d %b %y}".upper())
