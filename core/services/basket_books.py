"""The books of baskets: how each stands, in memory first, then on the disk and in the journal."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from core.clock import IST, Clock
from core.errors import RuleBroken
from core.ports.executions import ExecutionRepository
from core.services.basket_legs import LegNow, is_over, legs_now, written_down
from core.services.order_records import OrderRecords
from core.state.executions import ExecutionState
from core.state.notices import Level, Notices
from core.state.trading import TradingState
from core.trading.baskets import Leg
from core.trading.executions import BasketRun, Execution, Phase
from core.trading.journal import Kind


class BasketBooks:
    def __init__(
        self,
        *,
        records: OrderRecords,
        kept: ExecutionRepository,
        runs: ExecutionState,
        state: TradingState,
        clock: Clock,
        notices: Notices,
    ) -> None:
        self._records, self._kept, self._runs = records, kept, runs
        self._state, self._clock, self._notices = state, clock, notices

    def run(self, id: str) -> BasketRun:
        """Raises RuleBroken where there is no such basket."""
        run = self._runs.runs.get(id)
        if not isinstance(run, BasketRun):
            raise RuleBroken(f"there is no basket {id}")
        return run

    def knows(self, id: str) -> bool:
        return id in self._runs.runs

    def legs(self, id: str) -> list[LegNow]:
        return legs_now(self.run(id), self._state)

    def children(self, id: str) -> list[BasketRun]:
        """Baskets that unwind this one."""
        every = self._runs.runs.values()
        return [each for each in every if isinstance(each, BasketRun) and each.parent == id]

    def is_open(self, id: str) -> bool:
        """Whether anything of it may still be filled, or is filled and not in the books."""
        return any(not leg.booked or not all(map(is_over, leg.live)) for leg in self.legs(id))

    def put(self, run: BasketRun) -> None:
        self._runs.put(run)

    async def begin(self, run: BasketRun) -> None:
        """Known at once, on the disk before anything is sent."""
        self._runs.put(run)
        try:
            await self._kept.save(run)
            await self.note(Kind.INTENT, run.id, "; ".join([run.title, *run.basket.words()]))
        except Exception:
            self._runs.drop(run.id)
            raise

    async def move(self, id: str, phase: Phase, why: str = "") -> None:
        """The new phase holds before the first pause."""
        run = written_down(self.run(id).moved_to(phase, self._clock.now(), why), self._state)
        self._runs.put(run)
        await self._kept.save(run)
        told = f": {why}" if why else ""
        await self.note(Kind.CONTROL, id, f"{run.title}: {phase}{told}")

    async def save(self, id: str) -> None:
        """With what its legs have been filled of by now."""
        run = written_down(self.run(id), self._state)
        self._runs.put(run)
        await self._kept.save(run)

    async def note(self, kind: Kind, id: str, text: str) -> None:
        await self._records.note(kind, id, text)

    def say(self, level: Level, text: str) -> None:
        self._notices.add(level, text, at=self._clock.now(), source="orders")

    def filled_words(self, id: str) -> str:
        """What was filled of it."""
        told = [
            f"{leg.filled} of {leg.leg.request.quantity} {leg.leg.title}"
            for leg in self.run(id).legs
            if leg.filled
        ]
        return f"Filled and kept: {'; '.join(told)}." if told else "Nothing was filled."

    def forget_ended(self, id: str) -> None:
        """What has ended does not count as sent any more: it may be sent anew."""
        run = self.run(id)
        legs = zip(run.legs, self.legs(id), strict=True)
        kept = tuple(
            replace(leg, past=(*leg.past, *(o.id for o in now.live if is_over(o))))
            if now.missing
            else leg
            for leg, now in legs
        )
        self._runs.put(replace(run, legs=kept))

    async def count_undone(self, id: str) -> None:
        """What those that unwind it have closed."""
        closed: Counter[tuple[str, str]] = Counter()
        for child in self.children(id):
            for now in self.legs(child.id):
                closed[_holding(now.leg)] += now.filled
        kept = tuple(
            leg if leg.leg.closes else replace(leg, undone=closed[_holding(leg.leg)])
            for leg in self.run(id).legs
        )
        self._runs.put(replace(self.run(id), legs=kept))
        await self.save(id)

    async def load(self) -> list[BasketRun]:
        """Take up today's, and whatever was left; returns those that were going on."""
        found = await todays(self._kept, self._clock)
        fresh = [r for r in found if isinstance(r, BasketRun) and not self.knows(r.id)]
        for run in fresh:
            self._runs.put(run)
        return [run for run in fresh if run.phase.is_live]


async def todays(kept: ExecutionRepository, clock: Clock) -> list[Execution]:
    """Those of today, and those that are not finished; each once, the oldest first."""
    now = clock.now().astimezone(IST)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = await kept.between(midnight, midnight + timedelta(days=1))
    found = {run.id: run for run in [*await kept.unfinished(), *today]}
    return list(found.values())


def _holding(leg: Leg) -> tuple[str, str]:
    return leg.request.key, leg.request.product
