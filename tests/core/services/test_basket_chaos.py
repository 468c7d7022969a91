"""Baskets under faults and hasty hands: nothing is sent twice, nothing is sold before its hedge."""

import asyncio
import random
from contextlib import suppress

import pytest

from core.errors import AppError
from core.trading.baskets import Late, OnFailure, Policy
from core.trading.broker_orders import BrokerOrder
from core.trading.executions import Phase
from core.trading.requests import Side
from tests.core.services.basket_desk import BasketDesk, basket, leg, make_baskets
from tests.core.trading.samples import CALL, LOT, PUT, ask
from tests.fake_exchange import Fault

HASTY = ("pause", "go_on", "stop", "unwind", "go_on", "cancel", "nothing")
LOTS = 2


async def hasty(desk: BasketDesk, dice: random.Random) -> None:
    """One click of somebody in a hurry, on one of two tabs."""
    act = dice.choice(HASTY)
    with suppress(AppError):
        if act == "cancel":
            working = desk.trading.state.working()
            if working:
                await desk.trading.desk.cancel(dice.choice(working).id)
        elif act != "nothing":
            clicks = [getattr(desk.runner, act)("basket-1") for _ in range(2)]
            await asyncio.gather(*clicks, return_exceptions=True)


def watched(desk: BasketDesk, dice: random.Random) -> list[str]:
    """What was wrong at any moment; fills by chance."""
    wrong: list[str] = []

    def rule(order: BrokerOrder) -> int:
        book = desk.trading.broker.book.values()
        bought = sum(o.filled for o in book if o.key == PUT.key and o.side is Side.BUY)
        sold = [o for o in book if o.key == CALL.key and o.side is Side.SELL]
        if sold and bought < LOTS * LOT:
            wrong.append(f"{bought} units of the hedge were bought when the sale went out")
        if dice.random() < 0.4:
            return 0
        return min(LOT, order.quantity - order.filled)

    desk.rule = rule
    return wrong


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_happens_nothing_is_sent_twice_or_sold_uncovered(seed: int) -> None:
    dice = random.Random(seed)
    policy = Policy(
        late=dice.choice(list(Late)),
        seconds=0.03,
        steps=2,
        on_failure=dice.choice(list(OnFailure)),
    )
    legs = leg(ask(Side.SELL, LOTS * LOT)), leg(ask(key=PUT.key, quantity=LOTS * LOT))
    async with make_baskets().market() as desk:
        broker, wrong = desk.trading.broker, watched(desk, dice)
        broker.faults = [dice.choice([None, None, *Fault]) for _ in range(8)]
        await desk.runner.start(basket(*legs, policy=policy))
        for _ in range(12):
            await asyncio.sleep(0.02)
            await hasty(desk, dice)
            with suppress(AppError):
                await desk.trading.reconciler.reconcile()
        broker.faults = []
        await to_its_end(desk)
    assert not wrong
    assert len(broker.tags) == len(set(broker.tags))
    filled = {key: desk.held(key) for key in (CALL.key, PUT.key)}
    assert -LOTS * LOT <= filled[CALL.key] <= 0
    assert 0 <= filled[PUT.key] <= LOTS * LOT
    if desk.runner.run("basket-1").phase is Phase.UNWOUND:
        assert not desk.trading.state.holdings()


async def to_its_end(desk: BasketDesk) -> None:
    """Once nobody clicks any more, and the broker answers."""
    for _ in range(200):
        run = desk.runner.run("basket-1")
        if not run.phase.is_live:
            return
        if run.phase is Phase.PAUSED:
            await desk.runner.stop("basket-1")
        await desk.trading.reconciler.reconcile()
        await asyncio.sleep(0.02)
    raise AssertionError(f"it is still {desk.runner.run('basket-1').phase}")
