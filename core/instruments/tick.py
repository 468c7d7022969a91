"""A tick as an object, for listeners that ask for one; the hot path keeps rows of numbers."""

from dataclasses import dataclass
from datetime import datetime

from core.ids import InstrumentKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What was last heard of one instrument; NaN where nothing was heard.

    Prices in rupees, quantities in units, `iv` a fraction, `at` the exchange's time of the last
    trade, `received` our clock's time at which the frame came in.
    """

    key: InstrumentKey
    at: datetime | None
    received: datetime
    ltp: float
    close: float
    bid: float
    ask: float
    volume: float
    oi: float
    iv: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthLevel:
    bid_quantity: int
    bid: float
    ask_quantity: int
    ask: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Auction:
    """What an auction would match at now: rupees and units; NaN where the broker does not say."""

    price: float
    quantity: float
    reference: float
