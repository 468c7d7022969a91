"""Strategies as groups of what is held: made, named, split, dissolved and watched."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import RuleBroken
from core.state.health import Link
from core.trading.exit_rules import (
    ExitRules,
    Goal,
    Measure,
    Phase,
    Trail,
)
from core.trading.journal import Kind
from tests.core.services.strategy_parts import (
    STOP,
    WC,
    WP,
    C,
    P,
    Parts,
    armed_straddle,
    make_parts,
    running,
)
from tests.core.services.trading_desk import WIDE
from tests.core.trading.samples import KEY, LOT, OTHER


async def test_orders_name_their_strategy_and_a_new_name_makes_one() -> None:
    async with running() as parts:
        await parts.trade(KEY, -LOT, group="basket-1")
        await parts.trade(OTHER, -LOT, group="basket-1")
        (group,) = parts.state.shown()
        await parts.keeper._watch.learn()
        assert (group.id, parts.keeper.title(group)) == ("basket-1", "NIFTY Short straddle")
        await parts.trade(KEY, LOT, group="an exit of all")
        assert [each.id for each in parts.state.shown()] == ["basket-1"]
        assert parts.now(group).held() == {P: -LOT}
        assert parts.store.rows == {}
        await parts.keeper.flush()
        assert parts.store.rows["basket-1"] == parts.now(group)


async def test_a_dissolved_strategy_is_out_of_sight_and_comes_back() -> None:
    async with running() as parts:
        group = await parts.straddle(name="Mine")
        await parts.trade(KEY, -LOT, group=group.id)
        await parts.desk.set_rules(group.id, STOP)
        await parts.desk.arm(group.id)
        await parts.desk.dissolve(group.id)
        parts.tick(KEY, 500.0)
        assert parts.state.shown() == []
        assert [each.units for each in parts.desk.free()] == [-2 * LOT, -LOT]
        await parts.desk.restore(group.id)
        again = parts.now(group)
        assert (again.held(), again.state.phase) == ({C: -2 * LOT, P: -LOT}, Phase.DISARMED)
        assert parts.desk.free() == []


async def test_units_are_split_released_and_added_without_gain_or_loss() -> None:
    async with running() as parts:
        group = await parts.straddle(2)
        part = await parts.desk.split(group.id, {C: -LOT}, "Half")
        assert parts.now(group).held() == {C: -LOT, P: -2 * LOT}
        assert part.held() == {C: -LOT}
        assert part.position(C).average_price == Decimal(150)
        await parts.desk.release(group.id, {P: -LOT})
        assert [(each.at, each.units) for each in parts.desk.free()] == [(P, -LOT)]
        await parts.desk.add(part.id, {P: -LOT})
        assert parts.now(part).held() == {C: -LOT, P: -LOT}
        assert sum(p.earned for p in parts.now(group).positions()) == 0
        with pytest.raises(RuleBroken, match="not"):
            await parts.desk.split(part.id, {C: LOT})
        with pytest.raises(RuleBroken, match="stay"):
            await parts.desk.split(part.id, {C: -LOT, P: -LOT})
        with pytest.raises(RuleBroken, match="in no strategy"):
            await parts.desk.create({C: -LOT})
        with pytest.raises(RuleBroken, match="Nothing was chosen"):
            await parts.desk.create({})
        await parts.desk.rename(group.id, " Left half ")
        assert parts.now(group).name == "Left half"


async def test_strategies_are_made_of_what_belongs_together() -> None:
    async with running() as parts:
        for at, units in ((WC, LOT), (WP, LOT), (C, -LOT), (P, -LOT)):
            await parts.trade(at[0], units)
        (made,) = await parts.desk.create_automatically()
        assert parts.keeper.title(made) == "NIFTY Iron butterfly"
        assert await parts.desk.create_automatically() == []


async def test_minutes_are_candles_of_prices_that_can_be_believed() -> None:
    async with running() as parts:
        group = await parts.straddle()
        begin = parts.clock.now()
        for price in (152.0, 148.0, 151.0):
            parts.price(KEY, price)
            parts.price(OTHER, 150.0)
            parts.keeper.look()
        parts.feed.link = Link.DOWN
        parts.trading.market.values[parts.trading.market.row(KEY), :8] = 999.0
        parts.keeper.look()
        parts.feed.link = Link.UP
        parts.clock.advance(timedelta(minutes=1))
        parts.price(KEY, 150.0)
        parts.price(OTHER, 150.0)
        parts.keeper.look()
        found = await parts.desk.candles(group.id, begin - timedelta(hours=1), parts.clock.now())
        assert (len(found), found.open[0], found.close[0]) == (1, -130.0, -65.0)
        assert (found.high[0], found.low[0]) == (130.0, -130.0)


async def test_what_is_held_is_heard_of() -> None:
    async with running() as parts:
        group = await parts.straddle()
        parts.keeper.look()
        assert set(parts.subscriptions.wanted) == {KEY, OTHER}
        parts.desk.exit_now(group.id)
        await parts.ended(group)
        parts.keeper.look()
        assert parts.subscriptions.wanted == {}


async def test_rules_change_while_they_watch_and_the_trail_begins_anew() -> None:
    async with running() as parts:
        id = await armed_straddle(parts, ExitRules(trail=Trail(Goal(650))))
        parts.tick(KEY, 140.0)
        assert parts.state.groups[id].state.best == 650.0
        await parts.desk.set_rules(id, ExitRules(trail=Trail(Goal(10, Measure.PREMIUM))))
        assert parts.state.groups[id].state.phase is Phase.ARMED
        assert parts.state.groups[id].state.best is None
        with pytest.raises(RuleBroken, match="Disarm"):
            await parts.desk.set_rules(id, ExitRules())
        await parts.desk.disarm(id)
        parts.tick(KEY, 500.0)
        assert parts.state.groups[id].state.phase is Phase.DISARMED
        entries = await parts.trading.memory.journal.of(id)
        assert {each.entry.kind for each in entries} == {Kind.CONTROL}


async def test_the_limits_do_not_stand_in_the_way_of_an_exit() -> None:
    def tight() -> Parts:
        return make_parts(limits=replace(WIDE, order_lots=1, naked_lots=0, open_lots=2))

    async with running() as parts:
        group = await parts.straddle(2)
        parts.trading.state.limits = tight().trading.state.limits
        parts.desk.exit_now(group.id)
        assert (await parts.ended(group)).state.phase is Phase.DONE
