"""Candles by request, in pieces no longer than the broker allows."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import quote as escaped

import numpy as np

from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from data.brokers.upstox import mapping, reach, schemas
from data.brokers.upstox.budget import Priority
from data.brokers.upstox.http import UpstoxHttp


class UpstoxHistory:
    """Fills the `History` port."""

    def __init__(self, http: UpstoxHttp) -> None:
        self._http = http

    def pieces(self, interval: Interval, first: date, last: date) -> list[tuple[date, date]]:
        return list(reach.pieces(reach.reach_of(interval), first, last))

    async def bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        word, parts = reach.reach_of(interval).word, []
        for begin, end in self.pieces(interval, first, last):
            name = escaped(key, safe="")
            path = f"/v3/historical-candle/{name}/{word}/{interval.count}/{end}/{begin}"
            parts.append(await self._bars(f"candles ({word})", path, Priority.JOB))
        return joined([part for part in parts if len(part)])

    async def minutes(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return await self.bars(key, Interval.MINUTE, first, last)

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return await self.bars(key, Interval.DAY, first, last)

    async def today(self, key: InstrumentKey, interval: Interval = Interval.MINUTE) -> Candles:
        word = reach.reach_of(interval).word
        if interval.unit not in reach.TODAY:
            raise RuleBroken(f"The broker has no candles of {interval} of the running session.")
        name = escaped(key, safe="")
        path = f"/v3/historical-candle/intraday/{name}/{word}/{interval.count}"
        return await self._bars("today's candles", path, Priority.SCREEN)

    async def _bars(self, call: str, path: str, priority: Priority) -> Candles:
        reply = await self._http.read(
            call, path, schemas.CandlesReply, public=True, priority=priority
        )
        try:
            return mapping.candles(reply.data.candles)
        except BadData as problem:
            self._http.count_bad(call, str(problem))
            raise


def joined(parts: Sequence[Candles]) -> Candles:
    """Pieces in order as one; raises BadData if they overlap."""
    if not parts:
        return Candles.none()
    return Candles(
        time=np.concatenate([p.time for p in parts]),
        open=np.concatenate([p.open for p in parts]),
        high=np.concatenate([p.high for p in parts]),
        low=np.concatenate([p.low for p in parts]),
        close=np.concatenate([p.close for p in parts]),
        volume=np.concatenate([p.volume for p in parts]),
        open_interest=np.concatenate([p.open_interest for p in parts]),
    ).check()
