"""One chart with all that is on it: bars, drawings, what is held and ordered, trades, studies."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from nicegui import background_tasks, ui

from core.drawings.drawing import read
from core.errors import AppError
from core.ids import LOCAL_USER, InstrumentKey
from core.instruments.candle import Candles
from core.instruments.instrument import Instrument
from core.services import Services
from core.trading.requests import Change
from ui.chart import orders
from ui.chart.packing import Bar, bar_at
from ui.chart.parts import Facts, TradeMark
from ui.chart.source import Source, ahead
from ui.components.choices import Choices
from ui.components.confirm import confirm
from ui.components.fresh import fresh
from ui.components.order_acts import sentence
from ui.components.price_chart import PriceChart
from ui.components.sight import paced
from ui.orders import words

PACE: Final = 0.2
SLOW: Final = 1.0
"""Seconds between two looks at bars, and at lines and studies."""
REST: Final = 5.0
"""Seconds after older bars could not be had, before they are asked for again."""
NO_BARS: Final = "No bars are known. Downloads fetch the past; the bars of today come with trades."
Done = Callable[[], object]


class ChartView:
    """`source` gives the bars; `instrument` is None of what is not one, as a combined premium.

    `then` in `on_bars` is called when the bars are others, and once a second while one moves.
    `said` is where the bars are from; `ended` whether they end before now.
    """

    def __init__(
        self,
        services: Services,
        choices: Choices,
        source: Source,
        instrument: Instrument | None,
        *,
        name: str = "chart",
        group: str = "",
    ) -> None:
        self._services, self._choices = services, choices
        self.source, self.instrument = source, instrument
        self.said: tuple[str, ...] = ()
        self.ended = self._ready = self._asking = False
        self._run: list[TradeMark] | None = None
        self._on_bars: list[Done] = []
        self._asked = self._seen = self._moved = 0
        self.chart = PriceChart(
            name=name,
            label=f"Chart of {instrument.symbol}" if instrument else "Chart",
            empty="Getting the bars …",
            group=group,
            tools=instrument is not None,
            on_more=lambda before: background_tasks.create(self._older(before), name="older bars"),
            on_line=self._dragged,
            on_newest=self._newest,
            on_drawn=self._drawn,
            on_erased=self._erased,
        )
        paced(PACE, self.look)
        paced(SLOW, self.look_around)

    @property
    def key(self) -> InstrumentKey | None:
        return self.instrument.key if self.instrument else None

    def on_bars(self, then: Done) -> None:
        self._on_bars.append(then)

    # the bars
    async def load(self, at: int = 0) -> None:
        """Read the bars anew, with those around the epoch second `at`."""
        self._asked += 1
        asked, self._ready = self._asked, False
        self.chart.classes(add="loading")
        try:
            found = await self.source.load(at)
        except AppError as problem:
            if asked == self._asked and not self.chart.is_deleted:
                self.chart.classes(remove="loading")
                self.chart.say(sentence(str(problem)))
            return
        if asked != self._asked or self.chart.is_deleted:
            return
        self.chart.classes(remove="loading")
        self.said, self.ended = found.said, found.ended
        bars = found.candles
        last = int(bars.time[-1]) if len(bars) else 0
        self.chart.say(NO_BARS)
        self.chart.show(bars, self._facts(last))
        if at:
            self.chart.go(at)
        self._ready = True
        self.draw_marks()
        self._tell()

    async def turn(self, source: Source, at: int = 0) -> None:
        """Bars of another length, or of something else."""
        self.source = source
        await self.load(at)

    def _newest(self) -> None:
        if self.ended:
            background_tasks.create(self.load(), name="newest bars")

    def _facts(self, last: int) -> Facts:
        tick = float(self.instrument.tick_size) if self.instrument else 0.05
        return Facts(
            interval=self.source.interval,
            tick=tick if tick > 0 else 0.05,
            digits=4 if 0 < tick < 0.01 else 2,
            ahead=ahead(self._services.calendar, last, self.source.interval) if last else (),
        )

    async def _older(self, before: int) -> None:
        asked = self._asked
        try:
            found = await self.source.older(before)
        except AppError as problem:
            if not self.chart.is_deleted:
                with self.chart:
                    ui.notify(sentence(str(problem)), type="warning")
                await asyncio.sleep(REST)
                self.chart.more(Candles.none())
            return
        if asked == self._asked and not self.chart.is_deleted:
            self.chart.more(found.candles, whole=found.whole)
            self._tell()

    def look(self) -> None:
        """Carry the last bar on."""
        if not self._ready or self.ended or not self.chart.shown:
            return
        bars, last = self.source.live(), self.chart.last
        if not len(bars) or self._asking:
            return
        if last is not None and int(bars.time[0]) > last.time:
            self._asking = True
            background_tasks.create(self._catch_up(last), name="missed bars")
            return
        for place in range(len(bars)):
            self.chart.bar(bar_at(bars, place))
        self._moved += 1

    async def _catch_up(self, last: Bar) -> None:
        """Nobody looked for a while: what was missed comes first."""
        asked = self._asked
        try:
            missed = await self.source.since(last.time)
        except AppError:
            missed = self.source.live()
        finally:
            self._asking = False
        if asked == self._asked and not self.chart.is_deleted:
            for place in range(len(missed)):
                self.chart.bar(bar_at(missed, place))

    def look_around(self) -> None:
        """Lines, marks, age and studies, at their slower pace."""
        if not self.chart.shown:
            return
        self.draw_lines()
        self.draw_marks()
        if self.key is not None:
            old, _ = fresh(self._services, self._services.market.row(self.key))
            self.chart.classes(add=old, remove="" if old else "stale")
        if self._ready and self._moved:
            self._moved = 0
            self._tell()

    def _tell(self) -> None:
        for then in self._on_bars:
            then()

    # what is held, ordered and traded
    def draw_lines(self, *, anew: bool = False) -> None:
        trading = self._services.trading
        if trading is not None and self.key is not None:
            self.chart.lines(orders.lines(trading, self.key), anew=anew)

    def show_run(self, marks: list[TradeMark]) -> None:
        """Trades of a backtest in the place of one's own."""
        self._run = marks
        self.draw_marks()

    def draw_marks(self) -> None:
        trading = self._services.trading
        if self._run is not None:
            self.chart.marks(self._run)
        elif trading is not None and self.key is not None:
            self.chart.marks(orders.fill_marks(trading.state.ledger.fills, self.key))

    async def _dragged(self, id: str, price: float) -> None:
        """Ask, then send through the desk; whatever comes of it, the lines say what holds."""
        trading = self._services.trading
        if trading is None:
            return
        try:
            order, change = orders.moved(trading, id, price)
            if await self._sure(order.terms, change):
                await trading.desk.modify(order.id, change)
        except AppError as problem:
            ui.notify(sentence(str(problem)), type="negative", multi_line=True)
        finally:
            self.draw_lines(anew=True)

    async def _sure(self, terms: Any, change: Change) -> bool:
        wanted = change.of(terms)
        told = (
            f"From {words.asked(terms, self.instrument)}",
            f"to {words.asked(wanted, self.instrument)}.",
        )
        go = f"Change · {self._services.mode.upper()}"
        return await confirm(
            self._services, "Change this order?", told, go, name="chart-modify", danger=False
        )

    # drawings
    async def load_drawings(self) -> None:
        if self.key is not None:
            kept = await self._services.drawings.of(LOCAL_USER, self.key)
            self.chart.drawn([each.told() for each in kept])

    async def _drawn(self, told: dict[str, Any]) -> None:
        if self.key is None:
            return
        try:
            await self._services.drawings.save(LOCAL_USER, read(told, self.key))
        except AppError as problem:
            ui.notify(sentence(str(problem)), type="negative")

    async def _erased(self, id: str) -> None:
        await self._services.drawings.delete(LOCAL_USER, id)
