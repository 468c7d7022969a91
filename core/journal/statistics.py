"""Statistics of closed trades: how often they won, how much, and in a row. Net of charges."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from math import inf, nan

from core.clock import IST
from core.journal.notes import TradeNote
from core.journal.trades import Trade

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOLDING = (
    (timedelta(minutes=5), "up to 5 min"),
    (timedelta(minutes=30), "5–30 min"),
    (timedelta(hours=2), "30 min–2 h"),
    (timedelta(hours=8), "2 h to the day's end"),
    (timedelta(days=3), "1–3 days"),
)
LONGER = "longer"
NO_SETUP = "no setup"


class By(StrEnum):
    SETUP = "setup"
    TAG = "tag"
    UNDERLYING = "underlying"
    WEEKDAY = "weekday"
    HOUR = "hour"
    HOLDING = "holding time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Rupees are after charges; ratios are nan where they have no meaning.

    `profit_factor` is gains over losses (inf without a loss), `expectancy` rupees a trade,
    `streak` the run that lasts now (below 0: losses). `r` is the mean of net over the rupees at
    risk, of the `r_trades` for which these are known.
    """

    trades: int
    wins: int
    losses: int
    gross: Decimal
    charges: Decimal
    net: Decimal
    gained: Decimal
    lost: Decimal
    largest_win: Decimal
    largest_loss: Decimal
    win_streak: int
    loss_streak: int
    streak: int
    r: float
    r_trades: int
    held: timedelta | None

    @property
    def win_rate(self) -> float:
        return self.wins / self.trades if self.trades else nan

    @property
    def profit_factor(self) -> float:
        if not self.lost:
            return inf if self.gained else nan
        return float(self.gained / -self.lost)

    @property
    def expectancy(self) -> float:
        return float(self.net / self.trades) if self.trades else nan

    @property
    def average_win(self) -> float:
        return float(self.gained / self.wins) if self.wins else nan

    @property
    def average_loss(self) -> float:
        """Below 0."""
        return float(self.lost / self.losses) if self.losses else nan


def statistics(trades: Iterable[Trade], notes: Mapping[str, TradeNote] | None = None) -> Statistics:
    """Of closed trades, others are passed over; streaks in the order in which they were closed."""
    closed = sorted(
        (each for each in trades if each.closed_at is not None),
        key=lambda each: (each.closed_at, each.id),
    )
    nets = [each.net for each in closed]
    wins, losses = [n for n in nets if n > 0], [n for n in nets if n < 0]
    best, worst, now = _streaks(nets)
    risks = _in_risk(closed, notes or {})
    lengths = [each.held for each in closed if each.held is not None]
    nothing = Decimal(0)
    return Statistics(
        trades=len(closed),
        wins=len(wins),
        losses=len(losses),
        gross=sum((each.profit for each in closed), nothing),
        charges=sum((each.charges.total for each in closed), nothing),
        net=sum(nets, nothing),
        gained=sum(wins, nothing),
        lost=sum(losses, nothing),
        largest_win=max(wins, default=nothing),
        largest_loss=min(losses, default=nothing),
        win_streak=best,
        loss_streak=worst,
        streak=now,
        r=sum(risks) / len(risks) if risks else nan,
        r_trades=len(risks),
        held=sum(lengths, timedelta(0)) / len(lengths) if lengths else None,
    )


def grouped(
    trades: Iterable[Trade], notes: Mapping[str, TradeNote], by: By
) -> list[tuple[str, Statistics]]:
    """By name: weekdays, hours and holding times in their order, others by net, best first."""
    groups: dict[str, list[Trade]] = defaultdict(list)
    for trade in trades:
        if trade.closed_at is not None:
            for name in _NAMES[by](trade, notes.get(trade.id)):
                groups[name].append(trade)
    found = [(name, statistics(each, notes)) for name, each in groups.items()]
    return sorted(found, key=lambda pair: _place(by, *pair))


def _place(by: By, name: str, each: Statistics) -> tuple[object, ...]:
    if by is By.WEEKDAY:
        return (WEEKDAYS.index(name),)
    if by is By.HOLDING:
        names = [words for _, words in HOLDING]
        return (names.index(name) if name in names else len(names),)
    return (name,) if by is By.HOUR else (-each.net, name)


def _streaks(nets: Sequence[Decimal]) -> tuple[int, int, int]:
    """The longest run of wins, of losses, and the one that lasts; a trade at 0 ends each."""
    best = worst = now = 0
    for net in nets:
        if not net:
            now = 0
        elif net > 0:
            now = max(now, 0) + 1
        else:
            now = min(now, 0) - 1
        best, worst = max(best, now), max(worst, -now)
    return best, worst, now


def _in_risk(trades: Iterable[Trade], notes: Mapping[str, TradeNote]) -> list[float]:
    found = []
    for trade in trades:
        note = notes.get(trade.id)
        if note is not None and note.risk:
            found.append(float(trade.net / note.risk))
    return found


def holding_words(held: timedelta) -> str:
    return next((words for most, words in HOLDING if held <= most), LONGER)


Names = Callable[[Trade, TradeNote | None], Sequence[str]]
_NAMES: Mapping[By, Names] = {
    By.SETUP: lambda _, note: [note.setup if note and note.setup else NO_SETUP],
    By.TAG: lambda _, note: note.tags if note else (),
    By.UNDERLYING: lambda trade, _: [trade.underlying],
    By.WEEKDAY: lambda trade, _: [WEEKDAYS[trade.opened_at.astimezone(IST).weekday()]],
    By.HOUR: lambda trade, _: [f"{trade.opened_at.astimezone(IST):%H}:00"],
    By.HOLDING: lambda trade, _: [holding_words(trade.held or timedelta(0))],
}
