"""One account: its orders from the reply to the last fill, and what they do to its portfolio."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from data.simulator.accounts import told
from data.simulator.accounts.agenda import Phase
from data.simulator.accounts.changes import Change, changed
from data.simulator.accounts.floor import Alarm, Floor
from data.simulator.accounts.holdings import Holding
from data.simulator.accounts.orders import FINAL, QUEUED, Ask, Fill, Order, Status
from data.simulator.accounts.portfolio import Portfolio
from data.simulator.accounts.rms import Facts, Refusal, facts_of, limit_of, refusal_of
from data.simulator.answers import ApiError
from data.simulator.clock import day_of
from data.simulator.market import Contract, Market

Tell = Callable[[dict[str, Any]], None]
Veto = Callable[[Ask], Refusal | None]

CASH: Final = 5_000_000
"""Rupees at the start."""
FIRST_ORDER: Final = 10_000_000
FIRST_TRADE: Final = 50_000_000
EXCHANGE_PREFIX: Final = {"EQ": 11, "FO": 13}


class Account:
    """Everything of one trader. Time is told by whoever calls: `now` is epoch milliseconds.

    `first` starts the numbers of orders, so that two runs of the exchange need not give the same.
    """

    def __init__(
        self,
        market: Market,
        *,
        cash: int = CASH,
        shares: Iterable[Holding] = (),
        first: int = FIRST_ORDER,
        vetoes: Sequence[Veto] = (),
    ) -> None:
        self._market = market
        self._listeners: list[Tell] = []
        self.portfolio = Portfolio(market, cash, shares, self.tell)
        self.floor = Floor(market, self)
        self.orders: dict[str, Order] = {}
        self.auction: list[Order] = []
        self.followers: list[Callable[[Order, int], None]] = []
        self.rang_then: Callable[[Alarm, int, int], None] = lambda alarm, paise, at: None
        self.vetoes = list(vetoes)
        self._number = first
        self._trades = FIRST_TRADE

    def listen(self, tell: Tell) -> None:
        """Every update from now on, in order."""
        self._listeners.append(tell)

    def tell(self, update: dict[str, Any]) -> None:
        for listener in self._listeners:
            listener(update)

    def number(self) -> int:
        self._number += 1
        return self._number

    # Orders come in

    def receive(self, ask: Ask, now: int, reference: str = "") -> list[Order]:
        """Write down the order, or its slices; nothing is judged yet."""
        return [self._received(part, now, reference) for part in slices(ask)]

    def _received(self, ask: Ask, now: int, reference: str) -> Order:
        number = self.number()
        order = Order(
            id=f"{day_of(now):%y%m%d}{number:09d}",
            ask=ask,
            placed_ms=now,
            reference=reference or f"udapi-{number:08x}",
        )
        self.orders[order.id] = order
        self.stage(order, Status.RECEIVED, now)
        return order

    def process(self, orders: Iterable[Order], now: int) -> None:
        """Judge what was received, and let it work."""
        for order in orders:
            self._process(order, now)

    def _process(self, order: Order, now: int) -> None:
        facts = facts_of(self._market, order.ask.contract, now)
        if facts.phase is Phase.QUEUE:
            order.amo = True
            self.stage(order, Status.AMO_RECEIVED, now)
            return
        self.stage(order, Status.VALIDATING, now)
        refusal = self._refusal(order.ask, facts, now)
        if refusal is not None:
            self.reject(order, refusal, now)
            return
        order.limit = limit_of(order.ask, facts.last)
        needs = self.portfolio.needs(order.ask, order.limit, now)
        short = self._too_dear(needs, now)
        if short is not None:
            self.reject(order, short, now)
            return
        order.blocked = needs
        self.stage(order, Status.OPENING, now)
        self._open(order, facts, now)

    def _refusal(self, ask: Ask, facts: Facts, now: int) -> Refusal | None:
        for veto in self.vetoes:
            if (found := veto(ask)) is not None:
                return found
        found = refusal_of(ask, facts)
        if found is None and ask.contract.type == "EQ" and not ask.buy:
            return self._not_held(ask)
        return found

    def _not_held(self, ask: Ask) -> Refusal | None:
        """Shares to keep are sold from what is held, less what is about to be sold."""
        if ask.product == "I":
            return None
        if ask.product == "D":
            free = self.portfolio.sellable(ask.contract)
        else:
            free = self.portfolio.position(ask.contract, ask.product).open
        offered = sum(
            o.left
            for o in self.working()
            if (o.key, o.ask.product, o.ask.buy) == (ask.contract.key, ask.product, False)
        )
        if ask.quantity <= free - offered:
            return None
        return Refusal(
            f"You can sell {max(free - offered, 0)} shares, not {ask.quantity}.",
            f"RMS:Rule: Check holdings, available {free - offered}, order {ask.quantity}",
        )

    def _too_dear(self, needs: Decimal, now: int) -> Refusal | None:
        if needs == 0:
            return None
        available = Decimal(str(round(self.available(now), 2)))
        if needs <= available:
            return None
        return Refusal(
            f"You need to add Rs. {needs - available:.2f} in your account to place this trade.",
            f"RMS:Margin Exceeds,Required:{needs:.2f}, Available:{available:.2f}",
        )

    def _open(self, order: Order, facts: Facts, now: int) -> None:
        kind = "EQ" if order.ask.contract.type == "EQ" else "FO"
        order.exchange_id = f"{EXCHANGE_PREFIX[kind]}{self._number:014d}"
        order.exchange_ms = now
        self.stage(order, Status.OPEN, now)
        if facts.phase is not Phase.MATCH:
            self.auction.append(order)
            return
        if order.ask.stops:
            order.waits = True
            self.stage(order, Status.WAITING, now)
        self.work(order, now)

    def work(self, order: Order, now: int) -> None:
        """On to the floor; what an IOC does not get at once is cancelled."""
        self.floor.enter(order, now)
        if order.ask.validity == "IOC" and not order.waits and order.left and not order.final:
            self.floor.leave(order)
            self.end(order, Status.CANCELLED, now, "Unfilled part of an IOC order.")

    def available(self, now: int) -> float:
        return self.portfolio.funds(now, self.blocked()).available

    def blocked(self) -> Decimal:
        """By working orders, for what they have left."""
        shares = (o.blocked * o.left / o.ask.quantity for o in self.working())
        return sum(shares, Decimal(0))

    def working(self) -> list[Order]:
        return [*self.floor.working(), *self.auction]

    def queued(self) -> list[Order]:
        return [order for order in self.orders.values() if order.status in QUEUED]

    # Changes

    def find(self, order_id: str) -> Order:
        order = self.orders.get(order_id)
        if order is None:
            raise ApiError("UDAPI100010", field="order_id", value=order_id)
        return order

    def modify(self, order: Order, change: Change, now: int) -> None:
        """The reply was yes; what broker and exchange make of it shows in the order."""
        ask = changed(order.ask, change)
        order.request += 1
        if order.status in QUEUED:
            order.ask = ask
            self.stage(order, Status.AMO_MODIFIED, now)
            return
        was = order.status
        self.stage(order, Status.MODIFY_VALIDATING, now)
        facts = facts_of(self._market, ask.contract, now)
        refusal = self._unfit(order, ask, facts, now)
        if refusal is not None:
            self.stage(order, Status.NOT_MODIFIED, now, refusal)
            self.stage(order, was, now, refusal)
            return
        self.stage(order, Status.MODIFYING, now)
        self._replace(order, ask, facts, now)

    def _unfit(self, order: Order, ask: Ask, facts: Facts, now: int) -> Refusal | None:
        if ask.quantity <= order.filled:
            return Refusal(
                f"{order.filled} are filled already.",
                f"RMS:Rule: Quantity {ask.quantity} not above traded quantity {order.filled}",
            )
        refusal = refusal_of(replace(ask, type="LIMIT") if order.fired else ask, facts)
        if refusal is not None:
            return refusal
        limit, before = limit_of(ask, facts.last), order.blocked
        order.blocked = Decimal(0)
        needs = self.portfolio.needs(ask.of(ask.quantity - order.filled), limit, now)
        short = self._too_dear(needs, now)
        order.blocked = before if short else needs
        return short

    def _replace(self, order: Order, ask: Ask, facts: Facts, now: int) -> None:
        """A better place in time is kept only by asking for less."""
        less = (ask.price, ask.type, ask.trigger) == (
            order.ask.price,
            order.ask.type,
            order.ask.trigger,
        ) and ask.quantity <= order.ask.quantity
        fired = order.fired
        order.ask, order.limit = ask, limit_of(ask, facts.last)
        order.exchange_ms = now
        self.stage(order, Status.MODIFIED, now)
        order.waits = ask.stops and not fired
        self.stage(order, Status.WAITING if order.waits else Status.OPEN, now)
        if order in self.auction or less:
            return
        self.floor.leave(order)
        self.work(order, now)

    def reprice(self, order: Order, price: Decimal, now: int) -> None:
        """The same limit order at another price."""
        ask = order.ask
        change = Change(validity=ask.validity, price=price, type=ask.type, trigger=ask.trigger)
        self.modify(order, change, now)

    def cancel(self, order: Order, now: int, why: str = "") -> None:
        if order.status in QUEUED:
            self.end(order, Status.AMO_CANCELLED, now, why)
            return
        self.stage(order, Status.CANCELLING, now)
        self._withdraw(order)
        self.end(order, Status.CANCELLED, now, why)

    def expire(self, order: Order, now: int, why: str) -> None:
        """Cancelled by the exchange."""
        order.expired = True
        self._withdraw(order)
        self.end(order, Status.CANCELLED, now, why)

    def _withdraw(self, order: Order) -> None:
        self.floor.leave(order)
        if order in self.auction:
            self.auction.remove(order)

    def reject(self, order: Order, refusal: Refusal, now: int) -> None:
        order.exchange_id = ""
        self.stage(order, Status.REJECTED, now, refusal)
        self._then(order, now)

    def end(self, order: Order, status: Status, now: int, why: str) -> None:
        self.stage(order, status, now, Refusal(why, why) if why else None)
        self._then(order, now)

    def stage(self, order: Order, status: Status, now: int, refusal: Refusal | None = None) -> None:
        """The order's next state, kept in its history and told."""
        order.status, order.changed_ms = status, now
        if refusal is not None:
            order.reason, order.reason_raw = refusal.message, refusal.raw
        order.stages.append(told.order_stage(order))
        self.tell(told.order_update(order))

    def _then(self, order: Order, now: int) -> None:
        for follow in self.followers:
            follow(order, now)

    def convert(self, contract: Contract, old: str, new: str, units: int, now: int) -> bool:
        """Move open units (below 0 sold) to another product, if there are so many and the margin
        allows it."""
        held = self.portfolio.positions.get((contract.key, old))
        if held is None or held.open * units <= 0 or abs(held.open) < abs(units):
            return False
        other = self.portfolio.position(contract, new)
        held.move(units, other)
        self.portfolio.changed(held)
        if self.available(now) < 0:
            other.move(units, held)
            self.portfolio.changed(held)
            return False
        self.portfolio.changed(other)
        return True

    # The floor tells

    def filled(self, order: Order, quantity: int, paise: int, at: int) -> None:
        self._trades += 1
        fill = Fill(id=str(self._trades), order=order, quantity=quantity, paise=paise, at_ms=at)
        order.filled += quantity
        order.value += quantity * paise
        order.exchange_ms = at
        self.stage(order, Status.OPEN if order.left else Status.COMPLETE, at)
        self.portfolio.take(fill)
        self._then(order, at)

    def triggered(self, order: Order, paise: int, at: int) -> None:
        order.limit = limit_of(order.ask, paise)
        self.stage(order, Status.OPEN, at)
        self.work(order, at)

    def crossed(self, order: Order, at: int) -> None:
        self.end(order, Status.CANCELLED, at, "Self trade prevention: a newer order would meet it.")

    def rang(self, alarm: Alarm, paise: int, at: int) -> None:
        self.rang_then(alarm, paise, at)

    # Days

    def begin_day(self) -> None:
        """Yesterday's orders are gone, but for those that wait for the market to open."""
        self.orders = {name: o for name, o in self.orders.items() if o.status not in FINAL}
        self.portfolio.begin_day()

    def release(self, orders: Iterable[Order], now: int) -> None:
        """After-market orders reach the exchange."""
        self.process(list(orders), now)


def slices(ask: Ask) -> list[Ask]:
    """Full freeze quantities and the rest, if it is to be sliced."""
    most = ask.contract.freeze_quantity
    if not ask.sliced or ask.quantity <= most:
        return [ask]
    whole, rest = divmod(ask.quantity, most)
    return [ask.of(most)] * whole + ([ask.of(rest)] if rest else [])
