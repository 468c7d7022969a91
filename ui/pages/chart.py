"""Chart: the bars of one instrument, past and running, with what is held and ordered of it."""

from typing import Final
from urllib.parse import unquote
from uuid import uuid4

from nicegui import background_tasks, ui

from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.instruments.instrument import Instrument
from core.ports.feed import FeedMode
from core.services import Services
from ui.chart.parts import Facts
from ui.chart.source import BarSource, ahead
from ui.components.choices import Choices
from ui.components.empty_state import empty_state
from ui.components.leaving import Leaving
from ui.components.price_chart import PriceChart
from ui.components.sight import paced

PACE: Final = 0.2


async def page(services: Services, key: str = "") -> None:
    choices = await Choices.load(services.preferences)
    found = await listed(services, unquote(key))
    if found is None:
        empty_state(
            f"“{key[:60]}” is not listed today.", "Press Ctrl-K to find it.", icon="search_off"
        )
        return
    ChartPage(services, choices, found)


async def listed(services: Services, text: str) -> Instrument | None:
    """By the broker's key, or an underlying by its symbol."""
    found = await services.instruments.get(InstrumentKey(text))
    return found or await services.instruments.underlying(text.upper())


class ChartPage:
    def __init__(self, services: Services, choices: Choices, instrument: Instrument) -> None:
        self._services, self._choices, self._instrument = services, choices, instrument
        owner = f"chart {uuid4().hex}"
        services.subscriptions.hold(owner, {instrument.key: FeedMode.FULL})
        Leaving(lambda: services.subscriptions.release(owner))
        with ui.element("div").classes("fill chart-page"):
            self.chart = PriceChart(name="chart")
        self._source = BarSource(services, instrument.key, Interval.MINUTE)
        self._ready = False
        background_tasks.create(self.load(), name="chart bars")
        paced(PACE, self.look)

    async def load(self) -> None:
        try:
            bars = await self._source.load()
        except AppError as problem:
            ui.notify(str(problem), type="negative")
            return
        last = int(bars.time[-1]) if len(bars) else 0
        coming = ahead(self._services, last, self._source.interval) if last else ()
        self.chart.show(bars, Facts(interval=self._source.interval, ahead=coming))
        self._ready = True

    def look(self) -> None:
        if self._ready and (bar := self._source.live(self.chart.last)) is not None:
            self.chart.bar(bar)
