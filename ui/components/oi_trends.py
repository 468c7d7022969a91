"""Trends of the day: ratios, max pain, straddle, totals, net gamma and basis, minute by minute."""

import asyncio
from dataclasses import fields
from typing import Any, Final

import numpy as np
from nicegui import background_tasks, ui
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.chain_trends import ChainTrends, chain_trends
from core.analytics.exposure import Dealers
from ui.components.chart import Chart
from ui.components.chart_theme import CALLS, PUTS, Series, axis, line, lines, signed_line
from ui.components.dock import DockPanel
from ui.components.oi_gamma import DealersChoice
from ui.components.oi_parts import MINUTE, NOTHING_YET, OiView, clock_axis, live_end, moment_mark
from ui.components.oi_source import as_day

Floats = NDArray[np.float64]

SPOT: Final = line("spot", "Spot", "price", colour="var(--txt3)", right=True, width=1.1)
ACCENT, WARN, VIOLET = "var(--accent)", "var(--warn)", "var(--mode-simulated)"


def _shape(series: list[Series], format: str, right: str = "strike") -> dict[str, Any]:
    second = axis(right) if any(each.get("yAxisIndex") for each in series) else None
    return lines(series, x=clock_axis(), y=axis(format), right=second)


CHARTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "pcr": (
        "Put-call ratio against spot",
        _shape(
            [
                line("pcr", "PCR by OI", "greek2", colour=ACCENT),
                line("pcr_volume", "by volume", "greek2", colour=VIOLET, width=1.1),
                SPOT,
            ],
            "greek2",
        ),
    ),
    "pain": (
        "Max pain against spot",
        _shape(
            [
                line("max_pain", "Max pain", "strike", colour=WARN, step=True),
                line("spot", "Spot", "price", colour="var(--txt2)"),
            ],
            "strike",
        ),
    ),
    "straddle": (
        "Straddle and volatility at the money",
        _shape(
            [
                line("straddle", "Straddle", "price", colour=ACCENT),
                line("atm_iv", "ATM IV", "share", colour=WARN, right=True, width=1.2),
            ],
            "points",
            "shareShort",
        ),
    ),
    "totals": (
        "Total open interest, calls and puts",
        _shape(
            [
                line("call_oi", "Calls", "lakh", colour=CALLS),
                line("put_oi", "Puts", "lakh", colour=PUTS),
                SPOT,
            ],
            "lakh",
        ),
    ),
    "gex": (
        "Net gamma exposure, ₹ per 1 %",
        _shape([signed_line("net_gex", "Net gamma", "rupeesLakh"), SPOT], "rupeesLakh"),
    ),
    "basis": (
        "Future less spot",
        _shape([signed_line("basis", "Basis", "change"), SPOT], "points"),
    ),
}
PANELS: Final = (
    DockPanel(id="pcr", title=CHARTS["pcr"][0]),
    DockPanel(id="pain", title=CHARTS["pain"][0], beside="pcr"),
    DockPanel(id="straddle", title=CHARTS["straddle"][0], beside="pain"),
    DockPanel(id="totals", title=CHARTS["totals"][0], beside="pcr", direction="below"),
    DockPanel(id="gex", title=CHARTS["gex"][0], beside="pain", direction="below"),
    DockPanel(id="basis", title=CHARTS["basis"][0], beside="straddle", direction="below"),
)


class TrendsView(OiView):
    def tools(self) -> None:
        ui.label("Dealers").classes("oi-word")
        self._dealers = DealersChoice(self.choices, self.redraw)

    def build(self) -> None:
        self._trends: ChainTrends | None = None
        self._of: tuple[ChainDay, Dealers] | None = None
        dock = self.dock("trends", PANELS)
        self._charts: dict[str, Chart] = {}
        for name, (title, option) in CHARTS.items():
            with dock.panel(name):
                self._charts[name] = Chart(
                    option, name=f"oi-trend-{name}", height=None, empty=NOTHING_YET, label=title
                )

    def draw(self) -> str:
        day = self.source.day
        if day is None or not len(day):
            self._trends = self._of = None
            for chart in self._charts.values():
                self.clear(chart)
            return self.recorded_so_far()
        wanted = (day, self._dealers.convention)
        if self._of is None or self._of[0] is not day or self._of[1] is not wanted[1]:
            self._of = wanted
            background_tasks.create(self._compute(*wanted), name="oi trends")
        if self._trends is not None:
            self._push(self._trends)
        assumption = self._dealers.convention.assumption
        return f"{self.recorded_so_far()} Straddle by mid prices. Gamma: {assumption}"

    async def _compute(self, day: ChainDay, convention: Dealers) -> None:
        """A whole day takes some milliseconds, once a minute."""
        closes_at = self.picture.closes_at
        found = await asyncio.to_thread(chain_trends, day, closes_at, convention)
        if self._of is not None and self._of[0] is day and self._of[1] is convention:
            self._trends = found
            self.redraw()

    def _push(self, trends: ChainTrends) -> None:
        picture = self.picture
        x, parts = (trends.minutes + 1.0) * MINUTE, [trends]
        if self._of is not None and live_end(picture, self._of[0]):
            now = chain_trends(as_day(picture), picture.closes_at, trends.convention)
            parts.append(now)
            x = np.append(x, picture.at.timestamp() * 1000)
        for chart in self._charts.values():
            names = {s["id"] for s in chart.option["series"]}
            series = {
                f.name: np.concatenate([getattr(part, f.name) for part in parts])
                for f in fields(ChainTrends)
                if f.name in names
            }
            chart.subject = picture.symbol
            chart.push(series, x=x, at=picture.at, now=picture.now)
            chart.marks(moment_mark(picture))
