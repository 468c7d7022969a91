"""The desk for orders good till triggered: writes down, sends once, writes down what came of it.

They wait at the broker, which acts without asking again: the gate looks at them when they are
placed, and counts what they may still open. A lost answer makes one UNKNOWN; it is never sent
again, and the broker's list is asked (`gtt_watch`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import structlog

from core.clock import Clock
from core.errors import AppError, BrokerRejected, LoginNeeded, RuleBroken
from core.ids import BrokerGttId, GttId, InstrumentKey
from core.ports.gtt import GttDoor
from core.risk import checks
from core.services.gtt_books import GttBooks
from core.services.gtt_records import GttRecords, gtt_facts
from core.services.order_pace import OrderPace, Urgency
from core.services.risk_gate import RiskGate
from core.state.gtts import GttState
from core.state.trading import TradingState
from core.trading.gtt import Gtt, GttStatus
from core.trading.gtt_terms import GttRequest, Role, Trigger, gap_problem, new_gtt_id, pair
from core.trading.journal import Kind
from core.trading.orders import Fate

log = structlog.get_logger(__name__)
T = TypeVar("T")

PATIENCE: Final = 20.0
"""Seconds after which an answer counts as lost."""
NOTHING_DONE: Final = (BrokerRejected, LoginNeeded, RuleBroken)


class GttDesk:
    def __init__(
        self,
        *,
        door: GttDoor,
        gate: RiskGate,
        pace: OrderPace,
        records: GttRecords,
        books: GttBooks,
        state: GttState,
        trading: TradingState,
        clock: Clock,
        patience: float = PATIENCE,
    ) -> None:
        self._door, self._gate, self._pace = door, gate, pace
        self._records, self._books = records, books
        self._state, self._trading, self._clock = state, trading, clock
        self._patience = patience
        self._tasks: set[asyncio.Task[Any]] = set()
        self._clicks: dict[str, tuple[GttId, ...]] = {}
        self._asked: set[GttId] = set()
        """Being changed or cancelled right now."""
        self._checked: GttId | None = None
        self.unsure: Callable[[], None] = lambda: None
        gate.waiting = self.opening
        books.end, books.landed, books.name = self.cancel, self._landed, gate.symbol

    async def place(self, request: GttRequest, *, click: str = "") -> Gtt:
        """Send one once. The same `click` again gives that of the first.

        Raises RuleBroken for what the gate refuses, and the broker's own refusals. A lost answer
        raises nothing: it is UNKNOWN.
        """
        now = self._clock.now()
        (made,) = await self._place([(new_gtt_id(now), request)], click)
        return made

    async def place_pair(
        self, stop: GttRequest, target: GttRequest, *, click: str = ""
    ) -> tuple[Gtt, Gtt]:
        """Two that close the same: one ends the other. Both are written down before the stop is
        sent, and the target is sent only once the broker has taken the stop."""
        now = self._clock.now()
        ids = (new_gtt_id(now), new_gtt_id(now))
        wanted = pair(stop, target, ids)
        one, other = await self._place(list(zip(ids, wanted, strict=True)), click)
        return one, other

    async def modify(self, id: GttId, request: GttRequest) -> Gtt:
        """Give one new terms, once; what came of it is told by the broker."""
        gtt = self._working(id)
        wanted = changed(gtt, request)
        await self._gate.know(wanted.key)
        if refusals := self._refusals(wanted, instead_of=id) if gtt.may_enter else []:
            why = "; ".join(refusals)
            await self._records.note(Kind.DECISION, id, why, **gtt_facts(wanted))
            raise RuleBroken(why)
        return await self._keep(self._modify(gtt, wanted))

    async def cancel(self, id: GttId) -> Gtt:
        """Ask for its end; one of unknown fate is cancelled once it is found."""
        gtt = self._state.gtts.get(id)
        if gtt is None:
            raise RuleBroken(f"there is no GTT {id}")
        if gtt.status.is_final:
            raise RuleBroken(f"it is {gtt.status} already")
        if gtt.broker_id is None:
            self._state.cancel_wanted.add(id)
            await self._records.note(Kind.INTENT, id, "cancel as soon as it is known")
            self.unsure()
        else:
            await self._keep(self._cancel(id, gtt.broker_id))
        return self._state.gtts[id]

    async def cancel_all(self, *, exits: bool = False) -> int:
        """Ask for the end of all that may open something, of others' too; with `exits` also of
        those that close something. Returns how many there were."""
        wanted = [g.id for g in self._state.unsettled() if exits or self._opens(g)]
        done = await asyncio.gather(*map(self.cancel, wanted), return_exceptions=True)
        for problem in done:
            if isinstance(problem, BaseException) and not isinstance(problem, AppError):
                raise problem
        return len(wanted)

    async def end_all(self, exits: bool) -> int:
        """The kill switch: the same, and with `exits` before all that is held is closed."""
        return await self.cancel_all(exits=exits)

    def opening(self) -> list[tuple[InstrumentKey, int]]:
        """Units that may yet be bought or sold (below 0) without closing anything."""
        return [
            (each.request.key, each.terms.signed)
            for each in self._state.unsettled()
            if each.id != self._checked and self._opens(each) and not self._is_ordered(each)
        ]

    def refusals(self, request: GttRequest) -> list[str]:
        """Why it may not be sent; empty when it may. Its contract must be known to the gate."""
        return self._refusals(request)

    async def close(self) -> None:
        """Let what is on its way come to its end."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._books.close()

    async def _place(
        self, wanted: Sequence[tuple[GttId, GttRequest]], click: str
    ) -> tuple[Gtt, ...]:
        await self._gate.know(wanted[0][1].key)
        ids = self._clicks.get(click, ()) if click else ()
        if not ids:
            try:
                made = self._reserve(wanted, click)
            except RuleBroken as problem:
                facts = gtt_facts(wanted[0][1])
                await self._records.note(Kind.DECISION, wanted[0][0], str(problem), **facts)
                raise
            ids = tuple(each.id for each in made)
            await self._keep(self._send_all(made))
        return tuple(self._state.gtts[id] for id in ids)

    def _reserve(self, wanted: Sequence[tuple[GttId, GttRequest]], click: str) -> list[Gtt]:
        """Check and reserve without a pause between, so that nothing slips in."""
        for _, request in wanted:
            if refusals := self._refusals(request):
                raise RuleBroken("; ".join(refusals))
        now = self._clock.now()
        made = [Gtt(id=id, request=request, placed_at=now) for id, request in wanted]
        for each in made:
            self._state.put(each)
        if click:
            self._clicks[click] = tuple(each.id for each in made)
        return made

    async def _send_all(self, made: Sequence[Gtt]) -> None:
        """Write all down, then send one after the other, each only once the first was taken."""
        first, *others = made
        try:
            await self._records.gtts(made, Kind.INTENT, "wanted")
        except Exception:
            for each in made:
                self._state.put(each.moved_to(Fate.REFUSED, "it could not be written down"))
            raise
        try:
            await self._send(first)
        finally:
            if self._state.gtts[first.id].fate is not Fate.TAKEN:
                for each in others:
                    await self._refused(each.id, "not sent: the first of the pair was not taken")
                others = []
        for each in others:
            await self._send(each)

    async def _send(self, gtt: Gtt) -> None:
        """Pace, last look, broker: once; it is on the disk already."""
        self._state.in_flight.add(gtt.id)
        try:
            await self._pace.turn(self._urgency(gtt))
            if stopped := self._gate.halted() or self._unwanted(gtt.id):
                raise RuleBroken(stopped)
            async with asyncio.timeout(self._patience):
                id = await self._door.place(gtt)
        except NOTHING_DONE as problem:
            await self._refused(gtt.id, str(problem))
            raise
        except Exception as problem:
            if not isinstance(problem, (AppError, TimeoutError)):
                log.exception("gtt.send_failed", id=gtt.id)
            await self._unanswered(gtt.id, problem)
        else:
            await self._books.taken(self._state.gtts[gtt.id], id)
        finally:
            self._state.in_flight.discard(gtt.id)
            self._state.sent_at[gtt.id] = asyncio.get_running_loop().time()

    async def _landed(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _unwanted(self, id: GttId) -> str:
        return "cancelled before it was sent" if id in self._state.cancel_wanted else ""

    async def _refused(self, id: GttId, why: str) -> None:
        gtt = self._state.gtts[id].moved_to(Fate.REFUSED, why)
        self._state.cancel_wanted.discard(id)
        await self._records.gtt(gtt, Kind.REPLY, f"refused: {why}")

    async def _unanswered(self, id: GttId, problem: Exception) -> None:
        """It may be live: let the broker be asked."""
        why = str(problem) or "the broker did not answer in time"
        gtt = self._state.gtts[id].moved_to(Fate.UNANSWERED, why)
        await self._records.gtt(gtt, Kind.REPLY, f"no answer: {why}")
        self._books.lost()
        self.unsure()

    async def _modify(self, gtt: Gtt, wanted: GttRequest) -> Gtt:
        async def call(id: BrokerGttId) -> None:
            await self._pace.turn(self._urgency(gtt))
            if stopped := self._gate.halted():
                raise RuleBroken(stopped)
            await self._door.modify(id, wanted)

        assert gtt.broker_id is not None
        facts = gtt_facts(wanted)
        await self._records.note(Kind.SENDING, gtt.id, f"modify {gtt.broker_id}", **facts)
        if await self._ask(gtt.id, "modified", call, gtt.broker_id):
            now = self._state.gtts[gtt.id]
            await self._records.gtt(replace(now, request=wanted), Kind.UPDATE, "new terms")
        return self._state.gtts[gtt.id]

    async def _cancel(self, id: GttId, broker_id: BrokerGttId) -> None:
        async def call(broker_id: BrokerGttId) -> None:
            await self._pace.turn(Urgency.EXIT)
            await self._door.cancel(broker_id)

        if id in self._asked:
            return
        await self._records.note(Kind.SENDING, id, f"cancel {broker_id}")
        await self._ask(id, "cancel asked for", call, broker_id)

    async def _ask(
        self,
        id: GttId,
        words: str,
        call: Callable[[BrokerGttId], Awaitable[None]],
        broker_id: BrokerGttId,
    ) -> bool:
        """One call about one that is at the broker; whether it was answered."""
        if id in self._asked:
            raise RuleBroken("it is being changed right now")
        self._asked.add(id)
        try:
            async with asyncio.timeout(self._patience):
                await call(broker_id)
        except NOTHING_DONE as problem:
            await self._records.note(Kind.REPLY, id, f"refused: {problem}")
            raise
        except Exception as problem:
            if not isinstance(problem, (AppError, TimeoutError)):
                log.exception("gtt.call_failed", id=id)
            await self._records.note(Kind.REPLY, id, f"no answer: {problem}")
            return False
        else:
            await self._records.note(Kind.REPLY, id, words)
            return True
        finally:
            self._asked.discard(id)
            self.unsure()

    def _refusals(self, request: GttRequest, instead_of: GttId | None = None) -> list[str]:
        """As of an order at the trigger's price, at the moment when it is triggered."""
        order, waits = request.order(), request.entry.trigger is not Trigger.IMMEDIATE
        self._checked = instead_of
        try:
            situation = self._gate.situation(order)
        finally:
            self._checked = None
        alike = [] if instead_of else self._alike(request)
        gap = gap_problem(request, situation.ltp)
        situation = replace(situation, alike=alike)
        if waits:
            price, nan = float(request.entry.price), float("nan")
            situation = replace(situation, market_open=True, band=None, bid=nan, ask=nan, ltp=price)
        found = checks.refusals(order, situation, self._trading.limits)
        tick = situation.instrument.tick_size
        for rule in request.rules:
            if rule.role is not Role.ENTRY and tick and rule.price % tick:
                found.append(
                    f"the {rule.role} {rule.price} is not a multiple of the tick of {tick}"
                )
        return [*found, gap] if gap else found

    def _alike(self, request: GttRequest) -> list[Any]:
        nothing = (GttStatus.REJECTED, GttStatus.LOST)
        return [
            each.placed_at
            for each in self._state.gtts.values()
            if replace(each.request, tied=None) == replace(request, tied=None)
            and each.status not in nothing
        ]

    def _opens(self, gtt: Gtt) -> bool:
        """Whether its entry may still do more than close what is held."""
        if not gtt.may_enter:
            return False
        terms = gtt.terms
        held = self._trading.held(terms.key, terms.product)
        return held * terms.signed >= 0 or terms.quantity > abs(held)

    def _is_ordered(self, gtt: Gtt) -> bool:
        """Whether its entry is an order by now, and counted as one."""
        return any(self._trading.owner_of(id) is not None for id in gtt.orders)

    def _urgency(self, gtt: Gtt) -> Urgency:
        return Urgency.ENTRY if self._opens(gtt) else Urgency.EXIT

    def _working(self, id: GttId) -> Gtt:
        gtt = self._state.gtts.get(id)
        if gtt is None:
            raise RuleBroken(f"there is no GTT {id}")
        if not gtt.status.is_working or gtt.broker_id is None:
            raise RuleBroken(f"one that is {gtt.status} cannot be changed")
        return gtt

    async def _keep(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry on to the end, also when whoever asked goes away."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.info("gtt.task_ended", problem=str(problem))


def changed(gtt: Gtt, request: GttRequest) -> GttRequest:
    """The terms that are asked for; raises RuleBroken for what a change cannot do."""
    old = gtt.terms
    same = (old.key, old.side, old.product, [r.role for r in old.rules])
    if same != (request.key, request.side, request.product, [r.role for r in request.rules]):
        raise RuleBroken("a change keeps contract, side, product and the kind of its rules")
    waits = gtt.status is GttStatus.WAITING
    if not waits and request.quantity != old.quantity:
        raise RuleBroken("the size cannot be changed once the entry is placed")
    rules = request.rules
    if not waits:
        rules = tuple(
            replace(rule, trigger=Trigger.IMMEDIATE) if rule.role is Role.ENTRY else rule
            for rule in rules
        )
    request = replace(request, rules=rules, tied=old.tied, source=old.source, group=old.group)
    return request
