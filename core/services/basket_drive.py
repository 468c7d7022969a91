"""One basket's way from its first order to its end: step by step, and back where it fails."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from core.clock import Clock
from core.errors import AppError
from core.ids import OrderId
from core.services.basket_books import BasketBooks
from core.services.basket_late import LateLegs, LegFailed
from core.services.basket_legs import LegNow, is_over
from core.services.order_desk import OrderDesk
from core.services.risk_gate import RiskGate
from core.state.market import MarketState
from core.state.notices import Level
from core.state.trading import TradingState
from core.trading.baskets import Basket, BasketKind, Late, Leg, OnFailure, Policy, closing
from core.trading.executions import BasketRun, Phase, begun
from core.trading.orders import Order
from core.trading.requests import LEG_MARK

log = structlog.get_logger(__name__)

CANCEL_AGAIN: Final = 2.0
"""Seconds after which an order that still works is cancelled once more."""
UNWINDING: Final = Policy(late=Late.GIVE_UP, seconds=30.0)
"""Of the market orders that unwind: what rests for so long is given up and told."""
UNEXPECTED: Final = "something of the desk broke, and the log says what"


class _Stopped(Exception):
    """Somebody wants it to end."""


class BasketDrive:
    """`unwind_after` names baskets that are to be unwound once nothing of them works."""

    def __init__(
        self,
        *,
        books: BasketBooks,
        desk: OrderDesk,
        gate: RiskGate,
        state: TradingState,
        market: MarketState,
        clock: Clock,
        look: float,
    ) -> None:
        self._books, self._desk, self._gate = books, desk, gate
        self._state, self._market, self._clock, self._look = state, market, clock, look
        self._asked: dict[OrderId, float] = {}
        self.late: dict[str, LateLegs] = {}
        self.unwind_after: set[str] = set()

    async def drive(self, id: str) -> None:
        """Until it is done, stopped, failed or unwound."""
        self.late[id] = LateLegs(self._desk, self._gate, self._state, self._market)
        try:
            for stage in self._books.run(id).basket.stages:
                await self._stage(id, stage)
        except _Stopped:
            await self._end(id, Phase.STOPPED, self._books.run(id).reason)
        except (LegFailed, AppError) as problem:
            await self._fail(id, str(problem))
        except Exception:
            log.exception("basket.failed", id=id)
            await self._fail(id, UNEXPECTED)
        else:
            await self._done(id)
        finally:
            self.late.pop(id, None)

    async def cancel_working(self, id: str) -> None:
        legs = self._books.legs(id)
        live = [order for leg in legs for order in leg.live if not is_over(order)]
        await self._cancel([*live, *(order for leg in legs for order in leg.revived)])

    async def _cancel(self, orders: Sequence[Order]) -> None:
        """Each once, and again where it still works after a while."""
        now = asyncio.get_running_loop().time()
        for order in orders:
            if now - self._asked.get(order.id, -CANCEL_AGAIN) >= CANCEL_AGAIN:
                self._asked[order.id] = now
                try:
                    await self._desk.cancel(order.id)
                except AppError as problem:
                    log.info("basket.cancel_refused", id=order.id, problem=str(problem))

    async def _stage(self, id: str, stage: Sequence[int]) -> None:
        """Until every leg of it is filled and booked."""
        while True:
            run = self._books.run(id)
            if run.phase is Phase.STOPPING:
                raise _Stopped
            every = self._books.legs(id)
            await self._cancel([order for leg in every for order in leg.revived])
            legs = [every[at] for at in stage]
            if all(leg.done for leg in legs):
                await self._books.save(id)
                return
            if run.phase is Phase.RUNNING and not any(leg.unknown for leg in every):
                await self._step(run, legs)
            await asyncio.sleep(self._look)

    async def _step(self, run: BasketRun, legs: Sequence[LegNow]) -> None:
        """Send what was not sent yet; see to what works too long; raise what failed."""
        for leg in legs:
            if leg.ended_short:
                raise LegFailed(self._gate.halted() or leg.ended_short)
        fresh = [self._place(run, leg) for leg in legs if leg.missing and not leg.live]
        for problem in await asyncio.gather(*fresh, return_exceptions=True):
            if isinstance(problem, BaseException):
                raise problem
        for leg in legs:
            await self.late[run.id].look(leg, run.basket.policy)

    async def _place(self, run: BasketRun, leg: LegNow) -> None:
        """Once: the click has the number of the attempt."""
        if self._books.run(run.id).phase is not Phase.RUNNING:
            return
        group, attempt = run.basket.group(leg.at), len(run.legs[leg.at].past)
        request = replace(leg.leg.request, quantity=leg.missing, group=group)
        try:
            await self._desk.place(request, click=f"{group}#{attempt}", closing=leg.leg.closes)
        except AppError as problem:
            if self._books.run(run.id).phase is not Phase.STOPPING:
                raise LegFailed(f"{leg.leg.title}: {problem}") from problem

    async def _done(self, id: str) -> None:
        if self._books.run(id).phase is Phase.PAUSED:
            await self._books.move(id, Phase.RUNNING)
        if self._books.run(id).phase is Phase.STOPPING:
            await self._end(id, Phase.STOPPED, self._books.run(id).reason)
            return
        await self._books.move(id, Phase.DONE)
        if not self._books.run(id).parent:  # else the one that it unwinds tells
            self._books.say(Level.GOOD, f"{self._books.run(id).title}: all legs are filled.")

    async def _fail(self, id: str, why: str) -> None:
        run = self._books.run(id)
        if run.phase is Phase.PAUSED or run.phase is Phase.RUNNING:
            await self._books.move(id, Phase.STOPPING, why)
        if run.basket.policy.on_failure is OnFailure.UNWIND and not self._gate.halted():
            self.unwind_after.add(id)
        await self._end(id, Phase.FAILED, why)

    async def _end(self, id: str, phase: Phase, why: str) -> None:
        """Once nothing works any more: unwind, or say how it stands."""
        while self._books.is_open(id):
            await self.cancel_working(id)
            await asyncio.sleep(self._look)
        await self._books.save(id)
        if id in self.unwind_after:
            self.unwind_after.discard(id)
            await self._unwind(id, why)
            return
        title, filled = self._books.run(id).title, self._books.filled_words(id)
        await self._books.move(id, phase, why)
        level = Level.PROBLEM if phase is Phase.FAILED else Level.WARNING
        self._books.say(level, f"{title} {phase}: {why}. {filled}")

    async def _unwind(self, id: str, why: str) -> None:
        await self._books.move(id, Phase.UNWINDING, why)
        await self._books.count_undone(id)  # an earlier unwinding may have been interrupted
        run = self._books.run(id)
        back = [await self._back(leg.leg, leg.filled - leg.undone) for leg in run.legs]
        if orders := tuple(leg for leg in back if leg is not None):
            await self._close(id, orders)
        after = self._books.run(id).legs
        names = [leg.leg.title for leg in after if self._still(leg.leg, leg.filled - leg.undone)]
        if not names:
            await self._books.move(id, Phase.UNWOUND, why)
            self._books.say(Level.WARNING, f"{run.title} was unwound: {why}.")
            return
        held = ", ".join(names)
        await self._books.move(id, Phase.FAILED, f"{why}; not wholly unwound: {held}")
        self._books.say(Level.PROBLEM, f"{run.title} could not be unwound: {held} is still held.")

    async def _close(self, id: str, legs: tuple[Leg, ...]) -> None:
        """A basket of its own, driven to its end within this one."""
        run, now = self._books.run(id), self._clock.now()
        child = Basket(
            id=f"{id}{LEG_MARK}u{run.unwinds + 1}",  # so that all is the same owner's
            title=f"Unwinding of {run.title}",
            kind=BasketKind.UNWIND,
            legs=legs,
            policy=UNWINDING,
            made_at=now,
        )
        self._books.put(replace(run, unwinds=run.unwinds + 1))
        await self._books.begin(begun(child, now, parent=id))
        await self.drive(child.id)
        await self._books.count_undone(id)

    async def _back(self, leg: Leg, units: int) -> Leg | None:
        """What closes it; None for what opened nothing, or what somebody has closed already."""
        units = self._still(leg, units)
        if not units:
            return None
        freeze = (await self._gate.know(leg.request.key)).freeze_quantity
        return closing(leg, units, slice=bool(freeze and units > freeze))

    def _still(self, leg: Leg, units: int) -> int:
        """Of the units that a leg opened, those that are held."""
        held = self._state.held(leg.request.key, leg.request.product)
        opened = 0 if leg.closes or held * leg.request.signed <= 0 else abs(held)
        return max(min(units, opened), 0)
