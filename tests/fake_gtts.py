"""GTTs in memory: a broker's desk for them with the faults that real ones have, and a store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import BrokerRejected, BrokerUnavailable
from core.ids import BrokerGttId, BrokerOrderId, GttId
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.gtt import BrokerGtt, Gtt, RuleStatus, ToldRule
from core.trading.gtt_terms import GttRequest, Role, Trigger, gap_problem
from core.trading.journal import Entry
from core.trading.requests import OrderType
from tests.fake_exchange import FakeExchange, Fault
from tests.fake_trading import MemoryTrading


class FakeGtts:
    """Waits until `fire` triggers a rule; orders go to `exchange`, updates into its stream."""

    def __init__(self, exchange: FakeExchange, clock: Clock) -> None:
        self._exchange, self._clock = exchange, clock
        self.book: dict[BrokerGttId, BrokerGtt] = {}
        self.faults: list[Fault | None] = []
        self.asked: list[str] = []
        self.down = ""
        self.quiet = False

    async def place(self, gtt: Gtt) -> BrokerGttId:
        fault = self._write("place")
        if words := gap_problem(gtt.request, float(gtt.request.entry.price)):
            raise BrokerRejected(words, code="UDAPI1151")
        id = BrokerGttId(f"GTT-C2608210000{len(self.book) + 1:04}")
        request, now = gtt.request, self._clock.now()
        self._say(
            BrokerGtt(
                id=id,
                key=request.key,
                product=request.product,
                quantity=request.quantity,
                rules=_told(request),
                created_at=now,
                expires_at=now + timedelta(days=365),
            )
        )
        if request.entry.trigger is Trigger.IMMEDIATE:
            self.fire(id)
        self._fail(fault)
        return id

    async def modify(self, id: BrokerGttId, request: GttRequest) -> None:
        fault, had = self._write("modify"), self._working(id)
        known = {rule.role: rule for rule in had.rules}
        rules = tuple(
            replace(each, status=known[each.role].status, order_id=known[each.role].order_id)
            for each in _told(request)
        )
        for rule in rules:
            order = self._exchange.book.get(rule.order_id) if rule.order_id else None
            if order is not None and order.standing.is_working:
                self._exchange.say(replace(order, price=rule.price, revision=order.revision + 1))
        self._say(replace(had, quantity=request.quantity, rules=rules))
        self._fail(fault)

    async def cancel(self, id: BrokerGttId) -> None:
        fault, had = self._write("cancel"), self._working(id)
        self._say(replace(had, rules=tuple(_ended(each) for each in had.rules)))
        for rule in had.rules:
            order = self._exchange.book.get(rule.order_id) if rule.order_id else None
            if order is not None and order.standing.is_working:
                self._exchange.say(replace(order, status=Status.CANCELLED))
        self._fail(fault)

    async def all(self) -> list[BrokerGtt]:
        if self.down:
            raise BrokerUnavailable(self.down)
        return [each for each in self.book.values() if not each.is_over]

    def fire(self, id: BrokerGttId, role: Role = Role.ENTRY) -> BrokerOrderId:
        """A rule's price is reached: its order rests at the exchange."""
        rule, told = next(r for r in self.book[id].rules if r.role is role), self.book[id]
        order = BrokerOrder(
            id=BrokerOrderId(f"2608219000{len(self._exchange.book) + 1:05}"),
            key=told.key,
            side=rule.side,
            product=told.product,
            type=OrderType.LIMIT,
            quantity=told.quantity,
            status=Status.OPEN,
            at=self._clock.now(),
            price=rule.price,
            born_of=id,
        )
        self._exchange.say(order)
        self.tell(id, role, RuleStatus.OPEN, order.id)
        return order.id

    def tell(
        self,
        id: BrokerGttId,
        role: Role,
        status: RuleStatus,
        order: BrokerOrderId | None = None,
    ) -> None:
        """One rule is so from now on."""
        told = self.book[id]
        rules = tuple(
            replace(each, status=status, order_id=order or each.order_id)
            if each.role is role
            else each
            for each in told.rules
        )
        self._say(replace(told, rules=rules))

    def _say(self, told: BrokerGtt) -> None:
        self.book[told.id] = told
        if not self.quiet:
            self._exchange.told.put_nowait(told)

    def _write(self, name: str) -> Fault | None:
        self.asked.append(name)
        fault = self.faults.pop(0) if self.faults else None
        if fault is Fault.LOST_BEFORE:
            raise BrokerUnavailable("the line is cut")
        if fault is Fault.REFUSED:
            raise BrokerRejected("no", code="UDAPI1151")
        return fault

    def _fail(self, fault: Fault | None) -> None:
        if fault is Fault.LOST_AFTER:
            raise BrokerUnavailable("the broker is busy (HTTP 502)")

    def _working(self, id: BrokerGttId) -> BrokerGtt:
        found = self.book.get(id)
        if found is None or found.is_over:
            raise BrokerRejected("not found", code="UDAPI1135")
        return found


def _told(request: GttRequest) -> tuple[ToldRule, ...]:
    first, later = RuleStatus.SCHEDULED, RuleStatus.PENDING
    return tuple(
        ToldRule(
            role=rule.role,
            trigger=rule.trigger,
            price=rule.price,
            side=request.side_of(rule.role),
            status=first if rule.role is Role.ENTRY else later,
            trailing_gap=rule.trailing_gap,
        )
        for rule in request.rules
    )


def _ended(rule: ToldRule) -> ToldRule:
    return rule if rule.status.is_over else replace(rule, status=RuleStatus.CANCELLED)


class MemoryGtts:
    """The same contract as those on disk."""

    def __init__(self, memory: MemoryTrading | None = None) -> None:
        self._memory = memory or MemoryTrading()
        self.rows: dict[GttId, Gtt] = {}

    async def record(self, gtts: Sequence[Gtt], entries: Sequence[Entry] = ()) -> None:
        if self._memory.orders.problem is not None:
            raise self._memory.orders.problem
        self.rows.update({each.id: each for each in gtts})
        await self._memory.journal.append(*entries)

    async def get(self, id: GttId) -> Gtt | None:
        return self.rows.get(id)

    async def unsettled(self) -> list[Gtt]:
        return _oldest_first([g for g in self.rows.values() if not g.status.is_final])

    async def between(self, first: datetime, last: datetime) -> list[Gtt]:
        return _oldest_first([g for g in self.rows.values() if first <= g.placed_at < last])


def _oldest_first(gtts: list[Gtt]) -> list[Gtt]:
    return sorted(gtts, key=lambda gtt: (gtt.placed_at, gtt.id))
