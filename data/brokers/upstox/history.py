"""Candles by request, in pieces no longer than the broker allows."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from urllib.parse import quote as escaped

import numpy as np

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Candles
from data.brokers.upstox import mapping, schemas
from data.brokers.upstox.budget import Priority
from data.brokers.upstox.http import UpstoxHttp

MINUTE_SPAN: Final = timedelta(days=27)  # the broker's limit is a month; February is one too
DAY_SPAN: Final = timedelta(days=3650)
MINUTES_FROM: Final = date(2022, 1, 1)
DAYS_FROM: Final = date(2000, 1, 1)


class UpstoxHistory:
    """Fills the `History` port."""

    def __init__(self, http: UpstoxHttp) -> None:
        self._http = http

    async def minutes(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return await self._past(key, "minutes", max(first, MINUTES_FROM), last, MINUTE_SPAN)

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return await self._past(key, "days", max(first, DAYS_FROM), last, DAY_SPAN)

    async def today(self, key: InstrumentKey) -> Candles:
        path = f"/v3/historical-candle/intraday/{escaped(key, safe='')}/minutes/1"
        return await self._bars("today's candles", path, Priority.SCREEN)

    async def _past(
        self, key: InstrumentKey, unit: str, first: date, last: date, span: timedelta
    ) -> Candles:
        parts = []
        for begin, end in pieces(first, last, span):
            path = f"/v3/historical-candle/{escaped(key, safe='')}/{unit}/1/{end}/{begin}"
            parts.append(await self._bars(f"candles ({unit})", path, Priority.JOB))
        return joined([part for part in parts if len(part)])

    async def _bars(self, call: str, path: str, priority: Priority) -> Candles:
        reply = await self._http.read(
            call, path, schemas.CandlesReply, public=True, priority=priority
        )
        try:
            return mapping.candles(reply.data.candles)
        except BadData as problem:
            self._http.count_bad(call, str(problem))
            raise


def pieces(first: date, last: date, span: timedelta) -> Iterator[tuple[date, date]]:
    """[first, last] cut into spans, both ends of each included, oldest first."""
    while first <= last:
        end = min(first + span, last)
        yield first, end
        first = end + timedelta(days=1)


def joined(parts: list[Candles]) -> Candles:
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
