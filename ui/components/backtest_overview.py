"""What a run came to: its figures, its value over time, and each month."""

from typing import Final

from nicegui import ui

from core.backtest.months import years
from ui.backtest.curves import curves
from ui.backtest.figures import figures, held_words
from ui.backtest.lines import MONTH_COLUMNS, month_row
from ui.backtest.opened import Opened
from ui.components.chart import Chart
from ui.components.chart_theme import GHOST, axis, line, lines
from ui.components.data_table import DataTable

EMPTY: Final = "This run has no moment to show."


class OverviewView:
    def __init__(self) -> None:
        self.kpis = ui.element("div").classes("bt-kpis").props('data-testid="bt-kpis"')
        self._held = ui.label().classes("caption").props('data-testid="bt-held"')
        x = axis("date", kind="time")
        self.equity = Chart(
            lines(
                [
                    line("equity", "Equity", "rupees", colour="var(--accent)"),
                    line("benchmark", "Bought and held", "rupees", colour=GHOST, dashed=True),
                ],
                x=x,
                y=axis("rupeesLakh", scale=True),
            ),
            name="bt-equity",
            title="Equity, after charges",
            height=None,
            empty=EMPTY,
        )
        self.drawdown = Chart(
            lines(
                [line("drawdown", "Below the peak", "share", colour="var(--down)", area=True)],
                x=x,
                y=axis("shareShort", max=0),
            ),
            name="bt-drawdown",
            title="Drawdown",
            height=130,
            empty=EMPTY,
        )
        self.months = DataTable("month", MONTH_COLUMNS, empty=EMPTY).classes("bt-months")

    def show(self, opened: Opened) -> None:
        result = opened.result
        found = curves(result)
        self.equity.subject = self.drawdown.subject = result.symbol
        self.equity.push({"equity": found.equity, "benchmark": found.benchmark})
        self.drawdown.push({"drawdown": found.drawdown})
        by_year = years(result.time, result.equity, result.capital)
        self.months.show([month_row(year) for year in reversed(by_year)])
        words = held_words(opened.report)
        self._held.set_text(words)
        self._held.set_visibility(bool(words))
        self.kpis.clear()
        with self.kpis:
            for each in figures(opened.report):
                with ui.element("div").classes("kpi") as box:
                    box.props["title"] = each.tip
                    ui.label(each.title).classes("kpi-label")
                    value = ui.label(each.text).classes(f"kpi-value num {each.tone}")
                    value.props(f'data-testid="bt-{each.name}"')
