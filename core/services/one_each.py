"""Tasks of which there is at most one for each name."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class OneEach:
    """`kind` begins the names of the tasks, for whoever looks at them."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._tasks

    def __len__(self) -> int:
        return len(self._tasks)

    def go(self, name: str, work: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        """Start it, if it does not run already."""
        if name not in self._tasks:
            task = asyncio.create_task(work(name), name=f"{self._kind} {name}")
            self._tasks[name] = task
            task.add_done_callback(lambda _: self._tasks.pop(name, None))

    async def ended(self, name: str) -> None:
        """Return once nothing of that name runs."""
        while (task := self._tasks.get(name)) is not None:
            await asyncio.wait([task])

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
