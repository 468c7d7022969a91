"""All contracts of an expiry, whether it is over or still listed."""

from datetime import date

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.ports.market_data import ExpiredContracts
from core.ports.repositories import InstrumentRepository


class ExpiryContracts:
    """What is listed today is known here; of what is over the broker is asked."""

    def __init__(self, expired: ExpiredContracts, instruments: InstrumentRepository) -> None:
        self._expired = expired
        self._instruments = instruments

    async def of(self, underlying: InstrumentKey, symbol: str, expiry: date) -> list[Instrument]:
        """Options and futures; none for an expiry that nobody knows."""
        if expiry in await self._instruments.expiries(symbol):
            futures = await self._instruments.futures(symbol)
            listed = await self._instruments.options(symbol, expiry)
            return [*listed, *(each for each in futures if each.expiry == expiry)]
        options = await self._expired.options(underlying, expiry)
        return [*options, *await self._expired.futures(underlying, expiry)]
