"""Runs side by side: their figures, what differs between them, and their curves as growth."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from nicegui import ui

from ui.backtest.curves import places, rows
from ui.backtest.figures import FIGURES, text_of
from ui.backtest.lines import span
from ui.backtest.opened import Opened
from ui.components.chart import Chart
from ui.components.chart_theme import axis, line, lines
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.empty_state import empty_state

MOST: Final = 6
COLOURS: Final = (
    "var(--accent)", "var(--warn)", "var(--up)", "var(--mode-simulated)", "var(--down)",
    "var(--txt)",
)  # fmt: skip


class CompareView:
    def __init__(self) -> None:
        self._box = ui.element("div").classes("bt-stack")

    def show(self, every: Sequence[Opened]) -> None:
        self._box.clear()
        with self._box:
            if len(every) < 2:
                empty_state(
                    "Nothing to compare yet",
                    "Tick two or more finished runs in the list of runs.",
                    icon="compare_arrows",
                )
                return
            self.chart = self._curves(every)
            self.table = self._figures(every)

    def _curves(self, every: Sequence[Opened]) -> Chart:
        drawn = [
            line(f"run{i}", _named(i, each), "share", colour=COLOURS[i % len(COLOURS)])
            for i, each in enumerate(every)
        ]
        chart = Chart(
            lines(drawn, x=axis("date", kind="time"), y=axis("shareShort", scale=True)),
            name="bt-compare",
            title="Growth of the capital",
            height=300,
            empty="Nothing to draw.",
        )
        pushed = {}
        for i, each in enumerate(every):
            result = each.result
            growth = result.equity / result.capital - 1
            pushed[f"run{i}"] = rows(result.time.astype(float) * 1000, growth, places(growth))
        chart.push(pushed)
        return chart

    def _figures(self, every: Sequence[Opened]) -> DataTable:
        columns = (
            Column(name="name", title="", classes="dim", width="130px"),
            *(
                Column(name=f"run{i}", title=_named(i, each), classes="num")
                for i, each in enumerate(every)
            ),
        )
        table = DataTable("compared", columns, empty="").classes("bt-small wrap")
        table.show([*_metric_rows(every), *_plan_rows(every)])
        return table


def _named(place: int, each: Opened) -> str:
    """Two runs may have one name."""
    return f"{place + 1}. {each.run.name}"


def _metric_rows(every: Sequence[Opened]) -> list[Row]:
    found = []
    for name, figure in FIGURES.items():
        values = [each.report.metrics.get(name, np.nan) for each in every]
        if np.isnan(values).all():
            continue
        best = np.nanmax(values)
        cells = (
            Cell(text_of(name, each.report.metrics), "strong" if value == best else "")
            for each, value in zip(every, values, strict=True)
        )
        found.append(Row(name, (Cell(figure.title, tip=figure.tip), *cells)))
    return found


def _plan_rows(every: Sequence[Opened]) -> list[Row]:
    """What was run; marked where they differ."""
    told = {
        "Strategy": [each.run.plan.strategy for each in every],
        "Instrument": [each.run.plan.symbol for each in every],
        "Bars": [each.run.plan.interval for each in every],
        "Span": [span(each.run.plan) for each in every],
        **{
            name: [str(each.result.parameters.get(name, "–")) for each in every]
            for name in dict.fromkeys(n for each in every for n in each.result.parameters)
        },
    }
    return [
        Row(f"plan-{name}", (name, *(Cell(v, "warn" if len(set(vs)) > 1 else "dim") for v in vs)))
        for name, vs in told.items()
    ]
