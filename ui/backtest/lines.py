"""A run's trades, months and notes as lines of tables."""

from calendar import month_abbr
from datetime import UTC, datetime
from math import isfinite, isnan
from typing import Final

from core.backtest.months import Year
from core.backtest.results import Trade
from core.backtest.run import Plan, Run, RunState
from core.clock import IST
from ui.components.data_table import Cell, Column, Row
from ui.components.long_table import Line, LongColumn
from ui.theme import formats

MONTHS: Final = tuple(month_abbr)[1:]
MONTH_COLUMNS: Final = (
    Column(name="year", title="", classes="num left strong", width="44px"),
    *(Column(name=name.lower(), title=name, classes="num") for name in MONTHS),
    Column(name="total", title="Year", classes="num strong"),
)
DEEP: Final = (0.01, 0.03, 0.06)
"""Growth from which a month is shaded deeper."""

LOOK: Final = ("chart", "candlestick_chart", "See it in the chart", "")
TRADES: Final = (
    LongColumn(name="number", title="#", classes="num", width="46px", roomy=True),
    LongColumn(name="entered", title="Entered", classes="num", width="124px", sorts=True),
    LongColumn(name="left", title="Left", classes="num", width="124px", sorts=True),
    LongColumn(name="contract", title="Contract", classes="strong", width="minmax(110px, 2fr)"),
    LongColumn(name="units", title="Units", classes="num right", width="66px", sorts=True),
    LongColumn(name="entry", title="Entry", classes="num right", width="86px"),
    LongColumn(name="exit", title="Exit", classes="num right", width="86px"),
    LongColumn(
        name="profit",
        title="Net ₹",
        classes="num right",
        width="96px",
        sorts=True,
        tip="Profit with slippage and charges taken off",
    ),
    LongColumn(name="held", title="Held", classes="num right", width="74px", sorts=True),
    LongColumn(
        name="charges", title="Charges", classes="num right", width="74px", roomy=True, sorts=True
    ),
    LongColumn(name="tag", title="Tag", classes="dim", width="minmax(60px, 1fr)", roomy=True),
    LongColumn(name="acts", title="", kind="acts", width="34px"),
)
NOTES: Final = (
    LongColumn(name="at", title="IST", classes="num", width="136px"),
    LongColumn(name="text", title="What the run says", width="minmax(0, 1fr)"),
)
STATES: Final = {
    RunState.QUEUED: ("waits", "dim"),
    RunState.RUNNING: ("runs", "accent"),
    RunState.DONE: ("✓", "up"),
    RunState.FAILED: ("failed", "down"),
    RunState.CANCELLED: ("ended", "dim"),
    RunState.INTERRUPTED: ("broken", "warn"),
}
"""In a word, and its colour."""


def moment(at: int) -> str:
    """Epoch seconds in IST: `21 Nov 25 10:15`."""
    return datetime.fromtimestamp(at, UTC).astimezone(IST).strftime("%d %b %y %H:%M")


def trade_line(number: int, trade: Trade, name: str) -> Line:
    way = "up" if trade.profit > 0 else "down" if trade.profit < 0 else ""
    left = "still held" if trade.open else moment(trade.left_at)
    held = formats.duration(trade.left_at - trade.entered_at)
    return Line(
        (
            str(number),
            moment(trade.entered_at),
            (left, "accent" if trade.open else "", "", ""),
            name,
            (formats.signed(trade.units, 0), "", "bought" if trade.units > 0 else "sold first", ""),
            formats.price(trade.entry),
            (formats.price(trade.exit), "", "the last price" if trade.open else "", ""),
            (formats.signed(trade.profit), f"strong {way}", "", ""),
            held,
            formats.price(trade.charges),
            trade.tag,
            ((LOOK,), "", "", ""),
        )
    )


def month_row(year: Year) -> Row:
    return Row(
        str(year.year),
        (str(year.year), *(_growth(each) for each in (*year.months, year.total))),
    )


def _growth(value: float) -> Cell:
    if isnan(value):
        return Cell("", tip="Not in the run")
    depth = sum(abs(value) >= each for each in DEEP)
    way = "up" if value > 0 else "down"
    shade = f"grew-{way}-{depth}" if value else ""
    return Cell(formats.signed(value * 100, 1), shade, formats.signed_percent(value))


def run_row(run: Run, *, shown: bool, compared: bool) -> Row:
    """A kept run; its profit and its Sharpe where it has them."""
    words, colour = STATES[run.state]
    plan = run.plan
    about = f"{plan.symbol or plan.key} {plan.step} {span(plan)}"
    growth = run.metrics.get("total_return", float("nan"))
    return Row(
        run.id,
        (
            Cell(run.name, "strong", f"{run.name}: {about}"),
            Cell(words, colour, run.problem or str(run.state)),
            Cell(formats.signed_percent(growth, 1), tone(growth)),
            Cell(formats.price(run.metrics.get("sharpe"))),
            Cell("☑" if compared else "☐", tip="Compare with others", action="compare"),
        ),
        "here" if shown else "",
    )


def span(plan: Plan) -> str:
    return f"{plan.first:%d %b %y} – {plan.last:%d %b %y}"


def tone(value: float | None) -> str:
    if value is None or not isfinite(value) or value == 0:
        return ""
    return "up" if value > 0 else "down"
