"""Profit and loss by day, what it adds up to, and how far below its peak it is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.journal.books import Trip


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResult:
    """What round trips that were closed on a day (IST) brought, in rupees."""

    day: date
    trips: int
    gross: Decimal
    charges: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.charges


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityDay:
    """`equity` is the sum of net results so far; `drawdown` how far it is below its peak (≤ 0)."""

    day: date
    net: Decimal
    equity: Decimal
    drawdown: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The deepest fall: from the peak's day (None = the start) to the lowest one, and the day on
    which it was made good (None = not yet)."""

    depth: Decimal
    peak: date | None
    trough: date | None
    recovered: date | None


def by_day(trips: Iterable[Trip]) -> list[DayResult]:
    """Oldest first; days without a closed trip are left out."""
    found: dict[date, list[Trip]] = defaultdict(list)
    for trip in trips:
        found[trip.day].append(trip)
    return [
        DayResult(
            day=day,
            trips=len(found[day]),
            gross=sum((trip.profit for trip in found[day]), Decimal(0)),
            charges=sum((trip.charges.total for trip in found[day]), Decimal(0)),
        )
        for day in sorted(found)
    ]


def equity(days: Iterable[DayResult]) -> list[EquityDay]:
    """The start counts as a peak of 0."""
    total = peak = Decimal(0)
    found = []
    for each in days:
        total += each.net
        peak = max(peak, total)
        found.append(EquityDay(day=each.day, net=each.net, equity=total, drawdown=total - peak))
    return found


def deepest(days: Iterable[EquityDay]) -> Drawdown:
    """Of several falls of one depth, the first."""
    every = list(days)
    lowest = min(every, key=lambda each: each.drawdown, default=None)
    if lowest is None or not lowest.drawdown:
        return Drawdown(depth=Decimal(0), peak=None, trough=None, recovered=None)
    before = [each for each in every if each.day < lowest.day and not each.drawdown]
    after = (each.day for each in every if each.day > lowest.day and not each.drawdown)
    return Drawdown(
        depth=lowest.drawdown,
        peak=before[-1].day if before else None,
        trough=lowest.day,
        recovered=next(after, None),
    )
