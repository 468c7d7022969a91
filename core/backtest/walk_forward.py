"""Walk-forward: values are chosen by one stretch and judged in the next, which nobody looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from core.backtest.kinds import kind_of
from core.backtest.metrics import metrics
from core.backtest.report import Stretch
from core.backtest.results import Fill, Floats, Order, Result
from core.backtest.run import Plan
from core.backtest.sweep import Crew, Data, Tell, sweep
from core.errors import RuleBroken

WORDS: Final = (
    "Each stretch was run with the values that were best in the one before it, and begins flat;"
    " the bars before it only made its lines known."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """`result` is everything that was judged, one stretch after the other."""

    stretches: tuple[Stretch, ...]
    result: Result


def walk_forward(
    plan: Plan, file: str, data: Data, *, crew: Crew | None = None, tell: Tell | None = None
) -> Walked:
    """The span in `folds` + 1 equal stretches: each but the last chooses for the one after it.

    Raises RuleBroken for a span that is too short, and as the runs do.
    """
    bounds = stretches(plan.first, plan.last, plan.folds)
    kind = kind_of(plan.strategy, file)
    found: list[Stretch] = []
    judged: list[Result] = []
    for n in range(plan.folds):
        chosen_from, judged_from, end = bounds[n], bounds[n + 1], bounds[n + 2]
        before = replace(plan, first=chosen_from, last=judged_from - timedelta(days=1), folds=0)
        after = replace(plan, first=judged_from, last=end - timedelta(days=1), folds=0, sweep={})
        best = sweep(before, file, data, crew=crew, tell=_part(tell, n, plan.folds)).best
        result = data.run(kind(**best.parameters), after, None)
        judged.append(result)
        found.append(
            Stretch(
                chosen_from=chosen_from,
                judged_from=judged_from,
                judged_to=after.last,
                parameters=best.parameters,
                inside=best.metrics,
                outside=metrics(result),
            )
        )
    return Walked(stretches=tuple(found), result=joined(judged))


def stretches(first: date, last: date, folds: int) -> list[date]:
    """First days of `folds` + 1 stretches, and the day after the last one."""
    days = (last - first).days + 1
    if folds < 1 or days < 2 * (folds + 1):
        raise RuleBroken(f"{days} days are too few for {folds} stretches to choose and to judge.")
    return [first + timedelta(days=days * n // (folds + 1)) for n in range(folds + 2)]


def joined(results: Sequence[Result]) -> Result:
    """One run of several that follow one another: each begins with what the one before left."""
    first, made, before = results[0], 0.0, 0
    curves, orders, fills = list[Floats](), list[Order](), list[Fill]()
    for each in results:
        curves.append(each.equity + made)
        made += each.profit
        fills += [fill._replace(order=fill.order + before) for fill in each.fills]
        orders += [order._replace(number=order.number + before) for order in each.orders]
        before = orders[-1].number if orders else 0
    return replace(
        first,
        parameters={},
        time=np.concatenate([each.time for each in results]),
        equity=np.concatenate(curves),
        units=np.concatenate([each.units for each in results]),
        exposure=np.concatenate([each.exposure for each in results]),
        benchmark=np.concatenate([each.benchmark for each in results]),
        margin=np.concatenate([each.margin for each in results]),
        greeks={
            name: np.concatenate([each.greeks[name] for each in results]) for name in first.greeks
        },
        orders=tuple(orders),
        fills=tuple(fills),
        trades=tuple(trade for each in results for trade in each.trades),
        notes=tuple(note for each in results for note in each.notes),
        assumptions=(WORDS, *dict.fromkeys(w for each in results for w in each.assumptions)),
        charges=sum(each.charges for each in results),
        slippage=sum(each.slippage for each in results),
        bars=sum(each.bars for each in results),
        seconds=sum(each.seconds for each in results),
    )


def _part(tell: Tell | None, n: int, folds: int) -> Callable[[float, str], None] | None:
    if tell is None:
        return None
    return lambda share, words: tell((n + share) / folds, f"Stretch {n + 1} of {folds}: {words}")
