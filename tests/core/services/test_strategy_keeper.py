"""Strategies exit as their rules say: once, never more than is held, never on what is stale."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from math import nan

import pytest

from core.errors import RuleBroken, StorageProblem
from core.risk.limits import Standing
from core.state.health import Link
from core.trading.broker_orders import Status
from core.trading.exit_rules import (
    ExitRules,
    Goal,
    Measure,
    Phase,
    Reentry,
    Strikes,
    Trail,
    Trigger,
)
from core.trading.groups import Doing, RunState
from core.trading.journal import Kind
from core.trading.ledger import Settlement
from core.trading.orders import Order
from core.trading.requests import Product, Side, Source
from tests.core.services.strategy_parts import (
    NEXT_CALL,
    NEXT_PUT,
    SPOT,
    WC,
    WING_CALL,
    WING_PUT,
    WP,
    C,
    P,
    Parts,
    make_parts,
    running,
)
from tests.core.services.trading_desk import WIDE, soon
from tests.core.trading.samples import KEY, LOT, OTHER
from tests.fake_exchange import Fault

STOP = ExitRules(stop=Goal(1_300))


async def armed_straddle(parts: Parts, rules: ExitRules = STOP, lots: int = 1) -> str:
    group = await parts.straddle(lots)
    await parts.desk.set_rules(group.id, rules)
    await parts.desk.arm(group.id)
    return group.id


def at_broker(parts: Parts) -> list[Order]:
    """Orders that the broker has taken, and that may still be filled."""
    working = parts.trading.state.working()
    return [each for each in working if each.status is Status.OPEN]


async def test_a_stop_closes_all_legs_at_the_market_and_is_done() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        parts.tick(KEY, 169.95)
        assert parts.state.groups[id].state.phase is Phase.ARMED
        parts.tick(KEY, 170.0)
        assert parts.state.groups[id].state.phase is Phase.EXITING
        group = await parts.ended(parts.state.groups[id])
        assert (group.state.phase, group.state.fired) == (Phase.DONE, Trigger.STOP)
        assert group.held() == {}
        assert parts.keeper.title(group) == "NIFTY Short straddle"
        assert parts.broker.sold(KEY) == parts.broker.sold(OTHER) == 0
        assert float(group.positions()[0].earned) == -1_300
        orders = [o.request for o in parts.trading.state.own() if o.request.group == id]
        assert {(r.side, r.quantity, r.source) for r in orders} == {(Side.BUY, LOT, Source.RULE)}
        assert parts.store.rows[id] == group
        kinds = [each.entry.text for each in await parts.trading.memory.journal.of(id)]
        assert [text.split(":")[0] for text in kinds] == [
            "created",
            "Exits all 2 legs at market with protection when the loss reaches ₹1,300.",
            "armed",
            "exit",
            "exit done",
        ]


async def test_it_is_written_down_before_its_first_order() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        saved = []
        place = parts.broker.place

        async def look(order):  # type: ignore[no-untyped-def]
            saved.append(parts.store.rows[id])
            return await place(order)

        parts.broker.place = look  # type: ignore[method-assign]
        parts.tick(KEY, 180.0)
        await parts.ended(parts.state.groups[id])
        assert saved[0].is_running
        assert saved[0].run is not None
        assert saved[0].run.legs == ((*C, -LOT), (*P, -LOT))


async def test_what_cannot_be_written_down_is_not_sent_and_goes_on_watching() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        asked = len(parts.broker.asked)
        parts.store.problem = StorageProblem("the disk is full")
        parts.tick(KEY, 180.0)
        await parts.quiet()
        assert len(parts.broker.asked) == asked
        assert parts.state.groups[id].state.phase is Phase.ARMED
        assert not parts.state.groups[id].is_running
        parts.store.problem = None
        parts.tick(KEY, 180.0)
        assert (await parts.ended(parts.state.groups[id])).state.phase is Phase.DONE


async def test_sold_legs_are_closed_before_what_covers_them() -> None:
    async with running() as parts:
        for at, units in ((WC, LOT), (WP, LOT), (C, -LOT), (P, -LOT)):
            await parts.trade(at[0], units)
        group = await parts.desk.create({C: -LOT, P: -LOT, WC: LOT, WP: LOT})
        assert parts.keeper.title(group) == "NIFTY Iron butterfly"
        parts.broker.holds = {KEY}
        parts.desk.exit_now(group.id)
        await soon(lambda: parts.broker.sold(OTHER) == 0)
        await asyncio.sleep(0.2)
        assert parts.broker.sold(WING_CALL.key) == parts.broker.sold(WING_PUT.key) == LOT
        parts.broker.fill(*(o.id for o in parts.broker.book.values() if o.filled < o.quantity))
        group = await parts.ended(group)
        assert (group.state.phase, group.state.fired) == (Phase.DONE, Trigger.HAND)
        assert all(parts.broker.sold(at[0]) == 0 for at in (C, P, WC, WP))


async def test_what_covers_is_kept_when_what_it_covers_cannot_be_closed() -> None:
    async with running() as parts:
        for at, units in ((WC, LOT), (C, -LOT)):
            await parts.trade(at[0], units)
        group = await parts.desk.create({C: -LOT, WC: LOT})
        parts.broker.faults = [Fault.REFUSED] * 3
        parts.desk.exit_now(group.id)
        group = await parts.ended(group)
        assert (group.state.phase, group.state.why) == (Phase.INTERRUPTED, "no")
        assert parts.broker.sold(WING_CALL.key) == LOT
        assert "interrupted" in parts.trading.notices.all()[-1].text


async def test_one_clear_refusal_is_followed_by_another_order() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        parts.broker.faults = [Fault.REFUSED]
        parts.tick(KEY, 180.0)
        group = await parts.ended(parts.state.groups[id])
        assert group.state.phase is Phase.DONE
        assert parts.broker.sold(KEY) == parts.broker.sold(OTHER) == 0


async def test_two_triggers_at_once_exit_once() -> None:
    rules = ExitRules(stop=Goal(1_300), trail=Trail(Goal(1_300)), square_off=time(10, 31))
    async with running() as parts:
        id = await armed_straddle(parts, rules)
        parts.clock.advance(timedelta(minutes=1))
        parts.tick(KEY, 180.0)
        parts.tick(KEY, 190.0)
        parts.keeper.look()
        with pytest.raises(RuleBroken, match="already"):
            parts.desk.exit_now(id)
        await parts.ended(parts.state.groups[id])
        assert parts.broker.asked.count("place") == 4
        assert parts.broker.sold(KEY) == parts.broker.sold(OTHER) == 0


async def test_two_groups_that_share_a_contract_close_no_more_than_is_held() -> None:
    async with running() as parts:
        await parts.trade(KEY, -2 * LOT)
        first = await parts.desk.create({C: -LOT})
        parts.clock.advance(timedelta(seconds=1))
        second = await parts.desk.create({C: -LOT})
        await parts.trade(KEY, LOT)  # by hand: it closes what the first one claims
        assert parts.now(first).held() == {}
        assert parts.now(second).held() == {C: -LOT}
        parts.desk.exit_now(second.id)
        await parts.ended(second)
        assert parts.broker.sold(KEY) == 0


async def test_a_partial_fill_that_is_cancelled_is_closed_by_another_order() -> None:
    async with running() as parts:
        id = await armed_straddle(parts, lots=2)
        parts.broker.part = 0.5
        parts.tick(KEY, 180.0)
        await soon(lambda: parts.broker.sold(KEY) == parts.broker.sold(OTHER) == -LOT)
        parts.broker.part = 1.0
        for order in list(parts.broker.book.values()):
            if order.filled < order.quantity:
                parts.broker.say(replace(order, status=Status.CANCELLED))
        group = await parts.ended(parts.state.groups[id])
        assert group.state.phase is Phase.DONE
        assert parts.broker.sold(KEY) == parts.broker.sold(OTHER) == 0


async def test_an_order_without_an_answer_waits_for_the_reconciler() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        parts.broker.faults, parts.broker.quiet = [Fault.LOST_AFTER], True
        parts.tick(KEY, 180.0)
        await asyncio.sleep(0.3)
        placed = parts.broker.asked.count("place")
        assert placed == 4
        assert parts.state.groups[id].state.phase is Phase.EXITING
        await parts.trading.reconciler.reconcile()
        parts.broker.quiet = False
        parts.broker.fill(*(o.id for o in parts.broker.book.values() if o.filled < o.quantity))
        group = await parts.ended(parts.state.groups[id])
        assert group.state.phase is Phase.DONE
        assert parts.broker.asked.count("place") == placed
        assert parts.broker.sold(KEY) == parts.broker.sold(OTHER) == 0


async def test_an_order_that_never_arrived_is_not_sent_again() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        parts.broker.faults = [Fault.LOST_BEFORE]
        parts.tick(KEY, 180.0)
        await asyncio.sleep(0.1)
        await parts.trading.reconciler.reconcile()
        group = await parts.ended(parts.state.groups[id])
        assert group.state.phase is Phase.INTERRUPTED
        assert "never arrived" in group.state.why
        assert parts.broker.asked.count("place") == 4
        parts.desk.exit_now(id)  # somebody has looked
        assert (await parts.ended(group)).state.phase is Phase.DONE
        assert parts.broker.sold(KEY) == parts.broker.sold(OTHER) == 0


async def test_a_restart_in_the_middle_of_an_exit_interrupts_it() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        parts.broker.holds = {KEY, OTHER}
        parts.tick(KEY, 180.0)
        await soon(lambda: len(at_broker(parts)) == 2)
        await parts.keeper.flush()

    def again() -> Parts:
        return make_parts(
            broker=parts.broker, memory=parts.trading.memory, store=parts.store, reconciled=False
        )

    async with running(again) as later:
        await later.trading.reconciler.load()
        await later.keeper.load()
        await later.trading.reconciler.reconcile()
        later.tick(KEY, 190.0)
        later.keeper.look()
        await later.quiet()
        group = later.state.groups[id]
        assert group.state.phase is Phase.INTERRUPTED
        assert group.run is not None
        assert group.run.state is RunState.INTERRUPTED
        assert later.broker.asked.count("place") == 4
        assert "the desk ended" in later.trading.notices.all()[-1].text
        later.broker.fill(*later.broker.book)
        await soon(lambda: later.trading.state.held(*C) == later.trading.state.held(*P) == 0)
        later.keeper.look()
        assert later.state.groups[id].held() == {}


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


async def test_an_exit_can_be_stopped() -> None:
    async with running() as parts:
        group = await parts.straddle()
        parts.broker.holds = {KEY, OTHER}
        parts.desk.exit_now(group.id)
        await soon(lambda: len(parts.trading.state.working()) == 2)
        await parts.desk.stop_run(group.id)
        await soon(lambda: not parts.trading.state.working())
        await parts.quiet()
        assert parts.now(group).state.phase is Phase.INTERRUPTED
        assert parts.now(group).held() == {C: -LOT, P: -LOT}
        with pytest.raises(RuleBroken, match="Nothing is on its way"):
            await parts.desk.stop_run(group.id)


async def test_an_exit_ends_what_the_strategy_still_has_working() -> None:
    async with running() as parts:
        group = await parts.straddle()
        parts.broker.holds = {KEY}
        request = parts.trading.state.own()[0].request
        resting = await parts.trading.desk.place(replace(request, group=group.id))
        parts.broker.holds = set()
        parts.desk.exit_now(group.id)
        await parts.ended(group)
        assert parts.trading.state.orders[resting.id].status is Status.CANCELLED
        assert parts.broker.sold(KEY) == parts.broker.sold(OTHER) == 0


async def test_what_others_close_already_is_not_closed_twice() -> None:
    async with running() as parts:
        group = await parts.straddle()
        parts.broker.holds = {KEY}
        request = parts.trading.state.own()[0].request
        await parts.trading.desk.place(replace(request, side=Side.BUY))  # by hand, rests
        parts.broker.holds = set()
        parts.desk.exit_now(group.id)
        await asyncio.sleep(0.2)
        assert (parts.broker.sold(KEY), parts.broker.sold(OTHER)) == (-LOT, 0)
        (waits,) = parts.keeper.waits(parts.now(group))
        assert "24200 CE 25 AUG 26: another order closes 65 units already" in waits
        parts.clock.advance(timedelta(seconds=16))
        parts.keeper.look()
        parts.keeper.look()
        told = [each.text for each in parts.trading.notices.all()]
        assert len([text for text in told if "waits" in text]) == 1
        parts.broker.fill(*(o.id for o in parts.broker.book.values() if o.filled < o.quantity))
        assert (await parts.ended(group)).state.phase is Phase.DONE
        assert parts.broker.sold(KEY) == 0


async def test_a_strategy_that_others_have_closed_is_done() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        await parts.trade(KEY, LOT, price=160.0)
        group = parts.state.groups[id]
        assert group.held() == {P: -LOT}
        assert float(group.position(C).earned) == -650
        await parts.trade(OTHER, LOT)
        parts.keeper.look()
        assert parts.state.groups[id].state.phase is Phase.DONE
        assert parts.broker.asked.count("place") == 4


async def test_a_contract_that_has_ended_leaves_at_what_it_was_worth() -> None:
    async with running() as parts:
        id = await armed_straddle(parts)
        at = parts.clock.now() + timedelta(hours=5)
        for key, worth in ((KEY, "12"), (OTHER, "0")):
            parts.trading.state.ledger.settle(Settlement(key=key, price=Decimal(worth), at=at))
        parts.trading.state.revision += 1
        parts.keeper.look()
        parts.keeper.look()
        group = parts.state.groups[id]
        assert (group.held(), group.state.phase) == ({}, Phase.DONE)
        assert sum(each.earned for each in group.positions()) == LOT * (138 + 150)


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
