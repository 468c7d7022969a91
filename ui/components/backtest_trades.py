"""The round trips of a run: sorted, narrowed, and each a click away from its chart."""

from collections.abc import Callable, Sequence
from typing import Final

from nicegui import ui

from core.backtest.results import Trade
from ui.backtest.addresses import trade_address
from ui.backtest.lines import TRADES, trade_line
from ui.backtest.opened import Opened
from ui.components.choices import Choices
from ui.components.long_table import Line, LongTable
from ui.components.segments import Segments
from ui.theme import formats

SHOWN: Final = {"all": "All", "won": "Won", "lost": "Lost"}
KEYS: Final[dict[str, Callable[[Trade], float]]] = {
    "entered": lambda trade: trade.entered_at,
    "left": lambda trade: trade.left_at,
    "units": lambda trade: trade.units,
    "profit": lambda trade: trade.profit,
    "held": lambda trade: trade.left_at - trade.entered_at,
    "charges": lambda trade: trade.charges,
}


class TradesView:
    def __init__(self, choices: Choices) -> None:
        self._opened: Opened | None = None
        self._trades: Sequence[Trade] = ()
        self._sort, self._falling = "entered", False
        with ui.element("div").classes("bt-line"):
            self._which = Segments(SHOWN, choices, "backtest.trades", self.draw)
            self._said = ui.label().classes("dim").props('data-testid="bt-trades-said"')
        self.table = LongTable(
            "btt",
            TRADES,
            empty="This run made no trade.",
            on_act=self.look,
            on_sort=self.sort,
            on_pick=lambda id: None,
        )

    def show(self, opened: Opened) -> None:
        self._opened, self._trades = opened, opened.result.trades
        self.draw()

    def sort(self, column: str) -> None:
        self._falling = not self._falling if column == self._sort else column != "entered"
        self._sort = column
        self.draw()

    def draw(self) -> None:
        if self._opened is None:
            return
        which = self._which.value
        found = [
            (str(number), trade)
            for number, trade in enumerate(self._trades, 1)
            if which == "all" or (trade.profit > 0) == (which == "won")
        ]
        found.sort(key=lambda each: KEYS[self._sort](each[1]), reverse=self._falling)
        lines: dict[str, Line] = {
            id: trade_line(int(id), trade, self._opened.contract(trade)) for id, trade in found
        }
        self.table.say_when_empty(
            "No trade of this kind." if self._trades else "This run made no trade."
        )
        self.table.mark_sorted(self._sort, falling=self._falling)
        self.table.show([id for id, _ in found], lines)
        net = sum(trade.profit for _, trade in found)
        self._said.set_text(f"{len(found)} of {len(self._trades)} · net {formats.signed(net)}")

    def look(self, id: str, action: str) -> None:
        if self._opened is not None:
            ui.navigate.to(trade_address(self._trades[int(id) - 1], self._opened))
