"""The order desk: the only way to the broker. Writes down, sends once, writes down what came of it.

A lost answer makes an order UNKNOWN. It is never sent again, here or anywhere: whoever wants to
know asks the broker for its tag (`reconciler`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

import structlog

from core.clock import Clock
from core.errors import AppError, BadData, BrokerRejected, LoginNeeded, RuleBroken
from core.ids import BrokerOrderId, OrderId
from core.ports.broker import Broker, BrokerPosition, Update
from core.services.order_pace import OrderPace, Urgency
from core.services.order_records import OrderRecords, terms
from core.services.risk_gate import RiskGate
from core.state.notices import Level, Notices
from core.state.trading import TradingState
from core.trading.broker_orders import BrokerOrder
from core.trading.events import OrderEvent, order_link
from core.trading.fills import Fill
from core.trading.gtt import Birth, BrokerGtt
from core.trading.journal import Kind
from core.trading.orders import Fate, Order
from core.trading.requests import Change, OrderRequest, new_order_id

log = structlog.get_logger(__name__)
T = TypeVar("T")

PATIENCE: Final = 20.0
"""Seconds after which an answer counts as lost; the door itself gives up sooner."""
NOTHING_DONE: Final = (BrokerRejected, LoginNeeded, RuleBroken)
"""After these the broker certainly has no such order."""
Ask = Callable[[], None]
BirthOf = Callable[[BrokerOrder], Awaitable[Birth | None]]
HearGtt = Callable[[BrokerGtt], Awaitable[None]]


async def nobody(_order: BrokerOrder) -> Birth | None:
    return None


async def nothing(_gtt: BrokerGtt) -> None:
    pass


class OrderDesk:
    """`unsure` is called whenever only the broker can tell what is true."""

    def __init__(
        self,
        *,
        broker: Broker,
        gate: RiskGate,
        pace: OrderPace,
        records: OrderRecords,
        state: TradingState,
        clock: Clock,
        notices: Notices,
        patience: float = PATIENCE,
    ) -> None:
        self._broker, self._gate, self._pace, self._records = broker, gate, pace, records
        self._state, self._clock, self._notices = state, clock, notices
        self._patience = patience
        self._tasks: set[asyncio.Task[Any]] = set()
        self._clicks: dict[str, OrderId] = {}
        self._changing: set[OrderId] = set()
        self._asked_to_end: set[BrokerOrderId] = set()
        self._ending: set[BrokerOrderId] = set()
        self.sent_at: dict[OrderId, float] = {}
        """When the sending ended, by the event loop's clock."""
        self.unsure: Ask = lambda: None
        self.birth_of: BirthOf = nobody
        self.hear_gtt: HearGtt = nothing

    async def place(
        self, request: OrderRequest, *, click: str = "", closing: bool = False
    ) -> Order:
        """Send an order once. The same `click` again gives the order of the first.

        One that is `closing` is refused where it would do more than close what is held. Raises
        RuleBroken for what the gate refuses, and the broker's own refusals. A lost answer raises
        nothing: the order is UNKNOWN.
        """
        if known := self._of_click(click):
            return known
        await self._gate.know(request.key)
        return await self._admit(request, click, closing=closing)

    async def flatten(self, request: OrderRequest) -> Order:
        """An exit of the kill switch: it passes the limits, and it may pass while halted."""
        await self._gate.know(request.key)
        return await self._admit(request, "", flatten=True)

    async def modify(self, id: OrderId, change: Change) -> Order:
        """Give a working order new terms, once; what came of it is told by the broker."""
        order = self._working(id)
        wanted = change.of(order.terms)
        if change.quantity is not None and len(order.parts) > 1:
            raise RuleBroken("the size of a sliced order cannot be changed: cancel and place anew")
        if wanted.quantity <= order.filled:
            raise RuleBroken(f"{order.filled} units are filled already")
        await self._gate.know(wanted.key)
        open_part = replace(wanted, quantity=wanted.quantity - order.filled, disclosed=0)
        if refusals := self._gate.refusals(open_part, instead_of=id):
            await self._records.note(Kind.DECISION, id, "; ".join(refusals), **terms(wanted))
            raise RuleBroken("; ".join(refusals))
        return await self._change(order, wanted)

    async def cancel(self, id: OrderId) -> Order:
        """Ask once for the end of an order; one of unknown fate is cancelled once it is found."""
        order = self._state.orders.get(id)
        if order is None:
            raise RuleBroken(f"there is no order {id}")
        if order.is_over:
            raise RuleBroken(f"the order is {order.status} already")
        self._state.cancel_wanted.add(id)
        if order.parts:
            await self._keep(self._cancel_parts(order))
        else:
            await self._records.note(Kind.INTENT, id, "cancel as soon as it is known")
            self.unsure()
        return self._state.orders[id]

    async def cancel_all(self) -> int:
        """Ask for the end of everything that works, of others too; returns how many there were."""
        working = [order.id for order in self._state.working()]
        done = await asyncio.gather(*map(self.cancel, working), return_exceptions=True)
        for problem in done:
            if isinstance(problem, BaseException) and not isinstance(problem, AppError):
                raise problem
        return len(working)

    async def run(self) -> None:
        """Listen to the broker until cancelled."""
        async for update in self._broker.updates():
            try:
                await self.hear([update])
            except BadData as problem:
                log.warning("order.bad_update", problem=str(problem))
                await self._records.note(Kind.UPDATE, "", f"not understood: {problem}")
                self.unsure()

    async def hear(self, updates: Iterable[Update]) -> None:
        """Take in what the broker says: in any order, repeated, and before it has answered."""
        for update in updates:
            if isinstance(update, BrokerOrder):
                await self._hear_order(update)
            elif isinstance(update, Fill):
                await self._hear_fill(update)
            elif isinstance(update, BrokerPosition):
                self._state.broker_positions[update.key, update.product] = update
            elif isinstance(update, BrokerGtt):
                await self.hear_gtt(update)
            else:
                self.unsure()

    async def settle(self, order: Order, fate: Fate, text: str) -> None:
        """What the reconciler found out about an order's sending."""
        await self._records.order(order.moved_to(fate), Kind.UPDATE, text)

    async def adopt(self, heard: BrokerOrder) -> Order:
        """Take an order that we did not send into the books: one that a GTT of ours placed is
        ours, any other is only to be looked at."""
        born = await self.birth_of(heard) or Birth.elsewhere(heard)
        self._state.unclaimed.pop(heard.id, None)
        request = OrderRequest(
            key=heard.key,
            side=heard.side,
            quantity=heard.quantity,
            product=heard.product,
            type=heard.type,
            price=heard.price,
            trigger_price=heard.trigger_price,
            source=born.source,
            group=born.group,
        )
        order = Order(
            id=born.id, request=request, placed_at=heard.at, fate=Fate.TAKEN, parts=(heard,)
        )
        await self._records.order(order, Kind.UPDATE, born.words, broker_order=heard.id)
        return order

    async def close(self) -> None:
        """Let what is on its way come to its end."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _of_click(self, click: str) -> Order | None:
        """The order that this click has made; raises RuleBroken where its day is over."""
        made = self._clicks.get(click) if click else None
        if made is not None and made not in self._state.orders:
            raise RuleBroken("this was ordered on an earlier day: open the form anew")
        return None if made is None else self._state.orders[made]

    async def _admit(
        self, request: OrderRequest, click: str, *, flatten: bool = False, closing: bool = False
    ) -> Order:
        """Check and reserve without a pause between, so that no other order slips in."""
        if known := self._of_click(click):
            return known
        now = self._clock.now()
        order = Order(id=new_order_id(now), request=request, placed_at=now)
        if refusals := self._gate.refusals(request, flatten=flatten, closing=closing):
            why = "; ".join(refusals)
            facts = {"passed": False, "click": click, **terms(request)}
            await self._records.note(Kind.DECISION, order.id, why, **facts)
            raise RuleBroken(why)
        self._state.put(order)
        if click:
            self._clicks[click] = order.id
        return await self._keep(self._send(order, flatten, click))

    async def _send(self, order: Order, flatten: bool, click: str) -> Order:
        """Disk, pace, last look, broker: once."""
        try:
            facts = {"passed": True, "flatten": flatten, "click": click, **terms(order.request)}
            await self._records.order(order, Kind.INTENT, "wanted", **facts)
        except Exception:
            self._state.put(order.moved_to(Fate.REFUSED, "it could not be written down"))
            raise
        if stopped := await self._stopped(order, flatten):
            return await self._refused(order.id, stopped)
        self._state.in_flight.add(order.id)
        try:
            async with asyncio.timeout(self._patience):
                ids = await self._broker.place(order)
            after = self._state.orders[order.id].taken(ids, self._clock.now())
        except NOTHING_DONE as problem:
            await self._refused(order.id, str(problem))
            raise
        except (AppError, TimeoutError) as problem:
            return await self._unanswered(order.id, problem)
        except Exception as problem:
            log.exception("order.send_failed", id=order.id)
            return await self._unanswered(order.id, problem)
        finally:
            self._state.in_flight.discard(order.id)
            self.sent_at[order.id] = asyncio.get_running_loop().time()
        return await self._taken(after, ids)

    async def _stopped(self, order: Order, flatten: bool) -> str:
        """Wait for a turn; why the order must not leave after all, or empty."""
        try:
            await self._pace.turn(self._urgency(order.request))
        except RuleBroken as problem:
            return str(problem)
        if order.id in self._state.cancel_wanted:
            return "cancelled before it was sent"
        return "" if flatten else self._gate.halted()

    async def _taken(self, order: Order, ids: tuple[BrokerOrderId, ...]) -> Order:
        known = [self._state.unclaimed.pop(id) for id in ids if id in self._state.unclaimed]
        order = order.heard(known)
        await self._records.order(order, Kind.REPLY, "taken", broker_orders=list(ids))
        await self._cancel_if_wanted(order)
        return self._state.orders[order.id]

    async def _refused(self, id: OrderId, why: str) -> Order:
        order = self._state.orders[id].moved_to(Fate.REFUSED, why)
        await self._records.order(order, Kind.REPLY, f"refused: {why}")
        return order

    async def _unanswered(self, id: OrderId, problem: Exception) -> Order:
        """It may be live: say so, and let the broker be asked."""
        why = str(problem) or "the broker did not answer in time"
        order = self._state.orders[id].moved_to(Fate.UNANSWERED, why)
        await self._records.order(order, Kind.REPLY, f"no answer: {why}")
        self._notices.add(
            Level.PROBLEM,
            "An order was sent and no answer came. It is not sent again: the broker is asked.",
            at=self._clock.now(),
            source="orders",
            link=order_link(id),
            event=OrderEvent.NO_ANSWER,
        )
        self.unsure()
        return order

    async def _change(self, order: Order, wanted: OrderRequest) -> Order:
        if order.id in self._changing:
            raise RuleBroken("the order is being changed right now")
        self._changing.add(order.id)
        try:
            await self._keep(self._modify_parts(order, wanted))
        finally:
            self._changing.discard(order.id)
        return self._state.orders[order.id]

    async def _modify_parts(self, order: Order, wanted: OrderRequest) -> None:
        for part in order.parts:
            if part.standing.is_working:
                size = part.quantity if len(order.parts) > 1 else wanted.quantity
                asked = replace(wanted, quantity=size)
                await self._records.note(
                    Kind.SENDING, order.id, f"modify {part.id}", **terms(asked)
                )
                await self._pace.turn(self._urgency(wanted))
                if stopped := self._gate.halted():
                    raise RuleBroken(stopped)
                await self._ask(order.id, "modified", self._broker.modify(part.id, asked))

    async def _cancel_parts(self, order: Order) -> None:
        await asyncio.gather(*(self._cancel_part(order.id, p) for p in order.parts))

    async def _cancel_part(self, id: OrderId, part: BrokerOrder) -> None:
        if not part.standing.is_working or part.id in self._ending:
            return
        self._asked_to_end.add(part.id)
        self._ending.add(part.id)
        try:
            await self._records.note(Kind.SENDING, id, f"cancel {part.id}")
            await self._pace.turn(Urgency.EXIT)
            await self._ask(id, "cancel asked for", self._broker.cancel(part.id))
        finally:
            self._ending.discard(part.id)

    async def _ask(self, id: OrderId, words: str, call: Awaitable[None]) -> None:
        """One call about an order that is at the broker; whatever fails, the broker is asked."""
        try:
            async with asyncio.timeout(self._patience):
                await call
        except NOTHING_DONE as problem:
            await self._records.note(Kind.REPLY, id, f"refused: {problem}")
            self.unsure()
            raise
        except Exception as problem:
            if not isinstance(problem, (AppError, TimeoutError)):
                log.exception("order.call_failed", id=id)
            await self._records.note(Kind.REPLY, id, f"no answer: {problem}")
            self.unsure()
        else:
            await self._records.note(Kind.REPLY, id, words)

    async def _hear_order(self, heard: BrokerOrder) -> None:
        order = self._state.owner(heard)
        if order is None:
            had = self._state.unclaimed.get(heard.id)
            self._state.unclaimed[heard.id] = had.merged(heard) if had else heard
            self.unsure()
            return
        after = order.heard([heard])
        if after == order:
            return
        await self._records.order(
            after,
            Kind.UPDATE,
            f"the broker says {heard.standing}",
            broker_order=heard.id,
            filled=heard.filled,
            reason=heard.reason,
        )
        if after.filled > sum(f.quantity for f in self._state.ledger.fills_of(after.broker_ids)):
            self.unsure()  # the trades themselves are still to be asked for
        await self._cancel_if_wanted(after)

    async def _hear_fill(self, fill: Fill) -> None:
        if new := self._state.enter([fill]):
            owner = self._state.owner_of(fill.order_id)
            await self._records.fills(new, owner.id if owner else "")

    async def _cancel_if_wanted(self, order: Order) -> None:
        if order.id not in self._state.cancel_wanted or order.fate is Fate.WRITTEN:
            return
        if order.status.is_final:
            self._state.cancel_wanted.discard(order.id)
        for part in order.parts:
            if part.id not in self._asked_to_end:
                self._start(self._cancel_part(order.id, part))

    def _working(self, id: OrderId) -> Order:
        order = self._state.orders.get(id)
        if order is None:
            raise RuleBroken(f"there is no order {id}")
        if not order.status.is_working:
            raise RuleBroken(f"an order that is {order.status} cannot be changed")
        return order

    def _urgency(self, request: OrderRequest) -> Urgency:
        return Urgency.EXIT if self._state.closes(request) else Urgency.ENTRY

    async def _keep(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry on to the end, also when whoever asked goes away."""
        return await asyncio.shield(self._start(work))

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.info("order.task_ended", problem=str(problem))
