"""Alerts of a tracked draft: in words, added, moved, taken away."""

from dataclasses import replace
from math import isfinite
from typing import Final

from core.clock import IST
from core.errors import RuleBroken
from core.strategies.draft import Alert, Draft, Watched, alert_from
from core.strategies.wording import rupees
from ui.builder.what_if import nice
from ui.theme import formats

FARTHEST: Final = 1e12
"""Rupees, as a draft's file allows."""
TICK: Final = 0.05


def words(alert: Alert) -> str:
    """`P&L rises to ₹5,000`, `spot falls to 24,100 · told 11:42`."""
    what, level = ("P&L", rupees(alert.level)) if _pnl(alert.watched) else _spot(alert.level)
    told = f" · told {alert.fired_at.astimezone(IST):%H:%M}" if alert.fired_at else ""
    return f"{what} {alert.crossing} {level}{told}"


def added(draft: Draft, watched: Watched, level: float, now: float) -> Draft:
    """Raises RuleBroken for a level that is none, and while the value now is unknown."""
    return replace(draft, alerts=(*draft.alerts, _made(watched, level, now)))


def moved(draft: Draft, at: int, level: float, now: float) -> Draft:
    """Waits anew at another level; raises RuleBroken as `added`."""
    alerts = list(draft.alerts)
    alerts[at] = _made(alerts[at].watched, level, now)
    return replace(draft, alerts=tuple(alerts))


def without(draft: Draft, at: int) -> Draft:
    return replace(draft, alerts=(*draft.alerts[:at], *draft.alerts[at + 1 :]))


def first_level(watched: Watched, now: float) -> float:
    """Where a line is laid that is then dragged: a little above what is now."""
    if not isfinite(now):
        return now
    if _pnl(watched):
        step = nice(max(500.0, 0.2 * abs(now)))
        return (now // step + 1) * step
    step = nice(0.003 * now)
    return (now // step + 1) * step


def _made(watched: Watched, level: float, now: float) -> Alert:
    if not abs(level) <= FARTHEST:
        raise RuleBroken("An alert needs a level in rupees.")
    if not isfinite(now):
        what = "The profit" if _pnl(watched) else "The spot"
        raise RuleBroken(f"{what} is not known now, so nobody can tell from which side it comes.")
    ticks = round(level) if _pnl(watched) else round(level / TICK) * TICK
    return alert_from(watched, round(float(ticks), 2), now)


def _spot(level: float) -> tuple[str, str]:
    return "spot", formats.price(level)


def _pnl(watched: Watched) -> bool:
    return watched is Watched.PNL
