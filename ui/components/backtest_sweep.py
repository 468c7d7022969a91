"""A sweep: which combinations were tried, where the good ones lie, and how much of it is luck."""

from collections.abc import Callable, Mapping
from math import isnan
from typing import Any, Final

import numpy as np
from nicegui import ui

from core.backtest.report import Report, Tried
from ui.backtest.figures import FIGURES, text_of
from ui.backtest.opened import Opened
from ui.backtest.sweeps import Heat, heat, numbered, ranked, varied, words
from ui.components.chart import Chart, Option
from ui.components.chart_theme import axis, heatmap, line, lines
from ui.components.fields import choice_field
from ui.components.long_table import Line, LongColumn, LongTable
from ui.theme import formats

MAPPED: Final = ("sharpe", "total_return", "max_drawdown", "profit_factor", "calmar", "trades")
SHOWN: Final = ("sharpe", "total_return", "max_drawdown", "profit_factor", "trades")
EMPTY: Final = "Of this metric nothing is known."
RUN_IT: Final = ("run", "play_arrow", "Run this combination alone", "")


class SweepView:
    """`pick` is given the parameters of a combination to be run alone."""

    def __init__(self, pick: Callable[[Mapping[str, Any]], object]) -> None:
        self._pick = pick
        self._report: Report | None = None
        self._names: list[str] = []
        self._ranked: list[Tried] = []
        self._heat: Heat | None = None
        self._said = ui.label().classes("caption").props('data-testid="bt-deflated"')
        with ui.element("div").classes("bt-line"):
            redraw = self._draw
            self._x = choice_field("Across", "bt-map-x", [], on_change=lambda _: redraw())
            self._y = choice_field("Up", "bt-map-y", [], on_change=lambda _: redraw())
            titles = {name: FIGURES[name].title for name in MAPPED if name in FIGURES}
            self._metric = choice_field(
                "Shown", "bt-map-metric", titles, value="sharpe", on_change=lambda _: redraw()
            )
        with ui.element("div").classes("bt-pair"):
            self._holder = ui.element("div").classes("bt-map")
            self._table_holder = ui.element("div").classes("bt-map")

    def show(self, opened: Opened) -> None:
        self._report = opened.report
        self._names = varied(opened.report.tried)
        self._ranked = ranked(opened.report)
        self._said.set_text(luck(opened.report))
        numbers = numbered(opened.report.tried)
        first, second = [*numbers, "", ""][:2]
        self._x.set_options(numbers, value=first or None)
        self._y.set_options(numbers, value=second or None)
        self._y.set_visibility(bool(second))
        self._draw()
        self._list()

    def _draw(self) -> None:
        if self._report is None or not self._x.value:
            return
        x, y, metric = str(self._x.value), str(self._y.value or ""), str(self._metric.value)
        self._holder.clear()
        with self._holder:
            if y and y != x:
                self._heat = heat(self._report.tried, x, y, metric)
                chart = self._made(map_option(self._heat, metric))
                chart.push({"heat": self._heat.values}, x=self._heat.xs, y=self._heat.ys)
            else:
                self._heat = None
                found = heat(self._report.tried, x, x, metric)
                rows = np.column_stack([found.xs, np.diagonal(found.values)])
                self._made(line_option(found, metric)).push({"best": rows})

    def _made(self, option: Option) -> Chart:
        return Chart(
            option,
            name="bt-map",
            title="The best found at each place",
            height=None,
            empty=EMPTY,
            on_pick=self._picked,
        )

    def _picked(self, args: dict[str, Any]) -> object:
        """A click on the map: the best combination of that place."""
        value = args.get("value")
        if self._heat is None or not isinstance(value, list) or len(value) < 2:
            return None
        want = {
            self._heat.x: self._heat.xs[int(value[0])],
            self._heat.y: self._heat.ys[int(value[1])],
        }
        for each in self._ranked:
            if all(each.parameters[name] == wanted for name, wanted in want.items()):
                return self._pick(each.parameters)
        return None

    def _list(self) -> None:
        self._table_holder.clear()
        columns = (
            LongColumn(name="rank", title="#", classes="num", width="36px"),
            LongColumn(
                name="what", title="Combination", classes="strong", width="minmax(130px, 1fr)"
            ),
            *(
                LongColumn(name=name, title=FIGURES[name].short, classes="num right", width="64px")
                for name in SHOWN
                if name in FIGURES
            ),
            LongColumn(name="acts", title="", kind="acts", width="34px"),
        )
        with self._table_holder:
            table = LongTable("tried", columns, empty="Nothing was tried.", on_act=self._act)
        lines_ = {str(i): self._line(i, each) for i, each in enumerate(self._ranked)}
        table.show(list(lines_), lines_)
        self.table = table

    def _line(self, rank: int, each: Tried) -> Line:
        shown = (text_of(name, each.metrics) for name in SHOWN if name in FIGURES)
        what = words(each.parameters, self._names)
        return Line((str(rank + 1), what, *shown, ((RUN_IT,), "", "", "")))

    def _act(self, id: str, action: str) -> object:
        return self._pick(self._ranked[int(id)].parameters)


def map_option(found: Heat, metric: str) -> Option:
    return heatmap(
        FIGURES[metric].title,
        FIGURES[metric].format,
        x=axis("plain", name=found.x, kind="category"),
        y=axis("plain", name=found.y, kind="category"),
        diverging=metric not in ("trades",),
    )


def line_option(found: Heat, metric: str) -> Option:
    best = line("best", FIGURES[metric].title, FIGURES[metric].format, points=True)
    return lines([best], x=axis("plain", name=found.x), y=axis(FIGURES[metric].format, scale=True))


def luck(report: Report) -> str:
    """What the deflated Sharpe says, in words."""
    count = len(report.tried)
    if isnan(report.deflated):
        return f"{count:,} combinations were tried. The best of many looks good by luck alone."
    return (
        f"{count:,} combinations were tried: the best Sharpe of so many is above 0 by luck alone."
        f" Deflated Sharpe: with {formats.percent(report.deflated, 1)} probability the best is"
        " better than such luck (Bailey and López de Prado 2014); below 95 % do not trust it."
    )
