"""The journal: trades, notes, days, the tax year and the audit, true to the books."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import cast
from zipfile import ZipFile

from httpx import Response
from nicegui import ui
from nicegui.testing import User

from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.instrument import Kind
from core.journal.notes import TradeNote
from core.risk.limits import Limits
from core.services.trade_snaps import TradeSnaps
from core.settings import Mode
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, NOW, option_key
from tests.ui.waiting import until
from ui.components.data_table import DataTable
from ui.components.month_grid import MonthGrid

CALL, PUT = option_key(24_200.0, Kind.CALL), option_key(24_200.0, Kind.PUT)


async def trade(
    desk: FakeDesk, side: Side, rupees: str, key: InstrumentKey = CALL, group: str = ""
) -> None:
    desk.trading.state.limits = Limits(duplicate_seconds=0, naked_lots=None, fat_finger=None)
    desk.trading.state.reconciled_at = desk.clock.now()
    request = OrderRequest(
        key=key,
        side=side,
        quantity=65,
        product=Product.CARRY,
        type=OrderType.LIMIT,
        price=Decimal(rupees),
        group=group,
    )
    placed = await desk.trading.desk.place(request)
    desk.exchange.trade(placed.broker_ids[0], 65, rupees)
    await desk.listen()


async def two_trades(desk: FakeDesk) -> None:
    """A win by hand with snapshots, and a straddle that lost."""
    services = desk.services
    snaps = TradeSnaps(
        state=desk.trading.state,
        chains=services.chains,
        market=services.market,
        day_bars=services.day_bars,
        instruments=services.instruments,
        contracts=desk.trading.trade_journal.doors.contracts,
        snaps=desk.trading.trade_journal.doors.snaps,
        clock=desk.clock,
    )
    chain = await services.chain_keeper.open("test", "NIFTY", EXPIRY)
    await services.chain_keeper.settle()
    services.chain_keeper.refresh(chain)
    await trade(desk, Side.BUY, "150")
    await snaps.look()
    desk.clock.set(NOW + timedelta(minutes=10))
    await trade(desk, Side.SELL, "160")
    await snaps.look()
    for key in (CALL, PUT):
        await trade(desk, Side.SELL, "100", key, "Straddle")
    for key in (CALL, PUT):
        await trade(desk, Side.BUY, "110", key, "Straddle")


def text_of(user: User, testid: str) -> str:
    labels = [each for each in user.find(kind=ui.label).elements if isinstance(each, ui.label)]
    return next(str(x.text) for x in labels if x.props.get("data-testid") == testid)


async def visit(user: User, address: str) -> None:
    """Open it, and wait until its books are read."""
    await user.open(address)
    await user.should_see(marker="tab-trades", retries=50)


def table(user: User, name: str) -> DataTable:
    (found,) = user.find(marker=name).elements
    assert isinstance(found, DataTable)
    return found


def texts(of: DataTable) -> list[list[str]]:
    return [[c if isinstance(c, str) else c.text for c in row.cells] for row in of.rows]


async def test_an_empty_journal_says_what_will_appear(visitor: User) -> None:
    await visit(visitor, "/journal")
    await visitor.should_see("SIMULATED")
    assert "first fill opens one" in table(visitor, "jt")._props["empty"]
    for tab, words in (
        ("tax", "No financial year yet"),
        ("calendar", "Nothing was closed in this month."),
        ("audit", "Chain unbroken, 0 entries"),
    ):
        visitor.find(marker=f"tab-{tab}").click()
        await visitor.should_see(words)


async def test_without_orders_there_is_no_journal(user: User) -> None:
    from ui.opening import prepare
    from ui.shell import build

    desk = make_desk(mode=Mode.READONLY)
    prepare(desk.services.mode, desk.services.version).set()
    build(desk.services)
    await user.open("/journal")
    await user.should_see("Orders are not wired in this mode")


async def test_trades_are_told_net_of_charges_and_filtered(visitor: User, desk: FakeDesk) -> None:
    await two_trades(desk)
    await visit(visitor, "/journal")
    rows = texts(table(visitor, "jt"))
    assert [row[2] for row in rows] == ["Straddle", "NIFTY 24200 CE 23 NOV 26"]
    assert rows[0][6] == "-1,300.00"
    assert rows[1][6] == "+650.00"
    looked = await desk.trading.trade_journal.look()
    assert rows[1][8] == f"+{looked.trades[1].net:.2f}"
    await visitor.should_see("2 of 2 trades")
    visitor.find(marker="journal-find").type("straddle")
    await visitor.should_see("1 of 2 trades")
    assert [row[2] for row in texts(table(visitor, "jt"))] == ["Straddle"]


async def test_a_trade_opens_with_its_snapshots_and_keeps_what_is_written(
    visitor: User, desk: FakeDesk
) -> None:
    await two_trades(desk)
    looked = await desk.trading.trade_journal.look()
    win = looked.trades[1]
    await visitor.open(f"/journal?trade={win.id}")
    await visitor.should_see("Market at entry and exit")
    entry, leaving = await desk.trading.trade_journal.snaps(win)
    assert entry is not None
    assert leaving is not None
    assert text_of(visitor, "snap-entry-delta") == f"{entry.delta:.3f}"
    assert text_of(visitor, "snap-exit-spot") == f"{leaving.spot:,.2f}"
    visitor.find(marker="note-setup").type("Breakout")
    visitor.find(marker="note-tags").type("event, late")
    visitor.find(marker="note-risk").type("1,000")
    await visitor.should_see("kept 18 Nov")
    kept = (await desk.trading.trade_journal.look()).notes[win.id]
    assert (kept.setup, kept.tags) == ("Breakout", ("event", "late"))
    assert kept.risk == 1_000
    assert texts(table(visitor, "jt"))[1][5] == "Breakout #event #late"
    visitor.find(marker="note-risk").clear().type("much")
    await visitor.should_see("Not kept: “much” is no amount")


async def test_statistics_the_month_and_the_year_agree_with_the_books(
    visitor: User, desk: FakeDesk
) -> None:
    await two_trades(desk)
    looked = await desk.trading.trade_journal.look()
    net = sum((each.net for each in looked.trades), Decimal(0))
    await desk.trading.trade_journal.write(
        TradeNote(trade=looked.trades[0].id, setup="Straddle 10:30")
    )
    await visit(visitor, "/journal?tab=statistics")
    await visitor.should_see("2 closed trades: too few to trust a rate")
    names = [row[0] for row in texts(table(visitor, "group"))]
    assert names == ["no setup", "Straddle 10:30"]
    assert text_of(visitor, "stat-win-rate") == "50.0%"
    visitor.find(marker="tab-calendar").click()
    await visitor.should_see(f"{net:,.2f} after charges on 1 days, 0 of them won")
    (grid,) = visitor.find(marker="month-grid").elements
    assert isinstance(grid, MonthGrid)
    cell = grid.cell(NOW.date())
    assert cell is not None
    assert cell.marks == ("3 trips",)
    assert "lost" in cell.classes
    visitor.find(marker="tab-tax").click()
    await visitor.should_see("F&O turnover ₹1,950.00")
    await visitor.should_see("ICAI Guidance Note")
    assert texts(table(visitor, "segment"))[0][0] == "Option"
    charges = looked.books.charges.total
    assert texts(table(visitor, "head"))[-1] == ["All charges", f"{charges:.2f}"]


async def test_files_hold_what_is_shown(visitor: User, desk: FakeDesk) -> None:
    await two_trades(desk)
    looked = await desk.trading.trade_journal.look()
    note = TradeNote(trade=looked.trades[0].id, note="=HYPERLINK(1)")
    await desk.trading.trade_journal.write(note)
    await visit(visitor, "/journal")

    async def file(button: str, format: str = "csv") -> Response:
        visitor.find(marker=button).click()
        visitor.find(marker=f"{button}-{format}").click()
        return await visitor.download.next(timeout=10)

    trades = (await file("journal-export")).text
    assert "'=HYPERLINK(1)" in trades
    assert len(trades.splitlines()) == 3
    visitor.find(marker="tab-tax").click()
    await visitor.should_see("F&O turnover")
    assert '2026-27,option,"Business income, not speculative",3' in (await file("tax-export")).text
    assert len((await file("tax-trips-export")).text.splitlines()) == 4
    visitor.find(marker="tax-workbook").click()
    sheets = opened((await visitor.download.next(timeout=10)).content)
    assert sheets[0].count("<row ") == 3  # heads, options, and the sum
    assert sheets[1].count("<row ") == 4
    visitor.find(marker="tab-trades").click()
    (trades,) = opened((await file("journal-export", "xlsx")).content)
    assert trades.count("<row ") == 3
    assert "<f>" not in trades  # what somebody typed is never computed


def opened(body: bytes) -> list[str]:
    """The sheets of a workbook, as XML."""
    with ZipFile(BytesIO(body)) as book:
        return [
            book.read(name).decode()
            for name in sorted(book.namelist())
            if name.startswith("xl/worksheets/sheet")
        ]


async def test_the_audit_finds_entries_and_tells_the_whole_story(
    visitor: User, desk: FakeDesk
) -> None:
    await two_trades(desk)
    await visit(visitor, "/journal?tab=audit")
    await visitor.should_see("Chain unbroken")
    visitor.find(marker="audit-find").type("taken")
    await visitor.should_see("taken")
    entries = table(visitor, "entry")
    await until(lambda: len(entries.rows) == 6)
    assert {row[3] for row in texts(entries)} == {"taken"}
    await cast("Awaitable[None]", entries.pick(entries.rows[-1].id))
    await visitor.should_see("wanted")
    await visitor.should_see("filled")
    desk.trading.journal.chain.pop(0)  # type: ignore[attr-defined]
    visitor.find(marker="chain-check").click()
    await visitor.should_see("CHAIN BROKEN: entry 1 is missing")


async def test_a_day_is_the_exchange_s_and_the_period_is_remembered(
    visitor: User, desk: FakeDesk
) -> None:
    await two_trades(desk)
    desk.clock.set(datetime(2026, 11, 25, 10, 0, tzinfo=IST))
    await visit(visitor, "/journal")
    (field,) = visitor.find(marker="journal-period").elements
    assert isinstance(field, ui.select)
    field.set_value("7")
    await visitor.should_see("0 of 2 trades")
    field.set_value("30")
    await visitor.should_see("2 of 2 trades")
    await visit(visitor, "/journal")
    (again,) = visitor.find(marker="journal-period").elements
    assert isinstance(again, ui.select)
    assert again.value == "30"
