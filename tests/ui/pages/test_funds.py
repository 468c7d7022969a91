"""The page of funds: money, shares, calculators, the broker's switch and addresses."""

from decimal import Decimal

import pytest
from nicegui.testing import User

from core.charges.calculator import Asked, answer
from core.charges.rates import Segment, Side
from core.clock import IST
from core.errors import BrokerUnavailable
from core.instruments.instrument import Kind
from core.ports.account import RegisteredAddresses
from core.ports.broker import BrokerPosition
from core.settings import Mode
from core.trading.requests import Product
from tests.fake_account import SHARE
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import option_key
from tests.ui.finding import one, shown
from tests.ui.waiting import until
from ui.components.data_table import DataTable
from ui.opening import prepare
from ui.shell import build


def table(visitor: User, name: str) -> DataTable:
    found = one(visitor, name)
    assert isinstance(found, DataTable)
    return found


async def test_money_is_shown_in_lines_with_source_and_age(visitor: User) -> None:
    await visitor.open("/funds")
    await visitor.should_see("₹4,51,789.65")
    await visitor.should_see("₹48,210.35")
    await visitor.should_see("SPAN and exposure")
    await visitor.should_see("The broker's figures, read")
    await visitor.should_see("9.6%")


async def test_money_that_cannot_be_read_says_why(visitor: User, desk: FakeDesk) -> None:
    desk.account.problem = BrokerUnavailable("the broker is busy")
    await visitor.open("/funds")
    await visitor.should_see("The broker's funds could not be read: the broker is busy.")


async def test_shares_and_what_was_borrowed_for_are_worth_their_last_price(
    visitor: User, desk: FakeDesk
) -> None:
    desk.account.on_margin = [
        BrokerPosition(key=SHARE, product=Product.MTF, quantity=20, average_price=Decimal("1390"))
    ]
    await visitor.open("/funds")
    await visitor.should_see(marker="mtf", retries=20)
    holding = table(visitor, "holding")
    await until(lambda: "RELIANCE" in shown(holding))
    assert shown(holding)["RELIANCE"][1] == "40"
    (row,) = shown(table(visitor, "mtf")).values()
    assert row[1:3] == ["20", "1,390.00"]


async def test_the_charges_are_those_of_the_calculator(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/funds")
    visitor.find(marker="charge-price").clear().type("210.5")
    visitor.find(marker="charge-quantity").clear().type("1300")
    day = desk.clock.now().astimezone(IST).date()
    wanted = answer(
        Asked(
            segment=Segment.OPTION,
            exchange="NSE",
            underlying="NIFTY",
            side=Side.BUY,
            quantity=1300,
            price=Decimal("210.5"),
            day=day,
        )
    )
    rows = shown(table(visitor, "charges"))
    assert rows["total"][3] == f"₹{wanted.total:,.2f}"
    assert rows["stt"][4] == "0.15 % of the sale"
    assert "Finance Act 2026" in rows["stt"][5]
    visitor.find(marker="charge-quantity").clear().type("a lot")
    await visitor.should_see("“a lot” is no number of units.")
    assert shown(table(visitor, "charges")) == {}


@pytest.mark.parametrize("field", ["charge-day", "charge-price", "charge-freeze"])
async def test_what_cannot_be_reckoned_says_so(visitor: User, field: str) -> None:
    await visitor.open("/funds")
    visitor.find(marker=field).clear().type("-")
    await visitor.should_see("“-” is no")


async def test_the_margin_of_legs_is_the_broker_s_with_what_they_save(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/funds")
    await visitor.should_see("No legs yet")
    visitor.find(marker="margin-add").type("nifty 24200")
    await visitor.should_see(marker="margin-found", retries=20)
    found = table(visitor, "margin-found")
    key = option_key(24_200.0, Kind.CALL)
    await until(lambda: key in shown(found))
    await found.act(key, "add")  # type: ignore[misc]
    await visitor.should_see("1 of 20 contracts")
    await until(lambda: bool(desk.margin.asked))
    final = one(visitor, "margin-final")
    await until(lambda: final.text.startswith("₹"))
    await visitor.should_see("The broker's margin of these legs alone")
    visitor.find(marker="margin-clear").click()
    await visitor.should_see("No legs yet")


async def test_the_same_contract_stands_once_and_an_index_never(visitor: User) -> None:
    await visitor.open("/funds")
    key = option_key(24_200.0, Kind.CALL)
    visitor.find(marker="margin-add").type("nifty")
    await visitor.should_see(marker="margin-found", retries=20)
    found = table(visitor, "margin-found")
    await until(lambda: bool(found.rows))
    visitor.find(marker="margin-add").clear().type("nifty 24200 ce")
    await until(lambda: key in shown(found))
    await found.act(key, "add")  # type: ignore[misc]
    visitor.find(marker="margin-add").type("nifty 24200 ce")
    await until(lambda: key in shown(found))
    await found.act(key, "add")  # type: ignore[misc]
    await visitor.should_see("among the legs already")


async def test_the_broker_s_switch_wants_a_segment_and_its_word(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/funds")
    await visitor.should_see("NSE futures and options")
    visitor.find(marker="segment-stop").click()
    await visitor.should_see("Type STOP to go on.")
    visitor.find(marker="segment-word").type("STOP")
    visitor.find(marker="segment-stop").click()
    await visitor.should_see("Choose a segment.")
    visitor.find(marker="choose-NSE_FO").click()
    visitor.find(marker="segment-stop").click()
    await visitor.should_see("STOPPED at the broker")
    assert [each.segment for each in desk.account.states if each.stopped] == ["NSE_FO"]


async def test_an_address_that_was_refused_is_told_with_those_registered(
    visitor: User, desk: FakeDesk
) -> None:
    desk.account.registered = RegisteredAddresses(primary="203.0.113.10")
    desk.services.health.broker.address_refused_at = desk.clock.now()
    await visitor.open("/funds")
    await visitor.should_see("203.0.113.10")
    await visitor.should_see("The broker refuses orders from this computer's address")


@pytest.fixture
def paper() -> FakeDesk:
    return make_desk(mode=Mode.PAPER)


@pytest.fixture
async def on_paper(user: User, paper: FakeDesk) -> User:
    prepare(paper.services.mode, paper.services.version).set()
    build(paper.services)
    return user


async def test_on_paper_there_are_funds_and_calculators_and_no_broker_s_switch(
    on_paper: User,
) -> None:
    await on_paper.open("/funds")
    await on_paper.should_see("₹10,00,000.00")
    await on_paper.should_see("Today's charges")
    await on_paper.should_see("The paper account's own figures")
    await on_paper.should_see("Charges of a trade")
    await on_paper.should_not_see("The broker's own switch")


async def test_without_orders_the_calculators_still_work(user: User) -> None:
    desk = make_desk(mode=Mode.READONLY)
    prepare(desk.services.mode, desk.services.version).set()
    build(desk.services)
    await user.open("/funds")
    await user.should_see("Orders are not wired in this mode")
    assert shown(table(user, "charges"))["total"][3].startswith("₹")


async def test_the_paper_account_begins_anew_by_a_typed_word(
    on_paper: User, paper: FakeDesk
) -> None:
    await on_paper.open("/funds")
    await on_paper.should_see("It began with ₹10,00,000.")
    on_paper.find(marker="paper-capital").clear().type("2,50,000")
    on_paper.find(marker="paper-reset").click()
    await on_paper.should_see("ype RESET to begin anew")
    on_paper.find(marker="paper-word").type("RESET")
    on_paper.find(marker="paper-reset").click()
    await on_paper.should_see("It began with ₹2,50,000.")
    controls = paper.trading.paper
    assert controls is not None
    assert await controls.capital() == 250_000
