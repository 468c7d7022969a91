"""A run's report as files: JSON for programs, and a page that needs nothing else for people."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from html import escape
from math import isfinite, isnan
from typing import Any, Final

from core.backtest.metrics import by_day, drawdown
from core.backtest.months import years
from core.backtest.report import Report
from core.backtest.run import Plan, plan_to_json
from core.clock import IST
from ui.backtest.figures import FIGURES, text_of
from ui.backtest.sweeps import ranked
from ui.theme import formats

ROWS: Final = 500
"""Trades, or combinations, that the page lists; the JSON has all of them."""
WIDTH, HEIGHT = 960, 220
STYLE: Final = """
body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;
color:#1c2430;background:#fff}h1{font-size:1.4rem}h2{font-size:1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:12px}
td,th{padding:.2rem .5rem;border-bottom:1px solid #e3e7ee;text-align:right}
td:first-child,th:first-child{text-align:left}svg{width:100%;height:auto;background:#f6f8fb}
.up{color:#0a7d48}.down{color:#c0303b}li{margin:.15rem 0}.wide{overflow-x:auto}
@media(prefers-color-scheme:dark){body{background:#0b0e14;color:#dde3ec}svg{background:#121722}
td,th{border-color:#232a37}.up{color:#3fcf8e}.down{color:#ff6b74}}
"""


def as_json(plan: Plan, report: Report, at: datetime) -> str:
    """Numbers that cannot be told are null; moments are in ISO, IST."""
    result = report.result
    days, equity = by_day(result.time, result.equity)
    told = {
        "made_at": at.astimezone(IST).isoformat(),
        "plan": json.loads(plan_to_json(plan)),
        "strategy": result.title,
        "metrics": _numbers(report.metrics),
        "deflated_sharpe": _number(report.deflated),
        "equity": [[_day(n), _number(v)] for n, v in zip(days, equity.tolist(), strict=True)],
        "trades": [
            {
                **trade._asdict(),
                "entered_at": _moment(trade.entered_at),
                "left_at": _moment(trade.left_at),
            }
            for trade in result.trades
        ],
        "tried": [
            {"parameters": dict(each.parameters), "metrics": _numbers(each.metrics)}
            for each in report.tried
        ],
        "stretches": [
            {
                "chosen_from": each.chosen_from.isoformat(),
                "judged_from": each.judged_from.isoformat(),
                "judged_to": each.judged_to.isoformat(),
                "parameters": dict(each.parameters),
                "inside": _numbers(each.inside),
                "outside": _numbers(each.outside),
            }
            for each in report.stretches
        ],
        "notes": [[_moment(note.at), note.text] for note in result.notes],
        "assumptions": list(result.assumptions),
        "charges": result.charges,
        "slippage": result.slippage,
        "code_hash": result.code_hash,
        "data_hash": result.data_hash,
    }
    return json.dumps(told, indent=1, default=str)


def as_html(plan: Plan, report: Report, at: datetime) -> str:
    """One file, without scripts and without anything from elsewhere; everything is escaped."""
    result = report.result
    name = f"{result.title} · {plan.symbol or plan.key}"
    _, equity = by_day(result.time, result.equity)
    parts = [
        f"<h1>{escape(name)}</h1>",
        f"<p>{escape(_span(plan))} · made {at.astimezone(IST):%d %b %Y %H:%M} IST</p>",
        _table(("", ""), _figures(report)),
        "<h2>Equity, ₹</h2>",
        _curve([result.capital, *equity.tolist()]),
        "<h2>Below the peak, %</h2>",
        _curve((100 * drawdown(equity, result.capital)).tolist()),
        "<h2>Months, %</h2>",
        _months(report),
        *_sweep(report),
        *_stretches(report),
        f"<h2>Trades ({len(result.trades):,})</h2>",
        _trades(report),
        "<h2>How it was run</h2><ul>",
        *(f"<li>{escape(each)}</li>" for each in result.assumptions),
        f"<li>Code {escape(result.code_hash)}, data {escape(result.data_hash)}</li></ul>",
    ]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(name)}</title>'
    return f"{head}<style>{STYLE}</style><body>{''.join(parts)}</body></html>"


def _figures(report: Report) -> list[tuple[str, ...]]:
    known = [name for name in FIGURES if name in report.metrics]
    told = [(FIGURES[name].title, text_of(name, report.metrics)) for name in known]
    result = report.result
    found = [("Net profit, ₹", formats.signed(result.profit, 0)), *told]
    found.append(("Charges, ₹", formats.rupees(result.charges, 0)))
    found.append(("Slippage, ₹", formats.rupees(result.slippage, 0)))
    if not isnan(report.deflated):
        found.append(("Deflated Sharpe", formats.percent(report.deflated, 1)))
    parameters = ", ".join(f"{name} {each}" for name, each in result.parameters.items())
    return [*found, ("Parameters", parameters)] if parameters else list(found)


def _months(report: Report) -> str:
    result = report.result
    heads = ("", *(f"{date(2000, n, 1):%b}" for n in range(1, 13)), "Year")
    rows = [
        (str(each.year), *(_percent(m) for m in each.months), _percent(each.total))
        for each in years(result.time, result.equity, result.capital)
    ]
    return _table(heads, rows)


def _sweep(report: Report) -> list[str]:
    if not report.tried:
        return []
    names = list(report.tried[0].parameters)
    shown = ("sharpe", "total_return", "max_drawdown", "profit_factor", "trades")
    rows = [
        (
            *(str(each.parameters[name]) for name in names),
            *(text_of(name, each.metrics) for name in shown),
        )
        for each in ranked(report)[:ROWS]
    ]
    heads = (*names, *(FIGURES[name].title for name in shown))
    return [f"<h2>Combinations ({len(report.tried):,})</h2>", _table(heads, rows)]


def _stretches(report: Report) -> list[str]:
    if not report.stretches:
        return []
    rows = [
        (
            f"{each.judged_from:%d %b %Y} to {each.judged_to:%d %b %Y}",
            ", ".join(f"{name} {chosen}" for name, chosen in each.parameters.items()),
            text_of(report.objective, each.inside),
            text_of(report.objective, each.outside),
        )
        for each in report.stretches
    ]
    title = FIGURES[report.objective].title
    heads = ("Judged in", "Chosen", f"{title} before", f"{title} there")
    return ["<h2>Walk-forward</h2>", _table(heads, rows)]


def _trades(report: Report) -> str:
    rows = [
        (
            _minute(trade.entered_at),
            "open" if trade.open else _minute(trade.left_at),
            str(trade.units),
            formats.price(trade.entry),
            formats.price(trade.exit),
            formats.signed(trade.profit, 0),
        )
        for trade in report.result.trades[:ROWS]
    ]
    return _table(("Entered", "Left", "Units", "Entry", "Exit", "Net ₹"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(each)}</th>" for each in heads) if any(heads) else ""
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in row)}</tr>" for row in rows
    )
    return f'<div class="wide"><table><tr>{top}</tr>{body}</table></div>'


def _curve(values: Sequence[float]) -> str:
    """A line over the whole width, with its lowest and highest value written at the side."""
    known = [value for value in values if isfinite(value)]
    if not known:
        return "<p>Nothing to draw.</p>"
    low, high = min(known), max(known)
    span, step = (high - low) or 1.0, WIDTH / max(len(known) - 1, 1)
    points = " ".join(
        f"{i * step:.1f},{(HEIGHT - 20) * (1 - (value - low) / span) + 10:.1f}"
        for i, value in enumerate(known)
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f'<polyline fill="none" stroke="#3b82f6" stroke-width="1.5" points="{points}"/>'
        f'<text x="4" y="12" font-size="11" fill="currentColor">{high:,.2f}</text>'
        f'<text x="4" y="{HEIGHT - 4}" font-size="11" fill="currentColor">{low:,.2f}</text></svg>'
    )


def _span(plan: Plan) -> str:
    days = f"{plan.first:%d %b %Y} to {plan.last:%d %b %Y}"
    return f"{plan.kind.capitalize()} over {plan.step}, {days}"


def _percent(share: float) -> str:
    return "" if isnan(share) else f"{100 * share:.2f}"


def _numbers(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in metrics.items()}


def _number(value: float) -> Any:
    return value if isfinite(value) else None


def _day(number: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(number)).isoformat()


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(IST).isoformat()


def _minute(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone(IST):%d %b %Y %H:%M}"
