"""What the shown trades add up to, day by day, and how far below the peak that is."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.clock import IST
from core.journal.days import EquityDay, by_day, deepest, equity
from ui.components.chart import Chart
from ui.components.chart_theme import axis, bars, line, lines
from ui.journal.lines import money
from ui.journal.source import JournalSource
from ui.theme import formats

Floats = NDArray[np.float64]
DAY: Final = 86_400_000.0
THIN: Final[dict[str, Any]] = {"barMinWidth": 3, "barMaxWidth": 18}
EMPTY: Final = "Nothing is closed yet: the curve begins with the first day on which something is."


class EquityView:
    def __init__(self, source: JournalSource) -> None:
        self._source = source
        self._said = ui.label().classes("journal-line num").props('data-testid="equity-said"')
        x, y = axis("day", kind="time"), axis("rupeesLakh")
        self.chart = Chart(
            lines(
                [
                    line("equity", "Net so far", "rupees", colour="var(--accent)"),
                    line("drawdown", "Below the peak", "rupees", colour="var(--down)", area=True),
                ],
                x=x,
                y=y,
            ),
            name="equity",
            title="Equity and drawdown, after charges",
            height=None,
            empty=EMPTY,
        )
        self.days = Chart(
            lines(
                [
                    bars("won", "Days won", "rupees", colour="var(--up)", stack="day", **THIN),
                    bars("lost", "Days lost", "rupees", colour="var(--down)", stack="day", **THIN),
                ],
                x=x,
                y=y,
            ),
            name="equity-days",
            title="By day, after charges",
            height=210,
            empty=EMPTY,
        )

    def draw(self) -> None:
        trips = [trip for trade in self._source.shown() for trip in trade.trips]
        found = equity(by_day(trips))
        at = [_midnight(each.day) for each in found]
        start = [at[0] - DAY] if at else []  # the curve begins at 0, before the first day
        nets = [float(each.net) for each in found]
        self.chart.push(
            {
                "equity": _rows(start + at, [0.0] * len(start) + [float(e.equity) for e in found]),
                "drawdown": _rows(
                    start + at, [0.0] * len(start) + [float(each.drawdown) for each in found]
                ),
            }
        )
        self.days.push(
            {
                "won": _rows(at, [max(net, 0.0) for net in nets]),
                "lost": _rows(at, [min(net, 0.0) for net in nets]),
            }
        )
        self._said.set_text(words(found))


def words(found: list[EquityDay]) -> str:
    if not found:
        return ""
    fall = deepest(found)
    text = f"{money(found[-1].equity)} after charges over {len(found)} days"
    if not fall.depth or fall.trough is None:
        return f"{text} · never below its peak"
    since = formats.short_day(fall.peak) if fall.peak else "the start"
    end = f"made good {formats.short_day(fall.recovered)}" if fall.recovered else "not made good"
    low = formats.short_day(fall.trough)
    return f"{text} · deepest fall {money(fall.depth)}, from {since} to {low}, {end}"


def _rows(at: Sequence[float], values: Sequence[float]) -> Floats:
    return np.array([at, values], dtype=float).T.reshape(-1, 2)


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), IST).astimezone(UTC).timestamp() * 1000
