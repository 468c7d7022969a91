"""Market data by request: quotes, chains, contracts, calendar."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar
from urllib.parse import quote as escaped

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.ports.market_data import BrokerChain, ExchangeHours, Holiday, Profile, Quote
from data.brokers.upstox import mapping, schemas
from data.brokers.upstox.http import UpstoxHttp

KEYS_PER_CALL: Final = 500

Made = TypeVar("Made")


class UpstoxMarketData:
    """Fills the `MarketData` port."""

    def __init__(self, http: UpstoxHttp) -> None:
        self._http = http

    async def profile(self) -> Profile:
        reply = await self._http.read("profile", "/v2/user/profile", schemas.Profile)
        return mapping.profile(reply.data)

    async def quotes(self, keys: Sequence[InstrumentKey]) -> Mapping[InstrumentKey, Quote]:
        wanted = list(dict.fromkeys(keys))
        parts = [wanted[i : i + KEYS_PER_CALL] for i in range(0, len(wanted), KEYS_PER_CALL)]
        replies = await asyncio.gather(*(self._some_quotes(part) for part in parts))
        return {key: quote for reply in replies for key, quote in reply.items()}

    async def _some_quotes(self, keys: Sequence[InstrumentKey]) -> dict[InstrumentKey, Quote]:
        reply = await self._http.read(
            "quotes",
            "/v3/market-quote/quotes",
            schemas.Quotes,
            params={"instrument_key": ",".join(keys)},
        )
        quotes = [mapping.quote(data) for data in reply.data.values()]
        return {quote.key: quote for quote in quotes}

    async def chain(self, underlying: InstrumentKey, expiry: date) -> BrokerChain:
        reply = await self._http.read(
            "option chain",
            "/v2/option/chain",
            schemas.Chain,
            params={"instrument_key": underlying, "expiry_date": expiry.isoformat()},
        )
        return self._made("option chain", lambda: mapping.chain(underlying, expiry, reply.data))

    async def contracts(self, underlying: InstrumentKey) -> list[Instrument]:
        reply = await self._http.read(
            "option contracts",
            "/v2/option/contract",
            schemas.Contracts,
            params={"instrument_key": underlying},
        )
        return [mapping.contract(data) for data in reply.data]

    async def holidays(self) -> list[Holiday]:
        reply = await self._http.read(
            "holidays", "/v2/market/holidays", schemas.Holidays, public=True
        )
        return self._made("holidays", lambda: [mapping.holiday(one) for one in reply.data])

    async def timings(self, day: date) -> list[ExchangeHours]:
        path = f"/v2/market/timings/{day.isoformat()}"
        reply = await self._http.read("timings", path, schemas.Timings, public=True)
        return self._made("timings", lambda: [mapping.hours(one) for one in reply.data])

    async def market_status(self, exchange: str) -> str:
        path = f"/v2/market/status/{escaped(exchange, safe='')}"
        return (await self._http.read("market status", path, schemas.Status)).data.status

    def _made(self, call: str, make: Callable[[], Made]) -> Made:
        """What an answer means; counted if it makes no sense."""
        try:
            return make()
        except BadData as problem:
            self._http.count_bad(call, str(problem))
            raise
