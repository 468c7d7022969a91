"""What one order needs: the broker's word where it gives one, else our estimate, and which."""

from core.errors import AppError
from core.ports.margin import BasketLeg, MarginCalculator
from core.services.margin_answer import MarginAnswer
from core.strategies.costs import margin
from core.strategies.legs import Leg
from core.strategies.valuation import Market
from core.trading.requests import OrderRequest


async def order_margin(
    request: OrderRequest,
    leg: Leg | None,
    market: Market | None,
    broker: MarginCalculator | None,
) -> MarginAnswer:
    """By itself, without what is held; raises nothing that can be said in words.

    `leg` and `market` are for our own estimate; None where there is none, as for shares.
    """
    estimate, problem = None, "only the broker knows the margin of this"
    if leg is not None and market is not None:
        try:
            estimate, problem = margin([leg], market), ""
        except AppError as missing:
            problem = str(missing)
    if broker is None:
        why = "this login cannot ask the broker for margins"
        return MarginAnswer(estimate=estimate, problem=problem or why)
    price = float(request.price) if request.type.has_price else None
    asked = BasketLeg(
        key=request.key, quantity=request.signed, price=price, product=request.product
    )
    try:
        answer = await broker.basket([asked])
    except AppError as refused:
        return MarginAnswer(estimate=estimate, problem=str(refused))
    return MarginAnswer(estimate=estimate, broker=answer, problem=problem)
