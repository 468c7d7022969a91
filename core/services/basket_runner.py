"""The basket runner: sends the legs of a basket step by step, through the order desk alone.

A step is sent when all before it is filled and booked, so nothing is sold before its hedge is
bought. It is written down before its first order, and never goes on by itself after a restart.
"""

from datetime import timedelta
from typing import Final

import structlog

from core.clock import IST, Clock
from core.errors import RuleBroken
from core.ports.executions import ExecutionRepository
from core.ports.feed import FeedMode
from core.services import basket_check
from core.services.basket_books import BasketBooks
from core.services.basket_drive import BasketDrive
from core.services.basket_legs import LegNow
from core.services.one_each import OneEach
from core.services.order_desk import OrderDesk
from core.services.order_records import OrderRecords
from core.services.risk_gate import RiskGate
from core.services.subscriptions import Subscriptions
from core.state.executions import ExecutionState
from core.state.market import MarketState
from core.state.notices import Level, Notices
from core.state.trading import TradingState
from core.trading.baskets import Basket
from core.trading.executions import RESTING, BasketRun, Phase, begun
from core.trading.journal import Kind

log = structlog.get_logger(__name__)

LOOK: Final = 0.1


class BasketRunner:
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
        self._gate, self._runs, self._state = gate, runs, state
        self._subscriptions, self._clock = subscriptions, clock
        self._books = BasketBooks(
            records=records, kept=kept, runs=runs, state=state, clock=clock, notices=notices
        )
        self._drive = BasketDrive(
            books=self._books,
            desk=desk,
            gate=gate,
            state=state,
            market=market,
            clock=clock,
            look=look,
        )
        self._tasks = OneEach("basket")

    async def refusals(self, basket: Basket) -> list[str]:
        """Why it may not be started now; empty when it may."""
        return await basket_check.refusals(self._gate, self._state, basket)

    async def warnings(self, basket: Basket) -> list[str]:
        """What the user should know before he starts it."""
        return await basket_check.warnings(self._gate, basket)

    def run(self, id: str) -> BasketRun:
        """Raises RuleBroken where there is no such basket."""
        return self._books.run(id)

    def legs(self, id: str) -> list[LegNow]:
        """Every leg as it stands now; raises RuleBroken where there is no such basket."""
        return self._books.legs(id)

    def unwindings(self, id: str) -> list[BasketRun]:
        """The baskets that unwind this one, the first one first."""
        return self._books.children(id)

    def waited(self, id: str, leg: LegNow) -> tuple[float, int]:
        """Seconds since the price of a leg was set, and how often it was moved."""
        late, order = self._drive.late.get(id), leg.working
        return late.waited(order) if late is not None and order is not None else (0.0, 0)

    async def start(self, basket: Basket) -> BasketRun:
        """Write it down, then send it step by step. The same basket again is the first one.

        Raises RuleBroken where the gate would refuse a leg; then nothing was sent.
        """
        if self._books.knows(basket.id):
            return self.run(basket.id)
        if found := await self.refusals(basket):
            await self._books.note(Kind.DECISION, basket.id, "; ".join(found))
            raise RuleBroken("; ".join(found))
        if self._books.knows(basket.id):  # another click was faster
            return self.run(basket.id)
        self._refuse_twin(basket)
        await self._books.begin(begun(basket, self._clock.now()))
        self._go(basket.id)
        return self.run(basket.id)

    async def pause(self, id: str) -> None:
        """Nothing new is sent and no price is moved; what works at the exchange goes on working."""
        if self.run(id).phase is not Phase.PAUSED:
            await self._books.move(id, Phase.PAUSED, "paused by hand")

    async def go_on(self, id: str) -> None:
        """Resume after a pause, or send what is missing after a stop, a failure or a restart."""
        await self._rest(id)
        run = self.run(id)
        if run.phase is Phase.RUNNING:
            return
        if run.phase is Phase.PAUSED:
            if (late := self._drive.late.get(id)) is not None:
                late.forget()
            await self._books.move(id, Phase.RUNNING)
            return
        if run.phase not in RESTING:
            raise RuleBroken(f"what is {run.phase} cannot go on")
        self._refuse_old(run)
        self._books.forget_ended(id)
        await self._books.move(id, Phase.RUNNING)
        self._go(id)

    async def stop(self, id: str, *, unwind: bool = False) -> None:
        """Send nothing more and cancel what works; then `unwind` what was opened, or keep it."""
        await self._rest(id)
        run = self.run(id)
        if run.phase is Phase.UNWINDING:
            going = [child.id for child in self.unwindings(id) if child.phase.is_live]
            for child in going if not unwind else []:
                await self.stop(child)
            return
        if not unwind and run.phase in (Phase.STOPPED, Phase.FAILED, Phase.DONE, Phase.UNWOUND):
            raise RuleBroken(f"it is {run.phase}: nothing is going on with it")
        if unwind:
            self._drive.unwind_after.add(id)
        if run.phase is not Phase.STOPPING:
            await self._books.move(
                id, Phase.STOPPING, f"{'unwound' if unwind else 'stopped'} by hand"
            )
            self._go(id)
            await self._drive.cancel_working(id)

    async def unwind(self, id: str) -> None:
        """Stop, and close what was opened, whatever the policy says."""
        await self.stop(id, unwind=True)

    async def load(self) -> None:
        """Take up what was written down: whatever was going on is interrupted."""
        for run in await self._books.load():
            await self._books.move(run.id, Phase.INTERRUPTED, "the desk ended in between")
            text = f"{run.title} was interrupted. Nothing more is sent until you let it go on."
            self._books.say(Level.WARNING, text)

    async def settled(self, id: str) -> BasketRun:
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

    def _go(self, id: str) -> None:
        """One works on it: its own task, or that of the basket that it unwinds."""
        if self.run(id).parent not in self._tasks:
            self._tasks.go(id, self._live)

    async def _live(self, id: str) -> None:
        keys = {leg.leg.request.key: FeedMode.FULL for leg in self.run(id).legs}
        self._subscriptions.hold(id, keys)
        try:
            await self._drive.drive(id)
        except Exception:
            log.exception("basket.broken", id=id)
            text = f"{self.run(id).title}: the desk lost track of it. Look at its orders."
            self._books.say(Level.PROBLEM, text)
        finally:
            self._subscriptions.release(id)

    async def _rest(self, id: str) -> None:
        """Where it has just come to its end, wait until that is written down."""
        if not self.run(id).phase.is_live:
            await self.settled(id)

    def _refuse_old(self, run: BasketRun) -> None:
        today = self._clock.now().astimezone(IST).date()
        if run.started_at.astimezone(IST).date() != today:
            raise RuleBroken("it is of an earlier day: unwind it, or start a new one")
        if any(leg.undone for leg in run.legs):
            raise RuleBroken("it was unwound in part: start a new one")

    def _refuse_twin(self, basket: Basket) -> None:
        """The same orders, started a moment ago: a second click in another tab."""
        seconds = self._state.limits.duplicate_seconds
        since = self._clock.now() - timedelta(seconds=seconds)
        for run in self._runs.baskets():
            if run.started_at > since and _orders(run.basket) == _orders(basket):
                raise RuleBroken(f"the same basket was started less than {seconds:g} s ago")


def _orders(basket: Basket) -> list[tuple[str, str, int, str]]:
    asked = (leg.request for leg in basket.legs)
    return sorted((each.key, each.side, each.quantity, each.product) for each in asked)
