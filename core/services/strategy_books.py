"""Strategy books: whose units are whose, told anew from every fill of the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.clock import IST, Clock
from core.errors import RuleBroken
from core.state.strategies import StrategyState
from core.state.trading import TradingState
from core.trading.fills import Fill, FillId
from core.trading.groups import How, Lot, StrategyGroup, by_hand, claims, lot_id, settled, walk
from core.trading.ledger import Holding
from core.trading.requests import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Units of a holding that are in no group; `foreign` of them were not traded by this desk
    today: placed elsewhere, or held from before. `average` in rupees a unit, None where unknown."""

    at: Holding
    units: int
    foreign: int
    average: Decimal | None

    @property
    def own(self) -> int:
        return self.units - self.foreign


class StrategyBooks:
    def __init__(
        self, account: str, trading: TradingState, state: StrategyState, clock: Clock
    ) -> None:
        self._account, self._trading, self._state, self._clock = account, trading, state, clock
        self._seen = (-1, -1)

    def sync(self) -> list[StrategyGroup]:
        """Enter what is new into the groups, and return those that changed.

        Nothing is known before all was compared with the broker once: what was held before today.
        """
        if self._trading.reconciled_at is None:
            return []
        if (now := (self._trading.revision, self._state.revision)) == self._seen:
            return []
        changed: dict[str, StrategyGroup] = {}
        for at, fills in self._by_holding().items():
            for group in self._walk(at, fills):
                changed[group.id] = group
        for group in self._settle():
            changed[group.id] = group
        self._seen = (now[0], self._state.revision)
        return list(changed.values())

    def free(self) -> list[Free]:
        """All units that are held and in no group."""
        claimed = claims(self._state.active())
        found = []
        for at, held in sorted(self._trading.holdings().items()):
            units = held - claimed.get(at, 0)
            if units * held <= 0:
                continue
            units = max(min(units, held), 0) if held > 0 else min(max(units, held), 0)
            own = _part(self._own(at), units)
            found.append(Free(at=at, units=units, foreign=units - own, average=self.average(at)))
        return found

    def average(self, at: Holding) -> Decimal | None:
        """What a unit cost: by our books where all was traded today, else by the broker's."""
        state = self._trading
        if not state.openings.get(at) and not state.adjustments.get(at):
            return state.ledger.position(*at).average_price or None
        told = state.broker_positions.get(at)
        return told.average_price if told is not None else None

    def taken(
        self, shares: Mapping[Holding, int], prices: Mapping[Holding, Decimal], *, adopt: bool
    ) -> list[Lot]:
        """Lots of free units. Raises RuleBroken for more than there are, for units of unknown
        price, and for foreign ones that are not to be adopted."""
        free, lots = {each.at: each for each in self.free()}, []
        for at, units in shares.items():
            known = free.get(at)
            have = known.units if known else 0
            if not units or units * have <= 0 or abs(units) > abs(have):
                raise RuleBroken(f"{have} units of {at[0]} are in no strategy, not {units}.")
            assert known is not None
            if abs(units) > abs(known.own) and not adopt:
                raise RuleBroken(
                    "Some of these units were not traded by this desk today: adopt them if rules"
                    " may close them."
                )
            price = prices.get(at, known.average)
            if price is None:
                raise RuleBroken(f"What {at[0]} cost is not known: type its price.")
            lots.append(by_hand(at, units, price, self._clock.now()))
        if not lots:
            raise RuleBroken("Nothing was chosen.")
        return lots

    def _by_holding(self) -> dict[Holding, list[Fill]]:
        """Up to the first fill whose order is not known yet: it may be anybody's."""
        found: dict[Holding, list[Fill]] = {}
        halted: set[Holding] = set()
        for fill in self._trading.ledger.fills:
            at = fill.key, fill.product
            if self._trading.owner_of(fill.order_id) is None:
                halted.add(at)
            if at not in halted:
                found.setdefault(at, []).append(fill)
        return found

    def _walk(self, at: Holding, fills: list[Fill]) -> list[StrategyGroup]:
        state = self._trading
        opening = state.openings.get(at, 0) + state.adjustments.get(at, 0)
        groups = sorted(self._state.groups.values(), key=lambda g: (g.created_at, g.id))
        told = walk(at, groups, opening, fills, self._owners(fills))
        changed: dict[str, StrategyGroup] = {}
        for id, lot in (*told.own, *told.elsewhere):
            before = self._state.groups.get(id) or self._new(id, lot)
            after = before.with_lots([lot], self._clock.now())
            if after is not before:
                self._state.put(after)
                changed[id] = after
        return list(changed.values())

    def _settle(self) -> list[StrategyGroup]:
        """Contracts that have ended leave the groups at what they were worth."""
        changed = []
        for end in self._trading.ledger.settlements:
            for group in self._state.active():
                after = group.with_lots(settled(group, end), self._clock.now())
                if after is not group:
                    self._state.put(after)
                    changed.append(after)
        return changed

    def _new(self, id: str, lot: Lot) -> StrategyGroup:
        return StrategyGroup(
            id=id,
            account=self._account,
            created_at=lot.at,
            edited_at=lot.at,
            from_orders=True,
        )

    def _owners(self, fills: list[Fill]) -> dict[FillId, str]:
        found = {}
        for fill in fills:
            order = self._trading.owner_of(fill.order_id)
            if order is not None and order.request.source is not Source.EXTERNAL:
                found[fill.id] = order.request.owner
        return found

    def _own(self, at: Holding) -> int:
        """Units that this desk has traded today and that no group has taken; below 0 sold."""
        active = [group for group in self._state.groups.values() if not group.dissolved]
        lots = [lot for group in active for lot in group.lots if lot.holding == at]
        entered, today = {lot.id for lot in lots}, self._clock.now().astimezone(IST).date()
        total = -sum(
            lot.quantity
            for lot in lots
            if lot.how is How.HAND and lot.at.astimezone(IST).date() == today
        )
        for fill in self._trading.ledger.fills:
            order = self._trading.owner_of(fill.order_id)
            ours = order is not None and order.request.source is not Source.EXTERNAL
            if ours and (fill.key, fill.product) == at and lot_id(fill.id) not in entered:
                total += fill.signed
        return total


def _part(wanted: int, of: int) -> int:
    """As much of `wanted` as `of` has, with its sign."""
    return max(min(wanted, of), 0) if of > 0 else min(max(wanted, of), 0)
