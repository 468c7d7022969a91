"""What the broker serves of candles: which lengths, since when, and how much in one call."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.errors import RuleBroken
from core.instruments.candle import Interval, Unit


@dataclass(frozen=True, slots=True)
class Reach:
    """Bars of one to `most` units, from `since` on, at most so many months in one call."""

    unit: Unit
    word: str  # in the broker's address
    most: int
    since: date
    months: int | None  # None without limit


_MINUTES, _DAYS = date(2022, 1, 1), date(2000, 1, 1)

CANDLES: Final = (
    Reach(Unit.MINUTE, "minutes", 15, _MINUTES, 1),
    Reach(Unit.MINUTE, "minutes", 300, _MINUTES, 3),
    Reach(Unit.HOUR, "hours", 5, _MINUTES, 3),
    Reach(Unit.DAY, "days", 1, _DAYS, 120),
    Reach(Unit.WEEK, "weeks", 1, _DAYS, None),
    Reach(Unit.MONTH, "months", 1, _DAYS, None),
)
"""Historical candles, v3; the first row that fits counts."""

TODAY: Final = (Unit.MINUTE, Unit.HOUR, Unit.DAY)
"""Units of the candles of the session that runs or last ran."""

EXPIRED: Final = {
    Interval.MINUTE: "1minute",
    Interval(Unit.MINUTE, 3): "3minute",
    Interval(Unit.MINUTE, 5): "5minute",
    Interval(Unit.MINUTE, 15): "15minute",
    Interval(Unit.MINUTE, 30): "30minute",
    Interval.DAY: "day",
}
"""Lengths of the bars of expired contracts; their spans are those of other candles (inferred)."""


def reach_of(interval: Interval) -> Reach:
    """Raises RuleBroken for a length that the broker does not serve."""
    for row in CANDLES:
        if row.unit is interval.unit and interval.count <= row.most:
            return row
    raise RuleBroken(
        f"The broker has no candles of {interval}: minutes to 300m, hours to 5h, 1d, 1w and 1M."
    )


def expired_word(interval: Interval) -> str:
    """Raises RuleBroken for a length that is not served of expired contracts."""
    if interval not in EXPIRED:
        lengths = ", ".join(str(each) for each in EXPIRED)
        raise RuleBroken(
            f"The broker has no candles of {interval} of expired contracts, only {lengths}."
        )
    return EXPIRED[interval]


def pieces(reach: Reach, first: date, last: date) -> Iterator[tuple[date, date]]:
    """[first, last] cut to what one call may ask, both ends of each included, oldest first."""
    first = max(first, reach.since)
    while first <= last:
        end = last
        if reach.months is not None:
            end = min(last, months_later(first, reach.months) - timedelta(days=1))
        yield first, end
        first = end + timedelta(days=1)


def months_later(day: date, months: int) -> date:
    """The same day of a later month; its last day where it is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    after = date(years + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(years, month + 1, 1) + timedelta(days=day.day - 1), after - timedelta(days=1))
