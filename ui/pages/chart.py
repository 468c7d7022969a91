"""Chart: the bars of one instrument, past and running, with what is held and ordered of it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final
from urllib.parse import unquote

from nicegui import background_tasks, ui

from core.backtest.report import Report
from core.backtest.results import Result
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.instruments.instrument import Instrument, Kind
from core.services import Services
from ui.chart.cells import Arrangement, Shown
from ui.chart.combination import Combination, address, asked
from ui.chart.combine import open_combine
from ui.chart.indicator_picker import IndicatorPicker
from ui.chart.layouts import ChartGrid, layout_menu
from ui.chart.lengths import USUAL as USUAL_LENGTH
from ui.chart.lengths import known
from ui.chart.orders import marks
from ui.components.chart_bar import ChartBar
from ui.components.choices import Choices
from ui.components.empty_state import empty_state
from ui.components.exports import file_name
from ui.components.fields import button
from ui.theme import formats

LATEST: Final = 7_258_118_400  # 2200-01-01
LAST: Final = "chart.key"
USUAL: Final = "NIFTY"
LATELY: Final = "last"
"""In the menu's address: what was looked at before."""
TICK: Final = Decimal("0.05")
COMBINE: Final = "A straddle, own legs, or against another"
ALONE: Final = "The instrument alone"


async def page(
    services: Services,
    key: str = "",
    interval: str = "",
    at: str = "",
    run: str = "",
    legs: str = "",
    expiry: str = "",
    minus: str = "",
    over: str = "",
    times: str = "",
) -> None:
    """`interval` such as `15m`, `at` an epoch second to be shown, `run` a backtest's trades.

    `legs` of the chain at `expiry` are shown in the instrument's place, or it less or divided by
    (`minus`, `over`) so many `times` another.
    """
    choices = await Choices.load(services.preferences)
    arrangement = Arrangement(choices)
    length = known(interval) or known(choices.get("chart.interval", "")) or USUAL_LENGTH
    query = {"legs": legs, "expiry": expiry, "minus": minus, "over": over, "times": times}
    here = await _wanted(services, choices, arrangement, unquote(key), query)
    if here is None:
        empty_state(
            f"“{unquote(key)[:60]}” is not listed today.",
            "Press Ctrl-K to find an instrument, or download its past under Downloads.",
            icon="search_off",
        )
        return
    cells = await arrangement.cells(services.instruments, replace(here, length=length))
    visit = ChartPage(services, choices, arrangement, cells)
    await visit.load(int(at) if at.isdecimal() and int(at) < LATEST else 0, run)


async def _wanted(
    services: Services,
    choices: Choices,
    arrangement: Arrangement,
    wanted: str,
    query: dict[str, str],
) -> Shown | None:
    """What the address asks for; what was looked at last where it says so."""
    if wanted == LATELY:
        if (last := await arrangement.last(services.instruments)) is not None:
            return last
        kept = choices.get(LAST, USUAL)
        found = await charted(services, kept) or await charted(services, USUAL)
    else:
        found = await charted(services, wanted)
    if found is None:
        return None
    combination = await asked(services.instruments, found, query)
    return Shown(instrument=found, combination=combination)


async def charted(services: Services, text: str) -> Instrument | None:
    """By the broker's key, an underlying by its symbol, or what is listed no more and has bars."""
    key = InstrumentKey(text)
    found = await services.instruments.get(key)
    found = found or await services.instruments.underlying(text.upper())
    if found is not None or "|" not in text:
        return found
    for interval in (Interval.MINUTE, Interval.DAY):
        if len(await services.candles.latest(key, interval, 1)):
            return unlisted(key)
    return None


def unlisted(key: InstrumentKey) -> Instrument:
    """A contract that is over: of it nothing is known here but its bars."""
    return Instrument(
        key=key,
        segment=key.partition("|")[0],
        exchange="",
        symbol=key,
        name="not listed today",
        kind=Kind.EQUITY,
        series="",
        lot_size=0,
        tick_size=TICK,
    )


class ChartPage:
    """`cells` is what all charts show; what the bar says is of the one that is worked on."""

    def __init__(
        self,
        services: Services,
        choices: Choices,
        arrangement: Arrangement,
        cells: Sequence[Shown],
    ) -> None:
        self._services, self._arrangement = services, arrangement
        here = cells[arrangement.active]
        choices.keep(LAST, here.instrument.key)
        choices.keep("chart.interval", here.length)
        with ui.element("div").classes("fill chart-page"):
            self.bar = ChartBar(
                services,
                choices,
                here.instrument,
                charts=lambda: self.grid.charts,
                then=self._turn,
                picked=self._picked,
                newest=self._newest,
                save=self._save,
            )
            with self.bar.tools:
                self.picker = IndicatorPicker(
                    choices, lambda: self.grid.renew(), lambda: self.grid.unknown
                )
                button("", "chart-combine", self._combine, icon="join_full", tip=COMBINE)
                layout_menu(arrangement, lambda: self.grid)
                self._chip = ui.element("div").classes("chart-shown")
            self.grid = ChartGrid(
                services,
                choices,
                arrangement,
                cells,
                chosen=lambda: self.picker.chosen,
                told=self._told,
                turned=self._turned,
                then=self.picker.lay,
                shape=self.bar.shape,
            )
        arrangement.keep(cells)
        self._tell_chip()

    async def load(self, at: int, run: str) -> None:
        here = self.grid.here
        if run and (result := await self._result(run)) is not None:
            key = here.shown.instrument.key
            own = [trade for trade in result.trades if trade.key == key]
            here.view.show_run(marks(own, key))
            at = at or (own[-1].entered_at if own else 0)
        background_tasks.create(self.grid.load(at), name="chart bars")

    async def _result(self, run: str) -> Result | None:
        """A backtest's result; None, and said, where it cannot be read."""
        try:
            text = await self._services.backtests.result(run)
            if text is not None:
                return Report.from_json(text).result
            ui.notify("That backtest has no result, or is not kept any more.", type="warning")
        except AppError as problem:
            ui.notify(str(problem), type="warning")
        return None

    def _told(self) -> None:
        view = self.grid.here.view
        ended = ["ends before now: End loads the newest"] if view.ended else []
        self.bar.say([*ended, *view.said])

    # what the user does
    def _turn(self) -> None:
        self.grid.turn(self.bar.lengths.value)
        self._tell_address()

    def _turned(self) -> None:
        """Another chart is worked on."""
        shown = self.grid.here.shown
        self.bar.turn(shown.instrument, shown.length)
        self._told()
        self._tell_chip()
        self._tell_address()
        self.picker.lay()

    def _tell_address(self) -> None:
        shown = self.grid.here.shown
        interval = str(shown.interval)
        ui.navigate.history.replace(
            address(shown.instrument.key, shown.combination, interval=interval)
        )

    def _picked(self, instrument: Instrument) -> None:
        shown = self.grid.here.shown
        if instrument.key != shown.instrument.key or shown.combination is not None:
            self._show(Shown(instrument=instrument, length=shown.length))

    def _show(self, shown: Shown) -> None:
        self.grid.replaced(shown)
        ui.navigate.to(address(shown.instrument.key, shown.combination))

    async def _combine(self) -> None:
        here = self.grid.here.shown

        def show(combination: Combination | None) -> None:
            self._show(replace(here, combination=combination))

        await open_combine(self._services, here.instrument, show)

    def _tell_chip(self) -> None:
        """What stands in the instrument's place, and the way back."""
        shown = self.grid.here.shown
        self._chip.clear()
        self._chip.set_visibility(shown.combination is not None)
        if shown.combination is None:
            return
        with self._chip:
            ui.label(shown.combination.title).props('data-testid="chart-shown"')
            alone = replace(shown, combination=None)
            back = ui.element("button").on("click", lambda: self._show(alone))
            back.props(f'type="button" data-testid="chart-alone" title="{ALONE}"')
            with back:
                ui.icon("close")

    async def _newest(self) -> None:
        view = self.grid.here.view
        if view.ended:
            await view.load()
        view.chart.reset()

    def _save(self) -> None:
        shown, now = self.grid.here.shown, self._services.clock.now()
        i, length = shown.instrument, str(shown.interval)
        said = i.name if i.kind is Kind.EQUITY else i.segment
        self.grid.here.view.chart.picture(
            file=file_name(i.symbol, f"chart-{length}", now, "png"),
            title=f"{shown.title} · {length}",
            about=f"{said} · {formats.ist(now)}",
        )
