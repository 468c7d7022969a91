"""Several charts on one page: their grid, and what they have in common."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import uuid4

from nicegui import background_tasks, ui

from core.errors import AppError
from core.ports.feed import FeedMode
from core.services import Services
from ui.chart.cells import LAYOUTS, LINKS, Arrangement, Shown
from ui.chart.combination import Legs, Pair
from ui.chart.combined import CombinedBars, PairBars
from ui.chart.indicators import Chosen
from ui.chart.lengths import LENGTHS
from ui.chart.source import InstrumentBars, Source
from ui.chart.studies import Studies
from ui.components.chart_view import ChartView
from ui.components.choices import Choices
from ui.components.fields import button
from ui.components.leaving import Leaving
from ui.components.order_acts import sentence
from ui.components.price_chart import PriceChart


class Cell:
    """One chart; it lives until the layout has no place for it."""

    def __init__(self, grid: "ChartGrid", number: int, shown: Shown) -> None:
        self._grid, self.number, self.shown = grid, number, shown
        self._owner = f"chart {uuid4().hex}"
        with ui.element("div").classes("chart-cell") as self.box:
            self.box.on("pointerdown", lambda: grid.activate(self.number), throttle=0.2)
            self.box.props(f'data-testid="chart-cell-{number}"')
            with ui.element("div").classes("chart-cell-head") as self.head:
                self._title = ui.label().classes("strong")
                self._length = ui.label().classes("dim")
            instrument = None if shown.combination else shown.instrument
            name = f"chart{number + 1}" if number else "chart"
            self.view = ChartView(
                grid.services,
                grid.choices,
                InstrumentBars(grid.services, shown.instrument.key, shown.interval),
                instrument,
                name=name,
                group=grid.group,
            )
        self.view.chart.set(**grid.shape())
        self.view.on_bars(grid.told)
        self.studies = Studies(self.view, grid.chosen, grid.then)
        self._write()

    async def load(self, at: int = 0) -> None:
        """Hear of what it shows, and read the bars."""
        try:
            source = await self._source()
        except AppError as problem:
            self.view.chart.say(sentence(str(problem)))
            return
        await self.view.load_drawings()
        await self.view.turn(source, at)

    async def turn(self, length: str) -> None:
        """Bars of another length."""
        self.shown = replace(self.shown, length=length)
        self._write()
        await self.load()

    def tied(self, group: str) -> None:
        """To the crosshair of the others, or to none."""
        chart = self.view.chart
        if chart.props.get("group") != group:
            chart.props["group"] = group
            chart.update()

    def close(self) -> None:
        services = self._grid.services
        services.subscriptions.release(self._owner)
        services.chain_keeper.release(self._owner)

    def _write(self) -> None:
        self._title.set_text(self.shown.title)
        self._length.set_text(LENGTHS[self.shown.length])

    async def _source(self) -> Source:
        services, shown = self._grid.services, self.shown
        combination = shown.combination
        if isinstance(combination, Legs):
            chain = await services.chain_keeper.open(
                self._owner, combination.symbol, combination.expiry
            )
            return CombinedBars(services, chain, combination.structure, shown.interval)
        key = shown.instrument.key
        other = combination.other.key if isinstance(combination, Pair) else key
        services.subscriptions.hold(self._owner, dict.fromkeys((key, other), FeedMode.FULL))
        if isinstance(combination, Pair):
            how, times = combination.how, combination.times
            return PairBars(services, (key, other), how, shown.interval, times)
        return InstrumentBars(services, key, shown.interval)


class ChartGrid:
    """`cells` says what all places show, `chosen` which indicators are drawn, `shape` how bars are.

    `told` hears that bars moved, `turned` that another chart is worked on, `then` that of other
    indicators nothing is known.
    """

    def __init__(
        self,
        services: Services,
        choices: Choices,
        arrangement: Arrangement,
        cells: Sequence[Shown],
        *,
        chosen: Callable[[], Sequence[Chosen]],
        told: Callable[[], object],
        turned: Callable[[], object],
        then: Callable[[], object],
        shape: Callable[[], dict[str, object]],
    ) -> None:
        self.shape = shape
        self.services, self.choices, self.arrangement = services, choices, arrangement
        self._all, self.chosen, self.told, self.then = list(cells), chosen, told, then
        self._turned, self._name = turned, uuid4().hex
        self.cells: list[Cell] = []
        self._box = ui.element("div").classes("chart-grid")
        Leaving(self._leave)
        self._lay()

    @property
    def group(self) -> str:
        return self._name if "crosshair" in self.arrangement.linked else ""

    @property
    def here(self) -> Cell:
        return self.cells[self.arrangement.active]

    @property
    def charts(self) -> list[PriceChart]:
        return [cell.view.chart for cell in self.cells]

    async def load(self, at: int = 0) -> None:
        """All of them beside each other; `at` is an epoch second that the one worked on shows."""
        here = self.here
        await asyncio.gather(*(each.load(at if each is here else 0) for each in self.cells))

    # what the user does
    def choose(self, layout: str) -> None:
        before = {cell.number for cell in self.cells}
        self.arrangement.choose(layout)
        self._lay()
        for cell in self.cells:
            if cell.number not in before:
                background_tasks.create(cell.load(), name="chart bars")
        self._keep()
        self._turned()

    def activate(self, number: int) -> None:
        if number != self.arrangement.active and number < len(self.cells):
            self.arrangement.activate(number)
            self._mark()
            self._turned()

    def turn(self, length: str) -> None:
        """Bars of another length, in all charts where these are linked."""
        linked = "interval" in self.arrangement.linked
        for cell in self.cells if linked else [self.here]:
            if cell.shown.length != length:
                background_tasks.create(cell.turn(length), name="chart bars")
                self._all[cell.number] = replace(cell.shown, length=length)
        self.arrangement.keep(self._all)

    def link(self, name: str, on: bool) -> None:
        self.arrangement.link(name, on)
        for cell in self.cells:
            cell.tied(self.group)
        if on and name == "interval":
            self.turn(self.here.shown.length)
        elif on and name == "symbol":
            self._follow()

    def _follow(self) -> None:
        """All others show what is worked on."""
        self.replaced(self.here.shown)
        for cell in self.cells:
            if cell is not self.here and cell.shown != self._all[cell.number]:
                cell.close()
                cell.box.delete()
                with self._box:
                    made = Cell(self, cell.number, self._all[cell.number])
                made.box.move(self._box, cell.number)
                self.cells[cell.number] = made
                background_tasks.create(made.load(), name="chart bars")
        self._mark()

    def replaced(self, shown: Shown) -> list[Shown]:
        """What all would show with another in the place that is worked on; it is kept."""
        self._all[self.arrangement.active] = shown
        self._all = [self.arrangement.tied(each, shown) for each in self._all]
        self.arrangement.keep(self._all)
        return self._all

    def renew(self) -> None:
        """Other indicators were chosen."""
        for cell in self.cells:
            cell.studies.renew()

    @property
    def unknown(self) -> frozenset[str]:
        return self.here.studies.unknown

    # building
    def _lay(self) -> None:
        count = self.arrangement.count
        for cell in self.cells[count:]:
            cell.close()
            cell.box.delete()
        del self.cells[count:]
        with self._box:
            for number in range(len(self.cells), count):
                self.cells.append(Cell(self, number, self._all[number]))
        self._box.props(f'data-layout="{count}"')
        self._mark()

    def _mark(self) -> None:
        for cell in self.cells:
            here = cell is self.here and len(self.cells) > 1
            cell.box.classes(add="here" if here else "", remove="" if here else "here")

    def _keep(self) -> None:
        for cell in self.cells:
            self._all[cell.number] = cell.shown
        self.arrangement.keep(self._all)

    def _leave(self) -> None:
        for cell in self.cells:
            cell.close()


def layout_menu(arrangement: Arrangement, grid: Callable[[], ChartGrid]) -> None:
    """The button that says how many charts there are and what they share."""
    made = button("", "chart-layout", lambda: None, icon="grid_view", tip="Several charts")
    with made, ui.menu().props("no-focus"), ui.element("div").classes("menu-list chart-looks"):
        ui.label("Charts").classes("faint")
        ui.radio(
            {name: name for name in LAYOUTS},
            value=arrangement.layout,
            on_change=lambda e: grid().choose(str(e.value)),
        ).props('dense inline data-testid="chart-layouts"').mark("chart-layouts")
        ui.label("Linked").classes("faint")
        for name, title in LINKS.items():
            ui.checkbox(
                title,
                value=name in arrangement.linked,
                on_change=lambda e, name=name: grid().link(name, bool(e.value)),
            ).props(f'dense data-testid="chart-link-{name}"').mark(f"chart-link-{name}")
