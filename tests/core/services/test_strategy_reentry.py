"""Strategies that enter again after a stop, and what happens when they cannot."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.risk.limits import Standing
from core.trading.exit_rules import (
    Phase,
    Reentry,
    Strikes,
)
from core.trading.groups import Doing
from core.trading.requests import Product
from tests.core.services.strategy_parts import (
    NEXT_CALL,
    NEXT_PUT,
    SPOT,
    STOP,
    armed_straddle,
    make_parts,
    running,
)
from tests.core.services.trading_desk import soon
from tests.core.trading.samples import KEY, LOT, OTHER


@pytest.mark.parametrize("strikes", Strikes)
async def test_after_a_stop_it_enters_again_and_watches_anew(strikes: Strikes) -> None:
    wait = timedelta(minutes=5)
    rules = replace(STOP, reentry=Reentry(times=1, wait=wait, strikes=strikes))
    async with running() as parts:
        id = await armed_straddle(parts, rules)
        parts.tick(KEY, 180.0)
        group = await parts.ended(parts.state.groups[id])
        assert group.state.phase is Phase.WAITING
        parts.clock.advance(wait)
        for key in (KEY, OTHER, NEXT_CALL.key, NEXT_PUT.key):
            parts.price(key, 150.0)
        parts.price(SPOT, 24_305.0)
        parts.keeper.look()
        group = await parts.ended(group)
        same = strikes is Strikes.SAME
        keys = (KEY, OTHER) if same else (NEXT_CALL.key, NEXT_PUT.key)
        assert group.held() == {(key, Product.CARRY): -LOT for key in keys}
        assert group.state.phase is Phase.ARMED
        assert group.state.baseline == -1_950.0
        parts.price(keys[1], 150.0)
        parts.tick(keys[0], 169.95)
        assert parts.state.groups[id].state.phase is Phase.ARMED
        parts.tick(keys[0], 170.05)
        assert (await parts.ended(group)).state.phase is Phase.DONE
        assert all(parts.broker.sold(key) == 0 for key in (KEY, OTHER, *keys))


async def test_a_reentry_that_is_refused_is_interrupted_and_opens_nothing_more() -> None:
    rules = replace(STOP, reentry=Reentry(wait=timedelta()))
    async with running() as parts:
        id = await armed_straddle(parts, rules)
        parts.tick(KEY, 180.0)
        await parts.ended(parts.state.groups[id])
        parts.trading.state.standing = Standing.REDUCE_ONLY
        parts.keeper.look()
        group = await parts.ended(parts.state.groups[id])
        assert group.state.phase is Phase.INTERRUPTED
        assert group.run is not None
        assert group.run.doing is Doing.ENTRY
        assert parts.broker.sold(KEY) == parts.broker.sold(OTHER) == 0


async def test_a_reentry_that_is_not_filled_in_time_is_cancelled_and_interrupted() -> None:
    rules = replace(STOP, reentry=Reentry(wait=timedelta()))
    async with running(lambda: make_parts(entry_patience=0.2)) as parts:
        id = await armed_straddle(parts, rules)
        parts.tick(KEY, 180.0)
        await parts.ended(parts.state.groups[id])
        parts.broker.holds = {KEY, OTHER}
        parts.keeper.look()
        group = await parts.ended(parts.state.groups[id])
        assert group.state.phase is Phase.INTERRUPTED
        assert "was not filled" in group.state.why
        await soon(lambda: not parts.trading.state.working())
        assert parts.broker.sold(KEY) == parts.broker.sold(OTHER) == 0
