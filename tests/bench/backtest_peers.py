"""A peer that backtests beside us: `python backtest_peers.py NAME`, in an environment of its own.

Reads pickles from its input, answers by pickles: first the bars as columns by name, then
(what, arguments) → seconds of a run and what it found. The strategy is everywhere the same: one
unit long from the bar after the fast average rose above the slow one, one short (or flat, in the
sweep) after it fell below.
"""

import gc
import os
import pickle
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

Bars = dict[str, Any]
Trades = list[tuple[int, float, int, float, int]]
"""Places of the bars of entry and exit with their prices, and the units; open ones left out."""
Work = Callable[..., tuple[float, Any]]


def backtesting(bars: Bars) -> Work:
    import pandas as pd
    from backtesting import Backtest, Strategy
    from backtesting.lib import crossover

    frame = pd.DataFrame(
        {n: bars[n.lower()] for n in ("Open", "High", "Low", "Close", "Volume")},
        index=pd.to_datetime(bars["time"], unit="s"),
    )

    def average(values: Any, length: int) -> Any:
        return pd.Series(values).rolling(length).mean()

    def run(fast: int, slow: int, count: int) -> tuple[float, Trades]:
        class Cross(Strategy):  # type: ignore[misc]
            def init(self) -> None:
                self.quick = self.I(average, self.data.Close, fast)
                self.calm = self.I(average, self.data.Close, slow)

            def next(self) -> None:
                if crossover(self.quick, self.calm):
                    self.position.close()
                    self.buy(size=1)
                elif crossover(self.calm, self.quick):
                    self.position.close()
                    self.sell(size=1)

        test = Backtest(frame[:count], Cross, cash=1e9, finalize_trades=False)
        gc.collect()
        begun = time.perf_counter()
        found = test.run()
        seconds = time.perf_counter() - begun
        rows = found._trades[["EntryBar", "EntryPrice", "ExitBar", "ExitPrice", "Size"]]
        return seconds, [tuple(row) for row in rows.to_numpy().tolist()]

    return run


def backtrader(bars: Bars) -> Work:
    import backtrader as bt
    import pandas as pd

    frame = pd.DataFrame(
        {n: bars[n] for n in ("open", "high", "low", "close", "volume")},
        index=pd.to_datetime(bars["time"], unit="s"),
    )

    def run(fast: int, slow: int, count: int) -> tuple[float, Trades]:
        fills: list[tuple[int, float, int]] = []

        class Cross(bt.Strategy):  # type: ignore[misc]
            def __init__(self) -> None:
                quick = bt.indicators.SMA(self.data.close, period=fast)
                calm = bt.indicators.SMA(self.data.close, period=slow)
                self.cross = bt.indicators.CrossOver(quick, calm)

            def next(self) -> None:
                if self.cross[0] > 0:
                    self.order_target_size(target=1)
                elif self.cross[0] < 0:
                    self.order_target_size(target=-1)

            def notify_order(self, order: Any) -> None:
                if order.status == order.Completed:
                    units = int(order.executed.size)
                    fills.append((len(self) - 1, order.executed.price, units))

        brain = bt.Cerebro(stdstats=False)
        brain.addstrategy(Cross)
        brain.adddata(bt.feeds.PandasData(dataname=frame[:count]))
        brain.broker.setcash(1e9)
        gc.collect()
        begun = time.perf_counter()
        brain.run()
        seconds = time.perf_counter() - begun
        return seconds, round_trips(fills)

    return run


def vectorbt(bars: Bars) -> Work:
    import pandas as pd
    import vectorbt as vbt

    close, opened = pd.Series(bars["close"]), pd.Series(bars["open"])

    def run(pairs: list[tuple[int, int]], batch: int) -> tuple[float, list[Trades]]:
        found: list[Any] = []
        gc.collect()
        begun = time.perf_counter()
        for at in range(0, len(pairs), batch):
            found.append(portfolio(pairs[at : at + batch]))
        seconds = time.perf_counter() - begun
        return seconds, [trades for each in found for trades in each]

    def portfolio(pairs: list[tuple[int, int]]) -> list[Trades]:
        """All at once, as its guide has it; memory bounds how many."""
        quick = vbt.MA.run(close, [fast for fast, _ in pairs], short_name="quick")
        calm = vbt.MA.run(close, [slow for _, slow in pairs], short_name="calm")
        made = vbt.Portfolio.from_signals(
            close,
            entries=quick.ma_crossed_above(calm).vbt.signals.fshift(1),
            exits=quick.ma_crossed_below(calm).vbt.signals.fshift(1),
            price=opened,
            size=1,
            size_type="amount",
            init_cash=1e9,
            freq="1min",
        )
        made.total_return()
        records = made.trades.records
        closed = records[records["status"] == 1]
        columns = ["entry_idx", "entry_price", "exit_idx", "exit_price", "size"]
        by_pair: list[Trades] = [[] for _ in pairs]
        kept.append((closed["col"].to_numpy(), closed[columns].to_numpy(), by_pair))
        return by_pair

    kept: list[Any] = []

    def told(pairs: list[tuple[int, int]], batch: int) -> tuple[float, list[Trades]]:
        kept.clear()
        seconds, found = run(pairs, batch)
        for places, rows, by_pair in kept:
            for place, row in zip(places.tolist(), rows.tolist(), strict=True):
                by_pair[place].append(tuple(row))
        return seconds, found

    return told


def round_trips(fills: list[tuple[int, float, int]]) -> Trades:
    """Of orders that turn round: each fill ends the trade before it and begins the next."""
    found, held = [], 0
    for n, (bar, price, units) in enumerate(fills):
        if held:
            entry = fills[n - 1]
            found.append((entry[0], entry[1], bar, price, held))
        held += units
    return found


PEERS = {"backtesting": backtesting, "backtrader": backtrader, "vectorbt": vectorbt}


def main(name: str) -> None:
    warnings.filterwarnings("ignore")
    os.environ["TQDM_DISABLE"] = "1"
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a progress bar is no answer
    work = PEERS[name](pickle.load(asked))
    while True:
        try:
            given = pickle.load(asked)
        except EOFError:
            return
        pickle.dump(work(*given), answers)
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
