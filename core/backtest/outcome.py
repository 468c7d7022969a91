"""What a run over bars comes to: the account's value at each bar, and all its records."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.backtest.bars import Prepared, ist_day
from core.backtest.costs import Costs
from core.backtest.desk import BarDesk
from core.backtest.ledger import Ledger
from core.backtest.matching import WORDS, Ask
from core.backtest.results import Fill, Order, OrderEnd, Result
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.strategies.strategy import Strategy

Floats = NDArray[np.float64]


def outcome(
    strategy: Strategy,
    desk: BarDesk,
    ledger: Ledger,
    bars: Prepared,
    *,
    key: InstrumentKey,
    symbol: str,
    interval: Interval,
    capital: float,
    costs: Costs,
    first: int,
    seconds: float,
) -> Result:
    """From bar `first` on. What is still held is an open trade; orders may still wait."""
    close, rounds = bars.candles.close[first:], ledger.rounds()
    begins = int(bars.candles.time[first])
    cash, units = marked(ledger.fills, [order.bar - first for order in ledger.done], len(close))
    still = rounds.still_open(int(bars.ends[-1]), lambda _: float(close[-1]))
    return Result(
        strategy=type(strategy).__name__,
        title=strategy.title or type(strategy).__name__,
        parameters={name: getattr(strategy, name) for name in strategy.parameters},
        key=key,
        symbol=symbol,
        interval=str(interval),
        capital=capital,
        time=bars.ends[first:],
        equity=capital + cash + units * close,
        units=units,
        exposure=np.abs(units) * close,
        orders=tuple(_records(desk.asked, key, begins, int(bars.ends[-1]))),
        fills=tuple(ledger.fills),
        trades=(*rounds.trades, *still),
        notes=tuple(note for note in desk.notes if note.at >= begins),
        assumptions=(*bars.notes, *WORDS, *costs.words(ist_day(begins))),
        charges=rounds.charges,
        slippage=sum(fill.slippage * abs(fill.units) for fill in ledger.fills),
        benchmark=close,
        bars=len(close),
        seconds=seconds,
    )


def _records(asked: Sequence[Ask], key: InstrumentKey, begins: int, at: int) -> Iterator[Order]:
    for order in asked:
        if order.end is OrderEnd.REFUSED and order.asked_at < begins:
            continue
        waits = order.end is OrderEnd.WAITING
        yield Order(
            order.number,
            key,
            order.units,
            order.kind,
            order.limit,
            order.stop,
            order.asked_at,
            at if waits else order.ended_at,
            order.end,
            order.tag,
            "the data ended" if waits else order.words,
        )


def marked(
    fills: Sequence[Fill], fill_bars: Sequence[int], bars: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Cash since the start and units held at the close of every bar."""
    flows = np.array([-(fill.units * fill.price + fill.charges) for fill in fills])
    units = np.array([fill.units for fill in fills], dtype=np.int64)
    cash = np.concatenate([[0.0], np.cumsum(flows)])
    held = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(units)])
    places = np.array([0, *fill_bars, bars], dtype=np.int64)
    lasts = places[1:] - places[:-1]
    return np.repeat(cash, lasts), np.repeat(held, lasts)
