"""The reconciler: compares what we believe with what the broker says, and says what differs.

Start-up, reconnecting, a lost answer and the minute's look are all the same `reconcile()`. It never
sends an order. What it cannot explain blocks new risk in that contract until it is accepted.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

import structlog

from core.clock import IST, Clock
from core.errors import AppError, RuleBroken
from core.ids import BrokerOrderId, InstrumentKey
from core.money import written
from core.ports.broker import Broker, BrokerPosition, Funds
from core.ports.orders import FillRepository, OrderRepository
from core.services.funds_watch import FundsWatch
from core.services.order_desk import OrderDesk
from core.services.order_records import OrderRecords
from core.state.notices import Level, Notices
from core.state.trading import About, Difference, TradingState
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.events import POSITIONS, OrderEvent, order_link
from core.trading.fills import Fill
from core.trading.journal import Kind
from core.trading.ledger import Holding
from core.trading.orders import Fate, Order
from core.trading.requests import Source, is_ours

log = structlog.get_logger(__name__)

EVERY: Final = 60.0
SOON: Final = 2.0
"""Between two looks while a fate is unknown."""
SETTLED_AFTER: Final = 5.0
"""So long after its sending ended, an order that the broker does not list never arrived."""
A_PAISA: Final = Decimal("0.01")
SECOND_LOOK: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that the broker says at one look; `began` by the event loop's clock."""

    began: float
    orders: Mapping[BrokerOrderId, BrokerOrder]
    trades: Sequence[Fill]
    positions: Mapping[Holding, BrokerPosition]
    funds: Funds


class Reconciler:
    def __init__(
        self,
        *,
        broker: Broker,
        desk: OrderDesk,
        records: OrderRecords,
        orders: OrderRepository,
        fills: FillRepository,
        state: TradingState,
        clock: Clock,
        notices: Notices,
        settled_after: float = SETTLED_AFTER,
        second_look: float = SECOND_LOOK,
    ) -> None:
        self._broker, self._desk, self._records = broker, desk, records
        self._orders, self._fills, self._state = orders, fills, state
        self._clock, self._notices = clock, notices
        self._settled_after, self._second_look = settled_after, second_look
        self._wanted = asyncio.Event()
        self._one = asyncio.Lock()
        self._day: date | None = None
        self._money = FundsWatch()
        desk.unsure = self.soon

    def soon(self) -> None:
        """Look again as soon as possible."""
        self._wanted.set()

    async def run(self) -> None:
        """Load, then compare: now, every minute, and whenever somebody is unsure."""
        await self.load()
        while True:
            self._wanted.clear()
            try:
                await self.reconcile()
            except AppError as problem:
                log.warning("reconcile.failed", problem=str(problem))
            pause = SOON if self._state.problem or self._unknown() else EVERY
            try:
                await asyncio.wait_for(self._wanted.wait(), pause)
            except TimeoutError:
                continue

    async def load(self) -> None:
        """Take up today's orders and fills; what was being sent when we ended is UNKNOWN."""
        self._day = self._clock.now().astimezone(IST).date()
        midnight = datetime.combine(self._day, time(), IST)
        today = await self._orders.between(midnight, midnight + timedelta(days=1))
        for order in {each.id: each for each in [*await self._orders.unsettled(), *today]}.values():
            if order.id not in self._state.orders:
                self._state.put(order)
                if order.fate is Fate.WRITTEN:
                    text = "the desk ended before an answer came"
                    await self._desk.settle(order, Fate.UNANSWERED, text)
        self._state.enter(await self._fills.between(midnight, midnight + timedelta(days=1)))

    async def reconcile(self) -> list[Difference]:
        """Take in all that the broker says; what still differs at a second look is a difference.

        Raises what the broker's reads raise; then nothing new is known.
        """
        async with self._one:
            try:
                found = await self._compare(await self._ask())
                if found:
                    await asyncio.sleep(self._second_look)  # reads are not of one moment
                    again = await self._compare(await self._ask())
                    names = {each.name for each in found}
                    found = [each for each in again if each.name in names]
            except AppError as problem:
                self._state.problem = str(problem)
                raise
            await self._tell(found)
            self._state.problem = ""
            self._state.reconciled_at = self._clock.now()
            self._state.revision += 1
            return list(self._state.differences.values())

    async def accept(self, name: str) -> None:
        """Explained: from now on the broker's word is ours. Raises RuleBroken for none such."""
        difference = self._state.differences.get(name)
        if difference is None:
            raise RuleBroken("this difference is gone")
        if difference.about is About.POSITION:
            for at, theirs in self._state.broker_positions.items():
                if _name(at) == difference.subject:
                    lacking = theirs.quantity - self._state.held(*at)
                    known = self._state.adjustments.get(at, 0)
                    self._state.adjustments[at] = known + lacking
        if difference.about is About.FUNDS:
            self._money.explained()
        self._state.accepted.add((name, difference.text))
        del self._state.differences[name]
        self._state.revision += 1
        await self._records.note(Kind.CONTROL, name, f"accepted: {difference.text}")

    async def _ask(self) -> Account:
        began = asyncio.get_running_loop().time()
        orders, trades, positions, funds = await asyncio.gather(
            self._broker.orders(),
            self._broker.trades(),
            self._broker.positions(),
            self._broker.funds(),
        )
        return Account(
            began=began,
            orders={each.id: each for each in orders},
            trades=trades,
            positions={(each.key, each.product): each for each in positions},
            funds=funds,
        )

    async def _compare(self, account: Account) -> list[Difference]:
        state = self._state
        self._turn_day(account)
        state.funds = account.funds
        state.broker_positions = dict(account.positions)
        state.openings = {at: p.overnight for at, p in account.positions.items() if p.overnight}
        known = [each for each in account.orders.values() if state.owner(each)]
        await self._desk.hear([*known, *account.trades])
        await self._adopt(account)
        await self._resolve(account)
        await self._expire(account)
        return [
            *self._strange(account),
            *self._gone(account),
            *self._untold(account),
            *self._positions(account),
            *self._funds(account),
        ]

    def _turn_day(self, account: Account) -> None:
        """What the broker lists no more of an earlier day is over: its trades are in the
        overnight positions now, and so is what was accepted."""
        state, today = self._state, self._clock.now().astimezone(IST).date()
        if self._day not in (None, today):
            self._money.forget()
            state.adjustments.clear()
            state.accepted.clear()
        self._day = today
        midnight = datetime.combine(today, time(), IST)
        listed = {fill.id for fill in account.trades}
        state.leave_behind(
            [fill for fill in state.ledger.fills if fill.at < midnight and fill.id not in listed],
            [
                order
                for order in state.orders.values()
                if order.placed_at < midnight
                and order.is_over
                and account.orders.keys().isdisjoint(order.broker_ids)
            ],
        )

    async def _adopt(self, account: Account) -> None:
        """Orders of others, once no answer of ours is awaited that could name them."""
        for heard in account.orders.values():
            if self._state.owner(heard) is None and not self._state.in_flight:
                await self._desk.adopt(heard)

    def _strange(self, account: Account) -> list[Difference]:
        """Orders that look like ours, and that our books have never had."""
        found = []
        for heard in account.orders.values():
            owner = self._state.owner(heard)
            external = owner is not None and owner.request.source is Source.EXTERNAL
            if external and is_ours(heard.tag):
                text = f"order {heard.id} carries our mark, and we have no record of it"
                remedy = "Look at it, cancel it where it is not wanted, then accept it."
                found.append(self._difference(About.ORDER, heard.key, heard.id, text, remedy))
        return found

    async def _resolve(self, account: Account) -> None:
        """Unknown fates: found by tag, or missing from a list asked for long enough after."""
        for order in self._unknown():
            ended = self._desk.sent_at.setdefault(order.id, account.began)
            if order.told >= order.request.quantity:
                await self._desk.settle(order, Fate.TAKEN, "found at the broker")
            elif account.began - ended < self._settled_after:
                continue
            elif order.parts:
                text = "found at the broker, which has no more of it"
                await self._desk.settle(order, Fate.TAKEN, text)
            elif order.fate is Fate.UNANSWERED:
                await self._desk.settle(order, Fate.MISSING, "the broker does not know it")
                text = "An order never arrived at the broker. Nothing was done."
                self._say(Level.WARNING, text, order_link(order.id), OrderEvent.LOST)

    def _unknown(self) -> list[Order]:
        fates = (Fate.UNANSWERED, Fate.MISSING)
        return [
            order
            for order in self._state.orders.values()
            if order.fate in fates and (order.parts or order.fate is Fate.UNANSWERED)
        ]

    async def _expire(self, account: Account) -> None:
        """The broker's list is of one day: what is missing of an earlier day has expired."""
        now = self._clock.now()
        for order, part in self._missing(account):
            if order.placed_at.astimezone(IST).date() < now.astimezone(IST).date():
                reason = "the day it was for is over"
                ended = replace(part, status=Status.EXPIRED, at=now, reason=reason)
                await self._desk.hear([ended])

    def _gone(self, account: Account) -> list[Difference]:
        """Orders that we think are working, and that the broker does not list."""
        remedy = "Look at the broker's own screen; accept it when it is really gone."
        return [
            self._difference(
                About.ORDER,
                order.request.key,
                part.id,
                f"order {part.id} works here, and the broker does not list it",
                remedy,
            )
            for order, part in self._missing(account)
            if order.id not in self._state.in_flight
        ]

    def _missing(self, account: Account) -> list[tuple[Order, BrokerOrder]]:
        return [
            (order, part)
            for order in self._state.working()
            for part in order.parts
            if part.standing.is_working and part.id not in account.orders
        ]

    def _untold(self, account: Account) -> list[Difference]:
        """Trades that only one side knows."""
        theirs = {fill.id for fill in account.trades}
        found = []
        for fill in self._state.ledger.fills:
            if fill.id not in theirs:
                text = f"trade {fill.trade_id} of order {fill.order_id} is not in the broker's list"
                remedy = "Look at the broker's trade book; accept it when it was taken back."
                name = f"{fill.order_id}/{fill.trade_id}"
                found.append(self._difference(About.TRADE, fill.key, name, text, remedy))
        for order in self._state.orders.values():
            units = sum(f.quantity for f in self._state.ledger.fills_of(order.broker_ids))
            if units != order.filled and order.status is not Status.LOST:
                text = f"{order.filled} units are filled, and the trades add up to {units}"
                remedy = "Wait for the next look; accept it when the broker's trade book agrees."
                about = self._difference(About.TRADE, order.request.key, order.id, text, remedy)
                found.append(about)
        return found

    def _positions(self, account: Account) -> list[Difference]:
        """What is held by our books and by the broker's."""
        found = []
        for at in dict.fromkeys([*self._state.holdings(), *account.positions]):
            theirs = account.positions.get(at)
            ours, quantity = self._state.held(*at), theirs.quantity if theirs else 0
            if ours != quantity:
                text = f"we count {ours} units, and the broker {quantity}"
                remedy = "Was it traded or converted elsewhere? Accept the broker's number."
                found.append(self._difference(About.POSITION, at[0], _name(at), text, remedy))
            elif theirs is not None and (text := self._price_differs(at, theirs)):
                remedy = "Compare the trades; the broker's price may include earlier days."
                found.append(self._difference(About.PRICE, at[0], _name(at), text, remedy))
        return found

    def _funds(self, account: Account) -> list[Difference]:
        """Of no contract, so it blocks none: the broker's number is shown everywhere anyway."""
        held = frozenset((at, theirs.quantity) for at, theirs in account.positions.items())
        self._money.look(account.funds, (len(self._state.ledger.fills), held))
        if not self._money.unexplained:
            return []
        text = f"funds moved by {written(self._money.unexplained)}, and nothing was traded"
        remedy = "Was money paid in or out, or charged? Accept the broker's number."
        return [self._difference(About.FUNDS, InstrumentKey(""), self._broker.name, text, remedy)]

    def _price_differs(self, at: Holding, theirs: BrokerPosition) -> str:
        """Of positions of today only: earlier days' prices are the broker's alone."""
        carried = theirs.overnight or self._state.adjustments.get(at)
        if carried or not theirs.quantity or theirs.average_price is None:
            return ""
        ours = self._state.ledger.position(*at).average_price
        if abs(ours - theirs.average_price) <= A_PAISA:
            return ""
        return f"our average price is {ours:.4f}, and the broker's {theirs.average_price:.4f}"

    def _difference(
        self, about: About, key: InstrumentKey, subject: str, text: str, remedy: str
    ) -> Difference:
        known = self._state.differences.get(f"{about}:{subject}")
        since = known.since if known else self._clock.now()
        return Difference(
            about=about, key=key, subject=subject, text=text, remedy=remedy, since=since
        )

    async def _tell(self, found: Iterable[Difference]) -> None:
        """Those that are new are journaled and told; those that are gone are journaled."""
        open_now = {d.name: d for d in found if (d.name, d.text) not in self._state.accepted}
        before, self._state.differences = self._state.differences, open_now
        for name in open_now.keys() - before.keys():
            each = open_now[name]
            await self._records.note(Kind.DIFFERENCE, name, each.text, key=each.key)
            text = f"{each.text[:1].upper()}{each.text[1:]}. {each.remedy}"
            self._say(Level.PROBLEM, text, POSITIONS, OrderEvent.DIFFERENCE)
        for name in before.keys() - open_now.keys():
            await self._records.note(Kind.DIFFERENCE, name, "gone")

    def _say(self, level: Level, text: str, link: str, event: OrderEvent) -> None:
        now = self._clock.now()
        self._notices.add(level, text, at=now, source="orders", link=link, event=event)


def _name(at: Holding) -> str:
    return f"{at[0]} {at[1]}"
