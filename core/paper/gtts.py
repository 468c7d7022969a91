"""GTTs of the paper account: it watches others' trades, and places what they trigger.

A rule that is triggered places a limit order at its trigger price. The target rests from the moment
the entry is filled; the stop loss is watched. Whichever is done first ends the other. A trailing
stop follows by whole gaps. Targets whose day is over are placed again at the next opening.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from core.clock import IST
from core.errors import BrokerRejected
from core.ids import BrokerGttId, BrokerOrderId, InstrumentKey
from core.instruments.instrument import Instrument
from core.paper.exchange import PaperExchange
from core.paper.memory import PaperGtt, PaperOrder
from core.paper.protection import worst_price
from core.paper.rules import impossible
from core.trading.broker_orders import Status
from core.trading.gtt import BrokerGtt, RuleStatus, ToldRule
from core.trading.gtt_terms import NO_PROTECTION, GttRequest, Role, Trigger, gap_problem
from core.trading.requests import OrderRequest, OrderType, Product, Side, Source

NOT_FOUND: Final = "PAPER_NO_GTT"
REFUSED: Final = "PAPER_GTT_REFUSED"
LIVES: Final = timedelta(days=365)


class PaperGtts:
    def __init__(self, exchange: PaperExchange) -> None:
        self._exchange, self._memory = exchange, exchange.memory
        exchange.followers.append(self._follow)
        exchange.watchers.append(self._traded)

    def place(self, request: GttRequest, instrument: Instrument, now: datetime) -> BrokerGttId:
        """Raises BrokerRejected for what can never be taken."""
        self._check(request, instrument, now)
        self._memory.instruments[instrument.key] = instrument
        number = self._memory.next_number()
        id = BrokerGttId(f"GTT-P{now.astimezone(IST):%y%m%d}{number:08d}")
        told = BrokerGtt(
            id=id,
            key=request.key,
            product=request.product,
            quantity=request.quantity,
            rules=_rules(request),
            created_at=now,
            expires_at=now + LIVES,
        )
        self._put(PaperGtt(told=told, protections=_protections(request)))
        self._start(id, now)
        return id

    def modify(self, id: BrokerGttId, request: GttRequest, now: datetime) -> None:
        """All rules anew; once its entry is placed, the quantity stays."""
        gtt = self._active(id)
        self._check(request, self._memory.instruments[gtt.told.key], now)
        if gtt.told.entry.status is RuleStatus.SCHEDULED:
            told = replace(gtt.told, quantity=request.quantity, rules=_rules(request))
            self._put(replace(gtt, told=told, protections=_protections(request)))
            self._start(id, now)
            return
        for rule in request.rules:
            self._change(id, rule.role, rule.price, rule.trailing_gap, now)

    def cancel(self, id: BrokerGttId, now: datetime) -> None:
        """End it with its working orders; what is held stays."""
        self._end(self._active(id), RuleStatus.CANCELLED, now)

    def all(self) -> list[BrokerGtt]:
        """Those that are not over."""
        return [each.told for each in self._living()]

    def keys(self) -> set[InstrumentKey]:
        return {each.told.key for each in self._living()}

    def day_ends(self, now: datetime) -> None:
        """Those within the day end with it, and those of contracts that end."""
        today = now.astimezone(IST).date()
        for each in self._living():
            expiry = self._memory.instruments[each.told.key].expiry
            within = each.told.product is Product.INTRADAY and not each.filled
            if within or (expiry is not None and expiry <= today):
                self._end(each, RuleStatus.EXPIRED, now)

    def day_opens(self, now: datetime) -> None:
        """Watch again, and place again the targets whose day order is gone."""
        over = [id for id, each in self._memory.gtts.items() if each.told.is_over]
        for id in over:
            del self._memory.gtts[id]
        for each in self._living():
            if each.told.expires_at <= now:
                self._end(each, RuleStatus.EXPIRED, now)
            elif each.filled:
                self._arm(each.told.id, each.filled, now)

    # From entry to exit

    def _start(self, id: BrokerGttId, now: datetime) -> None:
        gtt = self._memory.gtts[id]
        if gtt.told.entry.trigger is Trigger.IMMEDIATE:
            self._send(id, Role.ENTRY, gtt.told.quantity, now)

    def _traded(self, key: InstrumentKey, last: Decimal, now: datetime) -> None:
        """Others traded: what it reaches is placed, and stops trail."""
        for each in self._living():
            if each.told.key != key:
                continue
            entry, stop = each.told.entry, each.told.rule(Role.STOPLOSS)
            if entry.status is RuleStatus.SCHEDULED:
                up = entry.trigger is Trigger.ABOVE
                if last >= entry.price if up else last <= entry.price:
                    self._send(each.told.id, Role.ENTRY, each.told.quantity, now)
            elif stop is not None and stop.status is RuleStatus.OPEN and stop.order_id is None:
                self._watch_stop(each, stop, last, now)

    def _watch_stop(self, gtt: PaperGtt, stop: ToldRule, last: Decimal, now: datetime) -> None:
        sells = stop.side is Side.SELL
        if last <= stop.price if sells else last >= stop.price:
            self._stop(gtt, now)
        elif stop.trailing_gap:
            way = 1 if sells else -1
            steps = ((last - gtt.seen) * way) // stop.trailing_gap
            if steps > 0:
                moved = way * steps * stop.trailing_gap
                after = replace(gtt, seen=gtt.seen + moved)
                self._put(_with(after, Role.STOPLOSS, price=stop.price + moved))

    def _stop(self, gtt: PaperGtt, now: datetime) -> None:
        """The stop comes before the target, for what that has not sold yet."""
        target, sold = gtt.told.rule(Role.TARGET), 0
        if target is not None and not target.status.is_over:
            self._put(_with(gtt, Role.TARGET, status=RuleStatus.CANCELLED))
            order = self._memory.orders.get(target.order_id) if target.order_id else None
            if order is not None:
                sold = order.filled
                self._withdraw(order, "the stop loss was triggered", now)
        self._send(gtt.told.id, Role.STOPLOSS, gtt.filled - sold, now)

    def _send(self, id: BrokerGttId, role: Role, units: int, now: datetime) -> None:
        """Place the rule's limit order."""
        gtt = self._memory.gtts[id]
        rule = gtt.told.rule(role)
        assert rule is not None
        terms = OrderRequest(
            key=gtt.told.key,
            side=rule.side,
            quantity=units,
            product=gtt.told.product,
            type=OrderType.LIMIT,
            price=self._limit(gtt, rule),
            source=Source.RULE,
        )
        order = self._exchange.receive(terms, now, born_of=id)
        self._put(_with(gtt, role, status=RuleStatus.OPEN, order_id=order))
        self._exchange.judge(order, now)

    def _limit(self, gtt: PaperGtt, rule: ToldRule) -> Decimal:
        """Worse than the trigger where protection allows it."""
        percent = gtt.protections.get(rule.role, NO_PROTECTION)
        if percent == NO_PROTECTION:
            return rule.price
        instrument = self._memory.instruments[gtt.told.key]
        tick, option = instrument.tick_size, instrument.is_option
        return worst_price(rule.side, rule.price, tick, percent=percent, option=option)

    def _follow(self, order: PaperOrder, now: datetime) -> None:
        """An order that a rule placed was filled, in part or whole, or has ended."""
        gtt = self._memory.gtts.get(BrokerGttId(order.born_of))
        rule = next((r for r in gtt.told.rules if r.order_id == order.id), None) if gtt else None
        if gtt is None or rule is None or rule.status.is_over or not order.status.is_final:
            return
        if order.status is Status.EXPIRED and rule.role is not Role.ENTRY:
            after = replace(gtt, filled=gtt.filled - order.filled)
            self._put(_with(after, rule.role, order_id=None))  # placed again at the next opening
            return
        ended = {Status.FILLED: RuleStatus.COMPLETED, Status.REJECTED: RuleStatus.FAILED}
        status = ended.get(order.status, RuleStatus.CANCELLED)
        self._put(_with(gtt, rule.role, status=status, message=order.reason))
        if rule.role is Role.ENTRY:
            self._entered(gtt.told.id, order.filled, now)
        elif status is RuleStatus.COMPLETED:
            self._end(self._memory.gtts[gtt.told.id], RuleStatus.CANCELLED, now)

    def _entered(self, id: BrokerGttId, filled: int, now: datetime) -> None:
        """Exits live for what came in; without anything they end with the entry."""
        gtt = replace(self._memory.gtts[id], filled=filled)
        if not filled:
            self._end(gtt, RuleStatus.CANCELLED, now)
            return
        gtt = replace(gtt, seen=self._memory.marks.get(gtt.told.key, gtt.told.entry.price))
        self._put(gtt)
        self._arm(id, filled, now)

    def _arm(self, id: BrokerGttId, units: int, now: datetime) -> None:
        gtt = self._memory.gtts[id]
        stop, target = gtt.told.rule(Role.STOPLOSS), gtt.told.rule(Role.TARGET)
        if stop is not None and not stop.status.is_over:
            self._put(_with(gtt, Role.STOPLOSS, status=RuleStatus.OPEN, order_id=None))
        if target is not None and not target.status.is_over:
            self._send(id, Role.TARGET, units, now)

    def _change(
        self, id: BrokerGttId, role: Role, price: Decimal, gap: Decimal | None, now: datetime
    ) -> None:
        """One rule of one whose entry has been placed."""
        rule = self._memory.gtts[id].told.rule(role)
        if rule is None or rule.status.is_over:
            return
        order = self._memory.orders.get(rule.order_id) if rule.order_id else None
        if order is not None and order.status.is_working and order.terms.price != price:
            self._exchange.modify(order.id, replace(order.terms, price=price), now)
        gtt = self._memory.gtts[id]
        if not gtt.told.is_over:
            self._put(_with(gtt, role, price=price, trailing_gap=gap))

    def _end(self, gtt: PaperGtt, status: RuleStatus, now: datetime) -> None:
        """End all that is not over, then take its orders out of the market."""
        living = [rule for rule in gtt.told.rules if not rule.status.is_over]
        for rule in living:
            gtt = _with(gtt, rule.role, status=status)
        self._put(gtt)
        for rule in living:
            order = self._memory.orders.get(rule.order_id) if rule.order_id else None
            if order is not None:
                self._withdraw(order, "its GTT has ended", now)

    def _withdraw(self, order: PaperOrder, why: str, now: datetime) -> None:
        if order.status.is_working:
            self._exchange.end(order, Status.CANCELLED, why, now)

    def _living(self) -> list[PaperGtt]:
        return [each for each in self._memory.gtts.values() if not each.told.is_over]

    def _active(self, id: BrokerGttId) -> PaperGtt:
        found = self._memory.gtts.get(id)
        if found is None or found.told.is_over:
            raise BrokerRejected(f"the paper account has no active GTT {id}", code=NOT_FOUND)
        return found

    def _check(self, request: GttRequest, instrument: Instrument, now: datetime) -> None:
        last = self._memory.marks.get(request.key, request.entry.price)
        today = now.astimezone(IST).date()
        problem = gap_problem(request, float(last)) or impossible(
            request.order(), instrument, today
        )
        off = [r.price for r in request.rules if r.price % instrument.tick_size]
        if off and not problem:
            problem = f"₹{off[0]} is not a multiple of the tick of ₹{instrument.tick_size}"
        if problem:
            raise BrokerRejected(problem, code=REFUSED)

    def _put(self, gtt: PaperGtt) -> None:
        self._memory.gtts[gtt.told.id] = gtt
        self._exchange.books.tell(gtt.told)


def _rules(request: GttRequest) -> tuple[ToldRule, ...]:
    """As they stand before anything has happened."""
    return tuple(
        ToldRule(
            role=rule.role,
            trigger=rule.trigger,
            price=rule.price,
            side=request.side_of(rule.role),
            status=RuleStatus.SCHEDULED if rule.role is Role.ENTRY else RuleStatus.PENDING,
            trailing_gap=rule.trailing_gap,
        )
        for rule in request.rules
    )


def _protections(request: GttRequest) -> dict[Role, int]:
    return {rule.role: rule.protection for rule in request.rules if rule.protection}


def _with(
    gtt: PaperGtt,
    role: Role,
    **changes: Decimal | RuleStatus | BrokerOrderId | str | None,
) -> PaperGtt:
    """The same with one rule changed."""
    rules: Sequence[ToldRule] = [
        replace(rule, **changes) if rule.role is role else rule  # type: ignore[arg-type]
        for rule in gtt.told.rules
    ]
    return replace(gtt, told=replace(gtt.told, rules=tuple(rules)))
