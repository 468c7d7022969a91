"""Live option chains: what is computed over the market's rows for chains that are looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from math import nan

import numpy as np
from numpy.typing import NDArray

from core.analytics.sides import CALL as CALL
from core.analytics.sides import PUT as PUT
from core.ids import InstrumentKey
from core.instruments.instrument import exchange_of
from core.pricing.implied_vol import Status


class ForwardSource(StrEnum):
    PARITY = "parity"  # median of C - P + K at the strikes nearest the money
    FUTURE = "future"
    CARRY = "carry"  # spot grown at the rate setting
    NONE = "none"


@dataclass(slots=True)
class LiveChain:
    """One expiry of one underlying: who is in it, and its numbers as of `computed_at`.

    Two-sided arrays have the shape (2, strikes), calls first; nan = unknown. Prices in rupees, OI
    and volume in units, `iv` a fraction, theta per calendar day, vega per vol point. `status` says
    why an IV is missing (`core.pricing.implied_vol.Status`).
    """

    symbol: str
    underlying: InstrumentKey
    future: InstrumentKey | None
    expiry: date
    closes_at: datetime
    lot_size: int
    strikes: NDArray[np.float64]
    keys: tuple[tuple[InstrumentKey | None, ...], tuple[InstrumentKey | None, ...]]
    rows: NDArray[np.int64]
    oi_prev: NDArray[np.float64]
    future_expiry: date | None = None
    tick_size: float = 0.05
    listed: bool = True  # False once the broker's file no longer has this expiry
    filled: bool = False  # yesterday's open interest and first values have come
    problem: str = ""  # why they have not
    generation: int = (
        0  # counts the makings: strikes, keys and rows may differ from one to the next
    )
    spot: float = nan
    forward: float = nan
    forward_source: ForwardSource = ForwardSource.NONE
    basis: float = nan  # forward - spot
    years: float = nan
    iv: NDArray[np.float64] = field(default_factory=lambda: np.empty((2, 0)))
    status: NDArray[np.int8] = field(default_factory=lambda: np.empty((2, 0), dtype=np.int8))
    delta: NDArray[np.float64] = field(default_factory=lambda: np.empty((2, 0)))
    gamma: NDArray[np.float64] = field(default_factory=lambda: np.empty((2, 0)))
    theta: NDArray[np.float64] = field(default_factory=lambda: np.empty((2, 0)))
    vega: NDArray[np.float64] = field(default_factory=lambda: np.empty((2, 0)))
    atm: int = -1  # index of the strike nearest the forward; -1 = unknown
    pcr: float = nan  # by open interest
    pcr_volume: float = nan
    max_pain: float = nan
    straddle: float = nan  # ATM, by mid where quoted on both sides, else by last price
    expected_move: float = nan  # one standard deviation to expiry, in rupees
    computed_at: datetime | None = None
    market_revision: int = -1  # market revision of the last computation
    revision: int = 0

    @property
    def exchange(self) -> str:
        """NSE or BSE, where its contracts are traded."""
        contracts = (key for side in self.keys for key in side if key is not None)
        return exchange_of(next(contracts, self.underlying))

    def __post_init__(self) -> None:
        if self.iv.shape != self.rows.shape:
            nothing = np.full(self.rows.shape, nan)
            self.iv = self.delta = self.gamma = self.theta = self.vega = nothing
            self.status = np.full(self.rows.shape, Status.NO_PRICE, dtype=np.int8)


@dataclass(slots=True)
class ChainState:
    """The chains that are open now."""

    open: dict[tuple[str, date], LiveChain] = field(default_factory=dict)

    def get(self, symbol: str, expiry: date) -> LiveChain | None:
        return self.open.get((symbol, expiry))

    def __iter__(self) -> Iterator[LiveChain]:
        return iter(self.open.values())
