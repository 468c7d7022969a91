"""GTTs on screen: the list and what can be done in it, and the ticket."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from nicegui.testing import User

from core.errors import RuleBroken
from core.instruments.instrument import Kind
from core.state.market import Col
from core.trading.gtt import Gtt, GttStatus
from core.trading.gtt_terms import GttKind, GttRequest, Role, Rule, Trigger
from core.trading.requests import Product, Side
from tests.fake_desk import FakeDesk
from tests.fake_exchange import Fault
from tests.fake_universe import option_key
from tests.ui.finding import one
from tests.ui.pages.order_visit import placed
from tests.ui.waiting import until
from ui.components.gtt_panel import GttPanel, gtt_panel
from ui.components.gtt_ticket import open_gtt
from ui.components.long_table import LongTable
from ui.gtt.form import GttForm, form_of

CALL = option_key(24_200.0, Kind.CALL)
LOT = 65


def wanted(price: str = "120", **more: Any) -> GttRequest:
    entry = Rule(role=Role.ENTRY, trigger=Trigger.ABOVE, price=Decimal(price))
    given: dict[str, Any] = {
        "key": CALL,
        "side": Side.BUY,
        "quantity": LOT,
        "product": Product.CARRY,
        "rules": (entry,),
    }
    return GttRequest(**(given | more))


@pytest.fixture
async def priced(desk: FakeDesk) -> FakeDesk:
    """The call trades at 100."""
    desk.feed.values[CALL] |= {Col.LTP: 100.0, Col.BID: 99.95, Col.ASK: 100.05}
    return desk


async def panel_of(visitor: User, desk: FakeDesk) -> GttPanel:
    await visitor.open("/calendar")
    with visitor:
        found = gtt_panel(desk.services)
    assert found is not None
    return found


def text(table: LongTable, gtt: Gtt, column: str) -> str:
    return table.texts(gtt.id)[column]


async def heard(desk: FakeDesk) -> None:
    for _ in range(2):
        await desk.listen()


# The list


async def test_each_is_listed_with_what_it_waits_for(visitor: User, priced: FakeDesk) -> None:
    panel = await panel_of(visitor, priced)
    stop = Rule(
        role=Role.STOPLOSS,
        trigger=Trigger.IMMEDIATE,
        price=Decimal(90),
        trailing_gap=Decimal(5),
    )
    request = wanted()
    assert priced.trading.gtts is not None
    gtt = await priced.trading.gtts.desk.place(replace(request, rules=(*request.rules, stop)))
    await heard(priced)
    panel.look()
    table = panel.table
    assert text(table, gtt, "price") == "≥ 120.00 · stop 90.00 trailing 5.00"
    assert (text(table, gtt, "status"), text(table, gtt, "type")) == ("WAITING", "Bracket")
    assert (text(table, gtt, "lots"), text(table, gtt, "away")) == ("1", "+20.0%")
    assert table.acts(gtt.id) == {"modify", "cancel"}


async def test_one_is_ended_from_its_line(visitor: User, priced: FakeDesk) -> None:
    panel = await panel_of(visitor, priced)
    assert priced.trading.gtts is not None
    gtt = await priced.trading.gtts.desk.place(wanted())
    await heard(priced)
    panel.look()
    await panel.act(gtt.id, "cancel")
    await heard(priced)
    panel.look()
    assert text(panel.table, gtt, "status") == "CANCELLED"
    assert panel.table.acts(gtt.id) == set()


async def test_one_of_unknown_fate_is_told_so_and_the_list_is_asked(
    visitor: User, priced: FakeDesk
) -> None:
    panel = await panel_of(visitor, priced)
    priced.gtts.faults, priced.gtts.quiet = [Fault.LOST_AFTER], True
    assert priced.trading.gtts is not None
    gtt = await priced.trading.gtts.desk.place(wanted())
    panel.look()
    assert text(panel.table, gtt, "status") == "UNKNOWN"
    assert panel.table.lines[gtt.id].classes == "unknown"
    await panel.act(gtt.id, "ask")
    assert text(panel.table, gtt, "status") == "WAITING"


async def test_earlier_ones_are_read_from_our_own_memory(visitor: User, priced: FakeDesk) -> None:
    assert priced.trading.gtts is not None
    panel = await panel_of(visitor, priced)
    placed_at = priced.clock.now().replace(day=3)
    old = Gtt(id="sg1", request=wanted(), placed_at=placed_at)  # type: ignore[arg-type]
    await priced.trading.gtts.kept.record([old.moved_to(old.fate.REFUSED, "no")])
    await panel.load("31")
    assert text(panel.table, old, "status") == "REJECTED"
    await panel.load("1")
    assert panel.table.ids == []


async def test_ending_all_asks_first(visitor: User, priced: FakeDesk) -> None:
    panel = await panel_of(visitor, priced)
    assert priced.trading.gtts is not None
    for price in ("120", "130"):
        await priced.trading.gtts.desk.place(wanted(price))
    await heard(priced)
    panel.look()
    visitor.find(marker="gtt-cancel-all").click()
    await visitor.should_see("Every GTT that works is ended: 2 now.")
    visitor.find(marker="gtt-all-yes").click()
    await until(lambda: priced.gtts.asked.count("cancel") == 2)


# The ticket


async def test_what_will_happen_is_said_and_sent_once(visitor: User, priced: FakeDesk) -> None:
    await visitor.open("/calendar")
    with visitor:
        await open_gtt(priced.services, CALL)
    await visitor.should_see("A price is needed for the trigger")
    visitor.find(marker="gtt-price").type("120")
    await visitor.should_see("When the last price rises to 120.00: BUY 65")
    await visitor.should_see("Place: buy 65 · SIMULATED")
    visitor.find(marker="gtt-send").click().click()
    await until(lambda: bool(priced.gtts.book))
    await visitor.should_see("At the broker: accepted.")
    await heard(priced)
    await visitor.should_see("At the broker: waiting for its trigger.", retries=20)
    assert priced.gtts.asked == ["place"]


async def test_a_bracket_trails_and_is_refused_where_it_cannot_be(
    visitor: User, priced: FakeDesk
) -> None:
    await visitor.open("/calendar")
    with visitor:
        await open_gtt(priced.services, CALL, kind=GttKind.BRACKET, lots=2)
    visitor.find(marker="gtt-price").type("95")
    await visitor.should_see("A bracket needs a target, a stop loss, or both")
    visitor.find(marker="gtt-stop").type("99")
    await visitor.should_see("The stop loss of a buy lies below its entry")
    visitor.find(marker="gtt-stop").clear().type("80")
    visitor.find(marker="gtt-gap").type("1")
    await visitor.should_see("The trailing gap must be at least ₹2.00")
    visitor.find(marker="gtt-gap").clear().type("4")
    await visitor.should_see("It follows the price by steps of 4.00.")
    visitor.find(marker="gtt-send").click()
    await until(lambda: bool(priced.gtts.book))
    (told,) = priced.gtts.book.values()
    assert (told.quantity, told.entry.trigger) == (2 * LOT, Trigger.BELOW)
    assert [rule.price for rule in told.rules] == [95, 80]


async def test_a_pair_closes_what_is_held_and_says_who_ties_it(
    visitor: User, priced: FakeDesk
) -> None:
    order = await placed(priced, key=CALL, price=Decimal("100"))
    priced.exchange.trade(order.broker_ids[0], LOT, "100")
    await heard(priced)
    await visitor.open("/calendar")
    with visitor:
        await open_gtt(priced.services, CALL, kind=GttKind.OCO, closing=True)
    visitor.find(marker="gtt-stop").type("90")
    visitor.find(marker="gtt-target").type("130")
    await visitor.should_see("this desk ends the other one")
    visitor.find(marker="gtt-send").click()
    await until(lambda: len(priced.gtts.book) == 2)
    assert [told.entry.price for told in priced.gtts.book.values()] == [90, 130]
    assert all(told.entry.side is Side.SELL for told in priced.gtts.book.values())


async def test_a_pair_of_more_than_is_held_is_refused(visitor: User, priced: FakeDesk) -> None:
    await visitor.open("/calendar")
    with visitor:
        await open_gtt(priced.services, CALL, kind=GttKind.OCO, side=Side.SELL)
    visitor.find(marker="gtt-stop").type("90")
    visitor.find(marker="gtt-target").type("130")
    await visitor.should_see("A pair closes what is held: 0 units are")
    visitor.find(marker="gtt-send").click()
    assert priced.gtts.asked == []


async def test_a_refusal_is_said_in_place_and_the_form_can_be_sent_again(
    visitor: User, priced: FakeDesk
) -> None:
    priced.gtts.faults = [Fault.REFUSED]
    await visitor.open("/calendar")
    with visitor:
        await open_gtt(priced.services, CALL)
    visitor.find(marker="gtt-price").type("120")
    visitor.find(marker="gtt-send").click()
    await until(lambda: priced.gtts.asked == ["place"])
    await until(lambda: one(visitor, "gtt-said").text == "No")
    visitor.find(marker="gtt-send").click()
    await until(lambda: len(priced.gtts.book) == 1)


async def test_what_waits_can_be_given_new_terms(visitor: User, priced: FakeDesk) -> None:
    assert priced.trading.gtts is not None
    gtt = await priced.trading.gtts.desk.place(wanted())
    await heard(priced)
    panel = await panel_of(visitor, priced)
    with visitor:
        await panel.act(gtt.id, "modify")
    assert one(visitor, "gtt-price").value == "120.00"
    visitor.find(marker="gtt-price").clear().type("125.5")
    await visitor.should_see("Change it · SIMULATED")
    visitor.find(marker="gtt-send").click()
    await until(lambda: priced.gtts.asked == ["place", "modify"])
    (told,) = priced.gtts.book.values()
    assert told.entry.price == Decimal("125.5")


def test_the_form_keeps_what_was_placed(priced_instrument: Any) -> None:
    form = GttForm(instrument=priced_instrument, kind=GttKind.BRACKET, lots=2)
    form.texts |= {"price": "95", "target": "120", "stop": "80", "gap": "4"}
    (request,) = form.requests(100.0)
    gtt = Gtt(id="sg1", request=request, placed_at=None)  # type: ignore[arg-type]
    assert form_of(gtt, priced_instrument).requests(100.0) == (request,)
    assert gtt.status is GttStatus.PENDING
    form.texts["price"] = "95.01"
    with pytest.raises(RuleBroken, match="tick"):
        form.requests(100.0)
    form.texts["price"] = ""
    with pytest.raises(RuleBroken, match="needed"):
        form.requests(100.0)


@pytest.fixture
async def priced_instrument(desk: FakeDesk) -> Any:
    return await desk.trading.gate.know(CALL)
