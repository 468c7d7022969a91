"""What stands behind a run's numbers: its assumptions, its plan, its hashes, and its log."""

from nicegui import ui

from core.backtest.run import Over, Plan
from ui.backtest.lines import NOTES, moment, span
from ui.backtest.opened import Opened
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.long_table import Line, LongTable
from ui.theme import formats

PLAN = (
    Column(name="name", title="", classes="dim", width="34%"),
    Column(name="value", title="", classes="num left"),
)


class WordsView:
    def __init__(self) -> None:
        with ui.element("div").classes("bt-pair"):
            with ui.element("div").classes("bt-box"):
                ui.label("How it was reckoned").classes("bt-head")
                self._assumed = ui.element("ul").classes("bt-words")
                self._assumed.props('data-testid="bt-assumptions"')
            with ui.element("div").classes("bt-box"):
                ui.label("What was run").classes("bt-head")
                self.plan = DataTable("plan", PLAN, empty="").classes("wrap")
        self.log = LongTable("note", NOTES, empty="The strategy wrote no notes.")

    def show(self, opened: Opened) -> None:
        self._assumed.clear()
        with self._assumed:
            for text in opened.result.assumptions:
                with ui.element("li"):
                    ui.label(text)
        self.plan.show(plan_rows(opened))
        notes = opened.result.notes
        lines = {str(i): Line((moment(note.at), note.text)) for i, note in enumerate(notes)}
        self.log.show(list(lines), lines)


def plan_rows(opened: Opened) -> list[Row]:
    run, result = opened.run, opened.result
    chosen = ", ".join(f"{name} {value}" for name, value in result.parameters.items())
    rows = {
        "Strategy": run.plan.strategy,
        "Parameters": chosen or "none",
        "Instrument": result.symbol or result.key,
        "Bars": f"{run.plan.interval}, {result.bars:,} of them",
        "Span": span(run.plan),
        "Capital": formats.rupees(run.plan.capital, 0),
        "Charged as": charged(run.plan),
        "Charges paid": formats.rupees(result.charges),
        "Slippage cost": formats.rupees(result.slippage),
        "Took": f"{result.seconds:.2f} s",
        "Run": formats.ist(run.finished_at),
        "Code": run.code_hash,
        "Data": run.data_hash,
        "Run again": "; ".join(opened.again) or "not yet",
    }
    tips = {
        "Code": "Hash of the strategy's source",
        "Data": "Hash of the prices: with the same code and data a run gives the same again",
        "Run again": "Kept runs of the same plan on the same code and data, and their figures",
    }
    return [Row(name, (name, Cell(text, tip=tips.get(name, "")))) for name, text in rows.items()]


def charged(plan: Plan) -> str:
    if plan.over is Over.CHAINS:
        return "options, at the rates of each day"
    return f"{plan.segment}, at the rates of each day" if plan.segment else "nothing is charged"
