"""Where the volatility page has its numbers from: open chains, or recorded minutes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import uuid4

from nicegui import background_tasks

from core.analytics.chain_day import ChainDay, minute_of
from core.analytics.smile import Curve
from core.clock import IST
from core.errors import AppError
from core.services import Services
from core.services.chain_picture import ChainPicture, live_picture, recorded_picture
from core.services.volatility_view import VolatilityView, surface_of
from core.state.chains import LiveChain

MOST: Final = 8
"""Expiries that are kept open, the nearest; and those that are chosen."""
PLAIN: Final = 4
"""Of these the nearest take the feed's smaller mode, of which the broker sends 2,000 keys; the
later ones are asked for in full (1,500 keys), or their quotes would be the ones left out."""
APART: Final = 0.3
"""Seconds between two openings, each of which asks the broker two things."""

TRY_AGAIN: Final = 30.0
"""Seconds until those that could not be opened are tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ghost:
    """The smile of an expiry at the last recorded minute of an earlier session."""

    at: datetime
    smile: Curve


class VolSource:
    """Of one underlying; one viewer an expiry. The chosen ones are there when `turn` returns, the
    others follow.
    """

    def __init__(self, services: Services, symbol: str) -> None:
        self._services, self.symbol = services, symbol
        self._name = f"volatility {uuid4().hex}"
        self._opening: asyncio.Task[None] | None = None
        self._days: dict[tuple[str, date, date], ChainDay] = {}
        self._ghosts: dict[tuple[date, date], Ghost | None] = {}
        self._seen: tuple[tuple[datetime, tuple[date, ...]], VolatilityView] | None = None
        self._released = False
        self.wanted: list[date] = []
        self.chains: dict[date, LiveChain] = {}
        self.problems: dict[date, str] = {}

    # live
    async def turn(self, listed: Sequence[date], chosen: Sequence[date]) -> None:
        """Raises AppError if a chosen one cannot be opened; of another the problem is noted."""
        before, self.wanted = self.wanted, sorted({*listed[:MOST], *chosen})
        self._stop_opening()
        try:
            for expiry in chosen:
                await self._open(expiry)
        except AppError:
            self.wanted = before
            raise
        finally:
            self._drop_others()
            if not self._released:
                others = self._open_others()
                self._opening = background_tasks.create(others, name="volatility chains")

    def release(self) -> None:
        self._released, self.wanted = True, []
        self._stop_opening()
        self._drop_others()

    def _drop_others(self) -> None:
        for expiry in [each for each in self.chains if each not in self.wanted]:
            self._services.chain_keeper.release(self._viewer(expiry))
            del self.chains[expiry]

    @property
    def loading(self) -> list[date]:
        """Expiries whose numbers are still on their way."""
        return [
            expiry
            for expiry in self.wanted
            if expiry not in self.problems
            and ((chain := self.chains.get(expiry)) is None or chain.computed_at is None)
        ]

    async def live(self) -> VolatilityView | None:
        """As things are now; None before the first numbers."""
        services, now = self._services, self._services.clock.now()
        chains = [chain for _, chain in sorted(self.chains.items()) if chain.listed]
        for chain in chains:
            services.chain_keeper.refresh(chain)
        found = [live_picture(chain, services.market, now, services.rate) for chain in chains]
        pictures = tuple(picture for picture in found if picture is not None)
        if not pictures:
            return None
        surface = await services.smiles.renewed(self.symbol, chains)
        return VolatilityView(symbol=self.symbol, pictures=pictures, surface=surface)

    def _viewer(self, expiry: date) -> str:
        return f"{self._name} {expiry}"

    def _stop_opening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None

    async def _open(self, expiry: date) -> None:
        keeper = self._services.chain_keeper
        chain = await keeper.open(self._viewer(expiry), self.symbol, expiry)
        if self._released:  # the page was left meanwhile
            keeper.release(self._viewer(expiry))
            return
        self.chains[expiry] = chain
        self.problems.pop(expiry, None)
        if expiry in self.wanted[PLAIN:]:
            keeper.focus(self._viewer(expiry), 0, len(chain.strikes) - 1)

    async def _open_others(self) -> None:
        while lacking := [each for each in self.wanted if each not in self.chains]:
            for expiry in lacking:
                try:
                    await self._open(expiry)
                except AppError as problem:
                    self.problems[expiry] = str(problem)
                await asyncio.sleep(APART)
            await asyncio.sleep(TRY_AGAIN if self.problems else 0)

    # recorded
    async def recorded(self, minute: datetime) -> VolatilityView | None:
        """The nearest and the chosen expiries of those that were recorded in that minute."""
        name = (minute, tuple(self.wanted))
        if self._seen is not None and self._seen[0] == name:
            return self._seen[1]
        day = minute.astimezone(IST).date()
        expiries = await self._services.chain_history.expiries(self.symbol, day)
        usable = [each for each in expiries if each in expiries[:MOST] or each in self.wanted]
        found = [await self._recorded(expiry, day, minute) for expiry in usable]
        pictures = tuple(picture for picture in found if picture is not None)
        if not pictures:
            return None
        surface = await asyncio.to_thread(surface_of, pictures)
        view = VolatilityView(symbol=self.symbol, pictures=pictures, surface=surface)
        self._seen = (name, view)
        return view

    async def ghost(self, expiry: date, day: date) -> Ghost | None:
        """The last recorded smile of a session before `day`; None if there is none."""
        name = (expiry, day)
        if name not in self._ghosts:
            self._ghosts[name] = await self._last_smile(expiry, day)
        return self._ghosts[name]

    async def _recorded(self, expiry: date, day: date, minute: datetime) -> ChainPicture | None:
        name = (self.symbol, expiry, day)
        known = self._days.get(name)
        if known is None or known.at(minute_of(minute)) < 0:
            found = await self._services.chain_history.day(*name)
            if found is None:
                return None
            if day not in {each for _, _, each in self._days}:
                self._days.clear()  # one day at a time
            self._days[name] = known = found
        row = known.at(minute_of(minute))
        return self._picture(known, row) if row >= 0 else None

    async def _last_smile(self, expiry: date, day: date) -> Ghost | None:
        history = self._services.chain_history
        before = [each for each in await history.days(self.symbol, expiry) if each < day]
        found = await history.day(self.symbol, expiry, before[-1]) if before else None
        if found is None:
            return None
        picture = self._picture(found, len(found) - 1)
        surface = await asyncio.to_thread(surface_of, [picture])
        smile = surface.of(expiry) if surface is not None else None
        return Ghost(at=picture.at, smile=smile) if smile is not None else None

    def _picture(self, day: ChainDay, row: int) -> ChainPicture:
        chain, services = self.chains.get(day.expiry), self._services
        return recorded_picture(
            day,
            row,
            closes_at=services.calendar.close_of(day.expiry),
            rate=services.rate,
            lot_size=chain.lot_size if chain is not None else 0,
        )
