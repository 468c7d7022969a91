"""Strategies that cannot act: after a restart, on what is stale, and while trading is halted."""

import asyncio
from datetime import time, timedelta
from math import nan

import pytest

from core.errors import RuleBroken
from core.risk.limits import Standing
from core.state.health import Link
from core.trading.exit_rules import (
    ExitRules,
    Goal,
    Phase,
    Trigger,
)
from core.trading.requests import Side
from tests.core.services.strategy_parts import (
    WC,
    C,
    Parts,
    armed_straddle,
    at_broker,
    make_parts,
    running,
)
from tests.core.services.trading_desk import soon
from tests.core.trading.samples import KEY, LOT, OTHER


async def test_an_armed_strategy_watches_on_after_a_restart() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        await parts.keeper.flush()

    def again() -> Parts:
        return make_parts(broker=parts.broker, memory=parts.trading.memory, store=parts.store)

    async with running(again) as later:
        await later.trading.reconciler.load()
        await later.keeper.load()
        later.keeper.look()
        later.tick(KEY, 180.0)
        assert (await later.ended(later.state.groups[id])).state.phase is Phase.DONE
        assert later.broker.sold(KEY) == later.broker.sold(OTHER) == 0


async def test_another_account_does_not_see_it() -> None:
    async with running() as parts:
        await armed_straddle(parts)
        await parts.keeper.flush()
    other = make_parts(store=parts.store, account="live")
    await other.keeper.load()
    assert other.state.groups == {}


@pytest.mark.parametrize("how", ["link", "no price", "old"])
async def test_a_blind_strategy_does_not_exit_and_says_so(how: str) -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        if how == "link":
            parts.feed.link = Link.DOWN
        elif how == "old":
            parts.clock.advance(timedelta(seconds=11))
        parts.broker.prices = {}
        if how == "no price":
            parts.price(KEY, nan)
        else:
            row = parts.trading.market.row(KEY)
            parts.trading.market.values[row, :8] *= 1.5
        parts.keeper.look()
        parts.keeper.look()
        assert parts.state.groups[id].state.phase is Phase.ARMED
        assert parts.state.views[id].numbers.blind
        told = [each.text for each in parts.trading.notices.all()]
        assert len([text for text in told if "is blind" in text]) == 1
        parts.feed.link = Link.UP
        parts.tick(KEY, 180.0)
        assert (await parts.ended(parts.state.groups[id])).state.phase is Phase.DONE


async def test_the_square_off_time_closes_also_what_is_blind() -> None:
    async with running() as parts:
        id = await armed_straddle(parts, ExitRules(square_off=time(15, 15)))
        parts.feed.link = Link.DOWN
        parts.clock.advance(timedelta(hours=4, minutes=45))
        parts.keeper.look()
        group = await parts.ended(parts.state.groups[id])
        assert (group.state.phase, group.state.fired) == (Phase.DONE, Trigger.SQUARE_OFF)
        with pytest.raises(RuleBroken, match="past"):
            await armed_straddle(parts, ExitRules(square_off=time(15, 15)))


async def test_a_rule_that_is_reached_already_is_not_armed() -> None:
    async with running() as parts:
        group = await parts.straddle()
        parts.price(KEY, 120.0)
        await parts.desk.set_rules(group.id, ExitRules(target=Goal(1_950)))
        with pytest.raises(RuleBroken, match="at once"):
            await parts.desk.arm(group.id)
        await parts.desk.set_rules(group.id, ExitRules(target=Goal(1_951)))
        await parts.desk.arm(group.id)
        with pytest.raises(RuleBroken, match="at once"):
            await parts.desk.set_rules(group.id, ExitRules(target=Goal(1_950)))
        assert parts.now(group).rules == ExitRules(target=Goal(1_951))


async def test_units_that_are_not_really_held_blind_the_rules() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        parts.trading.state.openings[C] = LOT  # the broker says that one leg is gone
        parts.trading.state.revision += 1
        parts.tick(KEY, 180.0)
        assert "than are really held" in parts.state.views[id].numbers.blind
        parts.desk.exit_now(id)
        group = await parts.ended(parts.state.groups[id])
        assert parts.broker.sold(OTHER) == 0
        assert parts.broker.sold(KEY) == -LOT
        assert "not really held" in (group.run.why if group.run else "")


async def test_foreign_positions_are_not_touched_until_they_are_adopted() -> None:
    async with running() as parts:
        heard = parts.broker.foreign(KEY, Side.SELL)
        parts.broker.trade(heard.id, LOT, "150")
        await parts.trading.reconciler.reconcile()
        id = await armed_straddle(parts)
        (free,) = parts.desk.free()
        assert (free.at, free.units, free.foreign) == (C, -LOT, -LOT)
        parts.tick(KEY, 180.0)
        await parts.ended(parts.state.groups[id])
        assert parts.broker.sold(KEY) == -LOT
        with pytest.raises(RuleBroken, match="adopt"):
            await parts.desk.create({C: -LOT})
        group = await parts.desk.create({C: -LOT}, adopt=True)
        parts.desk.exit_now(group.id)
        await parts.ended(group)
        assert parts.broker.sold(KEY) == 0


async def test_the_kill_switch_in_the_middle_interrupts_and_nothing_more_is_sent() -> None:
    async with running() as parts:
        for at, units in ((WC, LOT), (C, -LOT)):
            await parts.trade(at[0], units)
        group = await parts.desk.create({C: -LOT, WC: LOT})
        parts.broker.holds = {KEY}
        parts.desk.exit_now(group.id)
        await soon(lambda: len(at_broker(parts)) == 1)
        parts.trading.state.standing = Standing.HALTED
        parts.trading.state.standing_reason = "kill switch"
        await parts.trading.desk.cancel_all()
        group = await parts.ended(group)
        assert group.state.phase is Phase.INTERRUPTED
        assert "halted" in group.state.why
        assert parts.broker.asked.count("place") == 3
        with pytest.raises(RuleBroken, match="halted"):
            parts.desk.exit_now(group.id)


async def test_what_is_due_while_nothing_can_be_sent_is_held_back_and_told_once() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        parts.trading.state.standing = Standing.HALTED
        asked = len(parts.broker.asked)
        parts.tick(KEY, 151.0)
        assert "halted" in parts.state.views[id].held_back, "it is seen before it is due"
        parts.tick(KEY, 180.0)
        parts.tick(KEY, 181.0)
        assert parts.state.groups[id].state.phase is Phase.ARMED
        assert "halted" in parts.state.views[id].held_back
        told = [each.text for each in parts.trading.notices.all()]
        assert len([text for text in told if "cannot act" in text]) == 1
        assert len(parts.broker.asked) == asked
        parts.trading.state.standing = Standing.REDUCE_ONLY  # exits pass
        parts.tick(KEY, 181.0)
        assert (await parts.ended(parts.state.groups[id])).state.phase is Phase.DONE


async def test_an_order_whose_trades_are_told_late_is_waited_for() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        parts.broker.holds = {KEY, OTHER}
        parts.tick(KEY, 180.0)
        await soon(lambda: len(at_broker(parts)) == 2)
        for order in [o for o in parts.broker.book.values() if o.filled < o.quantity]:
            parts.broker.trade(order.id, LOT, "150", quiet=True)
            parts.broker.say(parts.broker.book[order.id])
        await soon(lambda: not parts.trading.state.working())
        await asyncio.sleep(0.2)
        assert parts.trading.state.held(*C) == -LOT  # the books do not know it yet
        assert parts.broker.asked.count("place") == 4
        await parts.trading.reconciler.reconcile()
        assert (await parts.ended(parts.state.groups[id])).state.phase is Phase.DONE
        assert parts.broker.asked.count("place") == 4
