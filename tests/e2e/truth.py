"""The exchange's own word on a chain, asked again and again while a page is looked at."""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import date
from types import TracebackType
from typing import Any, Self

import httpx

EVERY = 0.06
KEPT = 200


class Truth:
    """Keeps the last answers of `/sim/state` with the time at which each came in."""

    def __init__(self, exchange_url: str, symbol: str, expiry: date) -> None:
        self._client = httpx.AsyncClient(base_url=exchange_url, trust_env=False, timeout=10)
        self._asked = {"underlying": symbol, "expiry": expiry.isoformat()}
        self._said: deque[tuple[float, dict[str, Any]]] = deque(maxlen=KEPT)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._ask()
        self._task = asyncio.create_task(self._keep_asking())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._client.aclose()

    async def _keep_asking(self) -> None:
        while True:
            await self._ask()
            await asyncio.sleep(EVERY)

    async def _ask(self) -> None:
        answer = await self._client.get("/sim/state", params=self._asked)
        answer.raise_for_status()
        self._said.append((now(), answer.json()))

    @property
    def newest(self) -> dict[str, Any]:
        return self._said[-1][1]

    def between(self, since: float, until: float) -> list[dict[str, Any]]:
        """Every answer in that time, and the one before it, which held when it began."""
        before = [state for at, state in self._said if at < since][-1:]
        return before + [state for at, state in self._said if since <= at <= until]


def now() -> float:
    return asyncio.get_running_loop().time()


def value(state: dict[str, Any], strike: str, side: str, field: str) -> float | None:
    """What a cell should show; None where there is nothing to show."""
    option = state["strikes"].get(strike, {}).get(side)
    if option is None:
        return None
    if field == "oi-change":
        return float(option["oi"] - option["oi_prev"])
    if field in ("bid", "ask") and option[field] <= 0:
        return None
    return float(option[field])
