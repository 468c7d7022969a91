"""Every recorded option chain beside the project, as quotes of one expiry at one moment."""

import csv
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import groupby
from math import exp, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.analytics.forward import mids, parity_forward
from core.instruments.expiries import years_left
from core.pricing.greeks import greeks
from core.pricing.implied_vol import implied_vol

Floats = NDArray[np.float64]
Side = tuple[float, float, float]
"""Bid, ask and last price."""
IST = timezone(timedelta(hours=5, minutes=30))
RATE = 0.065


@dataclass(frozen=True, slots=True)
class Quotes:
    """bid, ask, last: (2, strikes), calls first; nan where there is none."""

    name: str
    spot: float
    expiry: date
    years: float
    strikes: Floats
    bid: Floats
    ask: Floats
    last: Floats

    @property
    def price(self) -> Floats:
        mid = mids(self.bid, self.ask)
        return np.where(np.isfinite(mid), mid, np.where(self.last > 0, self.last, np.nan))

    @property
    def discount(self) -> float:
        return exp(-RATE * self.years)

    @property
    def forward(self) -> float:
        """By mids, else by last prices, else carried."""
        for price in (mids(self.bid, self.ask), self.price):
            found = parity_forward(self.strikes, price[0], price[1], self.spot, self.discount)
            if found > 0:
                return found
        return self.spot / self.discount

    @property
    def iv(self) -> Floats:
        """Of the side out of the money, else of the other."""
        own, _ = implied_vol(
            self.price, self.forward, self.strikes, self.years, self.discount, [[True], [False]]
        )
        outside = np.where(self.strikes < self.forward, own[1], own[0])
        return np.where(np.isfinite(outside), outside, np.nan)

    @property
    def vega(self) -> Floats:
        g = greeks(self.forward, self.strikes, self.years, self.iv, self.discount, True)
        return g.vega


@dataclass(frozen=True, slots=True)
class Snapshot:
    name: str
    expiries: list[Quotes]


def nse_json(shared_data: Path) -> Snapshot:
    file = shared_data / "option_chain" / "nse_nifty_chain_20251205.json"
    records = json.loads(file.read_text())["records"]
    now = datetime(2025, 12, 5, 15, 30, tzinfo=IST)
    rows = [
        _Row(
            _day(each["expiryDate"]),
            float(each["strikePrice"]),
            *(_nse_side(each.get(side)) for side in ("CE", "PE")),
        )
        for each in records["data"]
    ]
    return _snapshot("NSE 5 Dec 2025", float(records["underlyingValue"]), now, rows)


def nse_csvs(shared_data: Path) -> list[Snapshot]:
    folder = shared_data / "option_chain" / "nse_nifty_20251104_expiry_day"
    return [_nse_csv(file) for file in sorted(folder.iterdir())]


def upstox(shared_data: Path) -> Snapshot:
    file = shared_data / "option_chain" / "upstox_v2_option_chain_nifty_20260402.json"
    recorded = json.loads(file.read_text())
    data = recorded["response"]["data"]
    rows = [
        _Row(
            date.fromisoformat(each["expiry"]),
            each["strike_price"],
            *(_upstox_side(each[side]["market_data"]) for side in ("call_options", "put_options")),
        )
        for each in data
    ]
    now = datetime.fromisoformat(recorded["recorded_at"])
    return _snapshot("Upstox 2 Apr 2026", data[0]["underlying_spot_price"], now, rows)


def minutes(shared_data: Path) -> list[Snapshot]:
    """Each of the 102 minutes of 19 Aug 2026: last prices only."""
    parquet = pytest.importorskip("pyarrow.parquet")
    file = shared_data / "option_chain" / "nifty_option_minutes_20260819.parquet"
    columns = ["timestamp", "expiry", "strike", "option_type", "spot", "ltp"]
    lines = parquet.read_table(file, columns=columns).to_pylist()
    lines.sort(key=lambda line: line["timestamp"])
    return [
        _minute(stamp, list(part)) for stamp, part in groupby(lines, lambda line: line["timestamp"])
    ]


def bhavcopy(shared_data: Path) -> list[Snapshot]:
    """The closes of what was traded on 18 Mar 2021, one snapshot per underlying."""
    file = shared_data / "bhavcopy" / "nse_fo_bhavcopy_20210318_legacy.csv"
    now = datetime(2021, 3, 18, 15, 30, tzinfo=IST)
    futures: dict[str, float] = {}
    sides: dict[str, dict[tuple[date, float], dict[str, float]]] = {}
    with file.open() as lines:
        for line in csv.DictReader(lines):
            symbol, close = line["SYMBOL"], float(line["CLOSE"])
            if line["OPTION_TYP"] == "XX":
                futures.setdefault(symbol, close)
            elif int(line["CONTRACTS"]) > 0:
                name = _day(line["EXPIRY_DT"]), float(line["STRIKE_PR"])
                sides.setdefault(symbol, {}).setdefault(name, {})[line["OPTION_TYP"]] = close
    return [
        _snapshot(
            f"{symbol} 18 Mar 2021",
            futures[symbol],
            now,
            [
                _Row(*name, *(_last(both.get(s)) for s in ("CE", "PE")))
                for name, both in rows.items()
            ],
        )
        for symbol, rows in sorted(sides.items())
    ]


@dataclass(frozen=True, slots=True)
class _Row:
    expiry: date
    strike: float
    call: Side
    put: Side


def _nse_csv(file: Path) -> Snapshot:
    with file.open() as text:
        lines = list(csv.DictReader(text))
    now = datetime.strptime(file.stem, "%Y-%m-%d_%H-%M-%S_UTC").replace(tzinfo=UTC)
    spot = next(float(line["underlying"]) for line in lines if line["underlying"] != "NA")
    rows = [
        _Row(
            _day(line["expiryDate"]),
            float(line["strikePrice"]),
            *(
                tuple(_number(line[f"{side}_{field}"]) for field in ("BID", "ASK", "LTP"))
                for side in ("CE", "PE")
            ),
        )
        for line in lines
    ]
    return _snapshot(file.stem, spot, now, rows)


def _minute(stamp: str, lines: list[dict[str, Any]]) -> Snapshot:
    now = datetime.strptime(stamp, "%Y%m%d%H%M").replace(tzinfo=IST)
    sides: dict[tuple[date, float], dict[str, float]] = {}
    for line in lines:
        name = _day(line["expiry"]), line["strike"]
        sides.setdefault(name, {})[line["option_type"]] = line["ltp"]
    rows = [
        _Row(*name, *(_last(both.get(s)) for s in ("CE", "PE"))) for name, both in sides.items()
    ]
    return _snapshot(stamp, float(lines[0]["spot"]), now, rows)


def _day(text: str) -> date:
    return datetime.strptime(text.title(), "%d-%b-%Y").replace(tzinfo=UTC).date()


def _number(text: str) -> float:
    return nan if text == "NA" else float(text)


def _last(price: float | None) -> Side:
    return nan, nan, nan if price is None else price


def _upstox_side(market: dict[str, float]) -> Side:
    return market["bid_price"], market["ask_price"], market["ltp"]


def _nse_side(side: dict[str, Any] | None) -> Side:
    if side is None:
        return nan, nan, nan
    return float(side["bidprice"]), float(side["askPrice"]), float(side["lastPrice"])


def _snapshot(name: str, spot: float, now: datetime, rows: list[_Row]) -> Snapshot:
    rows = sorted(rows, key=lambda r: (r.expiry, r.strike))
    found = []
    for expiry, group in groupby(rows, key=lambda r: r.expiry):
        part = list(group)
        closes = datetime.combine(expiry, time(15, 30), tzinfo=IST)
        sides = np.array([[r.call for r in part], [r.put for r in part]])
        strikes = np.array([r.strike for r in part])
        years = years_left(closes, now)
        bid, ask, last = np.moveaxis(sides, -1, 0)
        found.append(Quotes(name, spot, expiry, years, strikes, bid, ask, last))
    return Snapshot(name, found)
