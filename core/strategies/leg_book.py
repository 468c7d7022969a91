"""What a strategy of legs holds: each leg with its rule, its fills, and its own exit rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import nan

from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Right
from core.strategies.chain_view import SIDES, ExpiryView
from core.strategies.leg_plan import LegRule
from core.strategies.legs import Leg
from core.strategies.strategy import Context, Filled
from core.trading.exit_rules import ExitRules, Numbers, RuleState
from core.trading.group_numbers import Stake, stake_of
from core.trading.positions import Position
from core.trading.requests import Product


@dataclass(slots=True, eq=False)
class OpenLeg:
    """`coming` are units of orders that are not filled yet; `goal` is what it shall hold."""

    rule: LegRule
    leg: Leg
    rules: ExitRules
    goal: int
    position: Position
    coming: int = 0
    state: RuleState = field(default_factory=RuleState)
    _stake: Stake | None = None

    @property
    def missing(self) -> int:
        return self.goal - self.position.quantity - self.coming

    @property
    def settled(self) -> bool:
        """Whether it holds what it shall."""
        return self.position.quantity == self.goal

    @property
    def open(self) -> bool:
        return self.position.quantity != 0

    def fill(self, fill: Filled) -> None:
        self.position = self.position.after(fill.units, Decimal(str(fill.price)))
        self.coming -= fill.units
        self._stake = None

    def numbers(self, desk: Context) -> Numbers:
        if self._stake is None:
            self._stake = stake_of([self.position], options=True)
        return self._stake.at(lambda key: mark(desk, self.leg))


def opened(rule: LegRule, leg: Leg) -> OpenLeg:
    flat = Position(key=leg.key, product=Product.CARRY)
    return OpenLeg(rule, leg, rule.rules, leg.quantity, flat)


@dataclass(slots=True)
class LegBook:
    """All legs since the strategy was last flat, in the order in which they came."""

    legs: list[OpenLeg] = field(default_factory=list)
    _by_order: dict[int, OpenLeg] = field(default_factory=dict)
    _stake: Stake | None = None

    def clear(self) -> None:
        self.legs, self._by_order, self._stake = [], {}, None

    def order(self, desk: Context, leg: OpenLeg, tag: str) -> None:
        """Send what is missing of a leg."""
        if units := leg.missing:
            leg.coming += units
            self._by_order[desk.order(leg.leg.key, units, tag=tag)] = leg

    def open_more(self, desk: Context, legs: Sequence[OpenLeg], tag: str) -> None:
        """Take up legs; what is bought goes first."""
        self.legs += legs
        for leg in sells_last(legs):
            self.order(desk, leg, tag)

    def day_over(self) -> None:
        """Orders end with their day."""
        self._by_order.clear()
        for leg in self.legs:
            leg.coming = 0

    def give_up(self, desk: Context) -> None:
        """Cancel what would still open something."""
        opening = [leg for leg in self.legs if leg.coming * leg.goal > 0]
        for number, leg in self._by_order.items():
            if leg in opening:
                desk.cancel(number)
        for leg in opening:
            leg.coming = 0

    def refuse(self, order: int) -> None:
        """Nothing comes of an order: it may be sent again."""
        if (leg := self._by_order.pop(order, None)) is not None:
            leg.coming = 0

    def fill(self, fill: Filled) -> None:
        if (leg := self._by_order.get(fill.order)) is not None:
            leg.fill(fill)
            self._stake = None

    @property
    def open(self) -> list[OpenLeg]:
        return [leg for leg in self.legs if leg.open]

    @property
    def settled(self) -> bool:
        return all(leg.settled for leg in self.legs)

    def expire(self, now: datetime) -> None:
        """What has come to its end was settled by the exchange: it is not held any more."""
        over = [leg for leg in self.legs if leg.open and leg.leg.expired(now)]
        for leg in over:
            leg.position = Position(key=leg.leg.key, product=Product.CARRY)
            leg.goal = leg.coming = 0
            self._stake = None

    def numbers(self, desk: Context) -> Numbers:
        """Of all legs together."""
        if self._stake is None:
            self._stake = stake_of([leg.position for leg in self.legs], options=True)
        return self._stake.at(lambda key: self.price(desk, key))

    def price(self, desk: Context, key: InstrumentKey) -> float:
        return next((mark(desk, leg.leg) for leg in self.legs if leg.leg.key == key), nan)

    def delta(self, desk: Context) -> float:
        """Units of the underlying; nan where a leg's is not known now."""
        return sum(leg.position.quantity * leg_delta(desk, leg.leg) for leg in self.open)


def mark(desk: Context, leg: Leg) -> float:
    """The middle of its quotes, else its last price; nan where it is not known now."""
    found = _looked_up(desk, leg)
    return nan if found is None else found[0].mid_at(found[1], found[2])


def leg_delta(desk: Context, leg: Leg) -> float:
    """Of one unit."""
    found = _looked_up(desk, leg)
    return nan if found is None else float(found[0].delta[found[1], found[2]])


def _looked_up(desk: Context, leg: Leg) -> tuple[ExpiryView, int, int] | None:
    assert leg.strike is not None
    try:
        view = desk.chain(leg.expiry, leg.symbol)
    except RuleBroken:
        return None
    at = int(view.strikes.searchsorted(leg.strike))
    if at >= len(view.strikes) or view.strikes[at] != leg.strike:
        return None
    return view, SIDES[leg.right or Right.CALL], at


def sells_last(legs: Sequence[OpenLeg]) -> list[OpenLeg]:
    """What is bought goes first: it lowers the margin of what is sold."""
    return sorted(legs, key=lambda leg: leg.missing < 0)
