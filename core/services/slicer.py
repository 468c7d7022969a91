"""The slicer: works TWAPs and icebergs off, one order after another, through the order desk alone.

It is written down before its first order, and never goes on by itself after a restart.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import structlog

from core.clock import IST, Clock
from core.errors import RuleBroken
from core.ports.executions import ExecutionRepository
from core.ports.feed import FeedMode
from core.services.basket_books import todays
from core.services.basket_legs import is_over
from core.services.one_each import OneEach
from core.services.order_desk import OrderDesk
from core.services.order_records import OrderRecords
from core.services.risk_gate import RiskGate
from core.services.slice_drive import SliceDrive, child
from core.services.subscriptions import Subscriptions
from core.state.executions import ExecutionState
from core.state.market import MarketState
from core.state.notices import Level, Notices
from core.state.trading import TradingState
from core.trading.executions import RESTING, Phase, SliceRun
from core.trading.journal import Kind
from core.trading.orders import Order
from core.trading.slices import SlicePlan, Slicing

log = structlog.get_logger(__name__)

LOOK: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceNow:
    """How a plan stands: `next_in` and `remaining` in seconds, None where no time is set.

    `waits` is why nothing is sent at the moment; empty when nothing hinders.
    """

    filled: int
    average: Decimal
    working: Order | None
    next_in: float | None
    remaining: float | None
    waits: str


class Slicer:
    """Commands take effect before their first pause, so that two tabs cannot both win."""

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
        subscriptions: Subscriptions,
        clock: Clock,
        notices: Notices,
        look: float = LOOK,
    ) -> None:
        self._gate, self._records, self._kept, self._runs = gate, records, kept, runs
        self._subscriptions, self._clock = subscriptions, clock
        self._drive = SliceDrive(
            desk=desk,
            gate=gate,
            records=records,
            kept=kept,
            runs=runs,
            state=state,
            market=market,
            clock=clock,
            notices=notices,
            look=look,
        )
        self._tasks = OneEach("slices")

    async def start(self, plan: SlicePlan) -> SliceRun:
        """Write it down, then work it off. The same plan again is the first one.

        Raises RuleBroken where the gate would refuse its first order.
        """
        if plan.id in self._runs.runs:
            return self.run(plan.id)
        if found := await self.refusals(plan):
            await self._records.note(Kind.DECISION, plan.id, "; ".join(found), passed=False)
            raise RuleBroken("; ".join(found))
        if plan.id in self._runs.runs:  # another click was faster
            return self.run(plan.id)
        now = self._clock.now()
        run = SliceRun(plan=plan, started_at=now, changed_at=now)
        self._runs.put(run)
        try:
            await self._kept.save(run)
            await self._records.note(Kind.INTENT, plan.id, " ".join([plan.title, *plan.words()]))
        except Exception:
            self._runs.drop(plan.id)
            raise
        self._tasks.go(plan.id, self._live)
        return self.run(plan.id)

    async def refusals(self, plan: SlicePlan) -> list[str]:
        """Why it may not be started now; empty when it may."""
        await self._gate.know(plan.request.key)
        price = self._drive.price(plan)
        if price is None:
            return ["the market's price is not known, and there is no limit"]
        units = plan.due(0.0) if plan.slicing is Slicing.TWAP else plan.shown
        return self._gate.refusals(child(plan, units, price), closing=plan.closes)

    def run(self, id: str) -> SliceRun:
        """Raises RuleBroken where there is no such plan."""
        return self._drive.run(id)

    def orders(self, id: str) -> list[Order]:
        """Those that were sent of it, in their sequence."""
        return self._drive.orders(id)

    def now(self, id: str) -> SliceNow:
        run, work = self.run(id), self._drive.work.get(id)
        plan, spent = run.plan, self._drive.spent(id)
        timed = plan.slicing is Slicing.TWAP and run.phase in (Phase.RUNNING, Phase.PAUSED)
        last = plan.step(spent) >= plan.children - 1
        return SliceNow(
            filled=self._drive.filled(id),
            average=self._drive.average(id),
            working=next((o for o in self._drive.orders(id) if not is_over(o)), None),
            next_in=plan.every - spent % plan.every if timed and not last else None,
            remaining=max(plan.seconds - spent, 0.0) if timed else None,
            waits=work.waits if work is not None else "",
        )

    async def pause(self, id: str) -> None:
        """Cancel the order that works and send nothing; the time stands still."""
        if self.run(id).phase is not Phase.PAUSED:
            await self._drive.move(id, Phase.PAUSED, "paused by hand")
            await self._drive.cancel(id)

    async def go_on(self, id: str) -> None:
        """Resume after a pause, or go on after a stop or a restart."""
        await self._rest(id)
        run = self.run(id)
        if run.phase is Phase.RUNNING:
            return
        if run.phase is not Phase.PAUSED and run.phase not in RESTING:
            raise RuleBroken(f"what is {run.phase} cannot go on")
        if run.started_at.astimezone(IST).date() != self._clock.now().astimezone(IST).date():
            raise RuleBroken("it is of an earlier day: start a new one")
        await self._drive.move(id, Phase.RUNNING)
        self._tasks.go(id, self._live)

    async def stop(self, id: str) -> None:
        """Cancel the order that works and send nothing more; what was filled is kept."""
        await self._rest(id)
        run = self.run(id)
        if run.phase is Phase.STOPPING:
            return
        if run.phase not in (Phase.RUNNING, Phase.PAUSED, Phase.INTERRUPTED):
            raise RuleBroken(f"it is {run.phase}: nothing is going on with it")
        await self._drive.move(id, Phase.STOPPING, "stopped by hand")
        self._tasks.go(id, self._live)
        await self._drive.cancel(id)

    async def load(self) -> None:
        """Take up what was written down: whatever was going on is interrupted."""
        for run in await todays(self._kept, self._clock):
            if not isinstance(run, SliceRun) or run.id in self._runs.runs:
                continue
            self._runs.put(run)
            if run.phase.is_live:
                await self._drive.move(run.id, Phase.INTERRUPTED, "the desk ended in between")
                text = f"{run.title} was interrupted. Nothing is sent until you let it go on."
                self._drive.say(Level.WARNING, text)

    async def settled(self, id: str) -> SliceRun:
        """Once nothing is going on with it."""
        await self._tasks.ended(id)
        return self.run(id)

    @property
    def under_way(self) -> int:
        """How many are being worked on."""
        return len(self._tasks)

    async def close(self) -> None:
        """Stop working on them: what is being sent is sent to its end by the order desk."""
        await self._tasks.close()

    async def _live(self, id: str) -> None:
        plan = self.run(id).plan
        self._subscriptions.hold(id, {plan.request.key: FeedMode.FULL})
        try:
            await self._drive.drive(id)
        except Exception:
            log.exception("slices.broken", id=id)
            text = f"{plan.title}: the desk lost track of it. Look at its orders."
            self._drive.say(Level.PROBLEM, text)
        finally:
            self._subscriptions.release(id)

    async def _rest(self, id: str) -> None:
        """Where it has just come to its end, wait until that is written down."""
        if not self.run(id).phase.is_live:
            await self.settled(id)
