"""Strategies exit as their rules say: once, and never more than is held."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

import pytest

from core.errors import RuleBroken, StorageProblem
from core.trading.broker_orders import Status
from core.trading.exit_rules import (
    ExitRules,
    Goal,
    Phase,
    Trail,
    Trigger,
)
from core.trading.groups import RunState
from core.trading.ledger import Settlement
from core.trading.requests import Side, Source
from tests.core.services.strategy_parts import (
    WC,
    WING_CALL,
    WING_PUT,
    WP,
    C,
    P,
    Parts,
    armed_straddle,
    at_broker,
    make_parts,
    running,
)
from tests.core.services.trading_desk import soon
from tests.core.trading.samples import KEY, LOT, OTHER
from tests.fake_exchange import Fault


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
