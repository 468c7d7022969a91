"""Results of runs, small enough to be checked by eye."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from core.backtest.results import Fill, Note, Order, OrderEnd, OrderKind, Result, Trade
from core.ids import InstrumentKey

KEY = InstrumentKey("NSE_INDEX|Nifty 50")
START = int(datetime(2026, 1, 5, 3, 45, tzinfo=UTC).timestamp())
DAY = 86_400


def trade(day: int, profit: float, units: int = 50, days: int = 1, **more: object) -> Trade:
    given: dict[str, object] = {
        "key": KEY,
        "units": units,
        "entered_at": START + day * DAY,
        "entry": 24_000.0,
        "left_at": START + (day + days) * DAY,
        "exit": 24_000.0 + profit / units,
        "profit": profit,
        "charges": 20.0,
    }
    return Trade(**(given | more))  # type: ignore[arg-type]


def result(equity: Sequence[float], capital: float = 100_000.0, **more: object) -> Result:
    count = len(equity)
    benchmark = more.pop("benchmark", [24_000.0 + 10 * i for i in range(count)])
    given: dict[str, object] = {
        "strategy": "sma_cross",
        "title": "SMA cross",
        "parameters": {"fast": 10, "slow": 30},
        "key": KEY,
        "symbol": "NIFTY",
        "interval": "1d",
        "capital": capital,
        "time": START + DAY * np.arange(count),
        "equity": np.array(equity, dtype=float),
        "units": np.zeros(count, dtype=np.int64),
        "exposure": np.zeros(count),
        "benchmark": np.array(benchmark, dtype=float),
        "bars": count,
    }
    return Result(**(given | more))  # type: ignore[arg-type]


def a_year() -> Result:
    """Daily values with forty trades, winners and losers."""
    random = np.random.default_rng(5)
    equity = 100_000.0 + random.normal(80, 900, 250).cumsum()
    trades = tuple(
        trade(6 * i, float(p)) for i, p in enumerate(random.normal(150, 2_000, 40).round(2))
    )
    order = Order(1, KEY, 50, OrderKind.MARKET, np.nan, np.nan, START, START + DAY, OrderEnd.FILLED)
    return result(
        equity.tolist(),
        trades=trades,
        orders=(order,),
        fills=(Fill(1, KEY, 50, 24_000.0, START + DAY, 0.05, 20.0),),
        notes=(Note(START, "crossed up"),),
        assumptions=("Market orders are filled at the open of the next bar.",),
        units=np.where(np.arange(250) % 6 < 3, 50, 0),
        exposure=np.where(np.arange(250) % 6 < 3, 1.2e6, 0.0),
        charges=800.0,
        slippage=200.0,
        code_hash="c0de" * 16,
        data_hash="da7a" * 16,
    )
