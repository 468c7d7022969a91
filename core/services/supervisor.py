"""Supervisor: starts what keeps running, restarts what fails, and knows how each is doing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from core.clock import Clock
from core.state.health import Condition, HealthState, ServiceHealth

log = structlog.get_logger(__name__)

PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before each restart in a row; the last one is used again and again."""
SETTLED: Final = 60.0
"""A service that ran for so many seconds starts its pauses anew."""


class Supervisor:
    def __init__(self, health: HealthState, clock: Clock, pauses: Sequence[float] = PAUSES) -> None:
        self._health = health
        self._clock = clock
        self._pauses = tuple(pauses)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Keep `run()` running under `name` until `stop`."""
        self._health.services[name] = ServiceHealth(name=name)
        self._tasks[name] = asyncio.create_task(self._keep(name, run), name=name)

    async def stop(self) -> None:
        """Cancel all, the last started first, and wait until each has put its things away."""
        for name, task in reversed(self._tasks.items()):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._set(name, Condition.STOPPED, "")
        self._tasks.clear()

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            self._set(name, Condition.RUNNING, "")
            began = loop.time()
            try:
                await run()
            except Exception as problem:
                log.exception("service.failed", service=name)
                failures = 0 if loop.time() - began > SETTLED else failures
                pause = self._pauses[min(failures, len(self._pauses) - 1)]
                failures += 1
                self._health.services[name].restarts += 1
                self._set(name, Condition.RESTARTING, str(problem) or type(problem).__name__)
                await asyncio.sleep(pause)
            else:
                self._set(name, Condition.STOPPED, "has finished")
                return

    def _set(self, name: str, condition: Condition, detail: str) -> None:
        service = self._health.services[name]
        service.condition, service.detail, service.since = condition, detail, self._clock.now()
