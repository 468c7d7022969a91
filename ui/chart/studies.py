"""The indicators of a chart, computed beside the loop as its bars come and move."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np
import structlog
from nicegui import background_tasks

from core.instruments.candle import Candles
from ui.chart.indicators import Chosen, Floats
from ui.components.chart_view import ChartView

log = structlog.get_logger(__name__)

Found = list[tuple[Chosen, dict[str, Floats]]]


class Studies:
    """`chosen` is asked each time; `unknown` are those of which the bars tell nothing."""

    def __init__(
        self,
        view: ChartView,
        chosen: Callable[[], Sequence[Chosen]],
        then: Callable[[], object] = lambda: None,
    ) -> None:
        self._view, self._chosen, self._then = view, chosen, then
        self._drawn: set[str] = set()
        self._busy = self._again = False
        self.unknown: frozenset[str] = frozenset()
        view.on_bars(self.renew)

    def renew(self) -> None:
        """Compute what is chosen over the bars as they are."""
        self._again = True
        if not self._busy:
            background_tasks.create(self._run(), name="indicators")

    async def _run(self) -> None:
        self._busy = True
        try:
            while self._again and not self._view.chart.is_deleted:
                self._again = False
                bars = self._view.chart.candles
                chosen = [each for each in self._chosen() if not each.hidden]
                found = await asyncio.to_thread(computed, bars, chosen) if chosen else []
                self._draw(bars, found)
        finally:
            self._busy = False

    def _draw(self, bars: Candles, found: Found) -> None:
        chart = self._view.chart
        if chart.is_deleted:
            return
        now = chart.candles
        if len(now) != len(bars) or (len(bars) and now.time[0] != bars.time[0]):
            self._again = True  # other bars came meanwhile
            return
        for gone in self._drawn - {each.id for each, _ in found}:
            chart.drop(gone)
        for each, lines in found:
            chart.study(each.study(), lines)
        self._drawn = {each.id for each, _ in found}
        unknown = frozenset(
            each.id
            for each, lines in found
            if len(bars) and all(np.isnan(values).all() for values in lines.values())
        )
        if unknown != self.unknown:
            self.unknown = unknown
            self._then()


def computed(bars: Candles, chosen: Sequence[Chosen]) -> Found:
    return [(each, each.lines(bars)) for each in chosen]
