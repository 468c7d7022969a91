"""What other sources published of real chains, read from the files beside the project."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.instruments.expiries import years_left

FOLDER = Path(__file__).parents[3].parent / "shared/data/option_chain"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NseContracts:
    """The contracts of the NSE website's chain of 5 Dec 2025 15:30 that have a published IV."""

    spot: float
    expiry: NDArray[np.object_]
    strike: Floats
    call: NDArray[np.bool_]
    last: Floats
    iv: Floats  # vol points, two decimals
    years: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstoxContracts:
    """Upstox's chain of 2 Apr 2026 12:04:54, expiry 7 Apr; `iv` in vol points, 0 = not solved."""

    spot: float
    years: float
    strike: Floats
    call: NDArray[np.bool_]
    last: Floats
    iv: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats


def path(name: str) -> Path:
    file = FOLDER / name
    if not file.exists():
        pytest.skip("../shared is not here")
    return file


def nse() -> NseContracts:
    records = json.loads(path("nse_nifty_chain_20251205.json").read_text())["records"]
    taken = datetime.strptime(records["timestamp"], "%d-%b-%Y %H:%M:%S").date()  # noqa: DTZ007
    rows = [
        (_day(row[side]["expiryDate"]), row[side], side == "CE")
        for row in records["data"]
        for side in ("CE", "PE")
        if side in row and row[side]["impliedVolatility"] > 0
    ]
    expiry = np.array([day for day, _, _ in rows], dtype=object)
    return NseContracts(
        spot=records["underlyingValue"],
        expiry=expiry,
        strike=np.array([row["strikePrice"] for _, row, _ in rows], float),
        call=np.array([call for _, _, call in rows]),
        last=np.array([row["lastPrice"] for _, row, _ in rows], float),
        iv=np.array([row["impliedVolatility"] for _, row, _ in rows], float),
        # taken at 15:30, so to 15:30 of the expiry it is whole days
        years=np.array([(day - taken).days / 365 for day in expiry]),
    )


def upstox() -> UpstoxContracts:
    recorded = json.loads(path("upstox_v2_option_chain_nifty_20260402.json").read_text())
    close = datetime.fromisoformat("2026-04-07T15:30:00+05:30")
    data = recorded["response"]["data"]
    sides = [
        (row["strike_price"], call, row[name])
        for row in data
        for name, call in (("call_options", True), ("put_options", False))
    ]
    return UpstoxContracts(
        spot=data[0]["underlying_spot_price"],
        years=years_left(close, datetime.fromisoformat(recorded["recorded_at"])),
        strike=np.array([strike for strike, _, _ in sides], float),
        call=np.array([call for _, call, _ in sides]),
        last=np.array([side["market_data"]["ltp"] for _, _, side in sides], float),
        **{
            name: np.array([side["option_greeks"][name] for _, _, side in sides], float)
            for name in ("iv", "delta", "gamma", "theta", "vega")
        },
    )


def _day(text: str) -> date:
    return datetime.strptime(text, "%d-%b-%Y").date()  # noqa: DTZ007
