"""The broker's margin calculator."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.money import rupees
from core.ports.margin import BasketLeg, BasketMargin, LegMargin, Product
from data.brokers.upstox.budget import Priority
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.schemas import Price, Reply, Schema

MOST_CONTRACTS: Final = 20
PRODUCTS: Final = {
    Product.INTRADAY: "I",
    Product.CARRY: "D",
    Product.DELIVERY: "D",
    Product.MTF: "MTF",
}


class LegData(Schema):
    span_margin: Price
    exposure_margin: Price
    net_buy_premium: Price
    total_margin: Price


class MarginData(Schema):
    margins: list[LegData]
    required_margin: Price
    final_margin: Price


class UpstoxMargin:
    """Fills the `MarginCalculator` port."""

    def __init__(self, http: UpstoxHttp, priority: Priority = Priority.SCREEN) -> None:
        self._http, self._priority = http, priority

    async def basket(self, legs: Sequence[BasketLeg]) -> BasketMargin:
        held = netted(legs)
        reply = await self._http.read(
            "margin",
            "/v2/charges/margin",
            Reply[MarginData],
            body={"instruments": [_asked(leg) for leg in held]},
            priority=self._priority,
        )
        if len(reply.data.margins) != len(held):
            self._http.count_bad("margin", f"{len(reply.data.margins)} legs for {len(held)}")
            raise BadData("margin: the broker's answer has another number of legs")
        return BasketMargin(
            required=rupees(reply.data.required_margin),
            final=rupees(reply.data.final_margin),
            legs=tuple(
                _told(leg.key, data) for leg, data in zip(held, reply.data.margins, strict=True)
            ),
        )


def netted(legs: Sequence[BasketLeg]) -> list[BasketLeg]:
    """One leg for each contract, in the order of their first mention; raises RuleBroken."""
    found: dict[InstrumentKey, BasketLeg] = {}
    for leg in legs:
        before = found.get(leg.key)
        if before is None:
            found[leg.key] = leg
        elif before.product is not leg.product:
            raise RuleBroken("the margin of a contract held both intraday and overnight is unknown")
        else:
            found[leg.key] = _both(before, leg)
    held = [leg for leg in found.values() if leg.quantity]
    if not held:
        raise RuleBroken("nothing is left to be margined: the legs cancel each other")
    if len(held) > MOST_CONTRACTS:
        raise RuleBroken(f"the broker's margin takes {MOST_CONTRACTS} contracts, not {len(held)}")
    return held


def _both(one: BasketLeg, other: BasketLeg) -> BasketLeg:
    """Held together; at the mean price where both add to the position and are priced."""
    units, price = one.quantity + other.quantity, None
    if one.price is not None and other.price is not None and one.quantity * other.quantity > 0:
        price = (one.quantity * one.price + other.quantity * other.price) / units
    return replace(one, quantity=units, price=price)


def _asked(leg: BasketLeg) -> dict[str, Any]:
    asked = {
        "instrument_key": leg.key,
        "quantity": abs(leg.quantity),
        "product": PRODUCTS[leg.product],
        "transaction_type": "BUY" if leg.quantity > 0 else "SELL",
    }
    return asked if leg.price is None else asked | {"price": leg.price}


def _told(key: InstrumentKey, data: LegData) -> LegMargin:
    return LegMargin(
        key=key,
        span=rupees(data.span_margin),
        exposure=rupees(data.exposure_margin),
        premium=rupees(data.net_buy_premium),
        total=rupees(data.total_margin),
    )
