"""One plan's way in slices: one order after another, never two at the exchange."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from core.clock import Clock
from core.errors import AppError, RuleBroken
from core.ids import OrderId
from core.ports.executions import ExecutionRepository
from core.services.basket_legs import booked, is_over
from core.services.order_desk import OrderDesk
from core.services.order_records import OrderRecords
from core.services.risk_gate import RiskGate
from core.state.executions import ExecutionState
from core.state.market import Col, MarketState
from core.state.notices import Level, Notices
from core.state.trading import TradingState
from core.trading.broker_orders import Status, average
from core.trading.executions import Phase, SliceRun
from core.trading.journal import Kind
from core.trading.orders import Order
from core.trading.requests import OrderRequest, OrderType, Side
from core.trading.slices import SlicePlan, Slicing, allowed_by_volume, price_of

CANCEL_AGAIN: Final = 2.0
LOST_WORDS: Final = "an answer got lost: nothing is sent until the broker has told"


@dataclass(slots=True)
class Work:
    """What is remembered while one runs: `since` by the event loop's clock, `volume` the market's
    and `filled` ours when it began."""

    since: float
    volume: float
    filled: int
    past: set[OrderId] = field(default_factory=set)
    cancelled: dict[OrderId, float] = field(default_factory=dict)
    step: int = -1
    waits: str = ""


class SliceDrive:
    def __init__(
        self,
        *,
        desk: OrderDesk,
        gate: RiskGate,
        records: OrderRecords,
        kept: ExecutionRepository,
        runs: ExecutionState,
        state: TradingState,
        market: MarketState,
        clock: Clock,
        notices: Notices,
        look: float,
    ) -> None:
        self._desk, self._gate, self._records, self._kept = desk, gate, records, kept
        self._runs, self._state, self._market = runs, state, market
        self._clock, self._notices, self._look = clock, notices, look
        self.work: dict[str, Work] = {}

    def run(self, id: str) -> SliceRun:
        """Raises RuleBroken where there is no such plan."""
        run = self._runs.runs.get(id)
        if not isinstance(run, SliceRun):
            raise RuleBroken(f"there is no order in slices {id}")
        return run

    def orders(self, id: str) -> list[Order]:
        """Today's, in the sequence of their sending."""
        return [each for each in self._state.orders.values() if each.request.group == id]

    def filled(self, id: str) -> int:
        return max(self.run(id).filled, sum(order.filled for order in self.orders(id)))

    def average(self, id: str) -> Decimal:
        """Rupees a unit of what is filled, 0 while nothing is."""
        mean = average((each.filled, each.average_price) for each in self.orders(id))
        return mean or self.run(id).average

    def spent(self, id: str) -> float:
        """Seconds that it has run, without its pauses."""
        run, work = self.run(id), self.work.get(id)
        if work is None or run.phase is not Phase.RUNNING:
            return run.spent
        return run.spent + asyncio.get_running_loop().time() - work.since

    async def drive(self, id: str) -> None:
        """Until it is done or stopped."""
        self.begin_anew(id)
        try:
            while True:
                if await self._look_at(id):
                    return
                await asyncio.sleep(self._look)
        finally:
            self.work.pop(id, None)

    def begin_anew(self, id: str) -> None:
        """From a pause or a restart on: what has ended before is of no concern."""
        known = self.work.get(id)
        self.work[id] = Work(
            since=asyncio.get_running_loop().time(),
            volume=self._market.get(self.run(id).plan.request.key, Col.VOLUME),
            filled=self.filled(id),
            past={order.id for order in self.orders(id) if is_over(order)},
            step=known.step if known is not None else -1,
        )

    async def _look_at(self, id: str) -> bool:
        """One look; whether it has come to its end."""
        run, work, orders = self.run(id), self.work[id], self.orders(id)
        working = next((order for order in orders if not is_over(order)), None)
        if working is not None:
            await self._see_to(run, work, working)
            return False
        if any(not booked(order, self._state) for order in orders):
            return False
        return await self._go_on(run, work, orders)

    async def _see_to(self, run: SliceRun, work: Work, working: Order) -> None:
        """Of the order that is at the exchange."""
        plan = run.plan
        work.waits = LOST_WORDS if working.status is Status.UNKNOWN else ""
        late = plan.slicing is Slicing.TWAP and plan.step(self.spent(run.id)) > work.step
        if run.phase is not Phase.RUNNING or (late and not work.waits):
            await self.cancel(run.id)

    async def _go_on(self, run: SliceRun, work: Work, orders: list[Order]) -> bool:
        """With nothing at the exchange: end it, or send the next one."""
        if not run.plan.request.quantity - self.filled(run.id):
            return await self._finish(run, Phase.DONE, "")
        if run.phase is Phase.STOPPING:
            return await self._finish(run, Phase.STOPPED, run.reason)
        if run.phase is not Phase.RUNNING:
            return False
        if run.plan.slicing is Slicing.TWAP and self.spent(run.id) >= run.plan.seconds:
            left = run.plan.request.quantity - self.filled(run.id)
            return await self._finish(run, Phase.DONE, f"its time is over, {left} units are left")
        if why := self._gate.halted() or _ended_by_others(work, orders):
            await self._pause(run, why)
            return False
        try:
            await self._send(run, work, len(orders))
        except AppError as problem:
            await self._pause(self.run(run.id), str(problem))
        return False

    async def _send(self, run: SliceRun, work: Work, sent: int) -> None:
        plan = run.plan
        step = plan.step(self.spent(run.id))
        if plan.slicing is Slicing.TWAP and step <= work.step:
            return
        units, price = self._units(run, work), self.price(plan)
        if price is None:
            work.waits = f"the {_other(plan)} is not known"
        if not units or price is None:
            return
        work.step, work.waits = step, ""
        request = child(plan, units, price)
        await self._desk.place(request, click=f"{plan.id}#{sent}", closing=plan.closes)
        await self.put(replace(self.run(run.id), sent=sent + 1))

    def price(self, plan: SlicePlan) -> Decimal | None:
        """Of the next order."""
        column = Col.ASK if plan.request.side is Side.BUY else Col.BID
        return price_of(plan, self._market.get(plan.request.key, column))

    def _units(self, run: SliceRun, work: Work) -> int:
        """How many are to be sent now, in whole lots; says why where it is none."""
        plan, done = run.plan, self.filled(run.id)
        left = plan.request.quantity - done
        if plan.slicing is Slicing.TWAP:
            wanted = min(plan.due(self.spent(run.id)) - done, left)
        else:
            wanted = min(plan.shown, left)
        traded = self._market.get(plan.request.key, Col.VOLUME) - work.volume
        allowed = allowed_by_volume(plan, traded) - (done - work.filled)
        if plan.participation is not None and allowed < wanted:
            work.waits = (
                f"waits for the market to trade more: ours is {plan.participation:g} % of it"
            )
        units = max(min(wanted, allowed), 0)
        return units - units % plan.lot_size

    async def cancel(self, id: str) -> None:
        """Whatever is at the exchange; again where it still works after a while."""
        work, now = self.work.get(id), asyncio.get_running_loop().time()
        for order in [each for each in self.orders(id) if not is_over(each)]:
            if work is not None:
                if now - work.cancelled.get(order.id, -CANCEL_AGAIN) < CANCEL_AGAIN:
                    continue
                work.cancelled[order.id] = now
            with suppress(AppError):  # the next look tells
                await self._desk.cancel(order.id)

    async def move(self, id: str, phase: Phase, why: str = "") -> None:
        """The new phase holds before the first pause; the time that has run is kept."""
        spent = self.spent(id)
        run = replace(self.run(id).moved_to(phase, self._clock.now(), why), spent=spent)
        if phase is Phase.RUNNING and id in self.work:
            self._runs.put(run)
            self.begin_anew(id)
        await self.put(run)
        told = f": {why}" if why else ""
        await self._records.note(Kind.CONTROL, id, f"{run.title}: {phase}{told}")

    async def put(self, run: SliceRun) -> None:
        """With what is filled by now, in memory and on the disk."""
        run = replace(run, filled=self.filled(run.id), average=self.average(run.id))
        self._runs.put(run)
        await self._kept.save(run)

    async def _pause(self, run: SliceRun, why: str) -> None:
        """By itself: somebody must look before it goes on."""
        if self.run(run.id).phase is Phase.RUNNING:
            await self.move(run.id, Phase.PAUSED, why)
            self.say(Level.PROBLEM, f"{run.title} is paused: {why}.")

    async def _finish(self, run: SliceRun, phase: Phase, why: str) -> bool:
        if phase is Phase.DONE and run.phase is Phase.PAUSED:
            await self.move(run.id, Phase.RUNNING)
        await self.move(run.id, phase, why)
        total = run.plan.request.quantity
        told = f"{self.filled(run.id)} of {total} filled"
        self.say(
            Level.GOOD if phase is Phase.DONE and not why else Level.WARNING,
            f"{run.title}: {phase}{f', {why}' if why else ''}; {told}.",
        )
        return True

    def say(self, level: Level, text: str) -> None:
        self._notices.add(level, text, at=self._clock.now(), source="orders")


def child(plan: SlicePlan, units: int, price: Decimal) -> OrderRequest:
    """The next order of a plan."""
    return replace(
        plan.request,
        quantity=units,
        type=OrderType.LIMIT,
        price=price,
        slice=False,
        disclosed=0,
        group=plan.id,
    )


def _ended_by_others(work: Work, orders: list[Order]) -> str:
    """Why its last order ended though it was not filled and we did not cancel it; else empty."""
    for order in orders:
        known = order.id in work.past or order.id in work.cancelled
        if not known and order.filled < order.request.quantity:
            why = f": {order.why}" if order.why else ""
            return f"its order is {order.status}{why}"
    return ""


def _other(plan: SlicePlan) -> str:
    return "ask" if plan.request.side is Side.BUY else "bid"
