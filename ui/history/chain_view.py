"""A chain of a day that is over, at any of its minutes, with the day of one of its contracts."""

import asyncio
from datetime import date
from typing import Any, Final

import numpy as np
from nicegui import ui

from core.analytics.chain_day import ChainDay
from core.analytics.max_pain import max_pain
from core.analytics.open_interest import put_call_ratio
from core.analytics.sides import CALL, PUT
from core.analytics.solved_day import solved
from core.analytics.straddle import straddle
from core.errors import AppError, RuleBroken
from core.instruments.lots import lot_size
from core.ports.exports import Table
from core.services import Services
from core.services.chain_picture import ChainPicture, recorded_picture
from ui.components.board import Board, Cell
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import axis, line, lines
from ui.components.choices import Choices
from ui.components.day_slider import DaySlider
from ui.components.dock import Dock, DockPanel
from ui.components.export_menu import export_menu
from ui.components.fields import choice_field
from ui.components.heat_grid import HeatGrid
from ui.components.replay_offer import replay_offer
from ui.components.segments import Segments
from ui.components.sight import paced
from ui.history import columns
from ui.theme import formats

PACE: Final = 0.5
PANELS: Final = (
    DockPanel(id="chain", title="Chain"),
    DockPanel(id="contract", title="Contract", beside="chain", width=400),
)
CELLS: Final = (
    Cell(name="at", label="As of", testid="history-at"),
    Cell(name="spot", label="Spot", testid="spot"),
    Cell(name="forward", label="Forward", testid="forward"),
    Cell(name="future", label="Future", testid="history-future"),
    Cell(name="iv", label="ATM IV", testid="history-atm-iv"),
    Cell(name="straddle", label="Straddle", testid="history-straddle"),
    Cell(name="pcr", label="PCR (OI)", testid="pcr"),
    Cell(name="pain", label="Max pain", testid="max-pain"),
    Cell(name="source", label="Source", testid="history-source"),
)
MILLISECONDS: Final = 60_000.0
SIDES: Final = {"CE": CALL, "PE": PUT}


class ChainView:
    """`load` fills it; what was looked at last is looked at again."""

    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices
        self._history = services.option_history
        self.day: ChainDay | None = None
        self._sources: dict[tuple[str, date, date], str] = {}
        self._opened: tuple[str, date, date] = ("", date.min, date.min)
        self._strike: float | None = None
        self._build()
        paced(PACE, self.draw)  # the browser's parts come when they are ready

    # what is chosen
    def _build(self) -> None:
        with ui.element("div").classes("chain-bar history-bar"):
            self.symbol = choice_field(
                "Underlying", "underlying-select", [], typed=True, on_change=self._symbol_chosen
            )
            self.on_day = choice_field(
                "Day", "history-day", {}, typed=True, on_change=self._day_chosen
            )
            self.expiry = choice_field("Expiry", "history-expiry", {}, on_change=self._day_chosen)
            ui.element("div").classes("spring")
            replay_offer(self._services, lambda: self.day.day if self.day else None)
            self.side = Segments({"CE": "CE", "PE": "PE"}, self._choices, "history.side", self.draw)
            export_menu(
                self._services,
                self.as_table,
                "chain",
                subject=lambda: self.day.symbol if self.day else "",
                tip="The chain at this minute, as a file",
            )
            export_menu(
                self._services,
                self.whole_day,
                "chain-day",
                subject=lambda: self.day.symbol if self.day else "",
                words="Day",
                tip="Every minute of this chain, as a file",
            )
        self.slider = DaySlider(on_change=self._moved)
        self.board = Board(CELLS, "chain-header history-header")
        layout = self._choices.get("history.layout", dict[str, Any]())
        dock = Dock(
            PANELS,
            layout=layout or None,
            kept=lambda new: self._choices.keep("history.layout", new),
        )
        self._dock = dock
        self._refusal = ui.label().classes("bad wrap pad").props('data-testid="history-refusal"')
        self._refusal.set_visibility(False)
        with dock.panel("chain"):
            self.grid = HeatGrid(name="history", on_strike=self.pick)
        with dock.panel("contract"):
            self.contract = Chart(
                lines(
                    [
                        line("price", "Last trade", "price"),
                        line("iv", "IV", "share", right=True, dashed=True, colour="var(--txt3)"),
                    ],
                    x=axis("clock", kind="time"),
                    y=axis("price"),
                    right=axis("share"),
                ),
                name="history-contract",
                title="Contract",
                height=None,
                empty="This contract was not traded on the day.",
            )

    async def load(
        self, symbol: str = "", day: date | None = None, expiry: date | None = None
    ) -> None:
        """What is wanted, else what was kept, else the newest."""
        kept: dict[str, Any] = self._choices.get("history.chain", {})
        symbols = await self._history.symbols()
        wanted = next((s for s in (symbol, kept.get("symbol"), "NIFTY") if s in symbols), None)
        wanted = wanted or next(iter(symbols), None)
        if wanted is None:
            return
        days = await self._history.days(wanted)
        own = wanted == kept.get("symbol")
        told = [day, _day(kept.get("day")) if own and not symbol else None]
        on = next((each for each in told if each in days), days[-1])
        expiries = await self._history.expiries(wanted, on)
        told = [expiry, _day(kept.get("expiry"))]
        until = next((each for each in told if each in expiries), _nearest(expiries, on))
        self._opened = wanted, on, until  # what the fields say from now on is no choice
        self.symbol.set_options(symbols, value=wanted)
        newest = {each.isoformat(): formats.day(each) for each in reversed(days)}
        self.on_day.set_options(newest, value=on.isoformat())
        until_names = {each.isoformat(): formats.day(each) for each in expiries}
        self.expiry.set_options(until_names, value=until.isoformat())
        await self._open(wanted, on, until)

    async def _symbol_chosen(self, _: object) -> None:
        chosen = str(self.symbol.value or "")
        if chosen and chosen != self._opened[0]:
            await self.load(chosen)

    async def _day_chosen(self, _: object) -> None:
        symbol, day, expiry = self._opened
        chosen = _day(self.on_day.value), _day(self.expiry.value)
        if None not in chosen and chosen != (day, expiry):
            await self.load(symbol, *chosen)

    async def _open(self, symbol: str, day: date, expiry: date) -> None:
        """Another chain opens at the same time of the day."""
        before = self.day.moment(self.slider.row) if self.day and self.slider.row >= 0 else None
        try:
            found = await self._history.chain(symbol, expiry, day)
            reason = "" if found else "Nothing is kept of this chain any more."
        except AppError as problem:
            found, reason = None, f"{problem}. Import or download this day again."
        self._refuse(reason)
        if found is not None:
            closes_at = self._services.calendar.close_of(expiry)
            found = await asyncio.to_thread(solved, found, closes_at, self._services.rate)
        self.day = found
        await self._name_sources(symbol, day, expiry)
        kept = {"symbol": symbol, "day": day.isoformat(), "expiry": expiry.isoformat()}
        self._choices.keep("history.chain", kept)
        row = -1
        if found is not None:
            passed = (before.hour * 60 + before.minute - 1) % 1440 if before else None
            row = _row_at(found, passed)
        self.slider.show(found, row)
        self.draw()

    def _refuse(self, reason: str) -> None:
        """Numbers of another chain must not stay in sight; without a reason all is well."""
        for each in (self.slider, self.board, self._dock):
            each.set_visibility(not reason)
        self._refusal.set_visibility(bool(reason))
        self._refusal.set_text(reason)

    async def _name_sources(self, symbol: str, day: date, expiry: date) -> None:
        if (symbol, day, expiry) not in self._sources:
            entries = await self._history.catalogue()
            self._sources = {(e.symbol, e.day, e.expiry): e.source for e in entries}

    async def _moved(self, _: int) -> None:
        self.draw()

    def pick(self, strike: float, side: str) -> None:
        """A click on a contract: its day is drawn beside."""
        self._strike = strike
        if side in SIDES and side != self.side.value:
            self.side.choose(side)
        else:
            self.draw()

    # what is shown
    @property
    def picture(self) -> ChainPicture | None:
        day, row = self.day, self.slider.row
        if day is None or row < 0:
            return None
        try:
            lot = lot_size(day.symbol, day.expiry, day.day)
        except RuleBroken:
            lot = 1
        return recorded_picture(
            day,
            row,
            closes_at=self._services.calendar.close_of(day.expiry),
            rate=self._services.rate,
            lot_size=lot,
        )

    def draw(self) -> None:
        picture = self.picture
        if picture is None or self.day is None:
            return
        self.grid.props(f'data-side="{self.side.value}"')
        self.grid.shape(picture.strikes, columns.GROUPS)
        self.grid.push(columns.cells(picture), atm=picture.atm, spot=picture.spot, stale=False)
        self._draw_figures(picture)
        self._draw_contract(self.day, picture)

    def _draw_figures(self, picture: ChainPicture) -> None:
        price, at = picture.price, picture.atm
        both = straddle(float(price[CALL, at]), float(price[PUT, at])) if at >= 0 else float("nan")
        pain = max_pain(picture.strikes, picture.oi[CALL], picture.oi[PUT])
        day = self.day
        source = self._sources.get((day.symbol, day.day, day.expiry), "") if day else ""
        put = self.board.put
        put("at", f"{formats.clock_time(picture.at)} IST", tip="Recorded: nothing here is live")
        put("spot", formats.price(picture.spot), raw=picture.spot)
        put("forward", formats.price(picture.forward), raw=picture.forward)
        put("future", formats.price(picture.future), raw=picture.future)
        put("iv", formats.percent(picture.atm_iv), raw=picture.atm_iv)
        put("straddle", formats.price(both), raw=both)
        pcr = put_call_ratio(picture.oi[CALL], picture.oi[PUT])
        put("pcr", formats.price(pcr, 4), raw=pcr)
        put("pain", formats.price(pain, 0), raw=pain)
        put("source", source or formats.DASH)
        self.board.flush()

    def _draw_contract(self, day: ChainDay, picture: ChainPicture) -> None:
        strikes = day.strikes.tolist()
        if self._strike not in strikes:
            self._strike = strikes[picture.atm] if picture.atm >= 0 else strikes[len(strikes) // 2]
        place, side = strikes.index(self._strike), SIDES[self.side.value]
        title = f"{day.symbol} {self._strike:g} {self.side.value} {formats.day(day.expiry)}"
        if self.contract.title != title:
            self.contract.subject = day.symbol
            self.contract.set(self.contract.option, title=title)
        ends = (day.minutes + 1) * MILLISECONDS
        known = np.isfinite(day.ltp[:, side, place])
        if not known.any():
            self.contract.forget()
            return
        self.contract.push(
            {"price": day.ltp[:, side, place], "iv": day.iv[:, side, place]}, x=ends, at=picture.at
        )
        now = float(ends[self.slider.row])
        self.contract.marks([Mark(at=now, label=formats.clock_time(picture.at)[:5])])

    # taking it away
    def as_table(self) -> Table:
        picture = self.picture
        if picture is None:
            raise RuleBroken("No chain is open.")
        return Table(name="Chain", heads=columns.HEADS, rows=columns.rows(picture))

    async def whole_day(self) -> Table:
        day = self.day
        if day is None:
            raise RuleBroken("No chain is open.")
        closes_at = self._services.calendar.close_of(day.expiry)
        rate = self._services.rate

        def rows() -> list[list[object]]:
            pictures = (
                recorded_picture(day, row, closes_at=closes_at, rate=rate, lot_size=1)
                for row in range(len(day))
            )
            return [line for picture in pictures for line in columns.rows(picture)]

        return Table(name="Day", heads=columns.HEADS, rows=await asyncio.to_thread(rows))


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _nearest(expiries: list[date], day: date) -> date:
    return next((each for each in expiries if each >= day), expiries[-1])


def _row_at(day: ChainDay, passed: int | None) -> int:
    """The minute that so many minutes of the UTC day have passed at; without one, the last."""
    if passed is None:
        return len(day) - 1
    return max(0, day.latest(int(day.minutes[0]) // 1440 * 1440 + passed))
