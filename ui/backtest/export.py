"""What a run can be taken away as: its trades, and of a sweep what was tried."""

from datetime import UTC, datetime
from math import nan
from typing import Final

from core.backtest.report import Report
from core.errors import RuleBroken
from core.ports.exports import Table
from ui.backtest.figures import FIGURES
from ui.backtest.opened import Opened
from ui.backtest.sweeps import ranked

TRADE_HEADS: Final = (
    "Entered (IST)", "Left (IST)", "Contract", "Key", "Units", "Entry (₹)", "Exit (₹)",
    "Net (₹)", "Charges (₹)", "Tag", "Still held",
)  # fmt: skip


def tables(opened: Opened | None) -> dict[str, Table]:
    """By the tab that it is taken from; raises RuleBroken where nothing is open."""
    if opened is None:
        raise RuleBroken("No run is open.")
    return {"trades": trades(opened), "sweep": tried(opened.report)}


def trades(opened: Opened) -> Table:
    rows = [
        (
            datetime.fromtimestamp(each.entered_at, UTC),
            datetime.fromtimestamp(each.left_at, UTC),
            opened.contract(each),
            each.key,
            each.units,
            each.entry,
            each.exit,
            each.profit,
            each.charges,
            each.tag,
            each.open,
        )
        for each in opened.result.trades
    ]
    return Table(name="Trades", heads=TRADE_HEADS, rows=rows)


def tried(report: Report) -> Table:
    names = list(report.tried[0].parameters) if report.tried else []
    heads = [*names, *(figure.title for figure in FIGURES.values())]
    rows = [
        [*(each.parameters[n] for n in names), *(each.metrics.get(m, nan) for m in FIGURES)]
        for each in ranked(report)
    ]
    return Table(name="Sweep", heads=heads, rows=rows)
