"""Movers of the NIFTY 50: gainers, losers, volume surges, and how many rose and fell."""

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

import numpy as np
from nicegui import background_tasks, ui
from nicegui.slot import Slot
from numpy.typing import NDArray

from core.analytics.movers import breadth, change, gainers, losers, surges
from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.constituents import nifty_50
from core.ports.feed import FeedMode
from core.services import Services
from core.services.usual_volumes import UsualVolumes, usual_part
from core.state.market import Col
from ui.components.board import Board, Cell
from ui.components.leaving import Leaving
from ui.components.quote_grid import (
    CHANGE_PERCENT,
    LTP,
    VOLUME,
    QuoteColumn,
    QuoteGrid,
    QuoteRow,
)
from ui.components.sight import paced

Floats = NDArray[np.float64]

PACE: Final = 2.0
LISTED: Final = 12
WAITING: Final = "Waiting for the market…"
USUAL: Final = "Loading the usual volumes…"


class Movers:
    """Three lists and the breadth; `viewer` names the page among the subscribers."""

    def __init__(self, services: Services, viewer: str) -> None:
        self._services = services
        today = services.clock.now().astimezone(IST).date()
        self._rows = [
            QuoteRow(id=c.symbol, key=InstrumentKey(f"NSE_EQ|{c.isin}"), name=c.symbol)
            for c in nifty_50(today)
        ]
        self._at = services.market.rows_of([row.key for row in self._rows])
        self._usual: Floats = np.full(len(self._rows), np.nan)
        self._ratio: Floats = self._usual
        self._seen = -1
        services.subscriptions.hold(viewer, {row.key: FeedMode.FULL for row in self._rows})
        Leaving(lambda: services.subscriptions.release(viewer))
        background_tasks.create(self._load_usual(), name="usual volumes")

    def build(self, place: Callable[[str], Slot]) -> None:
        """`place` gives the panels of the three lists by name: gainers, losers, surges."""
        surge = QuoteColumn(
            name="surge",
            title="× usual",
            value=self._surge_of,
            format="ratio",
            width=64,
            tip="Volume so far, over what is usual by this time of day",
            missing="The usual volume is not known yet",
        )
        with place("gainers"):
            self._gainers = self._list((LTP, CHANGE_PERCENT))
        with place("losers"):
            self._losers = self._list((LTP, CHANGE_PERCENT))
        with place("surges"):
            self._surges = self._list((VOLUME, CHANGE_PERCENT, surge), USUAL)

    def build_breadth(self) -> None:
        self._breadth = Board(
            [
                Cell(name="up", label="Advances", testid="advances"),
                Cell(name="same", label="Unchanged"),
                Cell(name="down", label="Declines", testid="declines"),
            ],
            "breadth-words",
        )
        with ui.element("div").classes("breadth-bar"):
            self._parts = [ui.element("i").classes(name) for name in ("rose", "same", "fell")]

    def start(self) -> None:
        """Once both parts are built."""
        self.look()
        paced(PACE, self.look)

    def _list(self, columns: Sequence[QuoteColumn], waiting: str = WAITING) -> QuoteGrid:
        return QuoteGrid(
            self._services,
            (),
            columns,
            title="NIFTY 50",
            empty=waiting,
            on_pick=lambda symbol: ui.navigate.to(f"/instruments?q={quote(symbol)}"),
        )

    def look(self) -> None:
        market = self._services.market
        if market.revision == self._seen:
            return
        self._seen = market.revision
        heard = market.values[self._at]
        changes = change(heard[:, Col.LTP], heard[:, Col.CLOSE])
        order, self._ratio = surges(heard[:, Col.VOLUME], self._usual, self._elapsed(), LISTED)
        self._show(self._gainers, gainers(changes, LISTED))
        self._show(self._losers, losers(changes, LISTED))
        self._show(self._surges, order)
        if np.isfinite(changes).any():
            self._gainers.say_when_empty("Nothing has risen.")
            self._losers.say_when_empty("Nothing has fallen.")
        if np.isfinite(self._ratio).any():
            self._surges.say_when_empty("Nothing trades more than usual.")
        self._show_breadth(changes)

    def _show(self, grid: QuoteGrid, order: NDArray[np.intp]) -> None:
        rows = tuple(self._rows[i] for i in order)
        if rows != grid.rows:
            grid.fill(rows, grid.columns)

    def _show_breadth(self, changes: Floats) -> None:
        counted = breadth(changes)
        numbers = (counted.advances, counted.unchanged, counted.declines)
        for name, tone, number in zip(
            ("up", "same", "down"), ("up", "", "down"), numbers, strict=True
        ):
            self._breadth.put(name, str(number), tone=tone, raw=number)
        if self._breadth.flush():
            for part, number in zip(self._parts, numbers, strict=True):
                part.style(f"flex-grow: {number}")

    def _elapsed(self) -> float:
        session = self._services.session
        if session.opens_at is None or session.closes_at is None:
            return 0.0
        return usual_part(session.opens_at, session.closes_at, self._services.clock.now())

    def _surge_of(self, heard: Floats) -> Floats:
        """The ratios of the rows that the list shows, in its order."""
        at = {row.id: i for i, row in enumerate(self._rows)}
        first, last = self._surges.in_view
        return np.array([self._ratio[at[row.id]] for row in self._surges.rows[first : last + 1]])

    async def _load_usual(self) -> None:
        services = self._services
        volumes = UsualVolumes(services.history, services.candles, services.clock)
        self._usual = await volumes.of([row.key for row in self._rows])
