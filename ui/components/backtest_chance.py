"""Monte-Carlo of trades: the band in which the same trades, drawn anew, would have ended."""

from typing import Final

import numpy as np
from nicegui import run, ui

from core.backtest.monte_carlo import LEVELS, PATHS, Band, band
from ui.backtest.opened import Opened
from ui.components.chart import Chart
from ui.components.chart_theme import axis, line, lines
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.theme import formats

COLUMNS: Final = (
    Column(name="level", title="In … of the paths", classes="dim"),
    Column(name="end", title="ends below, ₹", classes="num"),
    Column(name="fall", title="falls deeper than, ₹", classes="num"),
)
EMPTY: Final = "Two closed trades at least are needed to draw them anew."
LIVE: Final = "actual"


class ChanceView:
    def __init__(self) -> None:
        self._said = ui.label().classes("caption").props('data-testid="bt-chance-said"')
        edges = {5: "var(--down)", 25: "var(--txt3)", 50: "var(--txt)", 75: "var(--txt3)"}
        self.chart = Chart(
            lines(
                [
                    *(
                        line(
                            f"level{level}",
                            f"{level} % are below",
                            "rupees",
                            colour=edges.get(level, "var(--up)"),
                            dashed=level in (25, 75),
                            width=1.2,
                        )
                        for level in LEVELS
                    ),
                    line(LIVE, "This run", "rupees", colour="var(--accent)", width=2),
                ],
                x=axis("quantity", name="trades", minInterval=1),
                y=axis("rupeesLakh", scale=True),
            ),
            name="bt-chance",
            title="The same trades in another order, drawn with replacement",
            height=None,
            empty=EMPTY,
        )
        self.table = DataTable("chance", COLUMNS, empty=EMPTY).classes("bt-small")

    async def show(self, opened: Opened) -> None:
        result = opened.result
        pnls = np.array([trade.profit for trade in result.closed], dtype=float)
        found = await run.io_bound(band, pnls, result.capital)
        if found is None:
            self.chart.forget()
            self.table.show([])
            self._said.set_text("")
            return
        real = result.capital + np.concatenate([[0.0], pnls.cumsum()])[found.trades]
        at = found.trades.astype(float)
        paths = {f"level{level}": np.column_stack([at, found.equity[level]]) for level in LEVELS}
        self.chart.push({**paths, LIVE: np.column_stack([at, real])})
        self.table.show([_row(level, found) for level in LEVELS])
        self._said.set_text(words(found))


def words(found: Band) -> str:
    return (
        f"{PATHS:,} paths of {int(found.trades[-1]):,} trades. {formats.percent(found.loses, 1)} of"
        " them end below the capital. Trades are taken as independent of each other: those of one"
        " trend are not, so that real falls may be deeper."
    )


def _row(level: int, found: Band) -> Row:
    return Row(
        str(level),
        (
            f"{level} %",
            Cell(formats.rupees(found.end[level], 0)),
            Cell(formats.signed(found.drawdown[level], 0), "down"),
        ),
    )
