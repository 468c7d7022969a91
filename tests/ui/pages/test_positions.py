"""The positions page: money is the ledger's, greeks are the pricing's, acts are the ticket's."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from nicegui.element import Element
from nicegui.testing import User

from core.ids import InstrumentKey
from core.instruments.instrument import Kind
from core.ports.broker import BrokerPosition
from core.settings import Mode
from core.state.market import Col
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NEXT_EXPIRY, NIFTY, SPOT, option_key
from tests.ui.finding import one, shown
from tests.ui.waiting import say, until
from ui.components.positions_grid import PositionsGrid
from ui.theme import formats

CALL = option_key(24_200.0, Kind.CALL)
PUT = option_key(24_200.0, Kind.PUT)
LATER = option_key(24_300.0, Kind.CALL, NEXT_EXPIRY)
LOT = 65
CALL_ID, PUT_ID = f"{CALL}:carry", f"{PUT}:carry"


async def trade(
    desk: FakeDesk, key: InstrumentKey, signed: int, price: str, **more: Any
) -> OrderRequest:
    """An order through the desk, filled at the exchange."""
    request = OrderRequest(
        key=key,
        side=Side.BUY if signed > 0 else Side.SELL,
        quantity=abs(signed),
        product=Product.CARRY,
        type=OrderType.LIMIT,
        price=Decimal(price),
        **more,
    )
    order = await desk.trading.desk.place(request)
    desk.exchange.trade(order.broker_ids[0], abs(signed), price)
    await heard(desk)
    return request


async def heard(desk: FakeDesk) -> None:
    while not desk.exchange.told.empty():
        await desk.trading.desk.hear([desk.exchange.told.get_nowait()])


def last(desk: FakeDesk, key: InstrumentKey) -> str:
    """A price near the market, on a tick, so that no gate minds it."""
    bid = desk.market_data.values[key][Col.LTP]
    return f"{round(bid / 0.05) * 0.05:.2f}"


def grid(visitor: User) -> PositionsGrid:
    assert visitor.client is not None
    return next(e for e in visitor.client.elements.values() if isinstance(e, PositionsGrid))


def by_testid(visitor: User, name: str) -> Element:
    assert visitor.client is not None
    found = visitor.client.elements.values()
    return next(e for e in found if e.props.get("data-testid") == name)


def has(visitor: User, name: str) -> bool:
    assert visitor.client is not None
    found = visitor.client.elements.values()
    return any(e.props.get("data-testid") == name for e in found)


def says(visitor: User, text: str) -> bool:
    assert visitor.client is not None
    return any(getattr(each, "text", "") == text for each in visitor.client.elements.values())


async def opened(visitor: User, path: str = "/positions") -> PositionsGrid:
    await visitor.open(path)
    await until(lambda: bool(grid(visitor).rows))
    return grid(visitor)


def cell(table: PositionsGrid, id: str, column: str) -> Any:
    at = [each.name for each in table.columns].index(column)
    return next(row.cells[at] for row in table.rows if row.id == id)


async def test_without_positions_the_way_to_a_first_one_is_shown(visitor: User) -> None:
    await visitor.open("/positions")
    await visitor.should_see("Nothing is held.")
    await visitor.should_see("Option chain")


async def test_a_desk_for_reading_says_that_it_has_no_orders(user: User) -> None:
    from ui.opening import prepare
    from ui.shell import build

    desk = make_desk(mode=Mode.READONLY)
    prepare(desk.services.mode, desk.services.version).set()
    build(desk.services)
    await user.open("/positions")
    await user.should_see("Orders are not wired in this mode.")


async def test_money_is_the_ledgers_and_every_number_tells_its_arithmetic(
    visitor: User, desk: FakeDesk
) -> None:
    price = last(desk, CALL)
    await trade(desk, CALL, 2 * LOT, price)
    await trade(desk, CALL, -LOT, price)
    table = await opened(visitor)
    assert cell(table, CALL_ID, "units").text == "+65 · +1L"
    assert cell(table, CALL_ID, "average").text == formats.price(float(price))
    charges = desk.trading.state.ledger.charges(desk.trading.portfolio.known)
    paid = cell(table, CALL_ID, "charges")
    assert paid.text == formats.price(float(round(charges.total, 2)))
    assert paid.tip.startswith("brokerage ₹40.00 + STT")
    assert "× (" in cell(table, CALL_ID, "unrealised").tip
    assert cell(table, CALL_ID, "net").tip.startswith("day ")
    assert table.text("total", "net") == cell(table, CALL_ID, "net").text
    board = by_testid_board(visitor)
    assert board.shown["net"][5] == pytest.approx(-float(round(charges.total, 2)))
    assert board.shown["charges"][0] == formats.rupees(float(round(charges.total, 2)))


def by_testid_board(visitor: User) -> Any:
    from ui.components.board import Board

    assert visitor.client is not None
    boards = [e for e in visitor.client.elements.values() if isinstance(e, Board)]
    return next(b for b in boards if "net" in b.shown)


async def test_prices_move_the_rows_and_an_unknown_number_is_a_dash_with_a_reason(
    visitor: User, desk: FakeDesk
) -> None:
    await trade(desk, CALL, LOT, last(desk, CALL))
    desk.trading.state.openings[PUT, Product.CARRY] = LOT
    table = await opened(visitor)
    market = desk.services.market
    market.begin_frame()
    market.write_some(market.row(CALL), [Col.LTP], [500.0])
    await until(lambda: table.text(CALL_ID, "ltp") == "500.00")
    assert cell(table, CALL_ID, "day").classes == "up"
    overnight = cell(table, PUT_ID, "open")
    assert overnight.text == formats.DASH
    assert "average" in overnight.tip
    assert table.text("total", "open") == formats.DASH
    assert "NIFTY 24200 PE" in cell(table, "total", "open").tip
    row = next(row for row in table.rows if row.id == PUT_ID)
    assert "overnight" in [mark.text for mark in row.marks]


async def test_groups_filters_sorting_and_folding(visitor: User, desk: FakeDesk) -> None:
    await trade(desk, CALL, LOT, last(desk, CALL), group="Fly")
    await trade(desk, LATER, LOT, last(desk, LATER))
    await desk.trading.strategies.keeper.load()
    desk.trading.strategies.keeper.sync()
    (group,) = desk.trading.strategies.state.shown()
    await desk.trading.strategies.rename(group.id, "Fly")
    table = await opened(visitor)
    assert [row.id for row in table.rows][:2] == ["group NIFTY", CALL_ID]
    say(by_testid(visitor, "positions-by-strategy"), "click", None)
    names = [row.title for row in table.rows if row.kind == "group"]
    assert names == ["Fly", "No strategy"]
    say(table, "fold", "group Fly")
    assert CALL_ID not in [row.id for row in table.rows]
    say(by_testid(visitor, "positions-by-none"), "click", None)
    assert [row.kind for row in table.rows] == ["line", "line", "total"]
    say(table, "sort", "average")
    prices = [float(row.cells[1].text) for row in table.rows[:2]]
    assert prices == sorted(prices, reverse=True)
    say(table, "sort", "average")
    assert [float(row.cells[1].text) for row in table.rows[:2]] == sorted(prices)
    one(visitor, "positions-filter").set_value("24300 nrml")
    assert [row.id for row in table.rows] == [f"{LATER}:carry", "total"]
    one(visitor, "positions-filter").set_value("banknifty")
    assert table.rows == ()
    await visitor.should_see("No position fits the filter.")


async def test_a_link_narrows_to_an_underlying(visitor: User, desk: FakeDesk) -> None:
    await trade(desk, CALL, LOT, last(desk, CALL))
    table = await opened(visitor, "/positions?underlying=nifty")
    assert CALL_ID in [row.id for row in table.rows]
    await visitor.open("/positions?underlying=BANKNIFTY")
    await until(lambda: says(visitor, "No position fits the filter."))


async def test_exit_and_add_open_the_ticket_and_send_nothing(visitor: User, desk: FakeDesk) -> None:
    await trade(desk, CALL, 2 * LOT, last(desk, CALL))
    table = await opened(visitor)
    row = next(row for row in table.rows if row.id == CALL_ID)
    assert [act.name for act in row.acts][:3] == ["exit", "exit-part", "add"]
    from ui.components.order_ticket import OrderTicket

    assert visitor.client is not None
    ticket = next(e for e in visitor.client.elements.values() if isinstance(e, OrderTicket))
    for what, side, quantity, closing in (
        ("exit", Side.SELL, 2 * LOT, True),
        ("exit-part", Side.SELL, LOT, True),
        ("add", Side.BUY, LOT, False),
    ):
        ticket.form.terms = None
        say(table, "act", [CALL_ID, what])
        await until(lambda: ticket.form.terms is not None)
        terms = ticket.form.terms
        assert terms is not None
        assert (terms.side, terms.quantity, ticket.form.closing) == (side, quantity, closing)
    assert desk.exchange.asked == ["place"]


async def test_differences_are_told_and_accepted_after_a_question(
    visitor: User, desk: FakeDesk
) -> None:
    desk.exchange.extra_positions.append(
        BrokerPosition(key=CALL, product=Product.CARRY, quantity=LOT, average_price=Decimal(100))
    )
    await visitor.open("/positions")
    await until(lambda: has(visitor, "reconcile-now"))
    say(by_testid(visitor, "reconcile-now"), "click", None)
    table = one(visitor, "difference")
    await until(lambda: bool(table.rows), seconds=6)
    (row,) = table.rows
    assert "we count 0 units, and the broker 65" in row.cells[1].text
    assert row.cells[1].classes == "down"
    board = by_testid_board(visitor)
    await until(lambda: board.text("broker") == "1 difference")
    await desk.trading.portfolio.look()
    await until(lambda: table.rows[0].cells[0].text == "NIFTY 24200 CE 23 NOV 26")
    say(table, "act", [row.id, "accept"])
    await until(lambda: says(visitor, "Accept what the broker says?"))
    say(by_testid(visitor, "accept-yes"), "click", None)
    await until(lambda: not desk.trading.state.differences)
    await until(lambda: bool(grid(visitor).rows))
    line = next(row for row in grid(visitor).rows if row.id == CALL_ID)
    assert "external" in [mark.text for mark in line.marks]


async def test_an_unreachable_broker_is_told(visitor: User, desk: FakeDesk) -> None:
    desk.exchange.down = "the line is cut"
    await visitor.open("/positions")
    await until(lambda: has(visitor, "reconcile-now"))
    say(by_testid(visitor, "reconcile-now"), "click", None)
    await until(lambda: says(visitor, "The broker could not be asked: the line is cut"))
    await until(lambda: by_testid_board(visitor).text("broker") == "not reached")
    assert "Compared" in one(visitor, "reconciled").text


async def test_what_is_held_is_judged_and_opens_in_the_builder(
    visitor: User, desk: FakeDesk
) -> None:
    await trade(desk, CALL, LOT, last(desk, CALL))
    await trade(desk, PUT, LOT, last(desk, PUT))
    await opened(visitor)
    result = one(visitor, "spot-result")
    await until(lambda: "at expiry" in result.text)
    assert formats.price(SPOT) in one(visitor, "spot-said").text
    one(visitor, "spot-move").set_value(5.0)
    await until(lambda: "+5.00%" in one(visitor, "spot-said").text)
    assert desk.services.chains.get("NIFTY", NEXT_EXPIRY) is None
    say(by_testid(visitor, "payoff-builder"), "click", None)
    await until(lambda: "NIFTY" in desk.services.drafts.building)
    await asyncio.sleep(0)
    draft = desk.services.drafts.building["NIFTY"]
    assert {leg.key for leg in draft.legs} == {CALL, PUT}
    assert draft.legs[0].lots == 1
    assert desk.services.market.get(NIFTY, Col.LTP) == SPOT


async def test_several_are_closed_rolled_or_reversed_through_sheets(
    visitor: User, desk: FakeDesk
) -> None:
    await trade(desk, CALL, LOT, last(desk, CALL))
    await trade(desk, PUT, LOT, last(desk, PUT))
    table = await opened(visitor)
    say(table, "mark", [CALL_ID, PUT_ID])
    assert one(visitor, "positions-marked").text == "2 marked"
    say(by_testid(visitor, "exit-marked"), "click", None)
    await until(lambda: says(visitor, "Exit 2 positions on NIFTY"))
    say(table, "act", [CALL_ID, "reverse"])
    await until(lambda: says(visitor, "Reverse NIFTY 24200 CE 23 NOV 26"))
    await until(lambda: has(visitor, "payoff-of"))
    assert one(visitor, "payoff-of").text.startswith("2 marked")
    assert desk.exchange.asked == ["place", "place"]
    await trade(desk, CALL, -LOT, last(desk, CALL))
    await until(lambda: table.marked == {PUT_ID})


async def test_a_position_is_converted_in_a_sheet(visitor: User, desk: FakeDesk) -> None:
    await trade(desk, CALL, 2 * LOT, last(desk, CALL))
    table = await opened(visitor)
    say(table, "act", [CALL_ID, "convert"])
    await until(lambda: has(visitor, "convert-go"))
    one(visitor, "convert-lots").set_value(1)
    say(by_testid(visitor, "convert-go"), "click", None)
    moved = f"{CALL}:intraday"
    await until(lambda: any(row.id == moved for row in table.rows))
    assert table.text(moved, "units") == table.text(CALL_ID, "units") == "+65 · +1L"
    assert table.text(moved, "average") == table.text(CALL_ID, "average")
    marks = [mark.text for row in table.rows if row.id == moved for mark in row.marks]
    assert marks == ["MIS"]


async def test_shares_are_shown_at_their_price(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/positions")
    await until(lambda: has(visitor, "holdings-read"))
    account = desk.trading.account
    assert account is not None
    await until(lambda: account.shares.at is not None)
    await until(lambda: "read at" in one(visitor, "holdings-said").text)
    table = one(visitor, "holding")
    await until(lambda: shown(table)["RELIANCE"][3] == "1,320.00")
    row = shown(table)["RELIANCE"]
    assert row[4:8] == ["₹52,800.00", "-3,200.00", "-2,400.00", "-4.35%"]
    assert row[8] == "10 pledged"
    assert shown(table)["total"][6] == "-2,400.00"


async def test_a_position_is_guarded_by_a_stop_and_a_target(visitor: User, desk: FakeDesk) -> None:
    await trade(desk, CALL, LOT, last(desk, CALL))
    table = await opened(visitor)
    say(table, "act", [CALL_ID, "guard"])
    await until(lambda: has(visitor, "gtt-stop"))
    price = last(desk, CALL)
    one(visitor, "gtt-stop").set_value(f"{float(price) - 20:.2f}")
    one(visitor, "gtt-target").set_value(f"{float(price) + 20:.2f}")
    say(by_testid(visitor, "gtt-send"), "click", None)
    await until(lambda: len(desk.gtts.book) == 2)
    assert {told.entry.side for told in desk.gtts.book.values()} == {Side.SELL}
