"""The broker's desk for GTT orders: it watches prices and places what is triggered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from data.simulator.accounts import gtt as rows
from data.simulator.accounts.account import Account
from data.simulator.accounts.floor import Alarm
from data.simulator.accounts.gtt import YEAR_US, Gtt, Rule, RuleAsk, RuleStatus
from data.simulator.accounts.orders import Ask, Order, Status, paise
from data.simulator.accounts.rms import limit_of
from data.simulator.answers import ApiError
from data.simulator.clock import day_of
from data.simulator.market import Contract, Market

PREFIX: Final = {"SINGLE": "GTT-C", "MULTIPLE": "GTT-CU"}
LEAST_GAP: Final = Decimal("0.1")
"""Of the distance between the last price and the stop."""


class GttDesk:
    def __init__(self, market: Market, account: Account) -> None:
        self._market, self._account = market, account
        self.orders: dict[str, Gtt] = {}
        self._born: dict[str, tuple[Gtt, Rule]] = {}
        account.followers.append(self._follow)
        account.rang_then = self._rang

    def place(self, kind: str, ask: Ask, rules: Sequence[RuleAsk], now: int) -> Gtt:
        """`ask` says contract, side, product and quantity of the entry."""
        self._check_gap(ask.contract, rules, now)
        number = self._account.number()
        made = Gtt(
            id=f"{PREFIX[kind]}{day_of(now):%y%m%d}{number:08d}",
            type=kind,
            contract=ask.contract,
            product=ask.product,
            quantity=ask.quantity,
            created_ms=now,
            expires_us=now * 1000 + YEAR_US,
            rules=[_rule(each, ask.buy) for each in rules],
        )
        self.orders[made.id] = made
        self._tell(made)
        self._start(made, now)
        return made

    def find(self, gtt_id: str) -> Gtt:
        found = self.orders.get(gtt_id)
        if found is None or not found.active:
            raise ApiError("UDAPI1135", field="gtt_order_id", value=gtt_id)
        return found

    def active(self) -> list[Gtt]:
        return [each for each in self.orders.values() if each.active]

    def modify(self, known: Gtt, quantity: int, rules: Sequence[RuleAsk], now: int) -> None:
        """A full list of rules; once the entry is at the exchange its quantity stays."""
        self._check_gap(known.contract, rules, now)
        entry = known.entry
        wanted = next(rule for rule in rules if rule.strategy == "ENTRY")
        if entry.status is RuleStatus.SCHEDULED:
            self._forget(known)
            known.quantity = quantity
            known.rules = [_rule(each, entry.buy) for each in rules]
            self._start(known, now)
            return
        if entry.status is RuleStatus.OPEN and wanted.trigger_type != "IMMEDIATE":
            raise ApiError("UDAPI1150", field="trigger_type", value=wanted.trigger_type)
        for ask in rules:
            self._change(known, ask, now)
        self._tell(known)

    def _change(self, known: Gtt, ask: RuleAsk, now: int) -> None:
        """One rule of an order whose entry has been placed."""
        rule = known.rule(ask.strategy)
        if rule is None or rule.over:
            return
        rule.ask, rule.level, rule.gap = ask, paise(ask.price), paise(ask.gap or 0)
        if rule.order is not None and not rule.order.final:
            self._account.reprice(rule.order, ask.price, now)
        elif ask.strategy == "STOPLOSS" and known.filled:
            self._account.floor.unset(rule)
            self._watch(known, rule, now)

    def cancel(self, known: Gtt, now: int) -> None:
        self._end(known, RuleStatus.CANCELLED, now)

    # From entry to exit

    def _start(self, made: Gtt, now: int) -> None:
        entry = made.entry
        if entry.ask.trigger_type == "IMMEDIATE":
            self._send(made, entry, made.quantity, now)
        else:
            entry.status = RuleStatus.SCHEDULED
            self._watch(made, entry, now)
            self._tell(made)

    def _watch(self, made: Gtt, rule: Rule, now: int) -> None:
        """Ring when the last price is at the rule's level, and where a trailing stop moves."""
        key, floor = made.contract.key, self._account.floor
        up = rule.ask.trigger_type == "ABOVE" if rule.ask.strategy == "ENTRY" else rule.buy
        floor.set(Alarm(key=key, up=up, level=rule.level, rule=rule), now)
        if rule.gap:
            rule.seen = rule.seen or paise(self._market.last_price(key, now))
            step = -rule.gap if rule.buy else rule.gap
            floor.set(Alarm(key=key, up=not up, level=rule.seen + step, rule=rule), now)

    def _rang(self, alarm: Alarm, last: int, now: int) -> None:
        rule = alarm.rule
        assert isinstance(rule, Rule)
        made = next(each for each in self.orders.values() if rule in each.rules)
        self._account.floor.unset(rule)
        if alarm.level != rule.level:
            self._trail(made, rule, last, now)
            return
        rule.status = RuleStatus.TRIGGERED
        self._tell(made)
        quantity = made.quantity
        if rule.ask.strategy == "STOPLOSS":
            quantity = made.filled - self._end_target(made, now)
        self._send(made, rule, quantity, now)

    def _trail(self, made: Gtt, rule: Rule, last: int, now: int) -> None:
        """The price went our way by a gap or more: the stop follows by as many."""
        way = -1 if rule.buy else 1
        steps = (last - rule.seen) * way // rule.gap
        rule.seen += way * steps * rule.gap
        rule.level += way * steps * rule.gap
        self._watch(made, rule, now)
        self._tell(made)

    def _end_target(self, made: Gtt, now: int) -> int:
        """The stop comes before the target; units that the target had sold already."""
        target = made.rule("TARGET")
        if target is None or target.over:
            return 0
        target.status = RuleStatus.CANCELLED
        if target.order is None:
            return 0
        if not target.order.final:
            self._account.cancel(target.order, now, "The stop loss was triggered.")
        return target.order.filled

    def _send(self, made: Gtt, rule: Rule, quantity: int, now: int) -> None:
        """Place the rule's limit order."""
        price = Decimal(rule.level) / 100
        ask = Ask(
            contract=made.contract,
            quantity=quantity,
            product=made.product,
            validity="DAY",
            price=price,
            type="LIMIT",
            buy=rule.buy,
        )
        if rule.ask.protection is not None and rule.ask.protection > 0:
            ask = _protected(ask, rule.level, rule.ask.protection)
        [order] = self._account.receive(ask, now, made.id)
        rule.order, rule.status = order, RuleStatus.OPEN
        self._born[order.id] = (made, rule)
        self._tell(made)
        self._account.process([order], now)

    def _follow(self, order: Order, now: int) -> None:
        """An order of ours was filled, in part or whole, or has ended."""
        made, rule = self._born.get(order.id, (None, None))
        if made is None or rule is None or rule.over or not order.final:
            return
        if order.expired and rule.ask.strategy != "ENTRY":
            made.filled -= order.filled  # the rest is placed again tomorrow
            return
        if order.status is Status.COMPLETE:
            rule.status = RuleStatus.COMPLETED
        else:
            failed = order.status is Status.REJECTED
            rule.status = RuleStatus.FAILED if failed else RuleStatus.CANCELLED
            rule.message = order.reason or None
        if rule.ask.strategy == "ENTRY":
            self._entered(made, order.filled, now)
        elif rule.status is RuleStatus.COMPLETED:
            self._exited(made)
        self._tell(made)

    def _entered(self, made: Gtt, filled: int, now: int) -> None:
        """Exits live for what came in; without anything they end with the entry."""
        made.filled = filled
        for rule in made.exits:
            if not filled:
                rule.status = RuleStatus.CANCELLED
            else:
                self._arm(made, rule, filled, now)

    def _arm(self, made: Gtt, rule: Rule, units: int, now: int) -> None:
        if rule.ask.strategy == "TARGET":
            self._send(made, rule, units, now)
        else:
            rule.status = RuleStatus.OPEN
            self._watch(made, rule, now)

    def _exited(self, made: Gtt) -> None:
        for rule in made.exits:
            if not rule.over:
                self._account.floor.unset(rule)
                rule.status = RuleStatus.CANCELLED

    def _end(self, known: Gtt, status: RuleStatus, now: int) -> None:
        self._forget(known)
        for rule in known.rules:
            if not rule.over:
                rule.status = status
                if rule.order is not None and not rule.order.final:
                    self._account.cancel(rule.order, now, "The GTT order has ended.")
        self._tell(known)

    def _forget(self, known: Gtt) -> None:
        for rule in known.rules:
            self._account.floor.unset(rule)

    def _tell(self, made: Gtt) -> None:
        self._account.tell(rows.update(made))

    # Days

    def cash_closes(self, now: int) -> None:
        """Shares are watched until continuous trading ends."""
        for each in self.active():
            if each.contract.type == "EQ":
                self._forget(each)

    def day_ends(self, now: int) -> None:
        """Those within the day end with it, and those of contracts that end."""
        today: date = day_of(now)
        for each in self.active():
            over = each.contract.expiry is not None and each.contract.expiry <= today
            self._forget(each)
            if over or (each.product == "I" and not each.filled):
                self._end(each, RuleStatus.EXPIRED, now)

    def day_opens(self, now: int) -> None:
        """Watch again, and place again the targets whose day order is gone."""
        for each in self.active():
            if each.expires_us <= now * 1000:
                self._end(each, RuleStatus.EXPIRED, now)
            elif each.entry.status is RuleStatus.SCHEDULED:
                self._watch(each, each.entry, now)
            elif each.filled:
                for rule in each.exits:
                    if not rule.over:
                        self._arm(each, rule, each.filled, now)

    def _check_gap(self, contract: Contract, rules: Sequence[RuleAsk], now: int) -> None:
        last = Decimal(str(self._market.last_price(contract.key, now)))
        for rule in rules:
            if rule.gap is not None and rule.gap < LEAST_GAP * abs(last - rule.price):
                raise ApiError("UDAPI1151", field="trailing_gap", value=float(rule.gap))


def _rule(ask: RuleAsk, buy: bool) -> Rule:
    entry = ask.strategy == "ENTRY"
    return Rule(
        ask=ask, buy=buy if entry else not buy, level=paise(ask.price), gap=paise(ask.gap or 0)
    )


def _protected(ask: Ask, level: int, protection: float) -> Ask:
    """Worse than the trigger by up to so many per cent."""
    limit = limit_of(replace(ask, type="MARKET", protection=protection), level)
    return replace(ask, price=Decimal(limit) / 100)
