"""Chain pictures: one expiry as a page shows it, the same whether it is live or was recorded."""

from dataclasses import dataclass
from datetime import date, datetime
from math import exp, nan

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.forward import mids_or_last
from core.analytics.straddle import at_the_money
from core.clock import IST
from core.instruments.expiries import years_left
from core.state.chains import LiveChain
from core.state.market import Col, MarketState

Floats = NDArray[np.float64]

_COLUMNS = [Col.LTP, Col.BID, Col.ASK, Col.VOLUME, Col.OI]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPicture:
    """Two-sided arrays are (2, strikes), calls first; nan = unknown. Rupees, units, fractions.

    `at` is the moment that the numbers tell of; `now` the desk's clock then, None for a record.
    `oi_prev` is yesterday's open interest, nan in a record. `years` is the time to the close.
    """

    symbol: str
    expiry: date
    closes_at: datetime
    at: datetime
    now: datetime | None
    rate: float
    lot_size: int
    spot: float
    forward: float
    future: float
    strikes: Floats
    ltp: Floats
    bid: Floats
    ask: Floats
    volume: Floats
    oi: Floats
    oi_prev: Floats
    iv: Floats

    @property
    def live(self) -> bool:
        return self.now is not None

    @property
    def years(self) -> float:
        return years_left(self.closes_at, self.at)

    @property
    def discount(self) -> float:
        return exp(-self.rate * self.years)

    @property
    def price(self) -> Floats:
        """The middle of the quotes, else the last trade."""
        return mids_or_last(self.bid, self.ask, self.ltp)

    @property
    def atm(self) -> int:
        """Index of the strike nearest the forward; -1 = unknown."""
        return at_the_money(self.strikes, self.forward)

    @property
    def atm_iv(self) -> float:
        """Mean of call and put at the money; nan where neither is known."""
        if self.atm < 0:
            return nan
        both = self.iv[:, self.atm]
        known = both[np.isfinite(both)]
        return float(known.mean()) if known.size else nan

    def as_day(self, minute: int) -> ChainDay:
        """The picture alone as a day of one epoch minute, for what is computed by the minute."""

        def one(value: float) -> Floats:
            return np.array([value])

        return ChainDay(
            symbol=self.symbol,
            expiry=self.expiry,
            day=self.at.astimezone(IST).date(),
            minutes=np.array([minute], dtype=np.int64),
            strikes=self.strikes,
            spot=one(self.spot),
            forward=one(self.forward),
            future=one(self.future),
            future_oi=one(nan),
            ltp=self.ltp[None],
            bid=self.bid[None],
            ask=self.ask[None],
            volume=self.volume[None],
            oi=self.oi[None],
            iv=self.iv[None],
        )


def live_picture(
    chain: LiveChain, market: MarketState, now: datetime, rate: float
) -> ChainPicture | None:
    """Of an open chain, as it was last computed; None before that."""
    if chain.computed_at is None:
        return None
    ltp, bid, ask, volume, oi = market.read(chain.rows, _COLUMNS)
    return ChainPicture(
        symbol=chain.symbol,
        expiry=chain.expiry,
        closes_at=chain.closes_at,
        at=chain.computed_at,
        now=now,
        rate=rate,
        lot_size=chain.lot_size,
        spot=chain.spot,
        forward=chain.forward,
        future=market.get(chain.future, Col.LTP) if chain.future else nan,
        strikes=chain.strikes,
        ltp=ltp,
        bid=bid,
        ask=ask,
        volume=volume,
        oi=oi,
        oi_prev=chain.oi_prev,
        iv=chain.iv,
    )


def recorded_picture(
    day: ChainDay, row: int, *, closes_at: datetime, rate: float, lot_size: int
) -> ChainPicture:
    """Of a recorded minute, with the lot of today: records keep none, and lots change rarely."""
    return ChainPicture(
        symbol=day.symbol,
        expiry=day.expiry,
        closes_at=closes_at,
        at=day.moment(row),
        now=None,
        rate=rate,
        lot_size=lot_size,
        spot=float(day.spot[row]),
        forward=float(day.forward[row]),
        future=float(day.future[row]),
        strikes=day.strikes,
        ltp=day.ltp[row],
        bid=day.bid[row],
        ask=day.ask[row],
        volume=day.volume[row],
        oi=day.oi[row],
        oi_prev=np.full_like(day.oi[row], nan),
        iv=day.iv[row],
    )
