"""What a position needs: the broker's word where it gives one, else our estimate, and which."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import AppError
from core.ports.margin import BasketLeg, BasketMargin, MarginCalculator
from core.risk.margin import MarginEstimate
from core.strategies.costs import margin
from core.strategies.legs import Leg, in_play
from core.strategies.valuation import Market


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginAnswer:
    """`problem` says why one of both is missing; empty when nothing is."""

    estimate: MarginEstimate | None
    broker: BasketMargin | None = None
    problem: str = ""

    @property
    def total(self) -> float | None:
        """Rupees that are blocked; None where neither is known."""
        if self.broker is not None:
            return float(self.broker.final)
        return None if self.estimate is None else self.estimate.total

    @property
    def label(self) -> str:
        """Whose figure the total is."""
        if self.broker is not None:
            return "Broker's margin"
        return self.problem if self.estimate is None else self.estimate.label


async def margin_answer(
    legs: Sequence[Leg], market: Market, broker: MarginCalculator | None
) -> MarginAnswer:
    """Of the legs that are open, held overnight; raises nothing that can be said in words."""
    estimate, problem = None, ""
    try:
        estimate = margin(legs, market)
    except AppError as missing:
        problem = str(missing)
    if broker is None:
        why = "this login cannot ask the broker for margins"
        return MarginAnswer(estimate=estimate, problem=problem or why)
    try:
        answer = await broker.basket(basket(legs, market))
    except AppError as refused:
        return MarginAnswer(estimate=estimate, problem=str(refused))
    return MarginAnswer(estimate=estimate, broker=answer, problem=problem)


def basket(legs: Sequence[Leg], market: Market) -> list[BasketLeg]:
    """Open legs as the broker is asked about them; one without a price at the market's."""
    return [
        BasketLeg(key=leg.key, quantity=leg.quantity, price=leg.price if leg.price > 0 else None)
        for leg in in_play(legs)
        if not leg.exited and not leg.expired(market.now)
    ]
