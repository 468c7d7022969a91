"""What a run is worth in numbers: of its daily returns, and of its round trips.

Returns are those of the equity from one session's end to the next, the first from the capital on.
A year is 252 sessions, no interest is taken off. The formulas are those of empyrical (Quantopian).
A number that cannot be told is nan: a ratio over a risk of nothing, or after the account is empty.
"""

from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.bars import day_numbers
from core.backtest.results import Result

Floats = NDArray[np.float64]
SESSIONS: Final = 252
"""A year's, by convention."""


OBJECTIVES: Final = (
    *("sharpe", "sortino", "calmar", "total_return", "cagr", "max_drawdown"),
    *("profit_factor", "expectancy", "win_rate", "tail_ratio"),
)
"""Of which more is better: by these the best of a sweep can be found."""


def metrics(result: Result) -> dict[str, float]:
    """By name; fractions for growth and shares, rupees for money."""
    days, equity = by_day(result.time, result.equity)
    held = np.mean(result.exposure > 0) if len(result.exposure) else nan
    profits = np.array([trade.profit for trade in result.closed])
    return {
        **{name: float(value) for name, value in of_days(equity, result.capital).items()},
        **of_trades(profits),
        "exposure": float(held),
        "days": float(len(days)),
        "charges": result.charges,
    }


def by_day(time: NDArray[np.int64], equity: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Days (since 1970, IST) and the equity at the end of each."""
    days = day_numbers(time)
    last = np.flatnonzero(np.diff(days, append=days[-1] + 1)) if len(days) else days
    return days[last], equity[last]


def returns(equity: Floats, capital: float) -> Floats:
    """Of daily equity, the first from the capital; nan from the day on which it was used up.

    The last axis is that of days; others may stand before it.
    """
    before = np.concatenate([np.full((*equity.shape[:-1], 1), capital), equity[..., :-1]], axis=-1)
    alive = np.logical_and.accumulate(before > 0, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(alive, equity / before - 1, nan)


def of_days(equity: Floats, capital: float) -> dict[str, Floats]:
    """Of daily equity of shape (…, days)."""
    grown = returns(equity, capital)
    none = np.full(equity.shape[:-1], nan)
    if not equity.shape[-1]:
        return dict.fromkeys(DAILY, none)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean, spread = grown.mean(-1), _spread(grown)
        deep = drawdown(equity, capital).min(-1)
        total = equity[..., -1] / capital - 1
        cagr = np.where(total > -1, 1 + total, nan) ** (SESSIONS / equity.shape[-1]) - 1
        below = np.sqrt(np.mean(np.minimum(grown, 0) ** 2, -1))
        third, fourth = _moment(grown, mean, 3), _moment(grown, mean, 4)
        fifth, best = np.percentile(grown, (5, 95), axis=-1)
        worst = np.where(grown <= fifth[..., None], grown, 0)
        return {
            "total_return": total,
            "cagr": cagr,
            "volatility": spread * np.sqrt(SESSIONS),
            "sharpe": _over(mean, spread) * np.sqrt(SESSIONS),
            "sortino": _over(mean, below) * np.sqrt(SESSIONS),
            "calmar": _over(cagr, -deep),
            "max_drawdown": deep,
            "tail_ratio": _over(np.abs(best), np.abs(fifth)),
            "skew": third,
            "kurtosis": fourth,
            "value_at_risk": fifth,
            "expected_shortfall": worst.sum(-1) / np.sum(grown <= fifth[..., None], -1),
            "best_day": grown.max(-1),
            "worst_day": grown.min(-1),
        }


DAILY: Final = (
    *("total_return", "cagr", "volatility", "sharpe", "sortino", "calmar", "max_drawdown"),
    *("tail_ratio", "skew", "kurtosis", "value_at_risk", "expected_shortfall"),
    *("best_day", "worst_day"),
)


def of_trades(profits: Floats) -> dict[str, float]:
    """Of the closed round trips' profits in rupees, charges off; a factor without a loss is inf."""
    return of_many_trades([profits])[0]


def of_many_trades(every: Sequence[Floats]) -> list[dict[str, float]]:
    """The same of many runs at once."""
    counts = [len(profits) for profits in every]
    found = [dict(NO_TRADES) for _ in every]
    some = [n for n, count in enumerate(counts) if count]
    if not some:
        return found
    whole = np.concatenate(every)
    starts = np.cumsum([0, *(counts[n] for n in some)])[:-1]
    won, lost = whole > 0, whole < 0
    columns = zip(
        some,
        np.add.reduceat(np.where(won, whole, 0.0), starts).tolist(),
        np.add.reduceat(np.where(lost, whole, 0.0), starts).tolist(),
        np.add.reduceat(won, starts, dtype=np.int64).tolist(),
        np.add.reduceat(lost, starts, dtype=np.int64).tolist(),
        np.maximum.reduceat(whole, starts).tolist(),
        np.minimum.reduceat(whole, starts).tolist(),
        strict=True,
    )
    for n, gain, loss, wins, losses, best, worst in columns:
        found[n] = {
            "trades": float(counts[n]),
            "win_rate": wins / counts[n],
            "profit_factor": -gain / loss if loss else (inf if gain else nan),
            "expectancy": (gain + loss) / counts[n],
            "average_win": gain / wins if wins else nan,
            "average_loss": loss / losses if losses else nan,
            "best_trade": best,
            "worst_trade": worst,
        }
    return found


NO_TRADES: Final = {
    "trades": 0.0,
    **dict.fromkeys(("win_rate", "profit_factor", "expectancy", "average_win"), nan),
    **dict.fromkeys(("average_loss", "best_trade", "worst_trade"), nan),
}


def drawdown(equity: Floats, capital: float) -> Floats:
    """The share by which each value is below the highest until then, the capital being the first;
    0 or below."""
    peaks = np.maximum(np.maximum.accumulate(equity, -1), capital)
    return equity / peaks - 1


def compared(result: Result) -> Mapping[str, float]:
    """Beside holding the run's own instrument: what that made, and how the two went together.

    `alpha` a year and `beta` are of the least squares of daily returns; empty without a benchmark.
    """
    if len(result.benchmark) < 2 or not len(result.equity):
        return {}
    _, equity = by_day(result.time, result.equity)
    _, closes = by_day(result.time, result.benchmark)
    start = float(result.benchmark[0])
    mine, its = returns(equity, result.capital), returns(closes, start)
    held = of_days(closes, start)
    away = its - its.mean()
    variance = float(np.mean(away**2))
    beta = float(np.mean(away * mine)) / variance if variance > 1e-30 else nan
    excess = (1 + float(np.mean(mine - beta * its))) ** SESSIONS - 1
    spread = float(np.std(mine)) * float(np.std(its))
    return {
        **{name: float(held[name]) for name in ("total_return", "cagr", "sharpe", "max_drawdown")},
        "beta": beta,
        "alpha": excess,
        "correlation": float(np.mean(away * (mine - mine.mean()))) / spread if spread else nan,
    }


def _spread(grown: Floats) -> Floats:
    """Sample standard deviation; nan where nothing moved at all."""
    if grown.shape[-1] < 2:
        return np.full(grown.shape[:-1], nan)
    found = grown.std(-1, ddof=1)
    return np.where(found > 1e-15, found, nan)


def _moment(grown: Floats, mean: Floats, power: int) -> Floats:
    """The standardised moment (of the population): 3 is the skew, 4 the kurtosis, 3 for a bell."""
    away = grown - mean[..., None]
    square = away * away
    whole = square * (away if power == 3 else square)  # a power by `**` takes ten times as long
    return np.asarray(_over(whole.mean(-1), square.mean(-1) ** (power / 2)))


def _over(what: Floats, by: Floats) -> Floats:
    return np.where(by > 0, what / np.where(by > 0, by, nan), nan)
