"""The pin range: max pain, walls, straddle range and gamma cluster on one axis, and as numbers."""

from typing import Any, Final

import numpy as np

from core.analytics.expiry_day import PinRange, pin_range
from core.analytics.exposure import Exposures
from core.services.chain_picture import ChainPicture
from ui.components.chart import Chart
from ui.components.chart_theme import axis, line, lines
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.oi_header import away
from ui.components.oi_parts import level_marks, straddle
from ui.theme import formats

RANGES: Final = (
    ("cluster", "Gamma cluster", "var(--mode-simulated)", "Fewest strikes with half of all gamma"),
    ("straddle", "Straddle range", "var(--accent)", "Forward less and plus the straddle"),
    ("walls", "Walls", "var(--txt2)", "Most puts below, most calls above"),
    ("pin", "Pin range", "var(--warn)", "Between the walls, no wider than the straddle says"),
)
"""From the bottom up."""
WIDTH: Final = 13
COLUMNS: Final = (
    Column(name="name", title="", width="112px"),
    Column(name="low", title="Low", classes="num"),
    Column(name="low-away", title="", classes="num", width="58px"),
    Column(name="high", title="High", classes="num"),
    Column(name="high-away", title="", classes="num", width="58px"),
)


class PinPicture:
    """The chart and the table are built where their panels want them."""

    def build_chart(self) -> None:
        self._chart = Chart(
            _shape(),
            name="expiry-pin",
            height=None,
            empty="No range yet: it needs open interest and prices at the money.",
            label="Pin range, walls, straddle range and gamma cluster on one axis",
        )

    def build_table(self) -> None:
        self._table = DataTable("expiry-range", COLUMNS)

    def show(self, picture: ChainPicture, exposures: Exposures) -> None:
        found = pin_range(
            picture.strikes,
            picture.oi,
            exposures.gamma,
            forward=picture.forward,
            straddle=straddle(picture),
        )
        ends = _ends(found)
        series = {
            id: np.array([[low, place], [high, place]])
            for place, (id, (low, high)) in enumerate(ends.items())
        }
        self._chart.subject = picture.symbol
        self._chart.push(series, at=picture.at, now=picture.now)
        self._chart.marks(level_marks(picture))
        rows = [_row(id, low, high, picture) for id, (low, high) in reversed(ends.items())]
        self._table.show(rows)


def _row(id: str, low: float, high: float, picture: ChainPicture) -> Row:
    name, tip = next((name, tip) for each, name, _, tip in RANGES if each == id)
    cells = (
        Cell(name, "strong" if id == "pin" else "", tip),
        formats.price(low),
        Cell(away(low, picture), "faint"),
        formats.price(high),
        Cell(away(high, picture), "faint"),
    )
    return Row(id, cells)


def _ends(found: PinRange) -> dict[str, tuple[float, float]]:
    """Low and high of each of `RANGES`, in their order."""
    return {
        "cluster": (found.cluster_low, found.cluster_high),
        "straddle": (found.implied_low, found.implied_high),
        "walls": (found.support, found.resistance),
        "pin": (found.low, found.high),
    }


def _shape() -> dict[str, Any]:
    """Thick lines one above the other, each with its name at its end."""
    bars = [
        {
            **line(id, name, "plain", colour=colour),
            "lineStyle": {"width": WIDTH, "color": colour, "cap": "butt"},
            "endLabel": {"show": True, "formatter": "{a}", "color": "var(--txt)", "distance": 8},
        }
        for id, name, colour, _ in RANGES
    ]
    places = axis("plain", min=-0.6, max=len(RANGES) - 0.4, show=False)
    room = axis("strike", min=None, max=None, boundaryGap=["4%", "16%"])
    shape = lines(bars, x=room, y=places)
    return {**shape, "legend": {"show": False}, "tooltip": {"show": False}}
