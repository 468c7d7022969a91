"""Strategy groups: which units of which positions belong together, what they cost, and their rules.

A group's legs are told from its lots alone: the fills of its own orders, units given to it by hand,
and units that somebody has closed outside of it. The same lots always give the same legs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import uuid4

from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.trading.exit_rules import ExitRules, Phase, RuleState, Trigger
from core.trading.fills import Fill, FillId
from core.trading.ledger import Holding, Settlement
from core.trading.positions import NO_MONEY, Position
from core.trading.requests import Product


class How(StrEnum):
    """How units came to a group, or left it."""

    ORDER = "its own order"
    HAND = "by hand"
    ELSEWHERE = "closed elsewhere"
    EXPIRY = "settled at its end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Signed units at rupees a unit; `id` is the fill's where there is one."""

    id: str
    key: InstrumentKey
    product: Product
    quantity: int
    price: Decimal
    at: datetime
    how: How = How.ORDER

    @property
    def holding(self) -> Holding:
        return self.key, self.product


class Doing(StrEnum):
    EXIT = "exit"
    ENTRY = "entry"


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One exit or entry of a whole group, written down before its first order.

    `legs` are what was held as an exit began, and what is to be held after an entry.
    """

    id: str
    doing: Doing
    trigger: Trigger
    words: str
    legs: tuple[tuple[InstrumentKey, Product, int], ...]
    began_at: datetime
    state: RunState = RunState.RUNNING
    why: str = ""
    ended_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        return self.state is RunState.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyGroup:
    """`account` is whose positions they are; `name` is empty while nobody has named it.

    A dissolved group is out of sight: its units belong to nobody, and it can be brought back.
    """

    id: str
    account: str
    name: str = ""
    lots: tuple[Lot, ...] = ()
    rules: ExitRules = field(default_factory=ExitRules)
    state: RuleState = field(default_factory=RuleState)
    run: Run | None = None
    created_at: datetime
    edited_at: datetime
    dissolved: bool = False
    from_orders: bool = False
    """Nobody has made it: orders carried its name."""

    def positions(self) -> list[Position]:
        """Of every leg that it ever had, flat ones too."""
        found: dict[Holding, Position] = {}
        for lot in sorted(self.lots, key=lambda each: each.at):
            known = found.get(lot.holding) or Position(key=lot.key, product=lot.product)
            found[lot.holding] = known.after(lot.quantity, lot.price)
        return list(found.values())

    def at_its_largest(self) -> dict[Holding, int]:
        """Units of its legs when it held most of them: what a closed one was."""
        units: dict[Holding, int] = {}
        best: tuple[int, dict[Holding, int]] = (0, {})
        for lot in sorted(self.lots, key=lambda each: each.at):
            units[lot.holding] = units.get(lot.holding, 0) + lot.quantity
            if (size := sum(map(abs, units.values()))) > best[0]:
                best = (size, {at: n for at, n in units.items() if n})
        return best[1]

    def position(self, at: Holding) -> Position:
        return next(
            (each for each in self.positions() if (each.key, each.product) == at),
            Position(key=at[0], product=at[1]),
        )

    def held(self) -> dict[Holding, int]:
        """Units of the legs that are open."""
        if self.dissolved:
            return {}
        units: dict[Holding, int] = {}
        for lot in self.lots:
            units[lot.holding] = units.get(lot.holding, 0) + lot.quantity
        return {at: n for at, n in units.items() if n}

    @property
    def is_open(self) -> bool:
        return bool(self.held())

    @property
    def is_running(self) -> bool:
        return self.run is not None and self.run.is_running

    @property
    def watches(self) -> bool:
        """Whether its rules may do something."""
        return self.state.phase in (Phase.ARMED, Phase.WAITING)

    def with_lots(self, lots: Iterable[Lot], now: datetime) -> "StrategyGroup":
        """Those that it does not have yet are added."""
        known = {lot.id for lot in self.lots}
        new = tuple(lot for lot in lots if lot.id not in known)
        return replace(self, lots=(*self.lots, *new), edited_at=now) if new else self

    def edited(self, now: datetime, **changes: object) -> "StrategyGroup":
        return replace(self, edited_at=now, **changes)  # type: ignore[arg-type]


def new_group_id() -> str:
    return f"st{uuid4().hex[:14]}"


def by_hand(at: Holding, quantity: int, price: Decimal, now: datetime) -> Lot:
    return Lot(
        id=f"hand-{uuid4().hex}",
        key=at[0],
        product=at[1],
        quantity=quantity,
        price=price,
        at=now,
        how=How.HAND,
    )


def lot_of(fill: Fill) -> Lot:
    return Lot(
        id=lot_id(fill.id),
        key=fill.key,
        product=fill.product,
        quantity=fill.signed,
        price=fill.price,
        at=fill.at,
    )


def lot_id(fill: FillId) -> str:
    return "/".join(fill)


def settled(group: StrategyGroup, end: Settlement) -> list[Lot]:
    """Lots that close what a group holds of a contract that has ended, at what it was worth."""
    return [
        Lot(
            id=f"settled/{end.key}/{at[1]}",
            key=end.key,
            product=at[1],
            quantity=-units,
            price=end.price,
            at=end.at,
            how=How.EXPIRY,
        )
        for at, units in group.held().items()
        if at[0] == end.key
    ]


def moved(
    group: StrategyGroup, shares: Mapping[Holding, int], now: datetime
) -> tuple[list[Lot], list[Lot]]:
    """Lots that take units out of a group at their average price, and that bring them elsewhere.

    Nothing is earned or lost by it. Raises RuleBroken for units that the group does not have.
    """
    held, out, into = group.held(), [], []
    for at, units in shares.items():
        have = held.get(at, 0)
        if not units:
            continue
        if units * have <= 0 or abs(units) > abs(have):
            raise RuleBroken(f"The strategy has {have} units of {at[0]}, not {units}.")
        price = group.position(at).average_price
        out.append(by_hand(at, -units, price, now))
        into.append(by_hand(at, units, price, now))
    if not out:
        raise RuleBroken("Nothing was chosen.")
    return out, into


def claims(groups: Iterable[StrategyGroup]) -> dict[Holding, int]:
    """Units that belong to groups, all together."""
    total: dict[Holding, int] = {}
    for group in groups:
        for at, units in group.held().items():
            total[at] = total.get(at, 0) + units
    return total


def lacking(
    group: StrategyGroup, held: Mapping[Holding, int], claimed: Mapping[Holding, int]
) -> dict[Holding, int]:
    """Units of a group that are not really held: more is claimed than there is."""
    missing: dict[Holding, int] = {}
    for at, units in group.held().items():
        over = claimed.get(at, 0) - held.get(at, 0)
        if over * units > 0:
            missing[at] = max(min(over, units), 0) if units > 0 else min(max(over, units), 0)
    return missing


@dataclass(frozen=True, slots=True)
class Walk:
    """What the fills of one holding mean to the groups: those that are their own, and those that
    closed units of theirs. Groups may be named that are not known yet."""

    own: list[tuple[str, Lot]]
    elsewhere: list[tuple[str, Lot]]


def walk(
    at: Holding,
    groups: Sequence[StrategyGroup],
    opening: int,
    fills: Sequence[Fill],
    owners: Mapping[FillId, str],
) -> Walk:
    """Go through a holding's fills, oldest first: whose they are, and what they close of others.

    `opening` are the units held before the first fill; `owners` the names on their orders. A name
    that nobody has given to a group is a group's where it opens something, or closes its own.
    Fills of no group first use up the units of no group. Only what goes beyond them closes units of
    groups, those of the oldest group first. Asked again, it tells the same again.
    """
    names = {lot_id(fill.id) for fill in fills}
    made = {each.id for each in groups if not each.from_orders}
    hidden = {each.id for each in groups if each.dissolved}
    lots = {each.id: [x for x in each.lots if x.holding == at] for each in groups}
    counted = {id: [x for x in of if _fill_of(x) not in names] for id, of in lots.items()}
    found, held = Walk([], []), opening
    for fill in fills:
        before, held, owner = held, held + fill.signed, owners.get(fill.id, "")
        closes = before * fill.signed < 0
        mine = _claim(counted.get(owner, ()), fill.at) * fill.signed < 0
        own = owner in made or (owner != "" and (mine or not closes))
        if own:
            found.own.append((owner, lot_of(fill)))
            counted.setdefault(owner, []).append(lot_of(fill))
        if closes and (not own or owner in hidden):
            shares = [(id, x) for id, of in lots.items() for x in of if x.id == _share(fill, id)]
            active = [id for id in counted if id not in hidden]
            for id, lot in shares or _closed(fill, before, held, counted, active):
                found.elsewhere.append((id, lot))
                counted[id].append(lot)
    return found


def _share(fill: Fill, group: str) -> str:
    """The name under which a group keeps its share of a fill of nobody."""
    return f"{lot_id(fill.id)}/{group}"


def _fill_of(lot: Lot) -> str:
    return "/".join(lot.id.split("/")[:2])


def _closed(
    fill: Fill, before: int, held: int, counted: Mapping[str, list[Lot]], active: Iterable[str]
) -> list[tuple[str, Lot]]:
    """Shares of a fill of nobody that were the groups' own units."""
    way = 1 if before > 0 else -1
    claimed = {id: _claim(counted[id], fill.at) for id in active}
    excess = min(abs(fill.signed), way * (sum(claimed.values()) - held))
    found = []
    for id, units in claimed.items():
        part = min(excess, way * units)
        if part > 0:
            lot = lot_of(fill)
            lot = replace(lot, id=_share(fill, id), quantity=-way * part, how=How.ELSEWHERE)
            found.append((id, lot))
            excess -= part
    return found


def _claim(lots: Iterable[Lot], until: datetime) -> int:
    return sum(lot.quantity for lot in lots if lot.at <= until)


def earned(positions: Iterable[Position]) -> Fraction:
    return sum((each.earned for each in positions), NO_MONEY)
