"""Strategies that run, and what they have said, as lines of tables."""

from collections.abc import Mapping
from math import isnan
from typing import Final

from core.clock import IST
from core.ids import InstrumentKey
from core.state.signals import Doing, Run, Signal
from ui.components.data_table import Cell, Column, Row
from ui.components.long_table import Line, LongColumn
from ui.theme import formats

RUNS: Final = (
    Column(name="title", title="Strategy", classes="strong"),
    Column(name="trades", title="Orders", width="104px"),
    Column(name="last", title="Last word", classes="dim wide-only"),
    Column(name="held", title="Holds", classes="num wide-only", width="196px"),
    Column(name="pnl", title="P&L ₹", classes="num", width="76px", tip="Without charges"),
    Column(name="since", title="Since", classes="num wide-only", width="64px"),
    Column(name="stop", title="", width="70px"),
)
SIGNALS: Final = (
    LongColumn(name="at", title="IST", classes="num", width="76px"),
    LongColumn(name="title", title="Strategy", classes="strong", width="minmax(120px, 1fr)"),
    LongColumn(name="text", title="Signal", width="minmax(70px, 0.7fr)"),
    LongColumn(name="contract", title="Contract", width="minmax(120px, 1.4fr)"),
    LongColumn(name="price", title="Price", classes="num right", width="84px"),
    LongColumn(
        name="outcome", title="What became of it", classes="dim", width="minmax(120px, 2fr)"
    ),
)
LEDS: Final = {
    Doing.STARTING: "wait",
    Doing.RUNNING: "good",
    Doing.STOPPED: "",
    Doing.FAILED: "bad",
}


def run_row(run: Run, names: Mapping[InstrumentKey, str], *, may_trade: bool) -> Row:
    """`may_trade`: whether this desk can order anything."""
    goes = run.doing is Doing.RUNNING
    since = run.started_at.astimezone(IST).strftime("%H:%M")
    return Row(
        run.id,
        (
            Cell(run.title, "strong", _parameters(run), led=LEDS[run.doing]),
            _switch(run, may_trade=may_trade) if goes else Cell(run.doing, "dim", run.problem),
            _last(run),
            Cell(_held(run, names), tip="What its own book holds"),
            _pnl(run),
            Cell(since, tip=formats.ist(run.started_at)),
            Cell("Stop" if goes else "Remove", action="stop" if goes else "remove"),
        ),
        "failed" if run.doing is Doing.FAILED else "",
    )


def _switch(run: Run, *, may_trade: bool) -> Cell:
    if not may_trade:
        return Cell("signals only", "dim", "Nothing can be ordered in this mode")
    if run.trades:
        tip = "Its orders are sent. Press to go back to signals"
        return Cell("TRADES", "strong trades", tip, action="signal")
    return Cell("signals only", "", "Nothing is sent. Press to let it trade", action="trade")


def _last(run: Run) -> Cell:
    if run.problem:
        return Cell(run.problem, "down", run.problem)
    if not run.last_words:
        return Cell("nothing yet", "dim", "It has not said anything since it started")
    return Cell(run.last_words, tip=run.last_words)


def _held(run: Run, names: Mapping[InstrumentKey, str]) -> str:
    return ", ".join(f"{h.units:+} {names.get(h.key, h.key)}" for h in run.held) or "flat"


def _pnl(run: Run) -> Cell:
    if isnan(run.pnl):
        return Cell(formats.DASH, tip="Something that it holds has no price now")
    tone = "up" if run.pnl > 0 else "down" if run.pnl < 0 else ""
    return Cell(formats.signed(run.pnl, 0), f"strong {tone}")


def _parameters(run: Run) -> str:
    told = [f"{name} {value}" for name, value in run.asked.parameters.items()]
    about = [run.asked.strategy, run.asked.key, f"bars of {run.asked.interval}", *told]
    return ", ".join(each for each in about if each)


def signal_line(signal: Signal, names: Mapping[InstrumentKey, str]) -> Line:
    tone = "up" if signal.units > 0 else "down" if signal.units < 0 else "dim"
    refused = "down" if signal.outcome.startswith("refused") else "accent" if signal.order else ""
    return Line(
        (
            (formats.clock_time(signal.at), "", formats.ist(signal.at), ""),
            signal.title,
            (signal.text, tone, signal.text, ""),
            names.get(signal.key, signal.key.rpartition("|")[2]),
            formats.price(signal.price),
            (signal.outcome, refused, signal.outcome, ""),
        )
    )
