"""A run's metrics: how each is called, written, and explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, nan
from typing import Final

from core.backtest.report import Report
from ui.backtest.lines import tone
from ui.theme import formats


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`format` is a name of `assets/js/formats`; `toned` colours it by its sign."""

    title: str
    short: str
    format: str
    tip: str
    toned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFigure:
    name: str
    title: str
    text: str
    tone: str
    tip: str


FIGURES: Final = {
    "total_return": Figure(
        title="Return",
        short="Return",
        format="share",
        tip="What the capital grew by over the whole run, after charges",
        toned=True,
    ),
    "cagr": Figure(
        title="CAGR",
        short="CAGR",
        format="share",
        tip="The same growth spread evenly over the years",
        toned=True,
    ),
    "sharpe": Figure(
        title="Sharpe",
        short="Sharpe",
        format="points2",
        tip="Mean daily return over its standard deviation, times √252; no interest taken off",
    ),
    "sortino": Figure(
        title="Sortino",
        short="Sortino",
        format="points2",
        tip="Like Sharpe, but only falls count as risk",
    ),
    "calmar": Figure(
        title="Calmar",
        short="Calmar",
        format="points2",
        tip="CAGR over the deepest drawdown",
    ),
    "max_drawdown": Figure(
        title="Max drawdown",
        short="Drawdown",
        format="share",
        tip="The deepest fall from a peak, by daily values",
        toned=True,
    ),
    "volatility": Figure(
        title="Volatility",
        short="Vol",
        format="share",
        tip="Standard deviation of daily returns, times √252",
    ),
    "trades": Figure(
        title="Trades", short="Trades", format="quantity", tip="Round trips that were closed"
    ),
    "win_rate": Figure(
        title="Win rate", short="Won", format="shareShort", tip="Share of closed trades that won"
    ),
    "profit_factor": Figure(
        title="Profit factor",
        short="Factor",
        format="points2",
        tip="Rupees won over rupees lost, after charges",
    ),
    "expectancy": Figure(
        title="Expectancy",
        short="Expect.",
        format="rupees",
        tip="Rupees an average trade brings, after charges",
        toned=True,
    ),
    "tail_ratio": Figure(
        title="Tail ratio",
        short="Tail",
        format="points2",
        tip="The 95th percentile of daily returns over the 5th: above 1, good days are larger"
        " than bad ones",
    ),
    "exposure": Figure(
        title="In the market",
        short="Exposed",
        format="shareShort",
        tip="Share of the time in which something was held",
    ),
}
WAYS: Final = {
    "share": lambda v: formats.percent(v, 2),
    "shareShort": lambda v: formats.percent(v, 1),
    "points2": lambda v: formats.price(v, 2),
    "rupees": lambda v: f"{'-' if v < 0 else ''}{formats.rupees(abs(v), 0)}",
    "quantity": formats.quantity,
}


def text_of(name: str, metrics: Mapping[str, float]) -> str:
    value = metrics.get(name, nan)
    if value in (inf, -inf):
        return "∞" if value > 0 else "-∞"
    return WAYS[FIGURES[name].format](value)


def figures(report: Report) -> list[ShownFigure]:
    """Net profit first, then every metric that is known of; what costs it had last."""
    result, metrics = report.result, report.metrics
    net = ShownFigure(
        name="net",
        title="Net profit",
        text=formats.signed(result.profit, 0),
        tone=tone(result.profit),
        tip=f"Rupees, after {formats.rupees(result.charges)} of charges and"
        f" {formats.rupees(result.slippage)} of slippage",
    )
    known = [_shown(name, each, metrics) for name, each in FIGURES.items() if name in metrics]
    costs = ShownFigure(
        name="costs",
        title="Costs",
        text=formats.rupees(result.charges + result.slippage, 0),
        tone="",
        tip=f"{formats.rupees(result.charges)} charges, {formats.rupees(result.slippage)} slippage",
    )
    return [net, *known, costs]


def held_words(report: Report) -> str:
    """What holding the benchmark would have made; empty where there is none."""
    told = report.metrics
    if "held_total_return" not in told:
        return ""
    parts = [
        f"Bought and held: {formats.signed_percent(told['held_total_return'])}",
        f"Sharpe {formats.price(told.get('held_sharpe'))}",
        f"deepest fall {formats.percent(told.get('held_max_drawdown'))}",
        f"beta {formats.price(told.get('held_beta'))}",
        f"alpha {formats.signed_percent(told.get('held_alpha'))} a year",
        f"correlation {formats.price(told.get('held_correlation'))}",
    ]
    return " · ".join(parts)


def _shown(name: str, figure: Figure, metrics: Mapping[str, float]) -> ShownFigure:
    way = tone(metrics[name]) if figure.toned else ""
    text = text_of(name, metrics)
    return ShownFigure(name=name, title=figure.title, text=text, tone=way, tip=figure.tip)
