"""The watch over orders good till triggered: compares our books with the broker's list.

Start-up, reconnecting, a lost answer and the minute's look are all the same `reconcile()`.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final

import structlog

from core.clock import IST, Clock
from core.errors import AppError
from core.ids import BrokerGttId
from core.ports.gtt import GttDoor, GttRepository
from core.services.gtt_books import LOST, GttBooks
from core.services.gtt_desk import GttDesk
from core.services.gtt_records import GttRecords
from core.state.gtts import GttState
from core.state.trading import TradingState
from core.trading.gtt import BrokerGtt, Gtt
from core.trading.gtt_terms import Trigger
from core.trading.journal import Kind
from core.trading.orders import Fate

log = structlog.get_logger(__name__)

EVERY: Final = 60.0
SOON: Final = 2.0
"""Between two looks while a fate is unknown."""
LEAST: Final = 0.5
"""Between any two looks: one look answers all who ask within it."""
SETTLED_AFTER: Final = 5.0
"""So long after its sending ended, what the broker does not list never arrived."""


class GttWatch:
    def __init__(
        self,
        *,
        door: GttDoor,
        desk: GttDesk,
        books: GttBooks,
        records: GttRecords,
        gtts: GttRepository,
        state: GttState,
        trading: TradingState,
        clock: Clock,
        settled_after: float = SETTLED_AFTER,
    ) -> None:
        self._door, self._books, self._records, self._gtts = door, books, records, gtts
        self._state, self._trading, self._clock = state, trading, clock
        self._settled_after = settled_after
        self._wanted = asyncio.Event()
        self._one = asyncio.Lock()
        desk.unsure = books.unsure = self.soon

    def soon(self) -> None:
        """Look again as soon as possible."""
        self._wanted.set()

    async def run(self) -> None:
        """Load, then compare: now, every minute, and whenever somebody is unsure."""
        await self.load()
        while True:
            self._wanted.clear()
            before = self._state.problem
            try:
                await self.reconcile()
            except AppError as problem:
                if str(problem) != before:  # else it was said already
                    log.warning("gtt.not_compared", problem=str(problem))
            await asyncio.sleep(LEAST)
            pause = SOON if self._state.problem or self._unknown() else EVERY
            try:
                await asyncio.wait_for(self._wanted.wait(), pause)
            except TimeoutError:
                continue

    async def load(self) -> None:
        """Take up what may still change and what is of today; what was being sent is UNKNOWN."""
        midnight = datetime.combine(self._clock.now().astimezone(IST).date(), time(), IST)
        today = await self._gtts.between(midnight, midnight + timedelta(days=1))
        for gtt in {each.id: each for each in [*await self._gtts.unsettled(), *today]}.values():
            if gtt.id in self._state.gtts:
                continue
            self._state.put(gtt)
            if gtt.fate is Fate.WRITTEN:
                text = "the desk ended before an answer came"
                await self._records.gtt(gtt.moved_to(Fate.UNANSWERED, text), Kind.UPDATE, text)

    async def reconcile(self) -> None:
        """Take in the broker's list; raises what reading it raises, then nothing new is known."""
        async with self._one:
            began = asyncio.get_running_loop().time()
            try:
                listed = {each.id: each for each in await self._door.all()}
            except AppError as problem:
                self._state.problem = str(problem)
                raise
            await self._take(listed, began)
            self._state.problem = ""
            self._state.compared_at = self._clock.now()
            self._state.revision += 1

    async def _take(self, listed: Mapping[BrokerGttId, BrokerGtt], began: float) -> None:
        free = [each for each in listed.values() if self._state.owner(each.id) is None]
        for told in listed.values():
            if self._state.owner(told.id) is not None:
                await self._books.hear(told)
        for told in sorted(free, key=lambda each: (each.created_at, each.id)):
            if (gtt := next((g for g in self._lost() if g.is_told_by(told)), None)) is not None:
                await self._books.found(gtt, told)
            elif not self._state.in_flight and self._state.owner(told.id) is None:
                await self._books.adopt(told)
        for gtt in self._unknown():
            if self._never_arrived(gtt, began):
                await self._books.missing(gtt)
        for gtt in self._state.working():
            if gtt.broker_id not in listed and self._was_there(gtt, began):
                await self._books.gone(gtt)

    def _lost(self) -> list[Gtt]:
        """Those of unknown fate, the oldest first; one that never arrived may yet."""
        found = [g for g in self._state.gtts.values() if g.fate in LOST and g.broker_id is None]
        return sorted(found, key=lambda each: (each.placed_at, each.id))

    def _unknown(self) -> list[Gtt]:
        return [each for each in self._lost() if each.fate is Fate.UNANSWERED]

    def _never_arrived(self, gtt: Gtt, began: float) -> bool:
        """Not listed long after; of one that acts at once, its order must be missing too."""
        ended = self._state.sent_at.setdefault(gtt.id, began)
        if began - ended < self._settled_after:
            return False
        if gtt.request.entry.trigger is not Trigger.IMMEDIATE:
            return True
        seen = self._trading.reconciled_at
        return seen is not None and seen > gtt.placed_at + timedelta(seconds=self._settled_after)

    def _was_there(self, gtt: Gtt, began: float) -> bool:
        """Whether the broker had it before the list was read."""
        if gtt.id in self._state.in_flight:
            return False
        return self._state.sent_at.get(gtt.id, began) <= began
