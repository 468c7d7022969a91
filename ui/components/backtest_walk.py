"""Walk-forward: in each stretch the parameters are chosen by what came before, and judged after."""

from math import isnan, nan
from typing import Final

from nicegui import ui

from core.backtest.report import Report, Stretch
from ui.backtest.figures import FIGURES, text_of
from ui.backtest.opened import Opened
from ui.components.data_table import Column, DataTable, Row
from ui.theme import formats

COLUMNS: Final = (
    Column(name="chosen", title="Chosen by", classes="num left"),
    Column(name="judged", title="Judged in", classes="num left"),
    Column(name="what", title="Parameters", classes="strong"),
    Column(name="inside", title="Before", classes="num", tip="The metric where it was chosen"),
    Column(name="outside", title="After", classes="num", tip="The metric where it was judged"),
    Column(name="return", title="Return", classes="num", tip="In the stretch that was judged"),
)


class WalkView:
    def __init__(self) -> None:
        self._said = ui.label().classes("caption").props('data-testid="bt-walk-said"')
        self.table = DataTable("fold", COLUMNS, empty="No stretch was judged.").classes("wrap")

    def show(self, opened: Opened) -> None:
        report = opened.report
        self._said.set_text(words(report))
        names = list(opened.run.plan.sweep)
        self.table.show(
            [_row(i, each, report.objective, names) for i, each in enumerate(report.stretches, 1)]
        )


def words(report: Report) -> str:
    title = FIGURES[report.objective].title if report.objective in FIGURES else report.objective
    pairs = [
        (s.inside.get(report.objective, nan), s.outside.get(report.objective, nan))
        for s in report.stretches
    ]
    known = [(a, b) for a, b in pairs if not isnan(a) and not isnan(b)]
    held = sum(b > 0 for _, b in known)
    return (
        "The curve and the trades shown are those of the judged stretches only, one after the"
        f" other: what was chosen had never seen them. {title} stayed above 0 in {held} of"
        f" {len(known)} stretches."
    )


def _row(number: int, each: Stretch, objective: str, names: list[str]) -> Row:
    chosen = ", ".join(f"{name} {each.parameters.get(name, formats.DASH)}" for name in names)
    return Row(
        str(number),
        (
            f"{each.chosen_from:%d %b %y} – {each.judged_from:%d %b %y}",
            f"{each.judged_from:%d %b %y} – {each.judged_to:%d %b %y}",
            chosen,
            text_of(objective, each.inside),
            text_of(objective, each.outside),
            text_of("total_return", each.outside),
        ),
    )
