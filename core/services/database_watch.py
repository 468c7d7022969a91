"""Database watch: asks the database a small thing now and then, so that readiness can be told.

At the start it learns what instruments are on hand: yesterday's will do until today's have come.
"""

import asyncio
from typing import Final

import structlog

from core.ports.repositories import InstrumentRepository
from core.state.health import HealthState

log = structlog.get_logger(__name__)

PACE: Final = 5.0
PATIENCE: Final = 10.0


class DatabaseWatch:
    def __init__(self, instruments: InstrumentRepository, health: HealthState) -> None:
        self._instruments = instruments
        self._health = health

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await self.look()
            if not self._health.database_problem:
                await self._instruments.warm()
            await asyncio.sleep(PACE)

    async def look(self) -> None:
        problem = ""
        try:
            async with asyncio.timeout(PATIENCE):
                as_of = await self._instruments.as_of()
                if as_of is not None and not self._health.instruments_count:
                    self._health.instruments_count = await self._instruments.count()
                    self._health.instruments_date = as_of
        except TimeoutError:
            problem = f"no answer within {PATIENCE:.0f} s"
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            if not self._health.database_problem:
                log.exception("database.lost")
        self._health.database_problem = problem
