"""Expired contracts by request: what was listed, and its bars."""

from datetime import date
from urllib.parse import quote as escaped

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import Instrument
from data.brokers.upstox import mapping, reach, schemas
from data.brokers.upstox.budget import Priority
from data.brokers.upstox.history import joined
from data.brokers.upstox.http import UpstoxHttp


class UpstoxExpired:
    """Fills the `ExpiredContracts` port; the broker serves it to its Plus plan only."""

    def __init__(self, http: UpstoxHttp) -> None:
        self._http = http

    async def expiries(self, underlying: InstrumentKey) -> list[date]:
        reply = await self._http.read(
            "expired expiries",
            "/v2/expired-instruments/expiries",
            schemas.Expiries,
            params={"instrument_key": underlying},
            priority=Priority.JOB,
        )
        return sorted(reply.data)

    async def options(self, underlying: InstrumentKey, expiry: date) -> list[Instrument]:
        reply = await self._http.read(
            "expired contracts",
            "/v2/expired-instruments/option/contract",
            schemas.Contracts,
            params={"instrument_key": underlying, "expiry_date": expiry.isoformat()},
            priority=Priority.JOB,
        )
        return [mapping.contract(data) for data in reply.data]

    async def futures(self, underlying: InstrumentKey, expiry: date) -> list[Instrument]:
        reply = await self._http.read(
            "expired futures",
            "/v2/expired-instruments/future/contract",
            schemas.Futures,
            params={"instrument_key": underlying, "expiry_date": expiry.isoformat()},
            priority=Priority.JOB,
        )
        return [mapping.future(data) for data in reply.data]

    def pieces(self, interval: Interval, first: date, last: date) -> list[tuple[date, date]]:
        reach.expired_word(interval)
        return list(reach.pieces(reach.reach_of(interval), first, last))

    async def bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        word = reach.expired_word(interval)
        parts = [
            await self._bars(key, word, begin, end)
            for begin, end in self.pieces(interval, first, last)
        ]
        return joined([part for part in parts if len(part)])

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return await self.bars(key, Interval.DAY, first, last)

    async def _bars(self, key: InstrumentKey, word: str, first: date, last: date) -> Candles:
        call, name = "expired candles", escaped(key, safe="")
        path = f"/v2/expired-instruments/historical-candle/{name}/{word}/{last}/{first}"
        reply = await self._http.read(call, path, schemas.CandlesReply, priority=Priority.JOB)
        try:
            return mapping.candles(reply.data.candles)
        except BadData as problem:
            self._http.count_bad(call, str(problem))
            raise
