"""Delivered shares: what is kept, what it cost, what it is worth; with what is borrowed for."""

from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import uuid4

from nicegui import background_tasks, ui

from core.ids import InstrumentKey
from core.money import rupees
from core.ports.account import HeldShares
from core.ports.feed import FeedMode
from core.services import Services
from core.services.account_desk import AccountDesk
from core.state.market import Col
from core.trading.arithmetic import price, said
from core.trading.results import Exact
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.empty_state import empty_state
from ui.components.fields import button
from ui.components.fresh import fresh
from ui.components.leaving import Leaving
from ui.components.sight import paced
from ui.positions.rows import rupee_cell
from ui.positions.state import PositionsState
from ui.theme import formats

PACE: Final = 1.0
COLUMNS: Final = (
    Column(name="share", title="Share", classes="strong", width="150px"),
    Column(name="units", title="Units", classes="num"),
    Column(name="average", title="Average", classes="num"),
    Column(name="ltp", title="LTP", classes="num"),
    Column(name="value", title="Value", classes="num"),
    Column(name="day", title="Day", classes="num", tip="Since the last close, in ₹"),
    Column(name="pnl", title="P&L", classes="num", tip="Since it was bought, before charges, in ₹"),
    Column(name="part", title="%", classes="num", tip="Of what it cost"),
    Column(name="state", title="", classes="dim"),
)
NONE: Final = "No shares are kept with this broker."


def build_holdings(state: PositionsState) -> None:
    account = state.trading.account
    if account is None:
        empty_state(
            "No shares here.",
            "This account takes orders on paper: it keeps no delivered shares.",
            icon="inventory_2",
        ).props('data-testid="holdings-none"')
        return
    HoldingsPanel(state.services, account)


class HoldingsPanel:
    def __init__(self, services: Services, account: AccountDesk) -> None:
        self._services, self._account = services, account
        self._viewer = f"holdings {uuid4().hex}"
        with ui.element("div").classes("positions-reconcile"):
            with ui.element("div").classes("tool-bar"):
                self._said = ui.label().classes("dim").props('data-testid="holdings-said"')
                self._said.mark("holdings-said")
                ui.element("div").classes("spring")
                button("Read again", "holdings-read", self.read, icon="refresh")
            self.table = DataTable("holding", COLUMNS, empty=NONE)
        Leaving(lambda: services.subscriptions.release(self._viewer))
        paced(PACE, self.draw)
        background_tasks.create(self.read(), name="read holdings")
        self.draw()

    async def read(self) -> None:
        await self._account.read_shares()
        shares = self._account.shares.value or []
        wishes = {each.key: FeedMode.FULL for each in shares}
        self._services.market.rows_of(wishes)
        self._services.subscriptions.hold(self._viewer, wishes)
        self.draw()

    def draw(self) -> None:
        reading = self._account.shares
        shares = sorted(reading.value or [], key=lambda each: each.symbol)
        rows = [self._row(each) for each in shares]
        self.table.show([*rows, _total(shares, self._prices(shares))] if rows else [])
        self._say(shares)

    def _say(self, shares: list[HeldShares]) -> None:
        reading, borrowed = self._account.shares, self._account.borrowed.value or []
        words = f"{len(shares)} shares, read at {formats.clock_time(reading.at)}"
        if reading.at is None:
            words = "Being read …"
        if borrowed:
            words += f"; {len(borrowed)} held on borrowed money (MTF) are among the positions"
        if reading.problem:
            words = f"Could not be read: {reading.problem}"
        if self._said.text != words:
            self._said.set_text(words)

    def _prices(self, shares: list[HeldShares]) -> dict[InstrumentKey, Decimal | None]:
        return {each.key: self._price(each) for each in shares}

    def _price(self, share: HeldShares) -> Decimal | None:
        """The last price, else the last close that the broker told."""
        last = self._services.market.get(share.key, Col.LTP)
        return rupees(last) if last > 0 else share.close

    def _row(self, share: HeldShares) -> Row:
        services, now = self._services, self._price(share)
        old, why = fresh(services, services.market.row(share.key))
        cost, value = _cost(share), _worth(share, now)
        gain = None if value is None else value - cost
        day = _day(share, now)
        part = float(gain / cost) if gain is not None and cost else None
        arithmetic = f"{share.quantity} × ({price(now)} − {price(share.average_price)})"
        day_words = f"{share.quantity} × ({price(now)} − {price(share.close)})"
        day_tip = day_words if day is not None else "Its last close is not known"
        gain_tip = arithmetic if gain is not None else "It has no price"
        shown_day, shown_gain = rupee_cell(day, day_tip), rupee_cell(gain, gain_tip)
        return Row(
            share.symbol,
            (
                Cell(share.symbol, tip=share.name),
                Cell(formats.quantity(share.quantity)),
                Cell(price(share.average_price)),
                Cell(price(now) if now is not None else formats.DASH, old, why),
                Cell(said(value) if value is not None else formats.DASH),
                Cell(shown_day.text, shown_day.classes, shown_day.tip),
                Cell(shown_gain.text, shown_gain.classes, shown_gain.tip),
                Cell(formats.signed_percent(part), shown_gain.classes),
                Cell(_state_words(share)),
            ),
        )


def _cost(share: HeldShares) -> Fraction:
    return share.quantity * Fraction(share.average_price)


def _worth(share: HeldShares, now: Decimal | None) -> Exact:
    return None if now is None else share.quantity * Fraction(now)


def _day(share: HeldShares, now: Decimal | None) -> Exact:
    if now is None or share.close is None:
        return None
    return share.quantity * Fraction(now - share.close)


def _total(shares: list[HeldShares], prices: dict[InstrumentKey, Decimal | None]) -> Row:
    value, day, gain = Fraction(0), Fraction(0), Fraction(0)
    whole: tuple[Exact, Exact, Exact] = (None, None, None)
    for share in shares:
        worth, moved = _worth(share, prices[share.key]), _day(share, prices[share.key])
        if worth is None or moved is None:
            break
        value, day, gain = value + worth, day + moved, gain + worth - _cost(share)
    else:
        whole = (value, day, gain)
    why = "One of them has no price or no close"
    cells = [rupee_cell(each, "" if each is not None else why) for each in whole]
    worth_text = said(whole[0]) if whole[0] is not None else formats.DASH
    return Row(
        "total",
        (
            "Total",
            "",
            "",
            "",
            Cell(worth_text),
            *(Cell(each.text, each.classes, each.tip) for each in cells[1:]),
            "",
            "",
        ),
        "strong",
    )


def _state_words(share: HeldShares) -> str:
    found = []
    for units, words in (
        (share.used, "sold today"),
        (share.pledged, "pledged"),
        (share.arriving, "not delivered yet"),
    ):
        if units:
            found.append(f"{units} {words}")
    return ", ".join(found)
