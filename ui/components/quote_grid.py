"""A live list of instruments: watchlists, movers; sends what changed among the rows in view."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from nicegui import ui
from nicegui.events import GenericEventArguments
from numpy.typing import NDArray

from core.ids import InstrumentKey
from core.instruments.instrument import has_open_interest, is_traded
from core.services import Services
from core.state.freshness import freshness
from core.state.market import Col
from ui.theme.style import GRID_MODULES

Floats = NDArray[np.float64]
Value = Callable[[Floats], Floats]
"""From rows of the market state (rows, `Col`) to one number a row."""

PACE: Final = 0.1
MAX_BEHIND: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteColumn:
    """`format` is a name in `assets/js/formats`; `missing` is said of an unknown number, `none` of
    an instrument that cannot have it, by `had_by`.
    """

    name: str
    title: str
    value: Value
    format: str = "price"
    width: int = 84
    tip: str = ""
    signed: bool = False
    flash: bool = False
    missing: str = "Not known"
    none: str = ""
    had_by: Callable[[InstrumentKey], bool] | None = None

    def props(self) -> dict[str, object]:
        told = (each.name for each in fields(self) if each.name not in ("value", "had_by"))
        return {name: getattr(self, name) for name in told}

    def lacked_by(self, key: InstrumentKey) -> bool:
        return self.had_by is not None and not self.had_by(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRow:
    """`id` names the row in test ids and events; `hint` stands small behind the name."""

    id: str
    key: InstrumentKey
    name: str
    hint: str = ""


def take(col: Col) -> Value:
    return lambda heard: heard[:, col]


def changed(heard: Floats) -> Floats:
    return np.round(heard[:, Col.LTP] - heard[:, Col.CLOSE], 4)


def changed_part(heard: Floats) -> Floats:
    """The change as a fraction of the previous close."""
    close = np.where(heard[:, Col.CLOSE] > 0, heard[:, Col.CLOSE], np.nan)
    return np.round(heard[:, Col.LTP] / close - 1, 6)


NO_BOOK: Final = "An index is computed, not traded: it has no bids and offers"
NO_VOLUME: Final = "An index is computed, not traded: it has no volume"
NO_OPEN_INTEREST: Final = "Only futures and options have open interest"
NO_TRADE: Final = "Nothing was traded today"
LTP: Final = QuoteColumn(name="ltp", title="LTP", value=take(Col.LTP), flash=True)
CHANGE: Final = QuoteColumn(
    name="change", title="Chg", value=changed, format="change", width=74, signed=True
)
CHANGE_PERCENT: Final = QuoteColumn(
    name="change-percent",
    title="Chg %",
    value=changed_part,
    format="changePercent",
    width=68,
    signed=True,
)
BID: Final = QuoteColumn(
    name="bid",
    title="Bid",
    value=take(Col.BID),
    missing="Nobody bids",
    none=NO_BOOK,
    had_by=is_traded,
)
ASK: Final = QuoteColumn(
    name="ask",
    title="Ask",
    value=take(Col.ASK),
    missing="Nobody offers",
    none=NO_BOOK,
    had_by=is_traded,
)
OPEN: Final = QuoteColumn(name="open", title="Open", value=take(Col.OPEN))
HIGH: Final = QuoteColumn(name="high", title="High", value=take(Col.HIGH))
LOW: Final = QuoteColumn(name="low", title="Low", value=take(Col.LOW))
CLOSE: Final = QuoteColumn(
    name="close", title="Prev close", value=take(Col.CLOSE), tip="Close of the previous session"
)
AVERAGE: Final = QuoteColumn(
    name="average",
    title="Average",
    value=take(Col.AVERAGE),
    missing=NO_TRADE,
    none="An index is computed, not traded: it has no average price",
    had_by=is_traded,
)
VOLUME: Final = QuoteColumn(
    name="volume",
    title="Volume",
    value=take(Col.VOLUME),
    format="lakh",
    none=NO_VOLUME,
    had_by=is_traded,
)
OI: Final = QuoteColumn(
    name="oi",
    title="OI",
    value=take(Col.OI),
    format="lakh",
    none=NO_OPEN_INTEREST,
    had_by=has_open_interest,
)
LAST_TRADE: Final = QuoteColumn(
    name="last-trade", title="Last trade", value=take(Col.LTT), format="time"
)
EVERY_COLUMN: Final = (
    *(LTP, CHANGE, CHANGE_PERCENT, BID, ASK, OPEN, HIGH, LOW, CLOSE),
    *(AVERAGE, VOLUME, OI, LAST_TRADE),
)


class QuoteGrid(ui.element, component="quote_grid.js", esm=GRID_MODULES):
    """`fill` replaces rows and columns in place; the caller subscribes the keys. `empty` is said
    where there are no rows; `picked` is the id of the row that is marked at first.

    `on_pick(id)`, `on_move(id, to)` and `on_remove(id)` are called for what the user does; rows can
    be dragged and have a remove button only where there is somebody to tell.
    """

    def __init__(
        self,
        services: Services,
        rows: Sequence[QuoteRow],
        columns: Sequence[QuoteColumn],
        *,
        title: str = "Instrument",
        empty: str = "",
        picked: str = "",
        on_pick: Callable[[str], object] | None = None,
        on_move: Callable[[str, int], object] | None = None,
        on_remove: Callable[[str], object] | None = None,
        on_sort: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__()
        self.classes("quote-holder")
        self._services = services
        self._view = (0, -1)
        self._sent_seq = self._seen_seq = 0
        self._props["named"], self._props["empty"] = title, empty
        self._props["picked"] = picked
        self._props["movable"] = on_move is not None
        self._props["removable"] = on_remove is not None
        self._props["sortable"] = on_sort is not None
        self._take(rows, columns)
        self.on("view", self._viewed)
        if on_pick is not None:
            self.on("pick", lambda e: on_pick(str(e.args)))
        if on_move is not None:
            self.on("move", lambda e: on_move(str(e.args["id"]), int(e.args["to"])))
        if on_remove is not None:
            self.on("remove", lambda e: on_remove(str(e.args)))
        if on_sort is not None:
            self.on("sort", lambda e: on_sort(str(e.args)))
        self._timer = ui.timer(PACE, self.push, active=False)

    def fill(
        self, rows: Sequence[QuoteRow], columns: Sequence[QuoteColumn], picked: str = ""
    ) -> None:
        """Show other rows or columns; `picked` is the id of the row that stays marked."""
        self._take(rows, columns)
        told = self._props
        self.run_method("fill", told["rows"], told["columns"], picked, told["empty"])

    def _take(self, rows: Sequence[QuoteRow], columns: Sequence[QuoteColumn]) -> None:
        self.rows, self.columns = tuple(rows), tuple(columns)
        self._market_rows = self._services.market.rows_of([row.key for row in rows])
        self.sent: Floats = np.full((len(rows), len(columns) + 1), np.nan)
        self._lacked: NDArray[np.bool_] = np.array(
            [[column.lacked_by(row.key) for column in columns] for row in rows], np.bool_
        ).reshape(len(rows), len(columns))
        self._props["rows"] = [
            {"id": r.id, "name": r.name, "hint": r.hint, "lacks": np.flatnonzero(lacks).tolist()}
            for r, lacks in zip(rows, self._lacked, strict=True)
        ]
        self._props["columns"] = [column.props() for column in columns]

    def _viewed(self, event: GenericEventArguments) -> None:
        told = event.args
        self._seen_seq = max(self._seen_seq, int(told["seq"]))
        self._view = (max(0, int(told["first"])), min(len(self.rows) - 1, int(told["last"])))
        self._timer.active = bool(told["shown"])

    def say_when_empty(self, words: str) -> None:
        if self._props["empty"] != words:
            self._props["empty"] = words
            self.fill(self.rows, self.columns)

    @property
    def in_view(self) -> tuple[int, int]:
        return self._view

    def push(self) -> None:
        """Send what differs from what was sent last, unless the browser is behind."""
        behind = self._sent_seq - self._seen_seq > MAX_BEHIND
        if behind or not self.client.has_socket_connection:
            return
        index, value = self.changes(*self._view)
        if len(index):
            self._sent_seq += 1
            self.run_method("patch", index.tolist(), value.tolist(), self._sent_seq)

    def changes(self, first: int, last: int) -> tuple[NDArray[np.int64], Floats]:
        """Flat indices and values of what differs in the rows `first` to `last`."""
        now = self._table(self._market_rows[first : last + 1])
        now[:, :-1][self._lacked[first : last + 1]] = np.nan
        before = self.sent[first : last + 1]
        row, column = np.nonzero((now != before) & ~(np.isnan(now) & np.isnan(before)))
        value = now[row, column]
        before[row, column] = value
        return (row + first) * (len(self.columns) + 1) + column, value

    def _table(self, rows: NDArray[np.int64]) -> Floats:
        """The columns' numbers, and last the freshness."""
        services = self._services
        heard = services.market.values[rows]
        fresh = freshness(
            services.market, services.health.feed, services.session, rows, services.clock.now()
        )
        return np.column_stack([*(column.value(heard) for column in self.columns), fresh])
