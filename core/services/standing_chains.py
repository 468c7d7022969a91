"""Standing chains: kept open for the recorder, so that they have a history with no page open."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

import structlog

from core.errors import AppError
from core.ids import LOCAL_USER
from core.instruments.calendar import MarketCalendar
from core.ports.repositories import InstrumentRepository, PreferenceRepository
from core.services.chain_keeper import ChainKeeper
from core.state.health import HealthState

log = structlog.get_logger(__name__)

PREFERENCE: Final = "recorder.chains"
"""The user's own choice: a symbol's number of nearest expiries, `{"NIFTY": 2, "SENSEX": 1}`."""
CHAINS: Final[Mapping[str, int]] = {"NIFTY": 2, "BANKNIFTY": 1, "SENSEX": 1}
"""Set in November 2026: the indices that trade by far the most options. Of NIFTY the second
expiry too: on the day of the first, it is what positions are rolled to. About 1,100 keys of the
2,000 that the broker sends in this mode, so that pages keep theirs."""
MOST: Final = 4
"""Expiries of one symbol that may be asked for."""
SETTLED: Final = 5.0
"""Seconds that the desk is ready before the first is opened: a page that waits goes first."""
APART: Final = 2.0
"""Seconds between two openings, each of which asks the broker two things."""
PACE: Final = 5.0
LOOK_AGAIN: Final = 60.0
"""Seconds after which a changed preference is seen; a new day or new instruments are at once."""

ChainName = tuple[str, date]


class StandingChains:
    """One viewer a chain, none of them with strikes in view: the feed's smaller mode will do."""

    def __init__(
        self,
        *,
        chain_keeper: ChainKeeper,
        instruments: InstrumentRepository,
        preferences: PreferenceRepository,
        calendar: MarketCalendar,
        health: HealthState,
        ready: Callable[[], bool],
    ) -> None:
        self._keeper = chain_keeper
        self._instruments = instruments
        self._preferences = preferences
        self._calendar = calendar
        self._health = health
        self._ready = ready
        self.open: set[ChainName] = set()
        self._ready_since: float | None = None
        self._looked_at = -LOOK_AGAIN
        self._seen: tuple[date, datetime | None] | None = None

    async def run(self) -> None:
        """Keep the right ones open; runs until cancelled, and then lets go of them."""
        try:
            while True:
                if self._due():
                    await self.look()
                await asyncio.sleep(PACE)
        finally:
            for name in self.open:
                self._keeper.release(_viewer(name))
            self.open.clear()

    async def look(self) -> None:
        """Open what is wanted and not open, one after the other, and let go of the rest."""
        wanted = await self.wanted()
        for name in self.open - set(wanted):
            self._keeper.release(_viewer(name))
            self.open.discard(name)
        for name in wanted:
            if name not in self.open:
                await self._open(name)
                await asyncio.sleep(APART)

    async def wanted(self) -> list[ChainName]:
        """Symbol and expiry of what is listed, the most wanted first."""
        chosen = chosen_chains(await self._preferences.all(LOCAL_USER))
        today, found = self._calendar.today(), []
        for symbol, count in chosen.items():
            listed = [e for e in await self._instruments.expiries(symbol) if e >= today]
            found += [(symbol, expiry) for expiry in listed[:count]]
        return found

    async def _open(self, name: ChainName) -> None:
        try:
            await self._keeper.open(_viewer(name), *name)
        except AppError as problem:
            log.warning("standing_chain.not_opened", symbol=name[0], problem=str(problem))
            return
        self.open.add(name)

    def _due(self) -> bool:
        """Once the desk has settled: now and then, and when it may be that others are wanted."""
        now = asyncio.get_running_loop().time()
        if not self._ready():
            self._ready_since = None
            return False
        if self._ready_since is None:
            self._ready_since = now
        if now - self._ready_since < SETTLED:
            return False
        seen = (self._calendar.today(), self._health.instruments_date)
        if seen == self._seen and now - self._looked_at < LOOK_AGAIN:
            return False
        self._seen, self._looked_at = seen, now
        return True


def chosen_chains(preferences: Mapping[str, object]) -> dict[str, int]:
    """What the user chose, else the usual; a choice that makes no sense is said in the log."""
    chosen = preferences.get(PREFERENCE)
    if chosen is None:
        return dict(CHAINS)
    if isinstance(chosen, dict) and all(map(_makes_sense, chosen.values())):
        return {str(symbol): count for symbol, count in chosen.items()}
    log.warning("standing_chains.not_understood", chosen=str(chosen)[:200])
    return dict(CHAINS)


def _makes_sense(count: object) -> bool:
    return type(count) is int and 0 <= count <= MOST


def _viewer(name: ChainName) -> str:
    return f"recorder {name[0]} {name[1]}"
