"""Rank and percentile: where today's volatility and India VIX stand among the past sessions."""

from datetime import date, datetime, time
from typing import Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.analytics.rank import percentile, rank
from core.analytics.volatility_days import LEAST_SESSIONS, VolatilityHistory
from core.clock import IST
from core.instruments.candle import Candles
from core.jobs.table import BACKFILL
from core.services import Services
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import axis, line, lines
from ui.components.choices import Choices
from ui.components.rank_band import RankBand
from ui.components.segments import Segments

Floats = NDArray[np.float64]

SESSIONS: Final = {"30": "30", "60": "60", "252": "252"}
RANK: Final = "(now - lowest)/(highest - lowest) of the sessions"
PERCENTILE: Final = "Share of the sessions that closed strictly below"


class RankPanel:
    """`show` with what the sessions are ranked for; too few of them give no rank."""

    def __init__(self, services: Services, choices: Choices) -> None:
        self._services = services
        self._last: tuple[VolatilityHistory, Candles, float, float, date, str] | None = None
        with ui.element("div").classes("vol-head"):
            ui.label("Sessions").classes("vol-note")
            self._sessions = Segments(SESSIONS, choices, "volatility.sessions", self._again)
            ui.element("div").classes("spring")
            with (
                ui.element("button")
                .classes("button small")
                .props('data-testid="backfill" title="Back-fill volatility of past sessions"')
                .on("click", self._run) as self._button
            ):
                ui.label("Run now")
        self.iv = RankBand("iv", "IV 30 d", "At-the-money volatility of 30 days")
        self.vix = RankBand("vix", "India VIX", "Closes of the index, on NIFTY")
        self._said = ui.label().classes("vol-said").props('data-testid="rank-sessions"')
        self.chart = Chart(
            lines(
                [
                    line("iv30", "IV 30 d", "share", colour="var(--accent)", width=1.8),
                    line("vix", "India VIX", "share", colour="var(--warn)", width=1.2),
                ],
                x=axis("day", kind="time"),
                y=axis("shareShort"),
            ),
            name="rank-history",
            height=None,
            empty="No session is on record yet.",
        )

    def show(
        self,
        history: VolatilityHistory,
        bars: Candles,
        *,
        iv30: float,
        vix: float,
        day: date,
        lacking: str,
    ) -> None:
        """Volatilities as fractions; `lacking` says why today's cannot be told, if it cannot."""
        self._last = history, bars, iv30, vix, day, lacking
        sessions = int(self._sessions.value)
        past = np.array([d < day for d in history.days], bool)
        ours, closes = history.iv30[past], bars.close[bars.time < _midnight(day)] / 100
        known = int(np.isfinite(ours).sum())
        self._put(self.iv, ours, iv30, sessions, lacking)
        lacks = "" if vix > 0 else "No price of India VIX then."
        self._put(self.vix, closes, vix, sessions, lacks)
        self._tell(history, known, sessions)
        self._draw(history, bars, sessions, day, iv30)

    def _again(self) -> None:
        if self._last is not None:
            history, bars, iv30, vix, day, lacking = self._last
            self.show(history, bars, iv30=iv30, vix=vix, day=day, lacking=lacking)

    def _put(self, band: RankBand, past: Floats, now: float, sessions: int, lacking: str) -> None:
        window = past[np.isfinite(past)][-sessions:]
        if window.size < LEAST_SESSIONS:
            few = f"{window.size} of {LEAST_SESSIONS} sessions: too few for a rank"
            band.show(now, few=few, lacking=lacking)
            return
        band.show(
            now,
            low=float(window.min()),
            high=float(window.max()),
            rank=rank(window, now),
            percentile=percentile(window, now),
            over=window.size,
            tips=(RANK, PERCENTILE),
            lacking=lacking,
        )

    def _tell(self, history: VolatilityHistory, known: int, sessions: int) -> None:
        job = self._services.jobs.jobs.get(BACKFILL)
        busy = job is not None and (job.running or job.waiting)
        self._button.set_visibility(job is not None and known < sessions and not busy)
        if busy and job is not None:
            text = f"Back-fill: {job.detail or 'waiting for its turn'}"
        elif known < LEAST_SESSIONS:
            when = f"; back-fill: {job.schedule}" if job is not None else ""
            text = f"{known} of {LEAST_SESSIONS} sessions on record{when}"
        else:
            text = history.described
        if not busy and job is not None and job.last is not None and known < sessions:
            text = f"{text} · last run: {job.last.message}"
        self._said.set_text(text)
        self._said.props(f'title="{_plain(text)}"')

    def _run(self) -> None:
        self._services.scheduler.run_now(BACKFILL)
        self._again()

    def _draw(
        self, history: VolatilityHistory, bars: Candles, sessions: int, day: date, iv30: float
    ) -> None:
        self.chart.subject = history.symbol
        before = bars.time < _midnight(day)
        times, closes = bars.time[before][-sessions:], bars.close[before][-sessions:]
        past = [i for i, each in enumerate(history.days) if each < day][-sessions:]
        ours = [[_midnight(history.days[i]) * 1000.0, float(history.iv30[i])] for i in past]
        self.chart.push(
            {
                "iv30": np.array(ours).reshape(-1, 2),
                "vix": np.column_stack([times * 1000.0, closes / 100]),
            }
        )
        marks = [Mark(at=iv30, label="IV now", axis="y", colour="--accent")] if iv30 > 0 else []
        self.chart.marks(marks)


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), IST).timestamp())


def _plain(text: str) -> str:
    return text.replace('"', "'")
