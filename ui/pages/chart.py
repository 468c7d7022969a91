"""Chart: the bars of one instrument, past and running, with what is held and ordered of it."""

from decimal import Decimal
from typing import Final
from urllib.parse import unquote
from uuid import uuid4

from nicegui import background_tasks, ui

from core.backtest.results import Result
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.instruments.instrument import Instrument, Kind
from core.ports.feed import FeedMode
from core.services import Services
from ui.addresses import chart_address
from ui.chart.indicator_picker import IndicatorPicker
from ui.chart.lengths import interval_of, known
from ui.chart.orders import marks
from ui.chart.source import InstrumentBars
from ui.chart.studies import Studies
from ui.components.chart_bar import ChartBar
from ui.components.chart_view import ChartView
from ui.components.choices import Choices
from ui.components.empty_state import empty_state
from ui.components.exports import file_name
from ui.components.leaving import Leaving
from ui.theme import formats

LATEST: Final = 7_258_118_400  # 2200-01-01
LAST: Final = "chart.key"
USUAL: Final = "NIFTY"
LATELY: Final = "last"
"""In the menu's address: what was looked at before."""
TICK: Final = Decimal("0.05")


async def page(
    services: Services, key: str = "", interval: str = "", at: str = "", run: str = ""
) -> None:
    """`interval` such as `15m`, `at` an epoch second to be shown, `run` a backtest's trades."""
    choices = await Choices.load(services.preferences)
    wanted = unquote(key)
    if wanted == LATELY:
        kept = choices.get(LAST, USUAL)
        found = await charted(services, kept) or await charted(services, USUAL)
    else:
        found = await charted(services, wanted)
    if found is None:
        empty_state(
            f"“{wanted[:60]}” is not listed today.",
            "Press Ctrl-K to find an instrument, or download its past under Downloads.",
            icon="search_off",
        )
        return
    visit = ChartPage(services, choices, found, known(interval))
    await visit.load(int(at) if at.isdecimal() and int(at) < LATEST else 0, run)


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
    def __init__(
        self, services: Services, choices: Choices, instrument: Instrument, length: str
    ) -> None:
        self._services, self._choices, self._instrument = services, choices, instrument
        choices.keep(LAST, instrument.key)
        if length:
            choices.keep("chart.interval", length)
        self._owner = f"chart {uuid4().hex}"
        services.subscriptions.hold(self._owner, {instrument.key: FeedMode.FULL})
        Leaving(lambda: services.subscriptions.release(self._owner))
        with ui.element("div").classes("fill chart-page"):
            self.bar = ChartBar(
                services,
                choices,
                instrument,
                charts=lambda: [self.view.chart],
                then=self._turn,
                picked=self._picked,
                newest=self._newest,
                save=self._save,
            )
            self.view = ChartView(services, choices, self._source(), instrument)
            self.view.chart.set(**self.bar.shape())
            self.view.on_bars(lambda: self.bar.say(self._words()))
            with self.bar.tools:
                self.picker = IndicatorPicker(
                    choices, lambda: self.studies.renew(), lambda: self.studies.unknown
                )
            self.studies = Studies(self.view, lambda: self.picker.chosen, self.picker.lay)

    async def load(self, at: int, run: str) -> None:
        await self.view.load_drawings()
        if run and (result := await self._result(run)) is not None:
            own = [trade for trade in result.trades if trade.key == self._instrument.key]
            self.view.show_run(marks(own, self._instrument.key))
            at = at or (own[-1].entered_at if own else 0)
        background_tasks.create(self.view.load(at), name="chart bars")

    async def _result(self, run: str) -> Result | None:
        """A backtest's result; None, and said, where it cannot be read."""
        try:
            text = await self._services.backtests.result(run)
            if text is not None:
                return Result.from_json(text)
            ui.notify("That backtest has no result, or is not kept any more.", type="warning")
        except AppError as problem:
            ui.notify(str(problem), type="warning")
        return None

    def _source(self) -> InstrumentBars:
        length = self._choices.get("chart.interval", "")
        interval = interval_of(known(length) or "1m")
        return InstrumentBars(self._services, self._instrument.key, interval)

    def _words(self) -> list[str]:
        ended = ["ends before now: End loads the newest"] if self.view.ended else []
        return [*ended, *self.view.said]

    # what the user does
    def _turn(self) -> None:
        source = self._source()
        ui.navigate.history.replace(
            chart_address(self._instrument.key, interval=str(source.interval))
        )
        background_tasks.create(self.view.turn(source), name="chart bars")

    def _picked(self, instrument: Instrument) -> None:
        if instrument.key != self._instrument.key:
            ui.navigate.to(chart_address(instrument.key))

    async def _newest(self) -> None:
        if self.view.ended:
            await self.view.load()
        self.view.chart.reset()

    def _save(self) -> None:
        i, now = self._instrument, self._services.clock.now()
        length = str(self.view.source.interval)
        self.view.chart.picture(
            file=file_name(i.symbol, f"chart-{length}", now, "png"),
            title=f"{i.symbol} · {length}",
            about=f"{i.name if i.kind is Kind.EQUITY else i.segment} · {formats.ist(now)}",
        )
