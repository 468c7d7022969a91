"""A strategy over bars, and a sweep of it: how fast beside peers, with the same trades.

The peers live in an environment of their own. Bars per second are compared, and both sides have to
find the very same round trips.
"""

import gc
import statistics
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.backtest.bars import picked
from core.backtest.crossing import Crossings
from core.backtest.engine import BarRun
from core.backtest.engine import run as run_loop
from core.backtest.metrics import metrics
from core.backtest.results import Trade
from core.backtest.run import Plan
from core.backtest.sweep import sweep
from core.backtest.work import BarData
from core.clock import WallClock
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.strategies.ready.sma_cross import SmaCross
from tests.bench.peers import Peer, environment, peer
from tests.bench.rows import Row

PACKAGES: Final = (
    *("backtesting==0.6.6", "backtrader==1.9.78.123", "vectorbt==1.2.0"),
    *("pandas==3.1.1", "numba==0.68.1"),
)
KEY: Final = InstrumentKey("NSE_EQ|bench")
FAST, SLOW = 20, 60
MANY, SOME = 1_000_000, 100_000
FASTS, SLOWS = tuple(range(5, 45, 2)), tuple(range(50, 150, 5))
BATCH: Final = 100
"""Combinations that vectorbt is given at once: more take more memory than desks have."""
LOOPS: Final = {"backtesting": "backtesting.py", "backtrader": "backtrader"}
TARGETS: Final = {"backtesting": 15.0, "backtrader": 150.0, "vectorbt": 80.0}
Row_of = tuple[int, float, int, float, int]


def run(quick: bool) -> list[Row]:
    """backtrader takes a minute and a half for the million: once, and in a quick run a tenth."""
    bars = market(MANY)
    columns = {
        name: getattr(bars, name) for name in ("time", "open", "high", "low", "close", "volume")
    }
    some = {name: values[:SOME] for name, values in columns.items()}
    python, script = (
        environment("backtest", PACKAGES),
        Path(__file__).with_name("backtest_peers.py"),
    )
    with ExitStack() as stack:
        peers = {
            name: stack.enter_context(
                peer(python, script, name, some if name == "vectorbt" else columns)
            )
            for name in TARGETS
        }
        counts = {"backtesting": MANY, "backtrader": SOME if quick else MANY}
        loops = [
            loop_row(bars, name, peers[name], count, 1 if name == "backtrader" else 3)
            for name, count in counts.items()
        ]
        return [*loops, sweep_row(first(bars, SOME), peers["vectorbt"], 2 if quick else 5)]


def loop_row(bars: Candles, name: str, other: Peer, count: int, rounds: int) -> Row:
    """Rounds take turns; ours is run thrice as often, since it takes so little."""
    ours, theirs = list[float](), list[float]()
    part = first(bars, count)
    other.ask(FAST, SLOW, 2_000)  # what it compiles, it compiles now
    once(part)
    for _ in range(rounds):
        for _ in range(3):
            seconds, mine = once(part)
            ours.append(seconds)
        seconds, its = other.ask(FAST, SLOW, count)
        theirs.append(seconds)
    same = close(mine, its)
    return row(
        f"SMA cross on {count:,} bars, {LOOPS[name]}",
        count / statistics.median(ours) / 1e6,
        count / statistics.median(theirs) / 1e6,
        "M bars/s",
        name,
        same,
        len(its),
    )


def sweep_row(bars: Candles, other: Peer, rounds: int) -> Row:
    pairs = [(fast, slow) for fast in FASTS for slow in SLOWS]
    data, plan = material(bars)
    crossings = Crossings(SmaCross, data.over(plan))
    ours, theirs = list[float](), list[float]()
    other.ask(pairs[:2], BATCH)
    for _ in range(rounds):
        for _ in range(3):
            gc.collect()
            begun = time.perf_counter()
            swept = sweep(plan, "", data)
            ours.append(time.perf_counter() - begun)
        seconds, its = other.ask(pairs, BATCH)
        theirs.append(seconds)
    same = swept.fast and all(
        close(places(crossings.trades(each.parameters), bars), trades)
        for each, trades in zip(swept.tried, its, strict=True)
    )
    for pair in (0, len(pairs) // 2, len(pairs) - 1):  # the loop says the same of some
        chosen = swept.tried[pair].parameters
        same &= list(run_loop(SmaCross(**chosen), data.over(plan)).trades) == crossings.trades(
            chosen
        )
    return row(
        f"sweep of {len(pairs)} combinations over {len(bars):,} bars, vectorbt",
        1e3 * statistics.median(ours),
        1e3 * statistics.median(theirs),
        "ms",
        "vectorbt",
        same,
        sum(len(trades) for trades in its),
    )


def once(bars: Candles) -> tuple[float, list[Row_of]]:
    """A run with its metrics, as the page asks for it."""
    strategy = SmaCross(fast=FAST, slow=SLOW, below="short")
    over = BarRun(candles=bars, key=KEY, interval=Interval.MINUTE)
    gc.collect()
    begun = time.perf_counter()
    found = run_loop(strategy, over)
    metrics(found)
    seconds = time.perf_counter() - begun
    return seconds, places(found.trades, bars)


def places(trades: Iterable[Trade], bars: Candles) -> list[Row_of]:
    """Closed round trips by the places of their bars."""
    done = [trade for trade in trades if not trade.open]
    entered = np.searchsorted(bars.time, [trade.entered_at for trade in done]).tolist()
    left = np.searchsorted(bars.time, [trade.left_at for trade in done]).tolist()
    return [
        (begin, trade.entry, end, trade.exit, trade.units)
        for begin, end, trade in zip(entered, left, done, strict=True)
    ]


def close(mine: list[Row_of], its: list[Any]) -> bool:
    """The same trades; prices may differ in the last bits of a float."""
    if len(mine) != len(its):
        return False
    return not mine or bool(np.allclose(np.array(mine), np.array(its), rtol=1e-12, atol=0))


def material(bars: Candles) -> tuple[BarData, Plan]:
    data = BarData(candles=bars, calendar=MarketCalendar(WallClock()))
    days = [
        day.astype(object) for day in bars.time[[0, -1]].astype("datetime64[s]").astype("M8[D]")
    ]
    plan = Plan(
        strategy="sma_cross",
        key=KEY,
        interval="1m",
        first=days[0],
        last=days[1],
        slippage_ticks=0.0,
        capital=1e9,
        sweep={"fast": FASTS, "slow": SLOWS},
    )
    return data, plan


def market(count: int) -> Candles:
    """Minutes of a walk at random, 375 a day on every weekday since 2015; no price comes twice."""
    rng = np.random.default_rng(7)
    closes = 20_000 * np.exp(np.cumsum(rng.normal(0, 2e-4, count)))
    opens = np.concatenate([[20_000.0], closes[:-1]]) * (1 + rng.normal(0, 5e-5, count))
    days = np.arange(count) // 375
    days = days // 5 * 7 + days % 5
    return Candles(
        time=1_420_429_500 + days * 86_400 + np.arange(count) % 375 * 60,
        open=opens,
        high=np.maximum(opens, closes) * (1 + rng.exponential(5e-5, count)),
        low=np.minimum(opens, closes) * (1 - rng.exponential(5e-5, count)),
        close=closes,
        volume=rng.integers(1, 1_000, count),
        open_interest=np.zeros(count, dtype=np.int64),
    )


def first(bars: Candles, count: int) -> Candles:
    return picked(bars, slice(0, count))


def row(
    what: str, ours: float, theirs: float, unit: str, name: str, same: bool, trades: int
) -> Row:
    ratio = theirs / ours if unit == "ms" else ours / theirs
    return Row(
        figure="B1",
        what=f"{what}, {trades:,} trades" + ("" if same else " (TRADES DIFFER)"),
        ours=ours,
        peer=theirs,
        unit=unit,
        ratio=ratio,
        target=f"≥ {TARGETS[name]:.0f}×",
        ok=same and ratio >= TARGETS[name],
    )
