"""The page of limits, the kill switch in the shell, and the arming of live orders."""

from decimal import Decimal

import pytest
from nicegui.testing import User

from core.errors import RuleBroken
from core.instruments.instrument import Kind
from core.risk.limits import Standing
from core.settings import Mode
from core.trading.journal import Sealed
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import option_key
from tests.ui.waiting import until
from ui.opening import prepare
from ui.shell import build

ASK = OrderRequest(
    key=option_key(24_200.0, Kind.CALL),
    side=Side.BUY,
    quantity=65,
    product=Product.CARRY,
    type=OrderType.LIMIT,
    price=Decimal("80.05"),
)


async def test_the_limits_in_force_are_shown_and_changed_with_a_trail(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/risk")
    await visitor.should_see("ACTIVE")
    lots = visitor.find(marker="limit-order-lots")
    assert next(iter(lots.elements)).value == "20"  # type: ignore[attr-defined]
    lots.clear().type("2")
    visitor.find(marker="limit-banned").type("tcs, bhel")
    await visitor.should_see("Not kept yet.")
    visitor.find(marker="limits-save").click()
    await visitor.should_see("Kept, and written into the journal.")
    assert desk.trading.state.limits.order_lots == 2
    assert desk.trading.state.limits.banned == ("TCS", "BHEL")
    assert any("order_lots: 20 → 2" in each.entry.text for each in await changes(desk))


async def changes(desk: FakeDesk) -> list[Sealed]:
    return await desk.trading.journal.of("limits")


async def test_a_limit_that_cannot_be_is_refused_at_once(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/risk")
    visitor.find(marker="limit-orders-a-second").clear().type("50")
    await visitor.should_see("Orders a second must be 1 to 8")
    visitor.find(marker="limits-save").click()
    assert desk.trading.state.limits.orders_a_second == 8
    visitor.find(marker="limits-undo").click()
    visitor.find(marker="limit-day-loss").clear().type("a lot")
    await visitor.should_see("a lot cannot be read")


async def test_the_kill_switch_is_on_every_page_and_is_released_by_a_word(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/calendar")
    visitor.find(marker="kill-open").click()
    await visitor.should_see("Stop trading")
    visitor.find(marker="kill-now").click()
    await until(lambda: desk.trading.state.standing is Standing.HALTED)
    with pytest.raises(RuleBroken, match="halted: stopped by hand"):
        await desk.trading.desk.place(ASK)
    visitor.find(marker="kill-open").click()
    await visitor.should_see("Trading is halted")
    visitor.find(marker="kill-release-word").type("please")
    visitor.find(marker="kill-release").click()
    await visitor.should_see("type RELEASE to release")
    assert desk.trading.state.standing is Standing.HALTED
    visitor.find(marker="kill-release-word").clear().type("RELEASE")
    visitor.find(marker="kill-release").click()
    await until(lambda: desk.trading.state.standing is Standing.ACTIVE)


async def test_the_switch_stops_the_segments_at_the_broker_too(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/risk")
    visitor.find(marker="kill-open").click()
    box = visitor.find("Also stop all segments at the broker").elements.pop()
    box.set_value(True)  # type: ignore[attr-defined]
    visitor.find(marker="kill-now").click()
    account = desk.trading.account
    assert account is not None
    await until(lambda: account.segments.value is not None)
    await until(lambda: all(s.stopped for s in account.segments.value or () if s.active))
    assert desk.trading.state.standing is Standing.HALTED


async def test_only_exits_can_be_chosen(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/risk")
    visitor.find(marker="kill-open").click()
    visitor.find(marker="kill-exits-only").click()
    await visitor.should_see("EXITS ONLY")
    assert desk.trading.state.standing is Standing.REDUCE_ONLY


async def test_live_orders_are_armed_by_a_word_on_any_page(user: User) -> None:
    desk = make_desk(mode=Mode.LIVE)
    prepare(desk.services.mode, desk.services.version).set()
    build(desk.services)
    await user.open("/risk")
    await user.should_see("Live orders are not armed")
    user.find(marker="arm").click()
    user.find(marker="arm-word").type("LIVE")
    user.find(marker="arm-yes").click()
    await user.should_see("LIVE orders are armed", retries=20)
    assert desk.trading.state.armed
    user.find(marker="disarm").click()
    await user.should_see("Live orders are not armed", retries=20)


async def test_where_nothing_can_be_ordered_there_is_no_switch(user: User) -> None:
    desk = make_desk(mode=Mode.READONLY)
    prepare(desk.services.mode, desk.services.version).set()
    build(desk.services)
    await user.open("/risk")
    await user.should_see("Nothing can be ordered in this mode")
    await user.should_not_see(marker="kill-open")
