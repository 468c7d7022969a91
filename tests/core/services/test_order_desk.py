"""Orders are written down, sent once, and their fate is told as it is."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from core.errors import BrokerRejected, LoginNeeded, RuleBroken, StorageProblem
from core.ids import BrokerOrderId, InstrumentKey, OrderId
from core.ports.broker import Reconnected
from core.risk.limits import Standing
from core.trading.broker_orders import Status
from core.trading.journal import Kind
from core.trading.orders import Order
from core.trading.requests import Change, OrderType, Side, is_ours
from tests.core.services.trading_desk import WIDE, make_trading, soon
from tests.core.trading.samples import KEY, LOT, ask, at_broker
from tests.fake_exchange import Fault


async def test_an_order_is_on_the_disk_before_it_is_sent() -> None:
    trading = make_trading()
    on_disk: list[tuple[Status, list[str]]] = []
    place = trading.broker.place

    async def look(order: Order) -> tuple[BrokerOrderId, ...]:
        saved = await trading.memory.orders.get(order.id)
        assert saved is not None
        on_disk.append((saved.status, list(trading.memory.journal.told)))
        return await place(order)

    trading.broker.place = look  # type: ignore[method-assign]
    order = await trading.desk.place(ask())
    assert on_disk == [(Status.PENDING, ["wanted"])]
    assert order.status is Status.ACCEPTED
    assert trading.broker.tags == [order.id]
    assert is_ours(order.id)


async def test_what_cannot_be_written_down_is_not_sent() -> None:
    trading = make_trading()
    trading.memory.orders.problem = StorageProblem("the disk is full")
    with pytest.raises(StorageProblem):
        await trading.desk.place(ask())
    assert trading.broker.asked == []
    assert [o.status for o in trading.state.orders.values()] == [Status.REJECTED]


async def test_the_usual_life_of_an_order_is_told_from_click_to_fill() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.trade(order.broker_ids[0], 25, "150")
    trading.broker.trade(order.broker_ids[0], 40, "149.95")
    await trading.listen()
    done = trading.state.orders[order.id]
    assert (done.status, done.filled) == (Status.FILLED, LOT)
    assert done.average_price == (25 * Decimal(150) + 40 * Decimal("149.95")) / LOT
    assert trading.state.held(KEY, order.request.product) == LOT
    assert await trading.memory.orders.get(order.id) == done
    kinds = [each.entry.kind for each in await trading.memory.journal.of(order.id)]
    assert kinds[:2] == [Kind.INTENT, Kind.REPLY]
    assert await trading.memory.journal.first_break() == ""


@pytest.mark.parametrize(
    "fault",
    [
        Fault.LOST_BEFORE,
        Fault.LOST_AFTER,
        Fault.UNREADABLE,
        Fault.SILENT,
        Fault.NO_NUMBER,
        Fault.CRASH,
    ],
)
async def test_without_a_usable_answer_an_order_is_unknown_and_never_sent_again(
    fault: Fault,
) -> None:
    trading = make_trading()
    trading.broker.faults = [fault]
    order = await trading.desk.place(ask())
    assert order.status is Status.UNKNOWN
    assert trading.broker.asked == ["place"]
    assert [o.id for o in await trading.memory.orders.unsettled()] == [order.id]
    assert "not sent again" in trading.notices.all()[-1].text
    await trading.reconciler.reconcile()
    found = trading.state.orders[order.id].status
    assert found is (Status.LOST if fault is Fault.LOST_BEFORE else Status.OPEN)
    assert trading.broker.asked == ["place"]


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.NO_LOGIN])
async def test_a_clear_no_is_a_rejection_and_is_told(fault: Fault) -> None:
    trading = make_trading()
    trading.broker.faults = [fault]
    with pytest.raises((BrokerRejected, LoginNeeded)):
        await trading.desk.place(ask())
    (order,) = trading.state.orders.values()
    assert (order.status, order.why) == (Status.REJECTED, "no")
    assert trading.broker.asked == ["place"]


async def test_the_stream_may_fill_an_order_before_its_answer_comes() -> None:
    trading = make_trading()
    place = trading.broker.place

    async def slow(order: Order) -> tuple[BrokerOrderId, ...]:
        ids = await place(order)
        trading.broker.trade(ids[0], LOT, "150")
        while not trading.broker.told.empty():
            await trading.desk.hear([trading.broker.told.get_nowait()])
        return ids

    trading.broker.place = slow  # type: ignore[method-assign]
    order = await trading.desk.place(ask())
    assert (order.status, order.filled) == (Status.FILLED, LOT)
    assert await trading.reconciler.reconcile() == []


async def test_a_stream_without_tags_is_understood_once_the_answer_names_the_numbers() -> None:
    trading = make_trading()
    say, place = trading.broker.say, trading.broker.place
    trading.broker.say = lambda order: say(replace(order, tag=""))  # type: ignore[method-assign]

    async def slow(order: Order) -> tuple[BrokerOrderId, ...]:
        ids = await place(order)
        await trading.desk.hear([trading.broker.told.get_nowait()])
        assert list(trading.state.unclaimed) == list(ids)
        return ids

    trading.broker.place = slow  # type: ignore[method-assign]
    order = await trading.desk.place(ask())
    assert (order.status, trading.state.unclaimed) == (Status.OPEN, {})


async def test_a_sliced_order_is_one_order_with_several_numbers() -> None:
    trading = make_trading(limits=replace(WIDE, order_lots=None, order_value=None))
    order = await trading.desk.place(ask(quantity=60 * LOT, slice=True))
    assert len(order.broker_ids) == 3
    for id, units in zip(order.broker_ids, (1755, 1755, 390), strict=True):
        trading.broker.trade(id, units, "150")
    await trading.listen()
    assert trading.state.orders[order.id].status is Status.FILLED


async def test_half_a_sliced_order_that_arrived_is_found_and_no_more_is_sent() -> None:
    trading = make_trading(limits=replace(WIDE, order_lots=None, order_value=None))
    trading.broker.faults = [Fault.HALF]
    order = await trading.desk.place(ask(quantity=54 * LOT, slice=True))
    await trading.listen()
    assert trading.state.orders[order.id].status is Status.UNKNOWN
    await trading.reconciler.reconcile()
    found = trading.state.orders[order.id]
    assert (found.status, found.left) == (Status.OPEN, 1755)
    assert trading.broker.asked == ["place"]


async def test_a_double_click_is_one_order() -> None:
    trading = make_trading(limits=replace(WIDE, duplicate_seconds=2.0))
    done = await asyncio.gather(*(trading.desk.place(ask(), click="c1") for _ in range(2)))
    assert done[0].id == done[1].id == (await trading.desk.place(ask(), click="c1")).id
    with pytest.raises(RuleBroken, match="less than 2 s ago"):
        await trading.desk.place(ask())  # another tab, a moment later
    assert trading.broker.asked == ["place"]
    assert "less than 2 s ago" in trading.memory.journal.told[-1]


async def test_a_click_of_an_earlier_day_sends_nothing() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask(), click="c1")
    del trading.state.orders[order.id]  # as a new day does with what is over
    with pytest.raises(RuleBroken, match="an earlier day"):
        await trading.desk.place(ask(), click="c1")
    assert trading.broker.asked == ["place"]


async def test_two_tabs_at_once_cannot_pass_a_limit_together() -> None:
    trading = make_trading(limits=replace(WIDE, open_lots=1))
    asked = [trading.desk.place(ask(price=Decimal(100 + n))) for n in range(2)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Order", "RuleBroken"]
    assert trading.broker.asked == ["place"]


async def test_whoever_asked_may_go_away_and_the_order_still_comes_to_its_end() -> None:
    trading = make_trading(patience=1.0)
    trading.broker.pause = 0.02
    asking = asyncio.create_task(trading.desk.place(ask()))
    await soon(lambda: trading.broker.asked == ["place"])
    asking.cancel()
    await trading.desk.close()
    (order,) = trading.state.orders.values()
    assert order.status is Status.ACCEPTED
    assert await trading.memory.orders.get(order.id) == order


async def test_an_order_is_modified_once_and_the_broker_tells_the_rest() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    await trading.listen()
    await trading.desk.modify(order.id, Change(price=Decimal("149.5")))
    await trading.listen()
    assert trading.state.orders[order.id].parts[0].price == Decimal("149.5")
    assert trading.broker.asked == ["place", "modify"]


async def test_a_lost_answer_to_a_modification_is_asked_for_and_not_sent_again() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    await trading.listen()
    trading.broker.faults, trading.broker.quiet = [Fault.LOST_AFTER], True
    await trading.desk.modify(order.id, Change(quantity=130))
    assert trading.state.orders[order.id].wanted == LOT
    await trading.reconciler.reconcile()
    assert trading.state.orders[order.id].wanted == 130
    assert trading.broker.asked == ["place", "modify"]


async def test_a_modification_passes_the_same_gate() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    await trading.listen()
    for change, words in (
        (Change(quantity=66), "multiple of the lot"),
        (Change(price=Decimal("150.01")), "multiple of the tick"),
        (Change(quantity=LOT * 21), "allowed in one order"),
    ):
        with pytest.raises(RuleBroken, match=words):
            await trading.desk.modify(order.id, change)
    with pytest.raises(RuleBroken, match="no order"):
        await trading.desk.modify(OrderId("nobody"), Change())
    assert trading.broker.asked == ["place"]


async def test_two_changes_of_one_order_at_once_are_one() -> None:
    trading = make_trading(patience=1.0)
    order = await trading.desk.place(ask())
    await trading.listen()
    trading.broker.pause = 0.02
    asked = [trading.desk.modify(order.id, Change(price=Decimal(n))) for n in (140, 141)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(each, RuleBroken) for each in done] == [False, True]


async def test_an_order_is_cancelled_and_a_final_one_is_left_alone() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    await trading.desk.cancel(order.id)
    await trading.listen()
    assert trading.state.orders[order.id].status is Status.CANCELLED
    with pytest.raises(RuleBroken, match="cancelled already"):
        await trading.desk.cancel(order.id)
    with pytest.raises(RuleBroken, match="no order"):
        await trading.desk.cancel(OrderId("nobody"))
    assert trading.broker.asked == ["place", "cancel"]


async def test_an_unknown_order_is_cancelled_as_soon_as_it_is_found() -> None:
    trading = make_trading()
    trading.broker.faults = [Fault.LOST_AFTER]
    order = await trading.desk.place(ask())
    await trading.desk.cancel(order.id)
    assert trading.broker.asked == ["place"]
    await trading.reconciler.reconcile()
    await trading.desk.close()
    await trading.listen()
    assert trading.state.orders[order.id].status is Status.CANCELLED
    assert trading.broker.asked == ["place", "cancel"]


async def test_everything_that_works_is_cancelled_at_once() -> None:
    trading = make_trading()
    for n in range(4):
        await trading.desk.place(ask(price=Decimal(100 + n)))
    await trading.listen()
    trading.broker.trade(next(iter(trading.broker.book)), LOT, "100", quiet=True)  # too late
    assert await trading.desk.cancel_all() == 4
    await trading.listen()
    await trading.reconciler.reconcile()
    ends = sorted(each.status for each in trading.state.orders.values())
    assert ends == [Status.CANCELLED] * 3 + [Status.FILLED]


async def test_words_that_make_no_sense_are_noted_and_the_stream_goes_on() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    wrong = at_broker(order.broker_ids[0], side=Side.SELL, tag=order.id)
    trading.broker.told.put_nowait(wrong)
    listening = asyncio.create_task(trading.desk.run())
    trading.broker.trade(order.broker_ids[0], LOT, "150")
    await soon(lambda: trading.state.orders[order.id].status is Status.FILLED)
    listening.cancel()
    assert any("not understood" in words for words in trading.memory.journal.told)


async def test_a_repeated_word_is_not_written_down_again() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.trade(order.broker_ids[0], LOT, "150")
    said = [trading.broker.told.get_nowait() for _ in range(3)]
    await trading.desk.hear([*said, *reversed(said), Reconnected()])
    entries = await trading.memory.journal.of(order.id)
    assert [e.entry.text for e in entries] == [
        "wanted",
        "taken",
        "the broker says open",
        "the broker says filled",
        "filled",
    ]


async def test_a_contract_that_is_not_listed_is_refused() -> None:
    trading = make_trading()
    with pytest.raises(RuleBroken, match="not listed"):
        await trading.desk.place(ask(key=InstrumentKey("NSE_FO|1")))


async def test_a_second_modification_builds_on_the_first() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    await trading.listen()
    for change in (Change(price=Decimal("149.5")), Change(quantity=2 * LOT)):
        await trading.desk.modify(order.id, change)
        await trading.listen()
    (part,) = trading.state.orders[order.id].parts
    assert (part.price, part.quantity) == (Decimal("149.5"), 2 * LOT)


async def test_a_new_price_of_a_sliced_order_keeps_the_size_of_each_slice() -> None:
    trading = make_trading(limits=replace(WIDE, order_lots=None, order_value=None))
    order = await trading.desk.place(ask(quantity=30 * LOT, slice=True))
    await trading.listen()
    await trading.desk.modify(order.id, Change(price=Decimal("149.5")))
    await trading.listen()
    parts = trading.state.orders[order.id].parts
    assert [(part.quantity, part.price) for part in parts] == [
        (1755, Decimal("149.5")),
        (195, Decimal("149.5")),
    ]
    with pytest.raises(RuleBroken, match="size of a sliced order"):
        await trading.desk.modify(order.id, Change(quantity=LOT))


async def test_an_order_whose_stop_was_set_off_is_modified_as_what_it_is_now() -> None:
    trading = make_trading()
    request = ask(type=OrderType.SL, trigger_price=Decimal(149))
    order = await trading.desk.place(request)
    await trading.listen()
    await trading.desk.modify(order.id, Change(price=Decimal("150.5")))
    await trading.listen()
    assert trading.state.orders[order.id].terms == replace(request, price=Decimal("150.5"))


async def test_an_exit_that_is_filled_in_part_is_still_an_exit_when_modified() -> None:
    trading = make_trading()
    bought = await trading.desk.place(ask(quantity=2 * LOT))
    trading.broker.trade(bought.broker_ids[0], 2 * LOT, "150")
    exit = await trading.desk.place(ask(Side.SELL, 2 * LOT))
    trading.broker.trade(exit.broker_ids[0], LOT, "150")
    await trading.listen()
    trading.state.standing = Standing.REDUCE_ONLY
    await trading.desk.modify(exit.id, Change(price=Decimal("149.5")))
    with pytest.raises(RuleBroken, match="only exits"):
        await trading.desk.modify(exit.id, Change(quantity=3 * LOT))
    with pytest.raises(RuleBroken, match="65 units are filled already"):
        await trading.desk.modify(exit.id, Change(quantity=LOT))
