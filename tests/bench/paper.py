"""Paper: what of ten thousand acts reaches the broker's address, and whether fills are the same."""

import asyncio
import logging
import tempfile
from pathlib import Path

import structlog

from data.simulator.market import Market
from tests.bench.rows import Row
from tests.data.brokers.test_paper_fuzz import fuzz
from tests.data.brokers.test_same_fills import Shallow, future, option, played

SEEDS = 12


def run(quick: bool) -> list[Row]:
    """`quick` acts a twentieth as often, and plays two sequences instead of two dozen."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return [*_fuzz(500 if quick else 10_000), *_fills(1 if quick else SEEDS)]


def _fuzz(actions: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        trader, wire = asyncio.run(fuzz(Path(folder), actions, 7))
    print(f"done: {dict(trader.done)}; what became of orders: {dict(trader.seen)}")
    differences = len(trader.trading.state.differences)
    return [
        _none("O6", f"calls to the broker in {actions} acts on paper", wire.asked.total()),
        _none("O6", "differences between us and the paper account", differences),
    ]


def _fills(seeds: int) -> list[Row]:
    market, trades, unequal = Market(7, ["NIFTY"]), 0, 0
    for seed in range(seeds):
        for shown, which, levels in (
            (market, option, 30),
            (market, future, 30),
            (Shallow(market), option, 5),
        ):
            exchange, paper = played(shown, which(market), seed, levels)
            trades += len(exchange.trades())
            unequal += paper.trades() != exchange.trades() or paper.left() != exchange.left()
    what = f"sequences with other fills than the exchange's ({3 * seeds} with {trades} fills)"
    return [_none("O7", what, unequal)]


def _none(figure: str, what: str, ours: float) -> Row:
    return Row(
        figure=figure,
        what=what,
        ours=float(ours),
        peer=None,
        unit="",
        ratio=None,
        target="0",
        ok=ours == 0,
    )
