"""Backtests on the command line: what can be asked for, and what came of it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ui.terminal_download import day_of

if TYPE_CHECKING:  # every start of the program reads this file: nothing that loads NumPy
    from collections.abc import Callable

    from core.backtest.job import Wish
    from core.backtest.report import Report
    from core.backtest.run import Plan

    Act = Callable[[argparse.Namespace], int]

LONGEST: Final = 3_600.0
SHOWN: Final = 20
"""Combinations that are printed; the report has all of them."""
WORDS: Final = {
    "run": "run a strategy over bars or option days",
    "sweep": "run it with every combination of values",
}
PLAIN: Final = ("symbol", "key", "interval", "first", "last", "capital", "slippage_ticks",
                "segment", "square_off", "objective", "folds")  # fmt: skip
SEGMENTS: Final = ("option", "future", "equity intraday", "equity delivery")


def add_backtests(parser: argparse.ArgumentParser, act: "Act") -> None:
    kinds = parser.add_subparsers(title="what", metavar="WHAT", required=True)
    for what, words in WORDS.items():
        kind = kinds.add_parser(what, help=words, description=words)
        kind.add_argument("file", type=Path, metavar="FILE", help="a job, a strategy, or its name")
        kind.add_argument("--home", type=Path, default=argparse.SUPPRESS)
        kind.add_argument("--symbol", help="NIFTY, RELIANCE …")
        kind.add_argument("--key", help="the instrument's key, instead of its symbol")
        kind.add_argument("--candles", type=Path, help="a CSV or Parquet file of bars")
        kind.add_argument("--interval", help="1m, 15m, 1h, 1d …")
        kind.add_argument("--from", dest="first", type=day_of, help="a year ago by default")
        kind.add_argument("--to", dest="last", type=day_of, help="today by default")
        kind.add_argument("--set", dest="parameters", action="append", metavar="NAME=VALUE")
        kind.add_argument("--capital", type=float)
        kind.add_argument("--slippage", dest="slippage_ticks", type=float, help="ticks a fill")
        kind.add_argument("--segment", choices=SEGMENTS, help="by which charges are counted")
        kind.add_argument("--square-off", dest="square_off", metavar="HH:MM")
        kind.add_argument("--seconds", type=float, default=LONGEST, help="the longest it may take")
        kind.set_defaults(act=act, what=what)
    kind.add_argument("--vary", dest="sweep", action="append", metavar="NAME=5,10 or NAME=5:50:5")
    kind.add_argument("--folds", type=int, help="walk-forward: choose and judge so many times")
    kind.add_argument("--objective", help="the metric by which the best is found (sharpe)")
    kind.add_argument("--processes", type=int, default=0, help="one for each processor by default")
    kind.add_argument("--cluster", metavar="tcp://…", help="a Dask scheduler to work on")


def wish_of(given: argparse.Namespace) -> "Wish":
    """What the command line says itself stands over what the file says."""
    from core.backtest.job import Wish, value, values

    asked = vars(given)
    found = {name: asked[name] for name in PLAIN if asked.get(name) is not None}
    if asked.get("candles"):
        found["candles"] = str(given.candles.resolve())
    found["parameters"] = {name: value(text) for name, text in _pairs(asked.get("parameters"))}
    found["sweep"] = {name: values(text) for name, text in _pairs(asked.get("sweep"))}
    return Wish(
        file=given.file,
        told=found,
        sweeps=given.what == "sweep",
        cluster=asked.get("cluster") or "",
        processes=asked.get("processes") or 0,
        seconds=given.seconds,
    )


def files(plan: "Plan", report: "Report") -> tuple[str, dict[str, str]]:
    """The report's name, and its texts by their ending."""
    from core.clock import IST, WallClock
    from ui.backtest.report_file import as_html, as_json

    at = WallClock().now()
    plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in plan.strategy)
    name = f"backtest-{plain}-{at.astimezone(IST):%Y%m%d-%H%M%S}"
    return name, {"json": as_json(plan, report, at), "html": as_html(plan, report, at)}


def table(plan: "Plan", report: "Report") -> str:
    """The metrics, and of a sweep its best combinations."""
    from ui.backtest.figures import FIGURES, text_of

    result = report.result
    parameters = ", ".join(f"{name}={each}" for name, each in result.parameters.items())
    span = f"{plan.symbol or plan.key}, {plan.step}, {plan.first} to {plan.last}"
    lines = [f"{result.title}: {span}", *([parameters] if parameters else []), ""]
    lines.append(_line("Net profit ₹", f"{result.profit:,.0f}"))
    lines += [
        _line(figure.title, text_of(name, report.metrics))
        for name, figure in FIGURES.items()
        if name in report.metrics
    ]
    lines.append(_line("Charges ₹", f"{result.charges:,.0f}"))
    lines.append(_line("Slippage ₹", f"{result.slippage:,.0f}"))
    if report.tried:
        lines += ["", *_combinations(report)]
    for each in report.stretches:
        chosen = ", ".join(f"{name}={x}" for name, x in each.parameters.items())
        before, after = (text_of(report.objective, m) for m in (each.inside, each.outside))
        lines.append(f"{each.judged_from} to {each.judged_to}  {before} → {after}  {chosen}")
    return "\n".join(lines)


def _combinations(report: "Report") -> list[str]:
    from ui.backtest.figures import FIGURES, text_of
    from ui.backtest.sweeps import ranked

    names = list(report.tried[0].parameters)
    shown = [report.objective, "total_return", "max_drawdown", "trades"]
    rows = [
        [
            *(str(each.parameters[name]) for name in names),
            *(text_of(name, each.metrics) for name in shown),
        ]
        for each in ranked(report)[:SHOWN]
    ]
    titles = [FIGURES[name].title if name in FIGURES else name for name in shown]
    widths = [max(len(row[i]) for row in [[*names, *titles], *rows]) for i in range(len(rows[0]))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in [[*names, *titles], *rows]
    ]
    if len(report.tried) > SHOWN:
        lines.append(f"… and {len(report.tried) - SHOWN:,} more")
    if report.deflated == report.deflated:
        lines.append(f"Deflated Sharpe: {report.deflated:.1%} that the best is more than luck")
    return lines


def _line(title: str, text: str) -> str:
    return f"  {title:<16}{text:>16}"


def _pairs(given: list[str] | None) -> list[tuple[str, str]]:
    from core.errors import BadData

    found = []
    for each in given or []:
        name, equals, text = each.partition("=")
        if not (name and equals and text):
            raise BadData(f"{each!r} says no value: write it as fast=10")
        found.append((name.strip(), text))
    return found
