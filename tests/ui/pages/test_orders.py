"""The order book, as a trader meets it."""

import asyncio
import csv
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO

from nicegui.testing import User

from core.ids import BrokerOrderId, OrderId
from core.risk.limits import Limits
from core.settings import Mode
from core.trading.broker_orders import Status
from core.trading.requests import OrderType, Side, Source
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_exchange import Fault
from tests.ui.finding import one
from tests.ui.pages.order_visit import CALL, LOT, PUT, asked, number, placed, table
from tests.ui.waiting import say, until
from ui.orders import words
from ui.shell import build

NAME = "NIFTY 24200 CE 23 NOV 26"


async def test_an_order_appears_changes_and_is_filled_while_the_page_is_open(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/orders")
    book = await table(visitor)
    assert book.ids == []
    order = await placed(desk, group="straddle")
    await until(lambda: book.ids == [order.id] and book.texts(order.id)["contract"] == NAME)
    told = book.texts(order.id)
    assert (told["contract"], told["side"], told["lots"], told["quantity"]) == (
        NAME,
        "BUY",
        "1",
        "65",
    )
    assert (told["price"], told["status"], told["source"], told["group"]) == (
        "80.05",
        "OPEN",
        "HUMAN",
        "straddle",
    )
    assert book.acts(order.id) == {"modify", "cancel"}
    desk.exchange.trade(number(order), 30, "80.00")
    await desk.listen()
    await until(lambda: book.texts(order.id)["status"] == "PARTLY")
    assert book.texts(order.id)["filled"] == "30 / 35"
    desk.exchange.trade(number(order), 35, "80.00")
    await desk.listen()
    await until(lambda: book.texts(order.id)["status"] == "FILLED")
    assert book.texts(order.id)["average"] == "80.00"
    assert book.acts(order.id) == {"repeat"}


async def test_nothing_is_drawn_anew_while_nothing_changes(visitor: User, desk: FakeDesk) -> None:
    order = await placed(desk)
    await visitor.open("/orders")
    book = await table(visitor)
    say(book, "again", None)
    await until(lambda: book.texts(order.id)["ltp"] == "154.35")
    sent, line = book.messages, book.lines[order.id]
    for _ in range(3):
        desk.clock.advance(timedelta(seconds=1))
        await visitor_rests()
    assert book.messages == sent
    assert book.lines[order.id] is line


async def test_cancel_pressed_twice_and_in_two_tabs_is_sent_once(
    visitor: User, desk: FakeDesk, create_user: Callable[[], User]
) -> None:
    order, other = await placed(desk), create_user()
    await visitor.open("/orders")
    await other.open("/orders")
    here, there = await table(visitor), await table(other)
    desk.exchange.pause = 0.3
    say(here, "act", [order.id, "cancel"])
    await until(lambda: here.acts(order.id) == {"modify"})
    say(here, "act", [order.id, "cancel"])
    say(there, "act", [order.id, "cancel"])
    await until(lambda: desk.exchange.book[number(order)].status is Status.CANCELLED)
    await desk.listen()
    for each in (here, there):
        await until(lambda each=each: each.texts(order.id)["status"] == "CANCELLED")
    assert desk.exchange.asked == ["place", "cancel"]


async def test_new_terms_typed_into_the_line_are_checked_and_sent_once(
    visitor: User, desk: FakeDesk
) -> None:
    order = await placed(desk)
    await visitor.open("/orders")
    book = await table(visitor)
    say(book, "act", [order.id, "modify"])
    await until(lambda: order.id in book.editing)
    fields = book.editing[order.id]
    assert (fields["price"].value, fields["price"].step) == ("80.05", "0.05")
    assert (fields["quantity"].value, fields["quantity"].step) == ("65", "65")
    assert "trigger" not in fields
    for typed, why in (
        ({"price": "79.97"}, "tick"),
        ({"price": "much"}, "“much” is no price"),
        ({"quantity": "66"}, "lot"),
    ):
        say(book, "send", {"id": order.id, **typed})
        await visitor.should_see(why, retries=20)
        assert order.id in book.editing
    assert desk.exchange.asked == ["place"]
    say(book, "send", {"id": order.id, "price": "79.95", "quantity": "130"})
    await until(lambda: order.id not in book.editing)
    await desk.listen()
    await until(lambda: book.texts(order.id)["price"] == "79.95")
    assert book.texts(order.id)["quantity"] == "130"
    say(book, "act", [order.id, "modify"])
    await until(lambda: order.id in book.editing)
    say(book, "send", {"id": order.id, "price": "79.95", "quantity": "130"})
    await until(lambda: order.id not in book.editing)
    assert desk.exchange.asked == ["place", "modify"]


async def test_an_order_that_fills_while_it_is_cancelled_is_filled_and_says_why(
    visitor: User, desk: FakeDesk
) -> None:
    order = await placed(desk)
    await visitor.open("/orders")
    book = await table(visitor)
    desk.exchange.trade(number(order), LOT, "80.00", quiet=True)
    say(book, "act", [order.id, "cancel"])
    await visitor.should_see("order is final", retries=20)
    await desk.trading.reconciler.reconcile()
    await until(lambda: book.texts(order.id)["status"] == "FILLED")
    assert desk.trading.state.held(CALL, order.request.product) == LOT


async def test_an_order_that_ends_while_it_is_changed_closes_its_fields(
    visitor: User, desk: FakeDesk
) -> None:
    order = await placed(desk)
    await visitor.open("/orders")
    book = await table(visitor)
    say(book, "act", [order.id, "modify"])
    await until(lambda: order.id in book.editing)
    desk.exchange.trade(number(order), LOT, "80.00")
    await desk.listen()
    await visitor.should_see("The order is filled", retries=20)
    assert book.editing == {}


async def test_a_stop_order_shows_its_trigger_and_lets_it_be_changed(
    visitor: User, desk: FakeDesk
) -> None:
    desk.trading.state.limits = Limits(naked_lots=None)
    order = await placed(
        desk,
        side=Side.SELL,
        type=OrderType.SL,
        price=Decimal("140.00"),
        trigger_price=Decimal("141.00"),
    )
    await visitor.open("/orders")
    book = await table(visitor)
    assert book.texts(order.id)["trigger"] == "141.00"
    say(book, "act", [order.id, "modify"])
    await until(lambda: order.id in book.editing)
    say(book, "send", {"id": order.id, "price": "140.00", "trigger": "142.00", "quantity": "65"})
    await until(lambda: desk.exchange.book[number(order)].trigger_price == 142)


async def test_a_lost_answer_is_amber_says_what_is_done_and_is_found_on_request(
    visitor: User, desk: FakeDesk
) -> None:
    desk.exchange.faults = [Fault.LOST_AFTER]
    order = await desk.trading.desk.place(asked())
    await visitor.open("/orders")
    book = await table(visitor)
    line = book.lines[order.id]
    assert line.classes == "unknown"
    assert book.texts(order.id)["status"] == "UNKNOWN"
    assert any(words.NOT_SENT_AGAIN in cell for cell in line.cells)
    assert book.acts(order.id) == {"ask", "cancel"}
    say(book, "act", [order.id, "ask"])
    await until(lambda: book.texts(order.id)["status"] == "OPEN")
    assert desk.exchange.asked == ["place"]


async def test_the_slices_of_an_order_unfold_under_it(visitor: User, desk: FakeDesk) -> None:
    desk.trading.state.limits = Limits(order_lots=None, order_value=None, open_lots=None)
    order = await placed(desk, quantity=LOT * 54, slice=True)
    assert len(order.parts) == 2
    await visitor.open("/orders")
    book = await table(visitor)
    assert book.ids == [order.id]
    say(book, "act", [order.id, "fold"])
    slices = [f"{order.id}/{part.id}" for part in order.parts]
    assert book.ids == [order.id, *slices]
    assert book.texts(slices[0])["quantity"] == "1,755"
    say(book, "act", [order.id, "modify"])
    await until(lambda: order.id in book.editing)
    assert set(book.editing[order.id]) == {"price"}


async def test_filters_and_sorting_leave_what_was_asked_for(visitor: User, desk: FakeDesk) -> None:
    first = await placed(desk)
    second = await placed(desk, key=PUT, price=Decimal("75.00"), group="hedge")
    desk.exchange.trade(number(second), LOT, "75.00")
    desk.exchange.foreign(CALL)
    await desk.listen()
    await desk.trading.reconciler.reconcile()
    (foreign,) = (id for id in desk.trading.state.orders if id not in (first.id, second.id))
    await visitor.open("/orders")
    book = await table(visitor)
    assert set(book.ids) == {second.id, first.id, foreign}
    one(visitor, "orders-source").set_value(str(Source.EXTERNAL))
    await until(lambda: book.ids == [foreign])
    assert book.texts(foreign)["source"] == "external"
    one(visitor, "orders-source").set_value("")
    one(visitor, "orders-find").set_value("hedge put")
    await until(lambda: book.ids == [])
    one(visitor, "orders-find").set_value("hedge pe")
    await until(lambda: book.ids == [second.id])
    one(visitor, "orders-find").set_value("")
    say(book, "sort", "price")
    await until(lambda: book.ids == [second.id, first.id, foreign])
    say(book, "sort", "price")
    await until(lambda: book.ids == [foreign, first.id, second.id])


async def test_earlier_days_are_read_from_the_disk_when_they_are_wanted(
    visitor: User, desk: FakeDesk
) -> None:
    order = await placed(desk)
    await desk.trading.desk.cancel(order.id)
    await desk.listen()
    desk.trading.state.leave_behind([], [desk.trading.state.orders[order.id]])
    desk.clock.advance(timedelta(days=1))
    await visitor.open("/orders")
    book = await table(visitor)
    assert book.ids == []
    one(visitor, "orders-days").set_value("7")
    await until(lambda: book.ids == [order.id])
    assert book.texts(order.id)["time"].startswith("18 Nov ")


async def test_repeat_asks_first_names_the_mode_and_sends_one_new_order(
    visitor: User, desk: FakeDesk
) -> None:
    order = await placed(desk, group="straddle")
    await desk.trading.desk.cancel(order.id)
    await desk.listen()
    desk.clock.advance(timedelta(seconds=5))
    await visitor.open("/orders")
    book = await table(visitor)
    say(book, "act", [order.id, "repeat"])
    await visitor.should_see("SIMULATED · prices and clock", retries=20)
    await visitor.should_see(f"BUY 65 {NAME} at 80.05")
    visitor.find(marker="repeat-yes").click()
    await until(lambda: desk.exchange.asked == ["place", "cancel", "place"])
    await desk.listen()
    await until(lambda: len(book.ids) == 2)
    (again,) = (o for o in desk.trading.state.orders.values() if o.id != order.id)
    assert (again.request.source, again.request.group) == (Source.HUMAN, "")


async def test_cancel_all_asks_first_and_leaves_everything_when_told_so(
    visitor: User, desk: FakeDesk
) -> None:
    await placed(desk)
    await placed(desk, key=PUT, price=Decimal("75.00"))
    await visitor.open("/orders")
    await table(visitor)
    await visitor.should_see(marker="orders-cancel-all", retries=20)
    visitor.find(marker="orders-cancel-all").click()
    await visitor.should_see("Cancel 2 · SIMULATED", retries=20)
    visitor.find(marker="cancel-all-no").click()
    await visitor.should_not_see("Cancel 2 · SIMULATED", retries=20)
    assert desk.exchange.asked == ["place", "place"]
    visitor.find(marker="orders-cancel-all").click()
    await visitor.should_see(marker="cancel-all-yes", retries=20)
    visitor.find(marker="cancel-all-yes").click()
    await until(lambda: desk.exchange.asked == ["place", "place", "cancel", "cancel"])


async def test_the_history_of_an_order_is_told_with_ages_and_the_brokers_words(
    visitor: User, desk: FakeDesk
) -> None:
    order = await placed(desk)
    desk.exchange.trade(number(order), LOT, "80.00")
    await desk.listen()
    await visitor.open(f"/orders?order={order.id}")
    await visitor.should_see(f"BUY 65 {NAME} at 80.05", retries=20)
    await visitor.should_see("65 at 80.00", retries=20)
    for text in ("wanted", "taken", "exchange", "broker", "+0 ms"):
        await visitor.should_see(text)
    book = await table(visitor)
    assert book.picked == order.id
    visitor.find(marker="history-copy").click()
    await visitor.should_see("The time-line is copied.", retries=20)
    visitor.find(marker="history-close").click()
    await until(lambda: book.picked == "")


async def test_the_history_follows_what_is_picked_what_happens_and_what_is_linked_to(
    visitor: User, desk: FakeDesk
) -> None:
    first, second = await placed(desk), await placed(desk, key=PUT, price=Decimal("75.00"))
    await visitor.open(f"/orders?order={first.id}")
    book = await table(visitor)
    say(book, "pick", second.id)
    await visitor.should_see("BUY 65 NIFTY 24200 PE", retries=20)
    await desk.trading.desk.cancel(second.id)
    await desk.listen()
    await visitor.should_see("cancel asked for", retries=20)
    assert visitor.client is not None
    with visitor:  # the page is open at this address already, so that it is not built anew
        await visitor.client.sub_pages_router._handle_open(f"/orders?order={first.id}")
    await until(lambda: book.picked == first.id)


async def test_fills_are_listed_with_value_charges_and_sums(visitor: User, desk: FakeDesk) -> None:
    order = await placed(desk)
    desk.exchange.trade(number(order), LOT, "80.00")
    await desk.listen()
    await visitor.open("/orders?tab=trades")
    trades = await table(visitor, "trade")
    (id,) = trades.ids
    told = trades.texts(id)
    assert (told["contract"], told["value"]) == (NAME, "5,200.00")
    assert float(told["charges"]) > 20
    await visitor.should_see("1 trades · bought ₹5,200.00 · sold ₹0.00")
    say(trades, "pick", id)
    await visitor.should_see(f"BUY 65 {NAME} at 80.05", retries=20)


async def test_what_runs_by_itself_has_its_tabs(visitor: User) -> None:
    await visitor.open("/orders?tab=running")
    await visitor.should_see("Nothing is running.", retries=20)
    visitor.find(marker="tab-baskets").click()
    await visitor.should_see("No baskets today.", retries=20)
    visitor.find(marker="tab-gtt").click()
    await visitor.should_see("GTT", retries=20)
    await visitor.should_not_see("No baskets today.")


async def test_what_is_shown_can_be_taken_away_as_a_file(visitor: User, desk: FakeDesk) -> None:
    order = await placed(desk, group="=cmd")
    await visitor.open("/orders")
    await table(visitor)
    visitor.find(marker="orders-export").click()
    visitor.find(marker="orders-export-csv").click()
    answer = await visitor.download.next(timeout=10)
    heads, row = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
    told = dict(zip(heads, row, strict=True))
    assert (told["Contract"], told["Price (₹)"], told["Order"]) == (NAME, "80.05", order.id)
    assert told["Group"] == "'=cmd"


async def test_a_desk_without_orders_says_so(user: User) -> None:
    build(make_desk(mode=Mode.READONLY).services)
    await user.open("/orders")
    await user.should_see("Orders are not wired in this mode")
    await user.should_not_see(marker="blotter-chip")


async def test_one_of_two_thousand_orders_moves_alone(visitor: User, desk: FakeDesk) -> None:
    first = await placed(desk)
    state = desk.trading.state
    for i in range(2_000):
        part = replace(first.parts[0], id=BrokerOrderId(f"m{i}"), status=Status.CANCELLED)
        state.put(replace(first, id=OrderId(f"many{i}"), parts=(part,)))
    await visitor.open("/orders")
    book = await table(visitor)
    assert len(book.ids) == 2_001
    say(book, "again", None)
    await until(lambda: book.messages > 0)
    lines, sent, began = dict(book.lines), book.messages, time.perf_counter()
    desk.exchange.trade(number(first), LOT, "80.00")
    await desk.listen()
    await until(lambda: book.texts(first.id)["status"] == "FILLED")
    assert time.perf_counter() - began < 2.0
    assert [id for id in book.ids if book.lines[id] is not lines[id]] == [first.id]
    assert book.messages <= sent + 2


async def visitor_rests() -> None:
    """Longer than the page's own pace."""
    await asyncio.sleep(0.3)
