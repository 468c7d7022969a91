"""Catching up: everything that a moment asks for, done before a clock that waits for it goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from core.ports.paper import PaperDoor
from core.services.strategy_keeper import StrategyKeeper

log = structlog.get_logger(__name__)

LOOK: Final = 0.01
HELD: Final = 0.3
"""Wall seconds that time stands still for what is under way: longer than it sleeps between two
looks at the market. What goes on after that waits for the market itself."""
SENDING: Final = 5.0
"""Wall seconds that time stands still for orders on their way."""


class CatchingUp:
    """Of a desk whose paper account lives on a clock that waits. `arrived` returns once no order is
    on its way, `watch` compares the day with its limits, `under_way` counts the works that are."""

    def __init__(
        self,
        *,
        paper: PaperDoor,
        arrived: Callable[[], Awaitable[None]],
        strategies: StrategyKeeper,
        watch: Callable[[], Awaitable[None]],
        under_way: Callable[[], int],
    ) -> None:
        self._paper, self._strategies = paper, strategies
        self._arrived, self._watch, self._under_way = arrived, watch, under_way
        self._known = 0

    async def second(self, *, heard: bool) -> None:
        """`heard`: prices have moved, so that what waits for the market has to look again."""
        await self._paper.live()
        if heard:
            await self._watch()
        self._strategies.look()
        await self._come_to_rest()
        count = self._under_way()
        if count and (heard or count != self._known):
            await self._hold(HELD)
        self._known = self._under_way()

    async def _hold(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._under_way() and loop.time() < end:
            await asyncio.sleep(LOOK)
            await self._come_to_rest()

    async def _come_to_rest(self) -> None:
        """Orders on their way have arrived, and everybody knows what came of them."""
        try:
            async with asyncio.timeout(SENDING):
                await self._arrived()
                await self._paper.live()
                await self._paper.told()
                await self._arrived()
        except TimeoutError:
            log.warning("replay.goes_on", why="an order did not arrive")
