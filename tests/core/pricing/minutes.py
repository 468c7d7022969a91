"""The option minutes of 19 Aug 2026: last prices only, 11:27 to 13:08."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from core.analytics.forward import parity_forward
from core.instruments.expiries import years_left
from core.pricing.conventions import Convention, solve
from tests.core.pricing.published import path

Floats = NDArray[np.float64]
IST = ZoneInfo("Asia/Kolkata")
CLOSE = datetime(2026, 8, 25, 15, 30, tzinfo=IST)
RATE = 0.065


@dataclass(frozen=True, slots=True)
class Sides:
    """The volatilities of one minute within 1 % of the forward, in points."""

    at: datetime
    forward: float
    strikes: Floats
    call: Floats
    put: Floats
    theirs: Floats  # (2, strikes): the file's own, on the spot

    @property
    def apart(self) -> Floats:
        return np.abs(self.call - self.put)


def near_the_money() -> list[Sides]:
    """Of the first expiry, every minute."""
    names = ["timestamp", "strike", "option_type", "spot", "ltp", "iv"]
    table = parquet.read_table(
        path("nifty_option_minutes_20260819.parquet"),
        columns=names,
        filters=[("expiry", "=", "25-Aug-2026")],
    )
    time, strike, kind, spot, ltp, iv = (np.array(table[n].to_pylist()) for n in names)
    minutes, row = np.unique(time, return_inverse=True)
    strikes, column = np.unique(strike, return_inverse=True)
    prices = np.full((len(minutes), 2, len(strikes)), np.nan)
    theirs = prices.copy()
    put = (kind == "PE").astype(int)
    prices[row, put, column] = np.where(ltp > 0, ltp, np.nan)
    theirs[row, put, column] = iv
    spots = np.full(len(minutes), np.nan)
    spots[row] = spot
    return [
        _sides(str(minute), strikes, prices[i], float(spots[i]), theirs[i])
        for i, minute in enumerate(minutes)
    ]


def _sides(minute: str, strikes: Floats, prices: Floats, spot: float, theirs: Floats) -> Sides:
    at = datetime.strptime(minute, "%Y%m%d%H%M").replace(tzinfo=IST)
    years = years_left(CLOSE, at)
    forward = parity_forward(strikes, prices[0], prices[1], spot, float(np.exp(-RATE * years)))
    solved = solve(
        Convention.OURS,
        price=prices,
        strikes=strikes,
        spot=spot,
        forward=forward,
        years=years,
        rate=RATE,
        call=[[True], [False]],
    )
    near = np.abs(strikes / forward - 1) <= 0.01
    call, put = 100 * solved.iv[:, near]
    return Sides(at, forward, strikes[near], call, put, theirs[:, near])
