"""The builder's tracked drafts: virtual positions at live prices, their candles and alerts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import nan
from typing import Final

import numpy as np
from nicegui import background_tasks, ui

from core.clock import IST
from core.errors import AppError
from core.strategies.draft import Draft, Watched
from core.strategies.tracking import Floats
from ui.builder.live_candle import LiveCandles
from ui.builder.state import BuilderState, Topic
from ui.builder.wordings import money
from ui.components.builder_alerts import AlertBar
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import Option, axis, candle_chart, line, lines
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import button
from ui.components.fresh import fresh
from ui.components.segments import Segments
from ui.components.sight import paced
from ui.components.watch import watch
from ui.theme import formats

PACE: Final = 1.0
VIEWS: Final = {"pnl": "P&L", "spot": "Spot"}
SPANS: Final = {"1": "Today", "7": "7 days", "all": "All"}
LONGEST: Final = timedelta(days=3660)
COLUMNS: Final = (
    Column(name="name", title="Tracked", classes="strong"),
    Column(name="symbol", title="On", width="74px"),
    Column(name="pnl", title="P&L now", classes="num", width="92px", tip="Before charges"),
    Column(name="spot", title="Spot", classes="num", width="92px"),
    Column(name="since", title="Since", classes="num", width="92px", tip="Its first minute"),
    Column(name="age", title="Age", classes="num wide-only", width="84px"),
    Column(name="alerts", title="Alerts", classes="num", width="54px"),
    Column(name="stop", title="", width="52px"),
)
NONE: Final = "Nothing is tracked yet: “Track” follows the draft on the table at live prices."
EMPTY: Final = (
    "No minute of it is recorded yet: its candles grow by the minute while the market is open"
)
LOW, HIGH = "__low", "__high"
WIDEST: Final = 16
"""Pixels of a candle."""
GRID: Final = {
    "left": 8,
    "right": 14,
    "top": 14,
    "bottom": 6,
    "outerBoundsMode": "same",
    "outerBoundsContain": "axisLabel",
}
UNSEEN: Final = {"show": False}
REACH: Final = 3.0
"""Alerts so many spans of the candles away are still shown as lines to be dragged."""
LEAST_PNL, LEAST_SPOT = 1_000.0, 0.005
"""A span is this at least: rupees, and a part of the spot."""


def build_track(state: BuilderState) -> None:
    _Tracked(state)


class _Tracked:
    def __init__(self, state: BuilderState) -> None:
        self._state, self._services = state, state.services
        self._picked = ""
        self._candles = LiveCandles()
        self._since: dict[str, datetime] = {}
        self._rows: dict[str, int] = {}  # of the underlyings in the market's table
        with ui.element("div").classes("tool-panel"):
            with ui.element("div").classes("tool-bar"):
                tip = "Follow the draft on the table at live prices"
                self._track = button("Track", "track", self.track, icon="sensors", tip=tip)
                self._said = ui.label().classes("faint").props('data-testid="track-said"')
                with ui.element("span").classes("springy"):
                    self._view = Segments(VIEWS, state.choices, "builder.track", self._turn)
                    self._span = Segments(SPANS, state.choices, "builder.track-span", self._turn)
            self._table = DataTable(
                "tracked", COLUMNS, empty=NONE, on_pick=self.pick, on_act=self._act
            ).classes("tracked")
            with ui.element("div").classes("tool-body"):
                self._chart = Chart(
                    _option(Watched.PNL, "1"),
                    name="tracked-chart",
                    height=None,
                    empty=EMPTY,
                    label="Profit and loss by the minute",
                    on_drag=self._dragged,
                )
            self._alerts = AlertBar(
                state.services, draft=lambda: self._draft, watched=self._watched, then=self._draw
            )
        watch(lambda: self._services.drafts.revision, self._changed)
        state.on(Topic.DRAFT, self._tell_button)
        paced(PACE, self._look)
        self._turn()
        self._changed()

    # the draft on the table
    async def track(self) -> None:
        """It is saved first, under the name that it has."""
        state = self._state
        try:
            if not state.legs:
                self._said.set_text("Put legs on the table first.")
                return
            if state.changed:
                draft = state.draft
                await state.save(draft.name, tags=draft.tags, notes=draft.notes)
            await self._services.draft_keeper.track(state.draft.id, on=True)
        except AppError as problem:
            ui.notify(str(problem), type="negative", position="bottom-right")
            return
        self._said.set_text("")
        self.pick(state.draft.id)

    def _tell_button(self) -> None:
        saved = self._state.saved
        followed = saved is not None and saved.tracked
        said = "this draft is tracked" if followed and not self._state.changed else ""
        if followed and self._state.changed:
            said = "tracked as it was saved; Track again takes the changed legs"
        self._said.set_text(said)

    # which are tracked
    def _changed(self) -> None:
        tracked = self._services.drafts.tracked()
        if self._picked not in {draft.id for draft in tracked}:
            self.pick(tracked[0].id if tracked else "")
        self._tell_button()
        self._alerts.show()
        self._look()
        background_tasks.create(self._learn(), name="tracked drafts")

    async def _learn(self) -> None:
        """Since when each is followed, and where its underlying stands in the market's table."""
        for draft in self._services.drafts.tracked():
            if draft.symbol not in self._rows:
                found = await self._services.instruments.underlying(draft.symbol)
                if found is not None:
                    self._rows[draft.symbol] = self._services.market.row(found.key)
            if draft.id not in self._since:
                now = self._services.clock.now()
                made = await self._services.draft_keeper.candles(draft.id, now - LONGEST, now)
                if len(made):
                    self._since[draft.id] = datetime.fromtimestamp(int(made.time[0]), UTC)

    async def _act(self, id: str, action: str) -> None:
        if action == "stop":
            await self._services.draft_keeper.track(id, on=False)
        else:
            await self._state.open_saved(id)

    def pick(self, id: str) -> None:
        """Its candles and its alerts."""
        self._picked = id
        self._table.mark_picked(id)
        self._candles.forget()
        self._chart.forget()
        self._alerts.show()
        self._read()

    @property
    def _draft(self) -> Draft | None:
        return self._services.drafts.drafts.get(self._picked)

    # what they make
    def _look(self) -> None:
        self._table.show([self._row(draft) for draft in self._services.drafts.tracked()])
        worth = self._services.drafts.marks.get(self._picked)
        if worth is not None and self._open and self._candles.add(worth):
            self._read()
        if self._chart.shown:
            self._draw()

    def _row(self, draft: Draft) -> Row:
        worth = self._services.drafts.marks.get(draft.id)
        since = self._since.get(draft.id)
        market = self._rows.get(draft.symbol)
        old, why = fresh(self._services, market) if market is not None else ("", "")
        missing = f"No price: {', '.join(worth.missing)}" if worth and worth.missing else why
        pnl = money(worth.pnl if worth else nan, sign=True, tip=missing)
        age = (self._services.clock.now() - since).total_seconds() if since else None
        return Row(
            draft.id,
            (
                draft.name,
                draft.symbol,
                replace(pnl, classes=f"{pnl.classes} {old}"),
                Cell(formats.price(worth.spot if worth else nan), old, why),
                _moment(since, self._services.clock.now()),
                formats.duration(age),
                str(sum(each.fired_at is None for each in draft.alerts)),
                Cell("stop", tip="Follow it no longer; its candles stay", action="stop"),
            ),
        )

    @property
    def _open(self) -> bool:
        now = self._services.clock.now()
        session = self._services.calendar.session_of(now.astimezone(IST).date())
        return session is not None and session.open_at(now)

    def _read(self) -> None:
        background_tasks.create(self._read_candles(self._picked), name="tracked candles")

    async def _read_candles(self, id: str) -> None:
        if not id:
            return
        now = self._services.clock.now()
        days = {"1": timedelta(days=1), "7": timedelta(days=7)}.get(self._span.value, LONGEST)
        midnight = (now + timedelta(days=1) - days).astimezone(IST)
        first = midnight.replace(hour=0, minute=0, second=0, microsecond=0)
        made = await self._services.draft_keeper.candles(id, max(first, now - LONGEST), now)
        if id == self._picked:
            self._candles.take(made)
            if id not in self._since:
                await self._learn()
            self._draw()

    def _turn(self) -> None:
        self._chart.set(_option(self._watched, self._span.value))
        self._read()
        self._alerts.turn(self._watched)
        self._draw()

    def _draw(self) -> None:
        draft, candles = self._draft, self._candles
        if draft is None:
            return
        times = candles.times
        pnl = self._watched is Watched.PNL
        rows = candles.rows if pnl else candles.spots
        low, high = _reach(draft, self._watched, rows)
        ends = {LOW: np.full(len(times), low), HIGH: np.full(len(times), high)}
        self._chart.push({"candles" if pnl else "spot": rows, **ends}, x=times)
        self._chart.subject = draft.symbol
        self._chart.marks(list(self._marks(draft)) if len(times) else [])

    def _marks(self, draft: Draft) -> list[Mark]:
        watched = self._watched
        shown = [(n, each) for n, each in enumerate(draft.alerts) if each.watched is watched]
        write = formats.price if watched is Watched.SPOT else partial(formats.rupees, digits=0)
        return [
            Mark(
                at=each.level,
                axis="y",
                label=write(each.level),
                colour="--txt3" if each.fired_at else "--warn",
                name=str(n),
            )
            for n, each in shown
        ]

    async def _dragged(self, name: str, value: float, done: bool) -> None:
        if done:
            await self._alerts.move(int(name), value)

    @property
    def _watched(self) -> Watched:
        return Watched.PNL if self._view.value == "pnl" else Watched.SPOT


def _option(watched: Watched, span: str) -> Option:
    """Candles of profit, or the spot; unseen lines make room for the alerts."""
    ends = [line(id, name, "plain", width=0) for id, name in ((LOW, "Lowest"), (HIGH, "Highest"))]
    x = axis("clock" if span == "1" else "moment", kind="category")
    if watched is Watched.PNL:
        made = {**candle_chart("P&L", ends, format="rupeesLakh"), "xAxis": x}
        made["series"][0]["barMaxWidth"] = WIDEST
    else:
        spot = line("spot", "Spot", "price", colour="var(--accent)")
        made = lines([spot, *ends], x=x, y=axis("price", position="right"))
    return {**made, "legend": UNSEEN, "grid": GRID}


def _reach(draft: Draft, watched: Watched, rows: Floats) -> tuple[float, float]:
    """Lowest and highest of the numbers and of the alerts that are not far from them."""
    if not np.isfinite(rows).any():
        return nan, nan
    low, high = float(np.nanmin(rows)), float(np.nanmax(rows))
    least = LEAST_PNL if watched is Watched.PNL else LEAST_SPOT * high
    far = REACH * max(high - low, least)
    levels = [each.level for each in draft.alerts if each.watched is watched]
    near = [level for level in levels if low - far <= level <= high + far]
    return min([low, *near]), max([high, *near])


def _moment(at: datetime | None, now: datetime) -> str:
    """`09:20`, or with the day when that is another."""
    if at is None:
        return formats.DASH
    there, here = at.astimezone(IST), now.astimezone(IST)
    return f"{there:%H:%M}" if there.date() == here.date() else f"{there:%d %b %H:%M}"
