"""Whatever happens on the way, an exit never asks for more than is held at the broker."""

import asyncio
from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import AppError
from core.ids import BrokerOrderId
from core.risk.limits import Standing
from core.trading.orders import Order
from core.trading.requests import OrderType, Side
from tests.core.services.strategy_parts import C, P, Parts, running
from tests.core.trading.samples import KEY, LOT, OTHER
from tests.fake_exchange import Fault

FAULTS = (
    Fault.LOST_BEFORE,
    Fault.LOST_AFTER,
    Fault.UNREADABLE,
    Fault.REFUSED,
    Fault.HALF,
    Fault.NO_NUMBER,
)
EVENTS = ("tick", "exit", "buy", "sell", "reconcile", "fill", "cancel", "halt", "act", "rest")


def closable(parts: Parts, order: Order) -> int:
    """Units that the broker itself would let this order close, before it has come in."""
    key, way = order.request.key, 1 if order.request.side is Side.BUY else -1
    resting = sum(
        o.quantity - o.filled
        for o in parts.broker.book.values()
        if o.key == key and o.side is order.request.side and not o.standing.is_final
    )
    return -way * parts.broker.sold(key) - resting


def watched(parts: Parts, group: str) -> list[str]:
    """Every order of the strategy is held against the broker's own book as it comes in."""
    place, wrong = parts.broker.place, list[str]()

    async def look(order: Order) -> tuple[BrokerOrderId, ...]:
        if order.request.group == group:
            asked, can = order.request.quantity, closable(parts, order)
            if asked > can or order.request.type is not OrderType.MARKET:
                wrong.append(f"{asked} units of {can}")
        return await place(order)

    parts.broker.place = look  # type: ignore[method-assign]
    return wrong


async def happen(parts: Parts, group: str, event: object) -> None:
    broker, state = parts.broker, parts.trading.state
    resting = [o for o in broker.book.values() if not o.standing.is_final]
    if isinstance(event, Fault):
        broker.faults.append(event)
    elif event == "tick":
        parts.tick(KEY, 180.0)
    elif event == "exit":
        parts.desk.exit_now(group)
    elif event in ("buy", "sell"):
        request = state.own()[0].request
        side = Side.BUY if event == "buy" else Side.SELL
        await parts.trading.desk.place(request.opposite() if side is Side.BUY else request)
    elif event == "reconcile":
        await parts.trading.reconciler.reconcile()
    elif event == "fill":
        broker.fill(*(each.id for each in resting))
    elif event == "cancel":
        await parts.trading.desk.cancel_all()
    elif event == "rest":
        broker.holds ^= {KEY}
    else:
        state.standing = Standing.HALTED if event == "halt" else Standing.ACTIVE


async def scenario(events: list[object]) -> None:
    async with running() as parts:
        await parts.trade(KEY, -2 * LOT)
        await parts.trade(OTHER, -2 * LOT)
        group = await parts.desk.create({C: -2 * LOT, P: -2 * LOT})
        wrong = watched(parts, group.id)
        for event in events:
            with suppress(AppError):
                await happen(parts, group.id, event)
            await asyncio.sleep(0.004)
        await parts.keeper.close()
        assert wrong == []
        assert "something of the desk broke" not in parts.now(group).state.why


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(EVENTS) | st.sampled_from(FAULTS), min_size=3, max_size=12))
@example(["rest", "buy", "rest", "exit", "fill"])
@example(["rest", "exit", "sell", "buy", "buy", "fill", "exit"])
@example(["exit", Fault.LOST_AFTER, "exit", "reconcile", "exit", "fill"])
def test_an_exit_never_asks_for_more_than_can_be_closed(events: list[object]) -> None:
    asyncio.run(scenario(events))
