"""What we believe is compared with the broker; what differs is told, and blocks new risk."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import BrokerUnavailable, RuleBroken
from core.ids import OrderId
from core.ports.broker import BrokerPosition
from core.state.trading import About
from core.trading.broker_orders import Status
from core.trading.requests import Product, Side, Source
from tests.core.services.trading_desk import make_trading, soon
from tests.core.trading.samples import KEY, LOT, OTHER, ask
from tests.fake_exchange import Fault

CARRY = Product.CARRY


async def test_an_order_waits_until_all_was_compared_once() -> None:
    trading = make_trading(reconciled=False)
    with pytest.raises(RuleBroken, match="compared with the broker once"):
        await trading.desk.place(ask())
    await trading.reconciler.reconcile()
    assert (await trading.desk.place(ask())).status is Status.ACCEPTED


async def test_what_the_stream_did_not_say_is_found_out() -> None:
    trading = make_trading()
    trading.broker.quiet = True
    order = await trading.desk.place(ask())
    trading.broker.trade(order.broker_ids[0], 30, "150", quiet=True)
    assert await trading.reconciler.reconcile() == []
    assert trading.state.orders[order.id].status is Status.PARTIAL
    assert trading.state.held(KEY, CARRY) == 30
    assert trading.state.funds is not None


async def test_a_restart_in_the_middle_of_sending_finds_the_order_by_its_tag() -> None:
    first = make_trading(patience=5)
    first.broker.faults = [Fault.SILENT]
    sending = asyncio.create_task(first.desk.place(ask()))
    await soon(lambda: bool(first.broker.book))
    (order,) = await first.memory.orders.unsettled()
    assert order.status is Status.PENDING
    again = make_trading(broker=first.broker, memory=first.memory, reconciled=False)
    await again.reconciler.load()
    assert again.state.orders[order.id].status is Status.UNKNOWN
    await again.reconciler.reconcile()
    assert again.state.orders[order.id].status is Status.OPEN
    assert again.broker.asked == ["place"]
    sending.cancel()
    for task in list(first.desk._tasks):
        task.cancel()
    await first.desk.close()


async def test_a_restart_before_sending_finds_that_nothing_was_done() -> None:
    trading = make_trading()
    trading.broker.faults = [Fault.LOST_BEFORE]
    order = await trading.desk.place(ask())
    again = make_trading(broker=trading.broker, memory=trading.memory, reconciled=False)
    await again.reconciler.load()
    await again.reconciler.reconcile()
    assert again.state.orders[order.id].status is Status.LOST
    assert "Nothing was done" in again.notices.all()[-1].text
    assert again.broker.asked == ["place"]


async def test_an_order_is_not_given_up_before_it_had_time_to_arrive() -> None:
    trading = make_trading(settled_after=0.1)
    trading.broker.faults = [Fault.LOST_BEFORE]
    order = await trading.desk.place(ask())
    await trading.reconciler.reconcile()
    assert trading.state.orders[order.id].status is Status.UNKNOWN
    await asyncio.sleep(0.11)
    await trading.reconciler.reconcile()
    assert trading.state.orders[order.id].status is Status.LOST


async def test_a_late_arrival_is_believed_after_all() -> None:
    trading = make_trading()
    trading.broker.faults = [Fault.LOST_BEFORE]
    order = await trading.desk.place(ask())
    await trading.reconciler.reconcile()
    trading.broker.foreign(KEY, tag=order.id)
    await trading.reconciler.reconcile()
    assert trading.state.orders[order.id].status is Status.OPEN
    assert trading.state.differences == {}


async def test_an_order_of_another_screen_is_adopted_and_only_looked_at() -> None:
    trading = make_trading()
    heard = trading.broker.foreign(OTHER, Side.SELL)
    await trading.listen()
    assert trading.state.orders == {}
    await trading.reconciler.reconcile()
    (order,) = trading.state.orders.values()
    assert (order.request.source, order.status) == (Source.EXTERNAL, Status.OPEN)
    assert trading.state.own() == []
    assert trading.state.unclaimed == {}
    trading.broker.trade(heard.id, LOT, "150")
    await trading.listen()
    assert await trading.reconciler.reconcile() == []
    assert trading.state.held(OTHER, CARRY) == -LOT


async def test_an_order_with_our_mark_that_we_do_not_know_is_told_in_red() -> None:
    trading = make_trading()
    trading.broker.foreign(KEY, tag="sd" + "0" * 18)
    (found,) = await trading.reconciler.reconcile()
    assert "carries our mark" in found.text
    assert found.text[1:] in trading.notices.all()[-1].text
    await trading.reconciler.accept(found.name)
    assert await trading.reconciler.reconcile() == []


async def test_while_an_answer_is_awaited_nothing_is_taken_for_foreign() -> None:
    trading = make_trading()
    trading.broker.foreign(KEY)
    await trading.listen()
    trading.state.in_flight.add(OrderId("sd1"))
    await trading.reconciler.reconcile()
    assert trading.state.orders == {}
    trading.state.in_flight.clear()
    await trading.reconciler.reconcile()
    assert len(trading.state.orders) == 1


async def test_a_position_that_differs_blocks_new_risk_there_until_it_is_accepted() -> None:
    trading = make_trading()
    trading.broker.extra_positions = [BrokerPosition(key=KEY, product=CARRY, quantity=LOT)]
    (found,) = await trading.reconciler.reconcile()
    assert (found.about, found.key) == (About.POSITION, KEY)
    assert "we count 0 units, and the broker 65" in found.text
    assert found.remedy in trading.notices.all()[-1].text
    with pytest.raises(RuleBroken, match="until it is explained"):
        await trading.desk.place(ask())
    await trading.desk.place(ask(key=OTHER))  # other contracts go on
    await trading.reconciler.accept(found.name)
    assert trading.state.held(KEY, CARRY) == LOT
    assert await trading.reconciler.reconcile() == []
    await trading.desk.place(ask())
    with pytest.raises(RuleBroken, match="is gone"):
        await trading.reconciler.accept(found.name)
    assert any("accepted" in words for words in trading.memory.journal.told)


async def test_an_exit_passes_also_where_something_is_not_explained() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.trade(order.broker_ids[0], LOT, "150")
    await trading.listen()
    trading.broker.extra_positions = [BrokerPosition(key=KEY, product=CARRY, quantity=LOT * 2)]
    assert len(await trading.reconciler.reconcile()) == 1
    done = await trading.desk.place(ask(Side.SELL))
    assert done.status is Status.ACCEPTED


async def test_a_difference_that_goes_away_is_no_longer_told() -> None:
    trading = make_trading()
    trading.broker.extra_positions = [BrokerPosition(key=KEY, product=CARRY, quantity=LOT)]
    await trading.reconciler.reconcile()
    trading.broker.extra_positions = []
    assert await trading.reconciler.reconcile() == []
    assert trading.state.differences == {}
    assert trading.memory.journal.told[-1] == "gone"


async def test_positions_from_before_today_are_the_brokers_word() -> None:
    trading = make_trading()
    trading.broker.overnight = {(KEY, CARRY): -LOT}
    assert await trading.reconciler.reconcile() == []
    assert trading.state.held(KEY, CARRY) == -LOT


async def test_an_average_price_that_differs_is_told() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.trade(order.broker_ids[0], LOT, "150")
    await trading.listen()
    price = Decimal("150.02")
    trading.broker.extra_positions = [
        BrokerPosition(key=KEY, product=CARRY, quantity=LOT, average_price=price)
    ]
    (found,) = await trading.reconciler.reconcile()
    assert (found.about, found.text) == (
        About.PRICE,
        "our average price is 150.0000, and the broker's 150.0200",
    )
    trading.broker.extra_positions = [
        BrokerPosition(key=KEY, product=CARRY, quantity=LOT, average_price=Decimal("150.01"))
    ]
    assert await trading.reconciler.reconcile() == []


async def test_a_trade_that_the_broker_takes_back_is_told() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.trade(order.broker_ids[0], LOT, "150")
    await trading.listen()
    trading.broker.fills.clear()
    found = await trading.reconciler.reconcile()
    assert {each.about for each in found} == {About.TRADE, About.POSITION}


async def test_a_fill_without_its_trade_is_told() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    had = trading.broker.book[order.broker_ids[0]]
    trading.broker.say(replace(had, filled=20, average_price=Decimal(150)))
    found = await trading.reconciler.reconcile()
    assert [each.text for each in found] == ["20 units are filled, and the trades add up to 0"]


async def test_an_order_that_the_broker_forgot_is_told() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.book.clear()
    (found,) = await trading.reconciler.reconcile()
    assert found.subject == order.broker_ids[0]
    assert "does not list it" in found.text


async def test_an_order_of_yesterday_has_expired() -> None:
    first = make_trading()
    order = await first.desk.place(ask())
    again = make_trading(memory=first.memory, reconciled=False)
    again.clock.advance(timedelta(days=3))
    await again.reconciler.load()
    assert await again.reconciler.reconcile() == []
    assert again.state.orders[order.id].status is Status.EXPIRED
    assert await again.memory.orders.unsettled() == []


async def test_a_broker_that_does_not_answer_leaves_everything_as_it_was() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.down = "maintenance"
    with pytest.raises(BrokerUnavailable):
        await trading.reconciler.reconcile()
    assert trading.state.problem == "maintenance"
    assert trading.state.orders[order.id].status is Status.ACCEPTED
    trading.broker.down = ""
    await trading.reconciler.reconcile()
    assert trading.state.problem == ""


async def test_it_looks_by_itself_when_somebody_is_unsure() -> None:
    trading = make_trading(reconciled=False)
    watching = asyncio.create_task(trading.reconciler.run())
    await soon(lambda: trading.state.reconciled_at is not None)
    trading.broker.faults = [Fault.LOST_AFTER]
    order = await trading.desk.place(ask())
    await soon(lambda: trading.state.orders[order.id].status is Status.OPEN)
    watching.cancel()


async def test_the_day_is_loaded_whole_after_a_restart() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.trade(order.broker_ids[0], LOT, "150")
    await trading.listen()
    again = make_trading(broker=trading.broker, memory=trading.memory)
    await again.reconciler.load()
    assert again.state.orders == trading.state.orders
    assert again.state.held(KEY, CARRY) == LOT
    assert await again.reconciler.reconcile() == []


async def test_a_new_day_begins_with_what_the_broker_carried_over() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.trade(order.broker_ids[0], LOT, "150")
    await trading.listen()
    await trading.reconciler.reconcile()
    trading.clock.advance(timedelta(days=3))  # over the weekend
    with pytest.raises(RuleBroken, match="new day"):
        await trading.desk.place(ask())
    trading.broker.fills.clear()
    trading.broker.book.clear()
    trading.broker.overnight[KEY, CARRY] = LOT
    assert await trading.reconciler.reconcile() == []
    assert trading.state.held(KEY, CARRY) == LOT
    assert trading.state.ledger.fills == []
    assert trading.state.orders == {}
    await trading.desk.place(ask(Side.SELL))


async def test_what_the_broker_still_lists_of_yesterday_still_counts() -> None:
    trading = make_trading()
    order = await trading.desk.place(ask())
    trading.broker.trade(order.broker_ids[0], LOT, "150")
    await trading.listen()
    trading.clock.advance(timedelta(days=1))
    assert await trading.reconciler.reconcile() == []
    assert trading.state.held(KEY, CARRY) == LOT
    assert len(trading.state.ledger.fills) == 1


async def test_money_that_moves_without_a_trade_is_told_and_blocks_nothing() -> None:
    trading = make_trading()
    await trading.reconciler.reconcile()
    trading.broker.cash -= 25_000
    (difference,) = await trading.reconciler.reconcile()
    assert difference.about is About.FUNDS
    assert difference.text == "funds moved by -₹25,000.00, and nothing was traded"
    assert await trading.reconciler.reconcile() == [difference]
    order = await trading.desk.place(ask())
    await trading.reconciler.accept(difference.name)
    assert await trading.reconciler.reconcile() == []
    trading.broker.trade(order.broker_ids[0], LOT, "150")
    trading.broker.cash -= LOT * 150
    assert await trading.reconciler.reconcile() == []


async def test_money_may_be_booked_anew_overnight() -> None:
    trading = make_trading()
    await trading.reconciler.reconcile()
    trading.clock.advance(timedelta(days=3))
    trading.broker.cash -= 40
    assert await trading.reconciler.reconcile() == []


async def test_what_is_known_of_today_holds_at_the_first_look() -> None:
    trading = make_trading(reconciled=False)
    trading.state.adjustments[KEY, CARRY] = LOT  # as a conversion before the restart has made it
    trading.broker.extra_positions = [BrokerPosition(key=KEY, product=CARRY, quantity=LOT)]
    assert await trading.reconciler.reconcile() == []
    assert trading.state.held(KEY, CARRY) == LOT
