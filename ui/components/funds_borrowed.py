"""Shares held on borrowed money (MTF): what they are worth, and what was lent on them."""

from typing import Final
from uuid import uuid4

from nicegui import background_tasks

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.ports.broker import BrokerPosition
from core.ports.feed import FeedMode
from core.services import Services
from core.services.account_desk import AccountDesk
from core.state.market import Col
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.leaving import Leaving
from ui.components.sight import paced
from ui.theme import formats
from ui.theme.colors import tone

PACE: Final = 1.0
COLUMNS: Final = (
    Column(name="share", title="On borrowed money (MTF)", classes="strong"),
    Column(name="units", title="Units", classes="num", width="70px"),
    Column(name="average", title="Average", classes="num", width="90px"),
    Column(name="ltp", title="LTP", classes="num", width="90px"),
    Column(name="value", title="Value", classes="num", width="110px"),
    Column(
        name="pnl", title="P&L", classes="num", width="100px", tip="Before charges and interest"
    ),
)


class BorrowedShares:
    """Nothing at all while there are none."""

    def __init__(self, services: Services, account: AccountDesk) -> None:
        self._services, self._account = services, account
        self._owner = f"mtf {uuid4().hex}"
        self._listed: dict[InstrumentKey, Instrument] = {}
        self._asked: frozenset[InstrumentKey] = frozenset()
        Leaving(lambda: services.subscriptions.release(self._owner))
        self.table = DataTable("mtf", COLUMNS)
        paced(PACE, self.look)
        self.look()

    def look(self) -> None:
        held = [each for each in self._account.borrowed.value or [] if each.quantity]
        self.table.set_visibility(bool(held))
        keys = frozenset(each.key for each in held)
        if keys != self._asked:
            self._asked = keys
            self._services.market.rows_of(keys)
            self._services.subscriptions.hold(self._owner, dict.fromkeys(keys, FeedMode.LTPC))
            background_tasks.create(self._name(keys), name="names of shares")
        self.table.show([self._row(each) for each in held])

    async def _name(self, keys: frozenset[InstrumentKey]) -> None:
        self._listed |= await self._services.instruments.get_many(list(keys))

    def _row(self, held: BrokerPosition) -> Row:
        listed = self._listed.get(held.key)
        last = self._services.market.get(held.key, Col.LTP)
        average = float("nan") if held.average_price is None else float(held.average_price)
        gain = held.quantity * (last - average)
        return Row(
            held.key,
            (
                listed.symbol if listed else held.key,
                formats.quantity(held.quantity),
                formats.price(average),
                formats.price(last),
                formats.rupees(held.quantity * last),
                Cell(formats.signed(gain), tone(gain)),
            ),
        )
