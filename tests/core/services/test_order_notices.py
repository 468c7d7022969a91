"""What the user is told of orders: each thing once, in words, and nothing of his own clicks."""

import asyncio

import pytest

from core.services.order_notices import OrderNotices
from core.state.notices import Level, Notice
from core.trading.broker_orders import Status
from core.trading.events import OrderEvent, order_link
from core.trading.orders import Order
from tests.core.services.trading_desk import Trading, make_trading, soon
from tests.core.trading.samples import CALL, KEY, ask
from tests.fake_exchange import Fault
from tests.fakes import MemoryInstruments


def told_by(trading: Trading) -> OrderNotices:
    made = OrderNotices(
        notices=trading.notices,
        instruments=MemoryInstruments([CALL]),
        journal=trading.memory.journal,
        clock=trading.clock,
    )
    trading.records.listen(made.heard)
    return made


async def placed(trading: Trading, quantity: int = 130) -> Order:
    order = await trading.desk.place(ask(quantity=quantity))
    await trading.listen()
    return order


async def told(trading: Trading, notices: OrderNotices) -> list[Notice]:
    before = trading.notices.count
    await trading.listen()
    await notices.tell()
    return trading.notices.since(before)


async def test_a_fill_is_told_once_with_its_words_and_the_way_to_the_order() -> None:
    trading = make_trading()
    notices = told_by(trading)
    order = await placed(trading)
    trading.broker.trade(order.broker_ids[0], 65, "150.00")
    (partly,) = await told(trading, notices)
    assert partly.text == f"Bought 65 of 130 {CALL.symbol} at 150.00; the rest is working."
    trading.broker.trade(order.broker_ids[0], 30, "150.00")
    assert await told(trading, notices) == []
    trading.broker.trade(order.broker_ids[0], 35, "150.10")
    (filled,) = await told(trading, notices)
    assert filled.text == f"Bought 130 {CALL.symbol} at 150.03."
    assert (filled.level, filled.event) == (Level.GOOD, OrderEvent.FILLED)
    assert filled.link == order_link(order.id)
    trading.broker.say(trading.broker.book[order.broker_ids[0]])
    assert await told(trading, notices) == []


async def test_steps_that_follow_each_other_at_once_are_one_notice() -> None:
    trading = make_trading()
    notices = told_by(trading)
    order = await placed(trading)
    for units in (30, 35, 65):
        trading.broker.trade(order.broker_ids[0], units, "150.00")
    assert [each.event for each in await told(trading, notices)] == [OrderEvent.FILLED]


async def test_an_own_cancel_is_no_news_but_that_of_the_exchange_is() -> None:
    trading = make_trading()
    notices = told_by(trading)
    mine, theirs = await placed(trading), await placed(trading, 65)
    await trading.desk.cancel(mine.id)
    assert await told(trading, notices) == []
    heard = trading.broker.book[theirs.broker_ids[0]]
    ended = type(heard)(
        **{name: getattr(heard, name) for name in heard.__slots__}
        | {"status": Status.CANCELLED, "reason": "the day is over."}
    )
    trading.broker.say(ended)
    (notice,) = await told(trading, notices)
    assert notice.text == f"Cancelled: BUY 65 {CALL.symbol}: the day is over."
    assert notice.level is Level.WARNING


async def test_an_order_cancelled_before_a_restart_is_still_known_as_our_wish() -> None:
    trading = make_trading()
    order = await placed(trading)
    trading.broker.quiet = True
    await trading.desk.cancel(order.id)
    again = make_trading(broker=trading.broker, memory=trading.memory)
    notices = told_by(again)
    await again.reconciler.load()
    await again.reconciler.reconcile()
    assert again.state.orders[order.id].status is Status.CANCELLED
    assert await told(again, notices) == []


async def test_what_was_filled_while_the_desk_was_down_is_told_and_the_rest_is_not() -> None:
    trading = make_trading()
    done, open_still = await placed(trading), await placed(trading, 65)
    trading.broker.trade(done.broker_ids[0], 130, "151.00")
    again = make_trading(broker=trading.broker, memory=trading.memory)
    notices = told_by(again)
    await again.reconciler.load()
    await again.reconciler.reconcile()
    (notice,) = await told(again, notices)
    assert notice.text == f"Bought 130 {CALL.symbol} at 151.00."
    assert again.state.orders[open_still.id].status is Status.OPEN


async def test_a_lost_answer_that_is_found_filled_says_both_in_one_notice() -> None:
    trading = make_trading()
    notices = told_by(trading)
    trading.broker.faults = [Fault.LOST_AFTER]
    order = await trading.desk.place(ask())
    assert order.status is Status.UNKNOWN
    lost = trading.notices.all()[-1]
    assert (lost.event, lost.link) == (OrderEvent.NO_ANSWER, order_link(order.id))
    (number,) = trading.broker.book
    trading.broker.trade(number, 65, "150.00", quiet=True)
    await trading.reconciler.reconcile()
    (notice,) = await told(trading, notices)
    assert notice.text == f"Found at the broker. Bought 65 {CALL.symbol} at 150.00."


async def test_many_of_a_kind_at_once_are_one_notice() -> None:
    trading = make_trading()
    notices = told_by(trading)
    for _ in range(7):
        order = await placed(trading, 65)
        trading.broker.trade(order.broker_ids[0], 65, "150.00")
    (notice,) = await told(trading, notices)
    assert (notice.text, notice.link) == ("7 orders were filled.", "/orders")


async def test_an_order_placed_elsewhere_is_told() -> None:
    trading = make_trading()
    notices = told_by(trading)
    trading.broker.foreign(KEY)
    await trading.reconciler.reconcile()
    assert [n.text for n in await told(trading, notices)] == [
        f"Placed elsewhere: BUY 65 {CALL.symbol} is open."
    ]


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.NO_LOGIN])
async def test_a_rejection_is_a_problem_with_its_reason(fault: Fault) -> None:
    trading = make_trading()
    notices = told_by(trading)
    trading.broker.faults = [fault]
    with pytest.raises(Exception, match="no"):
        await trading.desk.place(ask())
    (notice,) = await told(trading, notices)
    assert notice.text == f"Rejected: BUY 65 {CALL.symbol}: no."
    assert notice.level is Level.PROBLEM


async def test_it_tells_by_itself_soon_after_something_is_heard() -> None:
    trading = make_trading()
    notices = told_by(trading)
    running = asyncio.create_task(notices.run())
    order = await placed(trading, 65)
    trading.broker.trade(order.broker_ids[0], 65, "150.00")
    await trading.listen()
    await soon(lambda: trading.notices.count == 1)
    running.cancel()
