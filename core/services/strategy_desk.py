"""Strategy desk: what a person does with groups, each act journaled."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from core.clock import Clock
from core.errors import AppError, RuleBroken
from core.ports.repositories import InstrumentRepository
from core.services.order_desk import OrderDesk
from core.services.strategy_books import Free, StrategyBooks
from core.services.strategy_keeper import StrategyKeeper
from core.services.strategy_watch import StrategyWatch
from core.state.strategies import StrategyState
from core.state.trading import TradingState
from core.strategies import recognise
from core.strategies.legs import Leg
from core.strategies.tracking import PnlCandles
from core.trading.exit_rules import (
    Exit,
    ExitRules,
    Numbers,
    Phase,
    RuleState,
    Trigger,
    armed,
    at_once,
)
from core.trading.exit_words import rules_words
from core.trading.groups import Lot, StrategyGroup, moved, new_group_id
from core.trading.journal import Kind
from core.trading.ledger import Holding

LONGEST_NAME = 80
Shares = Mapping[Holding, int]
NO_PRICES: Mapping[Holding, Decimal] = {}


class StrategyDesk:
    """Every method raises RuleBroken for what cannot be done, with the reason."""

    def __init__(
        self,
        *,
        account: str,
        state: StrategyState,
        trading: TradingState,
        keeper: StrategyKeeper,
        watch: StrategyWatch,
        books: StrategyBooks,
        desk: OrderDesk,
        instruments: InstrumentRepository,
        clock: Clock,
    ) -> None:
        self._account, self.state, self._trading = account, state, trading
        self.keeper, self.watch, self._books, self._desk = keeper, watch, books, desk
        self._instruments, self._clock = instruments, clock

    def free(self) -> list[Free]:
        """Units that are held and in no strategy."""
        return self._books.free()

    async def create(
        self,
        shares: Shares,
        name: str = "",
        *,
        prices: Mapping[Holding, Decimal] = NO_PRICES,
        adopt: bool = False,
    ) -> StrategyGroup:
        """A strategy of units that are in none; `adopt` takes in what was traded elsewhere."""
        return await self._made(self._books.taken(shares, prices, adopt=adopt), name, "created")

    async def add(
        self,
        id: str,
        shares: Shares,
        *,
        prices: Mapping[Holding, Decimal] = NO_PRICES,
        adopt: bool = False,
    ) -> None:
        group = self._idle(id)
        lots = self._books.taken(shares, prices, adopt=adopt)
        await self._put(group.with_lots(lots, self._clock.now()), f"took in {_told(shares)}")

    async def create_automatically(self) -> list[StrategyGroup]:
        """Strategies of all that this desk has traded today and that is in none."""
        free = {each.at: each for each in self.free() if each.own and each.average is not None}
        known = await self._instruments.get_many([at[0] for at in free])
        legs: dict[str, tuple[Holding, Leg]] = {}
        for at, each in free.items():
            contract = known.get(at[0])
            if contract is not None and contract.expiry is not None:
                leg = self.watch.leg(contract, each.own, float(each.average or 0))
                legs[f"{at[0]} {at[1]}"] = (at, leg)
        made = []
        for product in sorted({at[1] for at, _ in legs.values()}):
            mine = {leg.key: (at, leg) for at, leg in legs.values() if at[1] is product}
            for cluster in recognise.clusters([leg for _, leg in mine.values()]):
                made.append(await self.create({mine[leg.key][0]: leg.quantity for leg in cluster}))
        return made

    async def rename(self, id: str, name: str) -> None:
        """An empty name is what the legs make."""
        name = name.strip()
        if len(name) > LONGEST_NAME:
            raise RuleBroken(f"A name has at most {LONGEST_NAME} letters.")
        await self._put(self._known(id).edited(self._clock.now(), name=name), f"named “{name}”")

    async def split(self, id: str, shares: Shares, name: str = "") -> StrategyGroup:
        """Move units into a new strategy, at what they cost: nothing is earned by it."""
        group = self._idle(id)
        if all(shares.get(at, 0) == units for at, units in group.held().items()):
            raise RuleBroken("Something must stay: to move all of it, rename it.")
        out, into = moved(group, shares, self._clock.now())
        await self._put(group.with_lots(out, self._clock.now()), f"gave away {_told(shares)}")
        return await self._made(into, name, f"split from {id}")

    async def release(self, id: str, shares: Shares) -> None:
        """Units that belong to no strategy from now on; they stay held."""
        group = self._idle(id)
        out, _ = moved(group, shares, self._clock.now())
        await self._put(group.with_lots(out, self._clock.now()), f"let go of {_told(shares)}")

    async def dissolve(self, id: str) -> StrategyGroup:
        """Take it out of sight, disarmed; its positions stay held. Returns it as it was."""
        group = self._idle(id)
        after = group.edited(self._clock.now(), dissolved=True, state=_disarmed(group.state))
        await self._put(after, "dissolved")
        return group

    async def restore(self, id: str) -> None:
        """Bring back what was dissolved; disarmed. Its units may have been taken meanwhile."""
        group = self._known(id)
        await self._put(group.edited(self._clock.now(), dissolved=False), "restored")

    async def set_rules(self, id: str, rules: ExitRules) -> None:
        """From now on; a strategy that is armed stays armed, a trail begins anew."""
        group = self._idle(id)
        state = group.state
        if state.phase is Phase.ARMED:
            if not rules.any:
                raise RuleBroken("Disarm it first: without rules nothing is watched.")
            numbers = self.watch.look_at(group).numbers
            state = replace(
                armed(rules, state, numbers, self._clock.now()),
                armed_at=state.armed_at,
                baseline=state.baseline,
                money=state.money,
            )
            self._refuse_at_once(rules, state, numbers)
        after = group.edited(self._clock.now(), rules=rules, state=state)
        words = " ".join(rules_words(rules, len(group.held()))) or "no rules"
        await self._put(after, words)

    async def arm(self, id: str) -> None:
        group = self._idle(id)
        if not group.is_open:
            raise RuleBroken("Nothing of this strategy is open.")
        await self.watch.learn()
        view, money = self.watch.look_at(group), self.watch.money(group)
        fresh = replace(group.state, reentries=0)
        state = armed(group.rules, fresh, view.numbers, self._clock.now(), money)
        self._refuse_at_once(group.rules, state, view.numbers)
        await self._put(group.edited(self._clock.now(), state=state), "armed")
        self.keeper.look()

    async def disarm(self, id: str) -> None:
        group = self._idle(id)
        after = group.edited(self._clock.now(), state=_disarmed(group.state))
        await self._put(after, "disarmed")

    def exit_now(self, id: str) -> None:
        """Close all of it at the market; what comes of it is told by the strategy's state."""
        if why := self.watch.shut():
            raise RuleBroken(f"Nothing can be sent: {why}.")
        if not self.watch.trading:
            raise RuleBroken("The market is closed.")
        self.keeper.begin_exit(
            self._known(id), Exit(trigger=Trigger.HAND, words="somebody asked for it")
        )

    async def stop_run(self, id: str) -> None:
        """Stop an exit or a re-entry on its way: nothing more is sent, what works is cancelled."""
        await self.keeper.end_run(id, "stopped by hand")
        for order in self._trading.working():
            if order.request.group == id:
                with suppress(AppError):  # it has ended meanwhile
                    await self._desk.cancel(order.id)

    async def candles(self, id: str, first: datetime, last: datetime) -> PnlCandles:
        """Minutes of profit and loss that start in [first, last), without the one that runs."""
        await self.keeper.flush()
        return await self.watch.candles(id, first, last)

    async def _made(self, lots: list[Lot], name: str, text: str) -> StrategyGroup:
        now = self._clock.now()
        group = StrategyGroup(
            id=new_group_id(),
            account=self._account,
            name=name.strip()[:LONGEST_NAME],
            lots=tuple(lots),
            created_at=now,
            edited_at=now,
        )
        await self._put(group, text)
        await self.watch.learn()
        self.watch.hold()
        return group

    async def _put(self, group: StrategyGroup, text: str) -> None:
        await self.keeper.put(group, Kind.CONTROL, text)

    def _refuse_at_once(self, rules: ExitRules, state: RuleState, numbers: Numbers) -> None:
        """Who arms a rule that is reached already wants something else."""
        if why := at_once(rules, state, numbers, self._clock.now(), trading=self.watch.trading):
            raise RuleBroken(f"It would exit at once: {why}.")

    def _known(self, id: str) -> StrategyGroup:
        group = self.state.groups.get(id)
        if group is None:
            raise RuleBroken("This strategy is gone.")
        return group

    def _idle(self, id: str) -> StrategyGroup:
        group = self._known(id)
        if group.is_running or group.state.phase.is_busy:
            raise RuleBroken(f"The strategy is {group.state.phase}: wait, or stop that first.")
        return group


def _disarmed(state: RuleState) -> RuleState:
    return replace(state, phase=Phase.DISARMED, best=None, reenter_at=None)


def _told(shares: Shares) -> str:
    return ", ".join(f"{units:+d} {key}" for (key, _), units in shares.items() if units)
