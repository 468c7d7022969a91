"""Realised beside implied volatility over the past sessions, and the cone of what has been."""

from datetime import date, datetime, time
from typing import Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.analytics import realised
from core.analytics.volatility_days import VolatilityHistory
from core.clock import IST
from core.instruments.candle import Candles
from core.services.volatility_view import VolatilityView
from ui.components.board import Board
from ui.components.board import Cell as Figure
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import GHOST, axis, line, lines, scatter
from ui.components.choices import Choices
from ui.components.segments import Segments
from ui.theme import formats
from ui.theme.colors import tone

Floats = NDArray[np.float64]

WINDOWS: Final = {"10": "10", "20": "20", "30": "30", "60": "60"}
SHOWN: Final = 126
"""Sessions of history that are drawn."""
LAST: Final = "up to the last session, 252 sessions a year"
FIGURES: Final = (
    Figure(name="iv", label="IV 30 d", testid="realised-iv", tip="Implied, of 30 days, now"),
    Figure(
        name="close",
        label="Close-close",
        testid="rv-close",
        tip=f"Standard deviation of daily log returns {LAST}",
    ),
    Figure(
        name="parkinson",
        label="Parkinson",
        testid="rv-parkinson",
        tip=f"From highs and lows {LAST} (Parkinson, 1980)",
    ),
    Figure(
        name="yang_zhang",
        label="Yang-Zhang",
        testid="rv-yang-zhang",
        tip=f"Overnight, open to close and range {LAST} (Yang and Zhang, 2000)",
    ),
    Figure(
        name="premium",
        label="IV - YZ",
        testid="rv-premium",
        tip="Implied less realised by Yang-Zhang, vol points",
    ),
)


class RealisedPanel:
    def __init__(self, choices: Choices) -> None:
        self._last: tuple[str, Candles, VolatilityHistory, float, date, str] | None = None
        with ui.element("div").classes("vol-head"):
            self.board = Board(FIGURES, "vol-figures")
            self._window = Segments(WINDOWS, choices, "volatility.window", self._again, first="20")
        self._said = ui.label().classes("vol-said warn").props('data-testid="realised-problem"')
        self.chart = Chart(
            lines(
                [
                    line("iv30", "IV 30 d", "share", colour="var(--accent)", width=2),
                    line("close", "Close-close", "share", colour="var(--txt2)"),
                    line("parkinson", "Parkinson", "share", colour="var(--mode-simulated)"),
                    line("yang_zhang", "Yang-Zhang", "share", colour="var(--warn)"),
                ],
                x=axis("day", kind="time"),
                y=axis("shareShort"),
            ),
            name="realised",
            height=None,
            empty="No daily bars of the underlying yet.",
        )

    def show(
        self,
        symbol: str,
        bars: Candles,
        history: VolatilityHistory,
        *,
        iv30: float,
        day: date,
        problem: str,
    ) -> None:
        """`bars` of sessions; those from `day` on do not count. `problem`: why there are none."""
        self._last = symbol, bars, history, iv30, day, problem
        past, window = before(bars, day), int(self._window.value)
        found = measures(past, window)
        self._put(found, iv30, window, problem)
        self._said.set_text(f"Daily bars cannot be had: {problem}" if problem else "")
        self._said.set_visibility(bool(problem))
        self.chart.subject = symbol
        x = past.time[-SHOWN:] * 1000.0
        numbers = {name: values[-SHOWN:] for name, values in found.items()}
        self.chart.push({**numbers, "iv30": _on_days(history, past.time[-SHOWN:])}, x=x)
        marks = [Mark(at=iv30, label="IV now", axis="y", colour="--accent")] if iv30 > 0 else []
        self.chart.marks(marks)

    def _again(self) -> None:
        if self._last is not None:
            symbol, bars, history, iv30, day, problem = self._last
            self.show(symbol, bars, history, iv30=iv30, day=day, problem=problem)

    def _put(self, found: dict[str, Floats], iv30: float, window: int, problem: str) -> None:
        put = self.board.put
        put("iv", formats.percent(iv30), raw=iv30)
        for name, values in found.items():
            now = float(values[-1]) if values.size else float("nan")
            short = problem or f"Fewer than {window + 1} sessions of daily bars"
            put(name, formats.percent(now), raw=now, tip="" if now == now else short)
        yang_zhang = found["yang_zhang"]
        premium = 100 * (iv30 - float(yang_zhang[-1])) if yang_zhang.size else float("nan")
        put("premium", formats.signed(premium), raw=premium, tone=tone(premium))
        self.board.flush()


class ConePanel:
    def __init__(self) -> None:
        self.chart = Chart(
            lines(
                [
                    line("most", "Max", "share", colour=GHOST, width=1, dashed=True),
                    line("upper", "75%", "share", colour=GHOST, width=1),
                    line("median", "Median", "share", colour="var(--txt2)"),
                    line("lower", "25%", "share", colour=GHOST, width=1),
                    line("least", "Min", "share", colour=GHOST, width=1, dashed=True),
                    line("latest", "Latest", "share", colour="var(--warn)", points=True),
                    scatter("atm", "ATM IV", "share", colour="var(--accent)", size=8),
                ],
                x=axis("rank", kind="log", name="Sessions", logBase=2),
                y=axis("shareShort"),
            ),
            name="cone",
            title="Close to close, by horizon",
            height=None,
            empty="No daily bars of the underlying yet.",
        )

    def show(self, view: VolatilityView, bars: Candles, day: date) -> None:
        self.chart.subject = view.symbol
        found = realised.cone(before(bars, day).close)
        per_year = realised.SESSIONS_PER_YEAR
        points = [[p.years * per_year, view.atm_vol(p.expiry)] for p in view.pictures]
        usable = [point for point in points if point[0] >= 1]
        self.chart.push(
            {
                "most": found.most,
                "upper": found.three_quarters,
                "median": found.median,
                "lower": found.quarter,
                "least": found.least,
                "latest": found.latest,
                "atm": np.array(usable).reshape(-1, 2),
            },
            x=np.array(found.horizons, float),
            at=view.at,
            now=view.now,
        )


def before(bars: Candles, day: date) -> Candles:
    """Bars of sessions before a day."""
    known = bars.time < _midnight(day)
    return Candles(
        time=bars.time[known],
        open=bars.open[known],
        high=bars.high[known],
        low=bars.low[known],
        close=bars.close[known],
        volume=bars.volume[known],
        open_interest=bars.open_interest[known],
    )


def measures(bars: Candles, window: int) -> dict[str, Floats]:
    """Realised volatility by three measures, one value a session."""
    return {
        "close": realised.close_close(bars.close, window),
        "parkinson": realised.parkinson(bars.high, bars.low, window),
        "yang_zhang": realised.yang_zhang(bars.open, bars.high, bars.low, bars.close, window),
    }


def _on_days(history: VolatilityHistory, times: NDArray[np.int64]) -> Floats:
    """Implied volatility of the sessions that start at `times`; nan where there is none."""
    known = {_midnight(d): v for d, v in zip(history.days, history.iv30, strict=True)}
    return np.array([known.get(int(at), np.nan) for at in times], float)


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), IST).timestamp())
