"""The expiry-day desk: where it may be pinned, how the straddle melts, what a move would cost."""

from datetime import datetime
from typing import Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.chain_prices import chain_prices
from core.analytics.expiry_day import decay_path, gamma_risk, minute_decay, pays_at
from core.analytics.sides import total
from core.clock import IST
from core.services.chain_picture import ChainPicture
from ui.components.board import Board
from ui.components.board import Cell as Figure
from ui.components.chart import Chart
from ui.components.chart_theme import axis, line, lines
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.dock import DockPanel
from ui.components.oi_gamma import dealers
from ui.components.oi_parts import (
    MINUTE,
    NOTHING_YET,
    OiView,
    clock_axis,
    moment_mark,
    money,
    straddle,
    strike,
    times,
)
from ui.components.oi_pin import PinPicture
from ui.components.oi_source import laid
from ui.theme import formats
from ui.theme.colors import tone

Floats = NDArray[np.float64]

SIDE: Final = 430
PANELS: Final = (
    DockPanel(id="pin", title="Pin range"),
    DockPanel(
        id="decay", title="Straddle: recorded and by the model", beside="pin", direction="below"
    ),
    DockPanel(id="minutes", title="Decay minute by minute", beside="decay", direction="within"),
    DockPanel(id="risk", title="Ranges, and what a straddle risks", beside="pin", width=SIDE),
)
FIGURES: Final = (
    Figure(name="left", label="To the close", testid="expiry-left"),
    Figure(name="strike", label="ATM strike", testid="expiry-strike"),
    Figure(name="straddle", label="Straddle", testid="expiry-straddle"),
    Figure(name="lot", label="A lot of it", testid="expiry-lot"),
    Figure(name="minute", label="Next minute", testid="expiry-minute"),
    Figure(name="hour", label="Next hour", testid="expiry-hour"),
    Figure(name="pays", label="Pays for itself at", testid="expiry-pays"),
)
RISK: Final = (
    Column(name="move", title="Move at once", tip="Of the forward"),
    Column(name="to", title="Forward at", classes="num"),
    Column(name="bought", title="Bought, ₹ a lot", classes="num"),
    Column(name="sold", title="Sold, ₹ a lot", classes="num"),
)
STANDING: Final = "What the straddle loses while forward and volatility stand still, by the model"


class ExpiryView(OiView):
    def build(self) -> None:
        self._figures = Board(FIGURES, "chain-header oi-figures")
        self._pin = PinPicture()
        self._summed: ChainDay | None = None
        dock = self.dock("expiry", PANELS)
        with dock.panel("pin"):
            self._pin.build_chart()
        with dock.panel("risk"), ui.element("div").classes("oi-side"):
            self._pin.build_table()
            self._risk = DataTable(
                "expiry-risk", RISK, empty="No price or volatility at the money yet."
            ).classes("oi-risk")
        with dock.panel("decay"):
            self._decay = _decay_chart()
        with dock.panel("minutes"):
            self._minutes = _minutes_chart()

    def draw(self) -> str:
        picture = self.picture
        self._put_figures(picture)
        self._pin.show(picture, self.source.exposures(dealers(self.choices)))
        self._show_risk(picture)
        self._draw_decay(picture)
        self._draw_minutes(picture)
        days = (picture.expiry - picture.at.astimezone(IST).date()).days
        far = "today" if not days else f"in {days} day{'s' if days > 1 else ''}"
        return (
            f"Expires {far}, {formats.ist(picture.closes_at)}. Model: Black-76, forward and"
            f" volatility at the money standing still. {self.recorded_so_far()}"
        )

    # the numbers above
    def _put_figures(self, picture: ChainPicture) -> None:
        put, left = self._figures.put, (picture.closes_at - picture.at).total_seconds()
        closes = f"To {formats.ist(picture.closes_at)}"
        counted = formats.duration(left) if left > 0 else "closed"
        put("left", counted, raw=max(left, 0.0) / 60, tip=closes)
        level = float(picture.strikes[picture.atm]) if picture.atm >= 0 else float("nan")
        put("strike", strike(level), raw=level)
        value = straddle(picture)
        put("straddle", formats.price(value), raw=value, tip="Call and put, rupees a unit")
        put("lot", money(value * picture.lot_size), raw=value * picture.lot_size)
        path = _path(picture.forward, level, picture.atm_iv, picture.years, picture.rate, 60.0)
        for name, minutes in (("minute", 1), ("hour", 60)):
            change = float(path[min(minutes, len(path) - 1)] - path[0]) if len(path) else np.nan
            lot = f"{money(change * picture.lot_size)} a lot" if change == change else ""
            colour = tone(change)
            put(name, formats.signed(change), tone=colour, raw=change, extra=lot, tip=STANDING)
        down, up = pays_at(picture.forward, level, value)
        both = f"{formats.signed_percent(down)} / {formats.signed_percent(up)}"
        text = both if up == up else formats.DASH
        put("pays", text, raw=up, tip="The moves to the close that are worth its price")
        self._figures.flush()

    # the straddle
    def _show_risk(self, picture: ChainPicture) -> None:
        if picture.atm < 0 or picture.atm_iv != picture.atm_iv:
            self._risk.show([])
            return
        found = gamma_risk(
            picture.forward,
            float(picture.strikes[picture.atm]),
            picture.atm_iv,
            picture.years,
            lot_size=picture.lot_size,
            rate=picture.rate,
        )
        moves = zip(found.moves.tolist(), found.pnl.tolist(), strict=True)
        self._risk.show([_risk_row(move, pnl, picture.forward) for move, pnl in moves])

    def _draw_decay(self, picture: ChainPicture) -> None:
        """One strike all along, the one at the money now; the model to the end of the day."""
        day, at = self.source.day, picture.atm
        if day is None or not len(day) or at < 0:
            self.clear(self._decay)
            return
        level, ends = float(picture.strikes[at]), self._day_ends(day)
        whole = laid(day, picture)
        recorded = chain_prices(whole).value.sum(axis=1)[:, at]
        known = np.isfinite(whole.iv[0, :, at]).sum()
        first = float(total(whole.iv[0])[at] / known) if known else np.nan
        years, opened = float(day.years(picture.closes_at)[0]), day.moment(0)
        starts = {
            "opening": (float(day.forward[0]), first, years, opened),
            "now": (picture.forward, picture.atm_iv, picture.years, picture.at),
        }
        lines_of = {"recorded": np.stack([times(day), recorded], axis=1)}
        for name, (forward, vol, left, moment) in starts.items():
            within = (ends - moment).total_seconds() / 60
            path = _path(forward, level, vol, left, picture.rate, within)
            lines_of[name] = _timed(path, moment)
        self._decay.subject = picture.symbol
        self._decay.push(lines_of, at=picture.at, now=picture.now)
        self._decay.marks(moment_mark(picture))

    def _draw_minutes(self, picture: ChainPicture) -> None:
        """Summed over the day; computed once for each recorded minute."""
        day = self.source.day
        if day is None or not len(day):
            self.clear(self._minutes)
            return
        if self._summed is not day:
            self._summed = day
            found = minute_decay(day, picture.closes_at, rate=picture.rate)
            sums = {"model": found.theoretical, "recorded": found.realised}
            self._sums = {name: np.nancumsum(each) for name, each in sums.items()}
        self._minutes.subject = picture.symbol
        self._minutes.push(self._sums, x=times(day), at=picture.at, now=picture.now)
        self._minutes.marks(moment_mark(picture))

    def _day_ends(self, day: ChainDay) -> datetime:
        session = self.services.calendar.session_of(day.day)
        return session.closes_at if session is not None else day.moment(len(day) - 1)


def _decay_chart() -> Chart:
    series = [
        line("recorded", "Recorded", "price", colour="var(--accent)", width=2),
        line("opening", "Model from the first minute", "price", dashed=True, colour="var(--txt3)"),
        line("now", "Model from here on", "price", dashed=True, colour="var(--warn)"),
    ]
    return Chart(
        lines(series, x=clock_axis(), y=axis("points")),
        name="expiry-decay",
        height=None,
        empty=NOTHING_YET,
        label="The straddle at the money through the day, recorded and by the model",
    )


def _minutes_chart() -> Chart:
    series = [
        line("recorded", "What it gained or lost", "change", colour="var(--accent)"),
        line("model", "What time alone takes", "change", dashed=True, colour="var(--warn)"),
    ]
    return Chart(
        lines(series, x=clock_axis(), y=axis("points")),
        name="expiry-minutes",
        height=None,
        empty=NOTHING_YET,
        label="A straddle bought anew at the money each minute, summed: recorded and by the model",
    )


def _risk_row(move: float, pnl: float, forward: float) -> Row:
    cells = (
        Cell(formats.signed_percent(move), "strong"),
        formats.price(forward * (1 + move)),
        Cell(formats.signed(pnl, 0), tone(pnl)),
        Cell(formats.signed(-pnl, 0), tone(-pnl)),
    )
    return Row(f"{move:+.4f}", cells)


def _path(
    forward: float, level: float, vol: float, years: float, rate: float, within: float
) -> Floats:
    """The straddle's value by the model, a minute apart; empty where it has none."""
    if not (forward > 0 and vol > 0 and level > 0 and within >= 0):
        return np.empty(0)
    return decay_path(forward, level, vol, years, rate, within=within)[1]


def _timed(path: Floats, begins: datetime) -> Floats:
    """Rows of epoch milliseconds and value."""
    return np.stack([begins.timestamp() * 1000 + MINUTE * np.arange(len(path)), path], axis=1)
