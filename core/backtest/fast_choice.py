"""The days and contracts of a fast run: when each is entered and left, and at what strikes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.chain_years import ChainYears, Floats, Ints
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Right
from core.instruments.recorded import LotOf, freeze_quantity
from core.strategies.chain_view import SIDES
from core.strategies.leg_plan import SPARE, LegPlan, LegRule, Pick, days_left

Bools = NDArray[np.bool_]

IST_MINUTES: Final = 330
A_DAY: Final = 1_440
NEVER: Final = np.iinfo(np.int64).max


@dataclass(slots=True)
class Choice:
    """Of each of `rows` (days that are entered): places of minutes, and of each leg its strike's
    place and its units, below 0 sold, (legs, rows); `odd` are those for the event loop.

    `closes` are epoch minutes, `closes_at` how many minutes come before them. `outside` (of all
    days) marks those of which minutes lie outside of the session, `shut` those without one;
    `sides` are the legs'.
    """

    rows: Ints
    entry: Ints
    leave: Ints
    closes: Ints
    closes_at: Ints
    places: Ints
    units: Ints
    odd: Bools
    outside: Bools
    shut: Bools
    sides: tuple[int, ...]

    def part(self, some: slice) -> "Choice":
        """Some of the entered days."""
        by_row = ("rows", "entry", "leave", "closes", "closes_at", "odd")
        cut = {name: getattr(self, name)[some] for name in by_row}
        return replace(self, places=self.places[:, some], units=self.units[:, some], **cut)


def choose(plan: LegPlan, years: ChainYears, lot_of: LotOf, calendar: MarketCalendar) -> Choice:
    ends, lots, freeze, outside = _days(plan, years, lot_of, calendar)
    midnight = ends - (ends + IST_MINUTES) % A_DAY
    minutes = np.where(years.minutes < 0, NEVER, years.minutes)
    # a minute is traded in at its end
    begins, outs, counts = (
        (minutes < at[:, None] - 1).sum(axis=1)
        for at in (midnight + _minute(plan.enter), midnight + _leaves(plan, ends), ends)
    )
    rows = np.flatnonzero((begins < np.minimum(outs, counts)) & (lots > 0))
    entry, leave = begins[rows], np.minimum(outs, counts - 1)[rows]
    forward = years.forward[rows, entry]
    odd = years.late[rows] | (outs >= counts)[rows] | ~(forward > 0) | outside[rows]
    places, listed = _places(plan.legs, years.strikes[rows], np.where(forward > 0, forward, 1.0))
    units = np.array([[leg.lots] for leg in plan.legs]) * lots[rows]
    odd |= ~listed | (np.abs(units) > freeze[rows]).any(axis=0)
    return Choice(
        rows=rows,
        entry=entry,
        leave=leave,
        closes=ends[rows],
        closes_at=counts[rows],
        places=places,
        units=units,
        odd=odd,
        outside=outside,
        shut=lots < 0,
        sides=tuple(SIDES[leg.right] for leg in plan.legs),
    )


def _days(
    plan: LegPlan, years: ChainYears, lot_of: LotOf, calendar: MarketCalendar
) -> tuple[Ints, Ints, Ints, Bools]:
    """Of each day: epoch minute of its close, its lot (0 where the plan stays out, below 0 without
    a session), the freeze quantity, and whether minutes lie outside the session."""
    count = len(years)
    ends, lots = np.zeros(count, np.int64), np.zeros(count, np.int64)
    freeze, outside = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    first, last = years.minutes[:, 0].tolist(), years.minutes.max(axis=1).tolist()
    for row, (day, expiry) in enumerate(zip(years.days, years.expiries, strict=True)):
        session = calendar.session_of(day)
        if session is None:
            lots[row] = -1
            continue
        ends[row] = closes = int(session.closes_at.timestamp()) // 60
        opens = int(session.opens_at.timestamp()) // 60
        outside[row] = len(session.windows) > 1 or first[row] < opens or last[row] >= closes
        left = days_left(expiry, day)
        if day.weekday() in plan.weekdays and plan.least <= left <= plan.most:
            lots[row] = lot_of(years.symbol, expiry, day)
            freeze[row] = freeze_quantity(years.symbol, expiry, day) or np.iinfo(np.int64).max
    return ends, lots, freeze, outside


def _leaves(plan: LegPlan, ends: Ints) -> Ints:
    """The minute of each day at which it leaves: see `leaves_at`."""
    closes = (ends + IST_MINUTES) % A_DAY
    spare = int(SPARE.total_seconds()) // 60
    return np.where(_minute(plan.leave) < closes, _minute(plan.leave), closes - spare)


def _places(legs: Sequence[LegRule], strikes: Floats, forward: Floats) -> tuple[Ints, Bools]:
    """Of each leg (legs, rows), and whether all of a day's are listed."""
    found: list[Ints] = []
    listed = np.ones(len(forward), np.bool_)
    count = np.isfinite(strikes).sum(axis=1)
    rows = np.arange(len(forward))
    for leg in legs:
        way = 1 if leg.right is Right.CALL else -1
        if leg.pick is Pick.STRIKES:
            at = _nearest(strikes, forward) + way * int(leg.value)
        elif leg.pick is Pick.PERCENT:
            at = _nearest(strikes, forward * (1 + way * leg.value / 100))
        else:
            other = strikes[rows, np.clip(found[leg.of], 0, strikes.shape[1] - 1)]
            more = way * leg.value if leg.pick is Pick.WIDTH else 0.0
            at = _nearest(strikes, np.where(np.isfinite(other), other, 1.0) + more)
        listed &= (at >= 0) & (at < count)
        found.append(at)
    return np.clip(np.array(found), 0, strikes.shape[1] - 1), listed


def _nearest(strikes: Floats, level: Floats) -> Ints:
    """The lower of equals."""
    away = np.abs(strikes - level[:, None])
    return np.asarray(np.where(np.isnan(away), np.inf, away).argmin(axis=1))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
