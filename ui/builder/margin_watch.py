"""Margin of what is on the table, asked for when the hand has come to rest."""

from collections.abc import Callable
from typing import Final

from nicegui import background_tasks

from core.services.margin_answer import MarginAnswer, margin_answer
from core.strategies.legs import Leg
from ui.builder.state import BuilderState
from ui.components.sight import paced

PACE: Final = 0.4
AGEING: Final = 75
"""Looks after which it is asked for again: half a minute."""


class MarginWatch:
    """`answer` is None until the first has come; `then` is told of each."""

    def __init__(self, state: BuilderState, then: Callable[[], object]) -> None:
        self._state, self._then = state, then
        self._seen: list[Leg] = []
        self._asked: list[Leg] = []
        self._looks, self._asking = 0, False
        self.answer: MarginAnswer | None = None
        paced(PACE, self._look)

    def _look(self) -> None:
        now, self._looks = self._state.counted, self._looks + 1
        at_rest, self._seen = now == self._seen, now
        due = now != self._asked or self._looks >= AGEING
        if at_rest and due and not self._asking and self._state.market is not None:
            self._asking = True
            background_tasks.create(self._ask(now), name="builder margin")

    async def _ask(self, legs: list[Leg]) -> None:
        market = self._state.market
        assert market is not None
        try:
            found = await margin_answer(legs, market, self._state.services.margin) if legs else None
        finally:
            self._asking = False
        self._asked, self._looks, self.answer = legs, 0, found
        self._then()
