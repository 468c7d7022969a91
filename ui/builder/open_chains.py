"""The chains that the builder looks at: those of its legs, and what templates may ask for."""

from collections.abc import Collection
from datetime import date
from uuid import uuid4

from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.ports.feed import FeedMode
from core.services import Services
from core.services.chain_views import chain_view
from core.state.chains import LiveChain
from core.strategies.chain_view import ChainView
from ui.components.leaving import Leaving


class OpenChains:
    """Chains of one underlying, a viewer each; all are let go with the part of the page."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._viewer = f"builder {uuid4().hex}"
        self._chains: dict[date, LiveChain] = {}
        self._futures: list[Instrument] = []
        self.symbol = ""
        self.listed: list[date] = []
        Leaving(self.close)

    @property
    def generation(self) -> int:
        """Changes when a chain was made anew: on a new day, contracts may be others."""
        return sum(chain.generation for chain in self._chains.values())

    @property
    def underlying(self) -> InstrumentKey | None:
        return next((chain.underlying for chain in self._chains.values()), None)

    async def turn(self, symbol: str) -> None:
        if symbol == self.symbol:
            return
        self.close()
        instruments = self._services.instruments
        self.symbol, self.listed = symbol, await instruments.expiries(symbol)
        self._futures = await instruments.futures(symbol)
        keys = [each.key for each in self._futures]
        self._services.market.rows_of(keys)
        wishes = dict.fromkeys(keys, FeedMode.FULL)
        if wishes:
            self._services.subscriptions.hold(self._viewer, wishes)

    async def hold(self, days: Collection[date]) -> bool:
        """Have the chains of these days open, and no others; True if there are new ones.

        A day that is not listed (any more) has no chain.
        """
        wanted = [day for day in sorted(days) if day in self.listed]
        for day in [day for day in self._chains if day not in wanted]:
            self._services.chain_keeper.release(self._name(day))
            del self._chains[day]
        missing = [day for day in wanted if day not in self._chains]
        for day in missing:
            try:
                found = await self._services.chain_keeper.open(self._name(day), self.symbol, day)
            except RuleBroken:
                continue  # it was the last day of the list
            self._chains[day] = found
        return bool(missing)

    def view(self) -> ChainView | None:
        """All of them now, their numbers computed anew where prices have moved."""
        services, chains = self._services, list(self._chains.values())
        if not chains:
            return None
        for chain in chains:
            services.chain_keeper.refresh(chain)
        return chain_view(
            chains,
            services.market,
            now=services.clock.now(),
            rate=services.rate,
            futures=self._futures,
            close_of=services.calendar.close_of,
            surface=services.smiles.surface(self.symbol, chains),
        )

    def close(self) -> None:
        for day in self._chains:
            self._services.chain_keeper.release(self._name(day))
        self._chains.clear()
        self._services.subscriptions.release(self._viewer)

    def _name(self, day: date) -> str:
        return f"{self._viewer} {day}"
