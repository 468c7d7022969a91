"""The books of orders good till triggered: what the broker says of them, in any order.

Of a pair the desk ends one half once the other was triggered. Orders that they place are theirs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from core.clock import Clock
from core.errors import AppError
from core.ids import BrokerGttId, GttId, InstrumentKey
from core.services.gtt_records import GttRecords
from core.state.gtts import GttState
from core.state.notices import Level, Notices
from core.state.trading import TradingState
from core.trading.broker_orders import BrokerOrder
from core.trading.gtt import Birth, BrokerGtt, Gtt, GttStatus, RuleStatus, child_id
from core.trading.gtt_terms import GttRequest
from core.trading.journal import Kind
from core.trading.orders import Fate
from core.trading.requests import Source

log = structlog.get_logger(__name__)

FIRED: Final = (RuleStatus.TRIGGERED, RuleStatus.OPEN, RuleStatus.COMPLETED)
LOST: Final = (Fate.UNANSWERED, Fate.MISSING)
PAGE: Final = "/orders?tab=gtt"
NO_REASON: Final = "the broker gave no reason"
End = Callable[[GttId], Awaitable[object]]
Landed = Callable[[], Awaitable[None]]
Name = Callable[[InstrumentKey], str]


async def nobody(_id: GttId) -> None:
    pass


async def at_once() -> None:
    pass


class GttBooks:
    """`end` asks for the end of one; `unsure` has the broker's list read; `landed` returns when
    what is on its way to the broker has been answered."""

    def __init__(
        self,
        *,
        records: GttRecords,
        state: GttState,
        trading: TradingState,
        clock: Clock,
        notices: Notices,
    ) -> None:
        self._records, self._state, self._trading = records, state, trading
        self._clock, self._notices = clock, notices
        self._unclaimed: dict[BrokerGttId, BrokerGtt] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self.end: End = nobody
        self.landed: Landed = at_once
        self.name: Name = str
        self.unsure: Callable[[], None] = lambda: None

    async def hear(self, told: BrokerGtt) -> None:
        """Take in what the broker says of one, from its stream or its list."""
        gtt = self._state.owner(told.id)
        if gtt is None:
            self._unclaimed[told.id] = told
            self.unsure()
            return
        after = gtt.heard(told)
        if after != gtt:
            await self._records.gtt(after, Kind.UPDATE, f"the broker says {after.status}")
        self._follow(gtt, after)

    async def taken(self, gtt: Gtt, id: BrokerGttId) -> None:
        """The broker has named its number."""
        after = gtt.taken(id)
        await self._records.gtt(after, Kind.REPLY, "taken", broker_gtt=id)
        if (told := self._unclaimed.pop(id, None)) is not None:
            await self.hear(told)
        else:
            self._follow(gtt, after)

    def lost(self) -> None:
        """An answer was lost: say so."""
        self._say(
            Level.PROBLEM,
            "A GTT was sent and no answer came. It is not sent again: the broker is asked.",
        )

    async def found(self, gtt: Gtt, told: BrokerGtt) -> None:
        """One whose answer was lost is in the broker's list."""
        self._unclaimed.pop(told.id, None)
        after = gtt.heard(told)
        await self._records.gtt(after, Kind.UPDATE, "found at the broker", broker_gtt=told.id)
        self._follow(gtt, after)

    async def adopt(self, told: BrokerGtt) -> None:
        """Take one that was placed elsewhere into the books."""
        self._unclaimed.pop(told.id, None)
        request = GttRequest(
            key=told.key,
            side=told.entry.side,
            quantity=told.quantity,
            product=told.product,
            rules=told.asked,
            source=Source.EXTERNAL,
        )
        gtt = Gtt(id=GttId(f"external-{told.id}"), request=request, placed_at=told.created_at)
        await self._records.gtt(gtt.heard(told), Kind.UPDATE, "placed elsewhere")

    async def missing(self, gtt: Gtt) -> None:
        """The broker, asked long enough after, does not know it."""
        after = gtt.moved_to(Fate.MISSING)
        await self._records.gtt(after, Kind.UPDATE, "the broker does not know it")
        self._say(
            Level.WARNING, f"GTT {self._what(after)} never arrived at the broker. Nothing was done."
        )

    async def gone(self, gtt: Gtt) -> None:
        """The broker no longer lists it; what its orders tell says how it ended."""
        after = gtt.concluded(self._trading.owner_of)
        await self._records.gtt(after, Kind.UPDATE, f"no longer listed: {after.status}")
        if after.status is GttStatus.GONE:
            pair = ". Look at the other half of its pair" if gtt.request.tied else ""
            self._say(Level.WARNING, f"GTT {self._what(after)} ended at the broker unheard{pair}.")
        self._follow(gtt, after)

    async def birth_of(self, order: BrokerOrder) -> Birth | None:
        """Whose an order is that we did not send; None where none of ours placed it."""
        if not order.born_of:
            return None
        if self._state.in_flight and self._state.owner(order.born_of) is None:
            await self.landed()  # the answer that names its parent is on its way
        parent = self._state.owner(order.born_of)
        if parent is None and (lost := self._lost_parent(order)) is not None:
            parent = lost.taken(BrokerGttId(order.born_of))
            await self._records.gtt(parent, Kind.UPDATE, "found by the order that it placed")
        if parent is None or parent.request.source is Source.EXTERNAL:
            return None
        return Birth(
            id=child_id(parent.id, order.id),
            source=Source.RULE,
            group=parent.request.group,
            words=f"placed by {parent.id}",
        )

    async def close(self) -> None:
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    def _lost_parent(self, order: BrokerOrder) -> Gtt | None:
        """One of unknown fate whose entry would have placed this order."""
        for each in self._state.gtts.values():
            mine = each.request
            if (
                each.fate in LOST
                and each.broker_id is None
                and each.placed_at.replace(microsecond=0) <= order.at
                and (mine.key, mine.side, mine.quantity) == (order.key, order.side, order.quantity)
                and (mine.product, mine.entry.price) == (order.product, order.price)
            ):
                return each
        return None

    def _follow(self, before: Gtt, after: Gtt) -> None:
        """What has to be done because of what was heard."""
        if _has_fired(after) and not _has_fired(before):
            self._say(Level.INFO, f"GTT triggered: {self._what(after)}.")
        if after.status is GttStatus.FAILED and before.status is not GttStatus.FAILED:
            self._say(Level.PROBLEM, f"GTT {self._what(after)} failed: {after.why or NO_REASON}.")
        if after.id in self._state.cancel_wanted:
            if after.status.is_final:
                self._state.cancel_wanted.discard(after.id)
            elif after.broker_id is not None:
                self._end(after.id)
        other = self._state.gtts.get(after.request.tied) if after.request.tied else None
        if other is not None and _has_fired(after) and not other.status.is_final:
            self._end(other.id)

    def _end(self, id: GttId) -> None:
        task = asyncio.create_task(self._ended(id))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _ended(self, id: GttId) -> None:
        self._state.cancel_wanted.discard(id)
        try:
            await self.end(id)
        except AppError as problem:
            log.info("gtt.not_ended", id=id, problem=str(problem))
            gtt = self._state.gtts[id]
            if not gtt.status.is_final:
                self._say(Level.PROBLEM, f"GTT {self._what(gtt)} could not be cancelled: {problem}")
            self.unsure()

    def _what(self, gtt: Gtt) -> str:
        terms = gtt.terms
        return f"{terms.side.upper()} {terms.quantity} {self.name(terms.key)}"

    def _say(self, level: Level, text: str) -> None:
        self._notices.add(level, text, at=self._clock.now(), source="orders", link=PAGE)


def _has_fired(gtt: Gtt) -> bool:
    return gtt.told is not None and gtt.told.entry.status in FIRED
