"""A chain as it stood at the end of a minute: what is recorded and looked back on."""

from dataclasses import dataclass
from datetime import date, datetime
from math import nan

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSnapshot:
    """`minute` is the start of the minute at whose end the chain was taken down.

    Arrays are (2, strikes), calls first; nan = unknown. Prices in rupees, volume and open interest
    in units, `iv` a fraction. `future` is the last price of the future that goes with the expiry,
    `future_oi` its open interest; nan in what was recorded before they were kept.
    """

    symbol: str
    expiry: date
    minute: datetime
    spot: float
    forward: float
    strikes: NDArray[np.float64]
    ltp: NDArray[np.float64]
    bid: NDArray[np.float64]
    ask: NDArray[np.float64]
    volume: NDArray[np.float64]
    oi: NDArray[np.float64]
    iv: NDArray[np.float64]
    future: float = nan
    future_oi: float = nan
