"""Which legs a plan takes up: at its entry, to roll one that is tested, and to hedge delta."""

from collections.abc import Sequence
from datetime import date

from core.instruments.instrument import Right
from core.strategies.leg_book import LegBook, OpenLeg, leg_delta, opened
from core.strategies.leg_plan import LegRule, days_left
from core.strategies.legs import Leg
from core.strategies.strategy import Context


def legs_of(desk: Context, rules: Sequence[LegRule]) -> list[tuple[LegRule, Leg]]:
    """As quoted now; raises RuleBroken where one cannot be had."""
    found: list[tuple[LegRule, Leg]] = []
    for rule in rules:
        view = desk.chain(_expiry(desk, rule))
        found.append((rule, rule.leg(view, [leg for _, leg in found])))
    return found


def _expiry(desk: Context, rule: LegRule) -> date:
    """The rule's, counted from the first with enough days left."""
    first = 0
    while days_left(desk.chain(first).expiry, desk.day) < rule.days:
        first += 1
    return desk.chain(first + rule.expiry).expiry


def tested(desk: Context, book: LegBook, most: float) -> OpenLeg | None:
    """The first sold leg whose absolute delta has come to `most`."""
    for leg in book.open:
        sold = leg.position.quantity < 0 and leg.settled
        if sold and abs(leg_delta(desk, leg.leg)) >= most:
            return leg
    return None


def hedges(desk: Context, book: LegBook, band: float) -> list[OpenLeg]:
    """Synthetic futures at the money that take the delta back: calls bought and puts sold, or the
    other way round; none while it is within the band, or not known."""
    delta = book.delta(desk)
    near = min((leg.leg for leg in book.open), key=lambda leg: leg.expiry)
    if not abs(delta) > band * near.lot_size:
        return []
    lots = -round(delta / near.lot_size)
    if not lots:
        return []
    view = desk.chain(near.expiry)
    strike = LegRule(right=Right.CALL, lots=1).strike(view, [])
    return [
        opened(LegRule(right=right, lots=count), view.leg(right, strike, count))
        for right, count in ((Right.CALL, lots), (Right.PUT, -lots))
    ]
