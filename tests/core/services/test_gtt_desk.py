"""The desk for GTTs: sent once, journaled before, resolved by the list, children adopted."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import BrokerRejected, BrokerUnavailable, RuleBroken
from core.risk.limits import Standing
from core.services.risk_controls import RiskControls
from core.trading.gtt import GttStatus, RuleStatus, parent_of
from core.trading.gtt_terms import GttKind, Role, Trigger
from core.trading.journal import Kind
from core.trading.orders import Fate
from core.trading.requests import Side, Source
from tests.core.services.gtt_bench import (
    AT_ONCE,
    BRACKET,
    SINGLE,
    STOP_HALF,
    TARGET_HALF,
    Bench,
    closing,
    dearer,
    make_bench,
)
from tests.core.services.trading_desk import WIDE, make_trading
from tests.core.trading.samples import CALL
from tests.core.trading.test_gtt import ENTRY, STOP, rule, told, wanted
from tests.fake_exchange import Fault
from tests.fakes import MemoryPreferences


@pytest.fixture
def bench() -> Bench:
    return make_bench()


# Placing


async def test_one_is_written_down_before_it_is_sent_and_named_by_the_broker(
    bench: Bench,
) -> None:
    gtt = await bench.gtts.desk.place(BRACKET)
    await bench.listen()
    assert bench.now(gtt).status is GttStatus.WAITING
    chain = [each.entry for each in await bench.trading.memory.journal.of(gtt.id)]
    assert [each.kind for each in chain[:2]] == [Kind.INTENT, Kind.REPLY]
    assert chain[0].facts["rules"] == [
        "entry at or below 150",
        "target at once 180",
        "stop loss at once 140",
    ]
    assert bench.kept.rows[gtt.id] == bench.now(gtt)


async def test_what_cannot_be_written_down_is_not_sent(bench: Bench) -> None:
    bench.trading.memory.orders.problem = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        await bench.gtts.desk.place(SINGLE)
    assert bench.door.asked == []
    assert [g.status for g in bench.gtts.state.gtts.values()] == [GttStatus.REJECTED]


async def test_one_click_sends_one(bench: Bench) -> None:
    one, two = await asyncio.gather(
        bench.gtts.desk.place(SINGLE, click="a"), bench.gtts.desk.place(SINGLE, click="a")
    )
    assert one.id == two.id
    assert bench.door.asked == ["place"]


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
async def test_a_lost_answer_is_unknown_and_never_sent_again(bench: Bench, fault: Fault) -> None:
    bench.door.faults, bench.door.quiet = [fault], True
    gtt = await bench.gtts.desk.place(BRACKET)
    assert gtt.status is GttStatus.UNKNOWN
    await bench.gtts.watch.reconcile()
    arrived = fault is Fault.LOST_AFTER
    assert bench.now(gtt).status is (GttStatus.WAITING if arrived else GttStatus.LOST)
    assert bench.door.asked == ["place"]


async def test_a_refusal_is_kept_with_its_reason(bench: Bench) -> None:
    bench.door.faults = [Fault.REFUSED]
    with pytest.raises(BrokerRejected):
        await bench.gtts.desk.place(SINGLE)
    (gtt,) = bench.gtts.state.gtts.values()
    assert (gtt.status, gtt.why) == (GttStatus.REJECTED, "no")


async def test_one_that_is_lost_and_never_arrives_waits_for_the_settling_time() -> None:
    bench = make_bench(settled_after=3600.0)
    bench.door.faults = [Fault.LOST_BEFORE]
    gtt = await bench.gtts.desk.place(SINGLE)
    await bench.gtts.watch.reconcile()
    assert bench.now(gtt).status is GttStatus.UNKNOWN


async def test_two_of_one_content_that_are_lost_are_found_as_two(bench: Bench) -> None:
    bench.door.faults, bench.door.quiet = [Fault.LOST_AFTER] * 2, True
    one, two = await bench.gtts.desk.place(SINGLE), await bench.gtts.desk.place(SINGLE)
    await bench.gtts.watch.reconcile()
    numbers = {bench.now(one).broker_id, bench.now(two).broker_id}
    assert numbers == set(bench.door.book)


async def test_a_fast_one_whose_answer_was_lost_is_known_by_its_order(bench: Bench) -> None:
    request = wanted(rule(Role.ENTRY, 150))
    bench.door.faults, bench.door.quiet, bench.trading.broker.quiet = [Fault.LOST_AFTER], True, True
    gtt = await bench.gtts.desk.place(request)
    (number,) = bench.door.book
    bench.door.tell(number, Role.ENTRY, RuleStatus.COMPLETED)
    await bench.trading.reconciler.reconcile()
    assert bench.now(gtt).broker_id == number
    (order,) = bench.trading.state.own()
    assert parent_of(order.id) == gtt.id


# The gate


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (replace(SINGLE, quantity=64), "not a multiple of the lot"),
        (dearer(SINGLE, "150.03"), "not a multiple of the tick"),
        (wanted(ENTRY, replace(STOP, price=Decimal("140.01"))), "stop loss 140.01 is not"),
        (wanted(ENTRY, replace(STOP, trailing_gap=Decimal("0.5"))), "trailing gap must be at"),
        (replace(SINGLE, quantity=65 * 40), "above the freeze"),
    ],
)
async def test_the_gate_refuses_what_the_exchange_would(
    bench: Bench, request_: object, words: str
) -> None:
    with pytest.raises(RuleBroken, match=words):
        await bench.gtts.desk.place(request_)  # type: ignore[arg-type]
    assert bench.door.asked == []
    assert bench.trading.memory.journal.chain[-1].entry.kind is Kind.DECISION


async def test_a_trigger_far_from_the_market_is_no_slip_of_a_finger(bench: Bench) -> None:
    far = await bench.gtts.desk.place(dearer(SINGLE, "300"))
    assert far.fate is Fate.TAKEN
    with pytest.raises(RuleBroken, match="worse than the market"):
        await bench.gtts.desk.place(wanted(rule(Role.ENTRY, 300)))


async def test_one_may_be_placed_while_the_market_is_closed_unless_it_acts_at_once(
    bench: Bench,
) -> None:
    bench.trading.clock.advance(timedelta(hours=10))
    assert (await bench.gtts.desk.place(SINGLE)).fate is Fate.TAKEN
    with pytest.raises(RuleBroken, match="market is closed"):
        await bench.gtts.desk.place(AT_ONCE)


async def test_while_halted_nothing_is_placed_and_reduce_only_lets_exits_through(
    bench: Bench,
) -> None:
    await bench.bought()
    bench.trading.state.standing = Standing.REDUCE_ONLY
    with pytest.raises(RuleBroken, match="only exits"):
        await bench.gtts.desk.place(SINGLE)
    assert (await bench.gtts.desk.place(STOP_HALF)).fate is Fate.TAKEN
    bench.trading.state.standing = Standing.HALTED
    with pytest.raises(RuleBroken, match="halted"):
        await bench.gtts.desk.place(TARGET_HALF)


async def test_what_waits_counts_as_open_for_the_limits() -> None:
    bench = make_bench(make_trading(limits=replace(WIDE, open_lots=2)))
    await bench.gtts.desk.place(replace(SINGLE, quantity=130))
    with pytest.raises(RuleBroken, match="3 lots would be open"):
        await bench.trading.desk.place(SINGLE.order())
    (gtt,) = bench.gtts.state.gtts.values()
    await bench.listen()
    await bench.gtts.desk.modify(gtt.id, dearer(gtt.terms))
    await bench.gtts.desk.cancel(gtt.id)
    await bench.listen()
    await bench.trading.desk.place(SINGLE.order())


async def test_the_same_one_twice_within_a_moment_is_refused() -> None:
    bench = make_bench(make_trading(limits=replace(WIDE, duplicate_seconds=2)))
    await bench.gtts.desk.place(SINGLE)
    with pytest.raises(RuleBroken, match="same order"):
        await bench.gtts.desk.place(SINGLE)


# What happens


async def test_an_order_that_it_places_is_a_child_and_no_stranger(bench: Bench) -> None:
    gtt = await bench.gtts.desk.place(replace(BRACKET, group="condor"))
    await bench.listen()
    (number,) = bench.door.book
    id = bench.door.fire(number)
    await bench.listen()
    await bench.trading.reconciler.reconcile()
    child = bench.trading.state.owner_of(id)
    assert child is not None
    assert (parent_of(child.id), child.request.source) == (gtt.id, Source.RULE)
    assert child.request.group == "condor"
    assert bench.now(gtt).status is GttStatus.ENTERING
    assert bench.trading.state.differences == {}
    bench.trading.broker.trade(id, 65, "150")
    bench.door.tell(number, Role.ENTRY, RuleStatus.COMPLETED)
    await bench.listen()
    assert bench.now(gtt).status is GttStatus.GUARDING
    assert bench.trading.state.held(CALL.key, BRACKET.product) == 65


async def test_one_of_others_is_shown_and_its_order_stays_external(bench: Bench) -> None:
    await bench.door.place(
        replace(await bench.gtts.desk.place(SINGLE), request=dearer(SINGLE, "170"))
    )
    await bench.listen()
    await bench.gtts.watch.reconcile()
    foreign = [g for g in bench.gtts.state.gtts.values() if g.request.source is Source.EXTERNAL]
    assert [g.terms.entry.price for g in foreign] == [170]
    number = foreign[0].broker_id
    assert number is not None
    id = bench.door.fire(number)
    await bench.listen()
    await bench.trading.reconciler.reconcile()
    child = bench.trading.state.owner_of(id)
    assert child is not None
    assert child.request.source is Source.EXTERNAL


async def test_new_terms_are_asked_for_once_and_told_by_the_broker(bench: Bench) -> None:
    gtt = await bench.gtts.desk.place(BRACKET)
    await bench.listen()
    await bench.gtts.desk.modify(gtt.id, dearer(BRACKET))
    await bench.listen()
    assert bench.now(gtt).terms.entry.price == 151
    bench.door.faults = [Fault.LOST_AFTER]
    await bench.gtts.desk.modify(gtt.id, dearer(BRACKET, "152"))
    await bench.listen()
    assert bench.now(gtt).terms.entry.price == 152
    assert bench.door.asked == ["place", "modify", "modify"]


async def test_an_entry_that_works_keeps_its_size_and_is_changed_at_once(bench: Bench) -> None:
    gtt = await bench.gtts.desk.place(BRACKET)
    (number,) = bench.door.book
    bench.door.fire(number)
    await bench.listen()
    with pytest.raises(RuleBroken, match="size cannot be changed"):
        await bench.gtts.desk.modify(gtt.id, replace(BRACKET, quantity=130))
    await bench.gtts.desk.modify(gtt.id, dearer(BRACKET))
    assert bench.door.book[number].entry.trigger is Trigger.IMMEDIATE
    with pytest.raises(RuleBroken, match="keeps contract"):
        await bench.gtts.desk.modify(gtt.id, SINGLE)


async def test_a_cancelled_one_is_over_and_cannot_be_cancelled_again(bench: Bench) -> None:
    gtt = await bench.gtts.desk.place(BRACKET)
    await bench.gtts.desk.cancel(gtt.id)
    await bench.listen()
    assert bench.now(gtt).status is GttStatus.CANCELLED
    with pytest.raises(RuleBroken, match="cancelled already"):
        await bench.gtts.desk.cancel(gtt.id)


async def test_one_of_unknown_fate_is_cancelled_once_it_is_found(bench: Bench) -> None:
    bench.door.faults, bench.door.quiet = [Fault.LOST_AFTER], True
    gtt = await bench.gtts.desk.place(SINGLE)
    await bench.gtts.desk.cancel(gtt.id)
    assert bench.door.asked == ["place"]
    bench.door.quiet = False
    await bench.gtts.watch.reconcile()
    await bench.listen()
    assert bench.now(gtt).status is GttStatus.CANCELLED


# Pairs


async def test_of_a_pair_the_stop_goes_first_and_one_ends_the_other(bench: Bench) -> None:
    await bench.bought()
    stop, target = await bench.gtts.desk.place_pair(STOP_HALF, TARGET_HALF)
    await bench.listen()
    assert (stop.kind, stop.request.tied) == (GttKind.OCO, target.id)
    first, second = bench.door.book
    assert bench.door.book[first].entry.price == 140
    bench.door.fire(second)
    await bench.listen()
    assert bench.now(target).status is GttStatus.ENTERING
    assert bench.now(stop).status is GttStatus.CANCELLED


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.LOST_BEFORE])
async def test_without_its_stop_a_target_is_not_sent(bench: Bench, fault: Fault) -> None:
    await bench.bought()
    bench.door.faults = [fault]
    try:
        await bench.gtts.desk.place_pair(STOP_HALF, TARGET_HALF)
    except BrokerRejected:
        assert fault is Fault.REFUSED
    assert bench.door.asked == ["place"]
    _, target = bench.gtts.state.gtts.values()
    assert (target.status, "not sent" in target.why) == (GttStatus.REJECTED, True)


async def test_a_pair_survives_a_restart_and_still_one_ends_the_other(bench: Bench) -> None:
    await bench.bought()
    stop, target = await bench.gtts.desk.place_pair(STOP_HALF, TARGET_HALF)
    await bench.listen()
    again = make_bench(
        make_trading(broker=bench.trading.broker, memory=bench.trading.memory),
        bench.kept,
        bench.door,
    )
    first, _ = bench.door.book
    bench.door.fire(first)  # while nobody listened
    await again.gtts.watch.load()
    await again.gtts.watch.reconcile()
    await again.listen()
    assert again.now(stop).status is GttStatus.ENTERING
    assert again.now(target).status is GttStatus.CANCELLED


# The kill switch


async def test_the_kill_switch_ends_what_would_open_and_keeps_what_protects(
    bench: Bench,
) -> None:
    await bench.bought()
    opens = await bench.gtts.desk.place(BRACKET)
    closes = await bench.gtts.desk.place(STOP_HALF)
    await bench.listen()
    assert await bench.gtts.desk.cancel_all() == 1
    await bench.listen()
    assert bench.now(opens).status is GttStatus.CANCELLED
    assert bench.now(closes).status is GttStatus.WAITING
    assert await bench.gtts.desk.cancel_all(exits=True) == 1
    await bench.listen()
    assert bench.now(closes).status is GttStatus.CANCELLED


async def test_a_sale_of_more_than_is_held_opens_something(bench: Bench) -> None:
    await bench.bought()
    await bench.gtts.desk.place(replace(closing(140, Trigger.BELOW), quantity=130))
    assert await bench.gtts.desk.cancel_all() == 1


# The watch


async def test_what_was_being_sent_when_the_desk_ended_is_unknown_then_found(
    bench: Bench,
) -> None:
    bench.door.faults, bench.door.quiet = [Fault.LOST_AFTER], True
    gtt = await bench.gtts.desk.place(SINGLE)
    bench.kept.rows[gtt.id] = replace(bench.now(gtt), fate=Fate.WRITTEN, reason="")
    again = make_bench(kept=bench.kept, door=bench.door)
    await again.gtts.watch.load()
    assert again.now(gtt).status is GttStatus.UNKNOWN
    await again.gtts.watch.reconcile()
    assert again.now(gtt).status is GttStatus.WAITING


async def test_one_that_left_the_list_ends_as_its_orders_did(bench: Bench) -> None:
    gtt = await bench.gtts.desk.place(SINGLE)
    (number,) = bench.door.book
    id = bench.door.fire(number)
    await bench.listen()
    await bench.trading.reconciler.reconcile()
    bench.trading.broker.trade(id, 65, "150")
    bench.door.quiet = True
    bench.door.tell(number, Role.ENTRY, RuleStatus.COMPLETED)
    await bench.listen()
    assert bench.now(gtt).status is GttStatus.ENTERING
    await bench.gtts.watch.reconcile()
    assert bench.now(gtt).status is GttStatus.DONE


async def test_one_that_left_the_list_without_a_trace_is_told_so(bench: Bench) -> None:
    gtt = await bench.gtts.desk.place(SINGLE)
    await bench.listen()
    bench.door.book.clear()
    await bench.gtts.watch.reconcile()
    assert bench.now(gtt).status is GttStatus.GONE
    assert (
        "BUY 65 NIFTY 24200 CE 25 AUG 26 ended at the broker"
        in bench.trading.notices.since(0)[-1].text
    )


async def test_a_list_that_cannot_be_read_changes_nothing(bench: Bench) -> None:
    gtt = await bench.gtts.desk.place(SINGLE)
    await bench.listen()
    bench.door.down = "the broker is busy"
    with pytest.raises(BrokerUnavailable):
        await bench.gtts.watch.reconcile()
    assert bench.gtts.state.problem == "the broker is busy"
    assert bench.now(gtt).status is GttStatus.WAITING


async def test_one_in_the_list_before_its_answer_is_not_a_stranger(bench: Bench) -> None:
    bench.gtts.state.in_flight.add((await bench.gtts.desk.place(SINGLE)).id)
    await bench.listen()
    bench.door.quiet = True
    other = dearer(SINGLE, "170")
    await bench.door.place(replace(next(iter(bench.gtts.state.gtts.values())), request=other))
    await bench.gtts.watch.reconcile()
    assert len(bench.gtts.state.gtts) == 1


async def test_words_that_come_before_the_answer_are_not_lost(bench: Bench) -> None:
    early = told(SINGLE, RuleStatus.OPEN)
    books = bench.gtts.desk._books
    await books.hear(early)
    gtt = replace(await bench.gtts.desk.place(SINGLE), fate=Fate.WRITTEN, broker_id=None, told=None)
    bench.gtts.state.put(gtt)
    await books.taken(gtt, early.id)
    assert bench.now(gtt).status is GttStatus.ENTERING


async def test_a_sold_side_is_told_as_sold(bench: Bench) -> None:
    gtt = await bench.gtts.desk.place(replace(SINGLE, side=Side.SELL))
    assert bench.gtts.desk.opening() == [(CALL.key, -65)]
    await bench.listen()
    assert bench.now(gtt).terms.signed == -65


# In the kill switch's hands


async def test_the_kill_switch_ends_what_would_open_within_seconds(bench: Bench) -> None:
    await bench.bought()
    opens = await bench.gtts.desk.place(BRACKET)
    closes = await bench.gtts.desk.place(STOP_HALF)
    await bench.listen()
    controls = RiskControls(
        state=bench.trading.state,
        desk=bench.trading.desk,
        gate=bench.trading.gate,
        pace=bench.trading.pace,
        records=bench.trading.records,
        preferences=MemoryPreferences(),
        clock=bench.trading.clock,
        notices=bench.trading.notices,
        between_rounds=0.01,
    )
    controls.end_gtts = bench.gtts.desk.end_all
    listening = asyncio.create_task(_listen(bench))
    await controls.halt("stopped by hand")
    assert bench.now(opens).status is GttStatus.CANCELLED
    assert bench.now(closes).status is GttStatus.WAITING
    await controls.halt("stopped by hand", flatten=True)
    assert bench.now(closes).status is GttStatus.CANCELLED
    listening.cancel()


async def _listen(bench: Bench) -> None:
    while True:
        await bench.listen()
        await asyncio.sleep(0.001)
