"""Runs of a replay, one after the other: each is a desk of its own, begun from nothing."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import structlog

from core.desk_parts import Conditions
from core.errors import AppError
from core.services import Services
from core.state.notices import Level
from data.replay.assembly import ReplayDesk, clear_away, open_replay

log = structlog.get_logger(__name__)


class ReplayRuns:
    """`show` is given the services of each run as it begins."""

    def __init__(
        self,
        conditions: Conditions,
        home: Path,
        database_url: str,
        show: Callable[[Services], None],
    ) -> None:
        self._conditions, self._home, self._url = conditions, home, database_url
        self._show = show
        self._run: ReplayDesk | None = None
        self._switching: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def start(self, day: date | None) -> None:
        """The first; raises what `open_replay` raises."""
        clear_away(self._home)
        await self._stand(await self._begin(day), None)

    async def stop(self) -> None:
        if self._switching is not None:
            self._switching.cancel()
            await asyncio.gather(self._switching, return_exceptions=True)
        if self._closing is not None:
            await self._closing
        if self._run is not None:
            await self._run.stop()
            self._run = None

    def _anew(self, day: date, moment: datetime | None) -> None:
        """One switch at a time: another one asked for meanwhile is not heard."""
        if self._switching is None or self._switching.done():
            self._switching = asyncio.create_task(self._switch(day, moment), name="replay anew")

    async def _switch(self, day: date, moment: datetime | None) -> None:
        before = self._run
        try:
            run = await self._begin(day)
        except AppError as problem:
            log.warning("replay.not_begun", day=str(day), problem=str(problem))
            self._stay(before, str(problem))
            return
        except Exception as problem:
            log.exception("replay.not_begun", day=str(day))
            self._stay(before, f"{type(problem).__name__}, see the log")
            return
        if before is not None:
            self._closing = asyncio.create_task(before.stop(), name="replay ends")
            await asyncio.shield(self._closing)
        await self._stand(run, moment)

    async def _stand(self, run: ReplayDesk, moment: datetime | None) -> None:
        """Where it was asked for, else where there is something to see."""
        wanted = moment or run.replay.state.first_seen
        if wanted is not None:
            await run.replay.jump(wanted)

    def _stay(self, run: ReplayDesk | None, why: str) -> None:
        """The run goes on that there was, and says why there is no other."""
        if run is not None:
            services = run.desk.services
            run.replay.stay()
            text = f"The replay was not begun: {why}"
            services.notices.add(Level.PROBLEM, text, at=services.clock.now(), source="replay")

    async def _begin(self, day: date | None) -> ReplayDesk:
        conditions = replace(self._conditions, run=f"{day or 'none'} {time.time():.3f}")
        run = await open_replay(conditions, self._home, self._url, day, self._anew)
        await run.start()
        self._run = run
        self._show(run.desk.services)
        log.info("replay.begun", day=str(day), account=conditions.account)
        return run
