"""A snapshot at a fill: what the chain and the chart looked like at that moment."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from math import nan

from core.ids import InstrumentKey
from core.trading.fills import FillId


@dataclass(frozen=True, slots=True, kw_only=True)
class Snap:
    """nan = unknown. Rupees; `iv` and `atm_iv` fractions; greeks are ours for one unit bought
    (theta a calendar day, vega a vol point). `at` is when it was taken, which is after the fill.

    `closes` are the last minute closes of the underlying before it, `own_closes` the contract's,
    oldest first; `chain_at` is when the chain's numbers were computed, None without a chain.
    """

    fill: FillId
    key: InstrumentKey
    at: datetime
    symbol: str
    expiry: date | None = None
    chain_at: datetime | None = None
    spot: float = nan
    forward: float = nan
    future: float = nan
    atm_iv: float = nan
    pcr: float = nan
    max_pain: float = nan
    ltp: float = nan
    bid: float = nan
    ask: float = nan
    iv: float = nan
    delta: float = nan
    gamma: float = nan
    theta: float = nan
    vega: float = nan
    closes: tuple[float, ...] = field(default=())
    own_closes: tuple[float, ...] = field(default=())

    @property
    def mid(self) -> float:
        """Middle of a quote on both sides, else nan."""
        good = 0 < self.bid <= self.ask
        return (self.bid + self.ask) / 2 if good else nan


NUMBERS = tuple(each.name for each in fields(Snap) if each.type is float)
"""Names of the fields that are one number."""
