"""Chains as the broker shows them now, kept beside those that the recorder took down."""

from datetime import datetime, timedelta
from math import exp, nan

import numpy as np

from core.analytics.chain_snapshot import ChainSnapshot
from core.analytics.chain_vols import chain_vols
from core.analytics.forward import carried, mids, mids_or_last, parity_forward
from core.analytics.sides import CALL, PUT
from core.clock import IST, Clock
from core.downloads.plan import Piece
from core.instruments.calendar import MarketCalendar
from core.instruments.expiries import years_left
from core.ports.market_data import BrokerChain, MarketData
from core.ports.repositories import SnapshotRepository

MINUTE = timedelta(minutes=1)


class SnapshotWork:
    """One chain a piece; its expiry stands where other pieces have their days."""

    def __init__(
        self,
        market_data: MarketData,
        snapshots: SnapshotRepository,
        calendar: MarketCalendar,
        clock: Clock,
        rate: float,
    ) -> None:
        self._market_data = market_data
        self._snapshots = snapshots
        self._calendar = calendar
        self._clock = clock
        self._rate = rate

    async def __call__(self, piece: Piece) -> int:
        """A minute that the recorder has taken down stays as it is; returns how many strikes."""
        expiry, minute = piece.first, self._minute()
        if await self._snapshots.at(piece.name, expiry, minute) is not None:
            return 0
        chain = await self._market_data.chain(piece.key, expiry)
        if not len(chain.strikes):
            return 0
        years = years_left(self._calendar.close_of(expiry), minute + MINUTE)
        await self._snapshots.save([snapshot(piece.name, chain, minute, years, self._rate)])
        return len(chain.strikes)

    def _minute(self) -> datetime:
        """The last minute of a session that is over: what the broker shows is of its end."""
        now = self._clock.now()
        day = now.astimezone(IST).date()
        session = self._calendar.session_of(day)
        if session is None or now < session.opens_at + MINUTE:
            day = self._calendar.previous_trading_day(day)
            now = self._calendar.close_of(day)
        ended = min(now, self._calendar.close_of(day))
        return ended.replace(second=0, microsecond=0) - MINUTE


def snapshot(
    symbol: str, chain: BrokerChain, minute: datetime, years: float, rate: float
) -> ChainSnapshot:
    """With our own forward and volatilities, as a live chain has them."""
    sides = (chain.calls, chain.puts)
    told = {
        name: np.array([[getattr(s, name) if s else nan for s in side] for side in sides], float)
        for name in ("ltp", "bid", "ask", "volume", "oi")
    }
    mid, discount = mids(told["bid"], told["ask"]), exp(-rate * years)
    forward = parity_forward(chain.strikes, mid[CALL], mid[PUT], chain.spot, discount)
    if not forward > 0:
        forward = carried(chain.spot, rate, years)
    prices = mids_or_last(told["bid"], told["ask"], told["ltp"])
    iv, _ = chain_vols(prices, forward, chain.strikes, years, discount)
    return ChainSnapshot(
        symbol=symbol,
        expiry=chain.expiry,
        minute=minute,
        spot=chain.spot,
        forward=forward,
        strikes=chain.strikes,
        ltp=told["ltp"],
        bid=told["bid"],
        ask=told["ask"],
        volume=told["volume"],
        oi=told["oi"],
        iv=iv,
    )
