"""The legs of a basket as they stand now: told from the orders that carry its mark."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.state.trading import TradingState
from core.trading.baskets import Leg
from core.trading.broker_orders import Status, average
from core.trading.executions import BasketRun, LegRun
from core.trading.orders import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class LegNow:
    """`orders` are all that were sent of it, `live` those that still count; `filled` in units."""

    at: int
    leg: Leg
    filled: int
    average: Decimal
    orders: tuple[Order, ...]
    live: tuple[Order, ...]
    booked: bool
    undone: int = 0

    @property
    def missing(self) -> int:
        return max(self.leg.request.quantity - self.filled, 0)

    @property
    def done(self) -> bool:
        """Filled wholly, and its trades are in the books."""
        return not self.missing and self.booked

    @property
    def unknown(self) -> bool:
        return any(order.status is Status.UNKNOWN for order in self.live)

    @property
    def working(self) -> Order | None:
        return next((order for order in self.live if order.status.is_working), None)

    @property
    def revived(self) -> list[Order]:
        """Counted as ended, and at work all the same: what was thought lost has arrived after
        all."""
        return [o for o in self.orders if o not in self.live and o.status.is_working]

    @property
    def ended_short(self) -> str:
        """Why nothing more comes of what was sent, though units are missing; else empty."""
        if not self.live or not self.missing:
            return ""
        if not all(is_over(order) for order in self.live):
            return ""
        last = self.live[-1]
        why = f": {last.why}" if last.why else ""
        return f"{self.leg.title} is {last.status}{why}"

    @property
    def status(self) -> str:
        """In a word."""
        if self.unknown:
            return Status.UNKNOWN
        if not self.missing:
            return Status.FILLED
        if not self.live:
            return "cancelled in part" if self.filled else "not sent"
        status = self.live[-1].status
        return Status.PARTIAL if self.filled and status.is_working else status


def is_over(order: Order) -> bool:
    """Whether nothing more is expected of it."""
    return order.status.is_final or order.status is Status.LOST


def legs_now(run: BasketRun, state: TradingState) -> list[LegNow]:
    """Every leg, in the basket's sequence. What was filled on an earlier day is as written down."""
    mine = _by_group(run, state)
    return [_leg(run, at, each, mine[at], state) for at, each in enumerate(run.legs)]


def written_down(run: BasketRun, state: TradingState) -> BasketRun:
    """The run with what its legs have been filled of by now."""
    legs = zip(run.legs, legs_now(run, state), strict=True)
    kept = tuple(replace(leg, filled=now.filled, average=now.average) for leg, now in legs)
    return replace(run, legs=kept)


def booked(order: Order, state: TradingState) -> bool:
    """Whether the trades of all that is filled are in the books."""
    if not order.filled:
        return True
    return sum(f.quantity for f in state.ledger.fills_of(order.broker_ids)) >= order.filled


def _by_group(run: BasketRun, state: TradingState) -> list[list[Order]]:
    places = {run.basket.group(at): at for at in range(len(run.legs))}
    found: list[list[Order]] = [[] for _ in run.legs]
    for order in state.orders.values():
        if (at := places.get(order.request.group)) is not None:
            found[at].append(order)
    return found


def _leg(
    run: BasketRun, at: int, each: LegRun, orders: Sequence[Order], state: TradingState
) -> LegNow:
    units = sum(order.filled for order in orders)
    mean = average((order.filled, order.average_price) for order in orders)
    newer = units >= each.filled
    return LegNow(
        at=at,
        leg=each.leg,
        filled=units if newer else each.filled,
        average=mean if newer and units else each.average,
        orders=tuple(orders),
        live=tuple(order for order in orders if order.id not in each.past),
        booked=all(booked(order, state) for order in orders),
        undone=each.undone,
    )
