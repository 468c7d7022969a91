"""Futures and parity: basis, what rolling costs, and synthetic futures that are mispriced."""

from dataclasses import dataclass
from datetime import date
from math import nan
from typing import Final
from uuid import uuid4

import numpy as np
from nicegui import background_tasks, ui

from core.analytics.basis import basis, roll
from core.analytics.sides import CALL, PUT
from core.analytics.synthetic import LEAST, Quotes, Synthetics, synthetics
from core.clock import IST
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.expiries import years_left
from core.instruments.instrument import strike_text
from core.ports.feed import FeedMode
from core.services.chain_picture import ChainPicture
from core.state.market import Col
from core.strategies.parity import STATED, parity_costs
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.dock import DockPanel
from ui.components.leaving import Leaving
from ui.components.oi_parts import Floats, OiView, strike
from ui.components.segments import Segments
from ui.theme import formats
from ui.theme.colors import tone

PANELS: Final = (
    DockPanel(id="futures", title="Futures: basis and roll"),
    DockPanel(
        id="parity", title="Synthetic futures against each other", beside="futures",
        direction="below", height=560,
    ),
)  # fmt: skip
FUTURES: Final = (
    Column(name="expiry", title="Future", width="132px"),
    Column(name="price", title="Price", classes="num"),
    Column(name="basis", title="Basis", classes="num", tip="Future less spot, rupees"),
    Column(name="part", title="%", classes="num", tip="Of the spot"),
    Column(name="annual", title="% a year", classes="num", tip="Simple interest to its close"),
    Column(name="oi", title="OI", classes="num", tip="Units"),
    Column(name="roll", title="Roll", classes="num", tip="This future less the one before, rupees"),
    Column(name="roll-annual", title="Roll % a year", classes="num", tip="Over the days between"),
    Column(name="rolled", title="Rolled", classes="num", tip="Part of both futures' OI in this"),
)
PARITY: Final = (
    Column(name="strike", title="Strike", classes="num", width="84px"),
    Column(name="bid", title="Sell at", classes="num", tip="Forward sold through this strike"),
    Column(name="ask", title="Buy at", classes="num", tip="Forward bought through this strike"),
    Column(name="off", title="Mid − forward", classes="num", tip="No profit by itself"),
    Column(name="edge", title="Edge", classes="num", tip="Rupees a unit at the quotes, today"),
    Column(name="costs", title="Costs", classes="num", tip=STATED),
    Column(name="net", title="Net", classes="num", tip="Edge less costs, rupees a unit"),
    Column(name="trade", title="Trade", width="38%"),
)
SMALL: Final = 0.005
LOTS: Final = {"1": "1 lot", "5": "5 lots", "20": "20 lots"}


@dataclass(frozen=True, slots=True)
class _Future:
    key: InstrumentKey
    expiry: date


class FuturesView(OiView):
    def tools(self) -> None:
        ui.label("Costs for").classes("oi-word")
        self._lots = Segments(LOTS, self.choices, "oi.lots", self.redraw, first="5")

    def build(self) -> None:
        self._symbol, self._futures = "", list[_Future]()
        self._owner = f"oi futures {uuid4().hex}"
        Leaving(lambda: self.services.subscriptions.release(self._owner))
        dock = self.dock("futures", PANELS)
        with dock.panel("futures"), ui.element("div").classes("oi-side oi-wide"):
            self._table = DataTable(
                "future", FUTURES, empty="No futures are listed on this underlying."
            )
        with dock.panel("parity"), ui.element("div").classes("oi-scroll oi-wide"):
            self._parity = DataTable(
                "parity", PARITY, empty="No strike has its call and put quoted on both sides now."
            )

    def draw(self) -> str:
        if self._symbol != self.picture.symbol:
            self._symbol = self.picture.symbol
            background_tasks.create(self._learn(self._symbol), name="oi futures")
        self._show_futures(self.picture)
        flagged, quoted = self._show_parity(self.picture)
        return (
            f"{flagged} of {quoted} quoted strikes pay for themselves after costs, for"
            f" {LOTS[self._lots.value]}. {STATED}"
        )

    async def _learn(self, symbol: str) -> None:
        """Which futures are listed; they are subscribed to while the view is open."""
        try:
            listed = await self.services.instruments.futures(symbol)
        except AppError:
            self._symbol = ""  # tried again at the next turn
            return
        if symbol != self._symbol or self._table.is_deleted:
            return
        self._futures = [_Future(f.key, f.expiry) for f in listed if f.expiry is not None][:3]
        wishes = {future.key: FeedMode.FULL for future in self._futures}
        self.services.subscriptions.hold(self._owner, wishes)
        self.redraw()

    # futures
    def _show_futures(self, picture: ChainPicture) -> None:
        rows, before = [], (nan, nan, nan)
        for future in self._futures:
            price, oi = self._quote(future, picture)
            closes = self.services.calendar.close_of(future.expiry)
            years = years_left(closes, picture.at)
            found = basis(price, picture.spot, years)
            rolled = roll(before[0], price, years - before[2], before[1], oi)
            before = (price, oi, years)
            numbers = (
                (formats.price(price), ""),
                (formats.signed(found.points), tone(found.points)),
                (formats.signed_percent(found.fraction), ""),
                (formats.signed_percent(found.annual), ""),
                (formats.lakh(oi), ""),
                (formats.signed(rolled.spread), ""),
                (formats.signed_percent(rolled.annual), ""),
                (formats.percent(rolled.rolled, 1), ""),
            )
            cells = [Cell(text, colour, _reason(text)) for text, colour in numbers]
            name = Cell(formats.day(future.expiry), "strong")
            rows.append(Row(future.expiry.isoformat(), (name, *cells)))
        self._table.show(rows)

    def _quote(self, future: _Future, picture: ChainPicture) -> tuple[float, float]:
        """Price and open interest; a record keeps only the future that goes with its expiry."""
        chain, market = self.source.chain, self.services.market
        if picture.live:
            return market.get(future.key, Col.LTP), market.get(future.key, Col.OI)
        if chain is not None and chain.future == future.key:
            return picture.future, self.source.future_oi
        return nan, nan

    # parity
    def _show_parity(self, picture: ChainPicture) -> tuple[int, int]:
        chain = self.source.chain
        assert chain is not None
        call, put = (Quotes(picture.bid[side], picture.ask[side]) for side in (CALL, PUT))
        future = self._future_quotes(picture)
        found = synthetics(
            picture.strikes, call, put, picture.discount, picture.forward, future=future
        )
        quantity = int(self._lots.value) * picture.lot_size
        costs = parity_costs(
            found,
            call,
            put,
            forward=picture.forward,
            future=future,
            quantity=quantity,
            symbol=picture.symbol,
            exchange=chain.exchange,
            day=picture.at.astimezone(IST).date(),
        )
        net = found.edge - costs
        shown = np.arange(len(picture.strikes))[self.window]
        shown = shown[np.isfinite(found.price[shown])]
        rows = [self._parity_row(found, int(at), costs, net) for at in shown]
        self._parity.show(rows)
        return int((net[shown] > 0).sum()), len(shown)

    def _future_quotes(self, picture: ChainPicture) -> tuple[float, float]:
        """Of the future of the same expiry; unknown in a record."""
        chain, market = self.source.chain, self.services.market
        if chain is None or chain.future is None or chain.future_expiry != chain.expiry:
            return nan, nan
        if not picture.live:
            return nan, nan
        return market.get(chain.future, Col.BID), market.get(chain.future, Col.ASK)

    @staticmethod
    def _parity_row(found: Synthetics, at: int, costs: Floats, net: Floats) -> Row:
        level, price = float(found.strikes[at]), formats.price
        edge, gain, off = float(found.edge[at]), float(net[at]), float(found.mispricing[at])
        trade, colour = "No edge at the quotes", "faint"
        if edge > LEAST:
            trade, colour = _words(found, at), "up" if gain > 0 else "dim"
            trade = f"EXECUTABLE: {trade}" if gain > 0 else f"{trade}; costs more than it brings"
        cells = (
            Cell(strike(level), "strong"),
            price(float(found.bid[at])),
            price(float(found.ask[at])),
            Cell(formats.signed(off), "" if abs(off) < SMALL else tone(off)),
            Cell(formats.signed(edge), "up" if edge > LEAST else "faint"),
            price(float(costs[at])),
            Cell(formats.signed(gain), tone(gain)),
            Cell(trade, colour),
        )
        return Row(strike_text(level), cells, "flag" if gain > 0 else "")


def _words(found: Synthetics, at: int) -> str:
    buy, other = bool(found.buy[at]), float(found.against[at])
    first = "Buy call, sell put" if buy else "Sell call, buy put"
    against = "the future" if other != other else f"the synthetic of {strike(other)}"
    return f"{first}; {'sell' if buy else 'buy'} {against}"


def _reason(text: str) -> str:
    return WHY_NOT if text == formats.DASH else ""


WHY_NOT: Final = (
    "Not heard yet, or no future before it to roll from; a record keeps only the future that goes"
    " with its expiry"
)
