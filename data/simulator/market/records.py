"""What the market hands out. Times are epoch milliseconds UTC (bars: seconds), days are IST."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One listed instrument; quantities in units, `tick` and `strike` in rupees."""

    key: str
    segment: str
    exchange: str
    trading_symbol: str
    name: str
    type: str  # INDEX EQ FUT CE PE
    isin: str
    exchange_token: str
    lot_size: int
    tick: float
    freeze_quantity: int
    expiry: date | None
    strike: float
    weekly: bool
    underlying: str  # symbol; empty for shares and indices
    underlying_key: str
    underlying_type: str  # INDEX EQUITY or empty
    listed: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """One entry per asked key, in the order asked; prices in rupees, quantities in units.

    An untraded contract has the previous close as `ltp`, 0 for open, high, low and the minute bar.
    A side without quotes has price and quantity 0. `iv` and greeks follow the broker's convention
    (r = 0, T to the close in calendar years of 365 days); NaN unless an option, and where there is
    no volatility. `event` is the time of the newest event up to now. The last five tell what an
    auction of shares would match at now; 0 where none runs.
    """

    ltp: Floats
    ltt: Ints
    ltq: Ints
    close: Floats
    bid: Floats
    bid_qty: Ints
    bid_orders: Ints
    ask: Floats
    ask_qty: Ints
    ask_orders: Ints
    volume: Ints
    oi: Ints
    oi_prev: Ints
    iv: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    open: Floats
    high: Floats
    low: Floats
    m_open: Floats
    m_high: Floats
    m_low: Floats
    m_close: Floats
    m_volume: Ints
    m_time: Ints
    average: Floats
    total_buy: Ints
    total_sell: Ints
    lower_circuit: Floats
    upper_circuit: Floats
    year_high: Floats
    year_low: Floats
    event: Ints
    auction_price: Floats
    auction_quantity: Ints
    imbalance: Ints
    imbalance_market: Ints
    reference: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Bars oldest first; `time` is the start, epoch seconds."""

    time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Ints
    oi: Ints

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Where a moment is in the exchange's day; `statuses` in the broker's words, by segment."""

    phase: str  # pre-open open closing-auction closed holiday
    day: date
    opens_ms: int
    closes_ms: int
    index_frozen: bool
    statuses: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day of the exchange's calendar that is not an ordinary one.

    `kind` is TRADING_HOLIDAY (`closed` exchanges do not trade, `opens` lists special hours) or
    SPECIAL_TIMING (trading outside the ordinary days or hours, `opens` = (segment, from ms, to
    ms)).
    """

    day: date
    description: str
    kind: str
    closed: tuple[str, ...]
    opens: tuple[tuple[str, int, int], ...]
