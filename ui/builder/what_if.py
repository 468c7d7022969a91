"""Rows and columns of the what-if table: prices around the spot, days to come, shifts of IV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, log10
from typing import Final

import numpy as np

from core.clock import IST
from core.instruments.calendar import MarketCalendar
from core.strategies.legs import Leg
from core.strategies.picture import Picture, last_close
from core.strategies.valuation import Floats, Market
from core.strategies.what_if import PNL, days_ahead, matrix
from ui.components.matrix_grid import Heading
from ui.theme import formats

RANGES: Final = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3)
"""Parts of the spot, to either side."""
AUTO_ROWS: Final = 14
MOST_ROWS: Final = 60
MOST_DAYS: Final = 9
HOURS: Final = timedelta(hours=36)
"""Nearer to the last close, moments are told by the clock."""
SHIFTS: Final = (-0.06, -0.04, -0.02, -0.01, 0.0, 0.01, 0.02, 0.04, 0.06)
"""Vol points as fractions."""
NICE: Final = (1.0, 2.0, 2.5, 5.0)


def usual_reach(picture: Picture | None, spot: float) -> float:
    """Two standard deviations to the near expiry, as the next of `RANGES`."""
    known = picture is not None and len(picture.sigmas)
    wanted = 1 - float(picture.sigmas[0]) / spot if picture is not None and known else 0.03
    return next((each for each in RANGES if each >= wanted), RANGES[-1])


def usual_step(spot: float, reach: float) -> float:
    return nice(2 * reach * spot / AUTO_ROWS)


def nice(size: float) -> float:
    """The next of 1, 2, 2.5, 5, 10 … that is not below `size`."""
    if not size > 0:
        return 1.0
    power = 10.0 ** floor(log10(size))
    return next((n * power for n in (*NICE, 10.0) if n * power >= size * 0.999), 10 * power)


def steps(spot: float) -> list[float]:
    """Steps to choose from: a thousandth of the spot to a fiftieth."""
    sizes = [n * 10.0**p for p in range(-2, 5) for n in NICE]
    return [size for size in sizes if 0.0009 * spot <= size <= 0.021 * spot]


def ladder(spot: float, reach: float, step: float) -> Floats:
    """Multiples of the step and the spot itself, the highest first."""
    wide = max(step, 2 * reach * spot / MOST_ROWS)
    first, last = ceil(spot * (1 - reach) / wide), floor(spot * (1 + reach) / wide)
    prices = {n * wide for n in range(max(first, 1), last + 1)}
    return np.array(sorted({*prices, spot}, reverse=True))


def moments(market: Market, legs: Sequence[Leg], calendar: MarketCalendar) -> list[datetime]:
    """Now, the closes of days to come, and each leg's own; by the clock on the last day."""
    last = last_close(legs, market)
    if last - market.now <= HOURS:
        return days_ahead(market, last, 7)
    first, end = (each.astimezone(IST).date() for each in (market.now, last))
    days = [calendar.close_of(day) for day in calendar.trading_days(first, end)]
    expiries = {leg.closes_at for leg in legs if not leg.exited and leg.closes_at > market.now}
    others = [each for each in days if market.now < each < last and each not in expiries]
    room = max(MOST_DAYS - 1 - len(expiries), 1)
    every = ceil(len(others) / room) if others else 1
    return [market.now, *sorted({*others[every - 1 :: every], *expiries})]


def price_headings(spots: Floats, spot: float) -> list[Heading]:
    return [_price_heading(each, spot) for each in spots.tolist()]


def _price_heading(price: float, spot: float) -> Heading:
    here = price == spot
    away = "spot" if here else formats.signed_percent(price / spot - 1)
    text = formats.price(price, 2 if here or price % 1 else 0)
    tip = "The spot as it is now" if here else f"The spot {away} from here"
    return Heading(text=text, sub=away, tip=tip, mark=here, id="spot" if here else f"{price:g}")


def day_headings(
    dates: Sequence[datetime], market: Market, legs: Sequence[Leg], chosen: int
) -> list[Heading]:
    closes = {leg.closes_at for leg in legs}
    by_clock = dates[-1] - market.now <= HOURS
    return [
        _day_heading(when, market.now, when in closes, by_clock, n == chosen)
        for n, when in enumerate(dates)
    ]


def _day_heading(
    when: datetime, now: datetime, expires: bool, by_clock: bool, mark: bool
) -> Heading:
    if when == now:
        return Heading(text="Now", sub="", tip="At this moment", mark=mark)
    text = formats.clock_time(when)[:5] if by_clock else formats.short_day(when.astimezone(IST))
    left = formats.duration((when - now).total_seconds()) if by_clock else f"{_days(now, when)} d"
    return Heading(text=text, sub="expiry" if expires else left, tip=formats.ist(when), mark=mark)


def shift_headings(shifts: Sequence[float], chosen: int) -> list[Heading]:
    return [
        Heading(
            text="IV ±0" if not shift else f"{100 * shift:+.0f}",
            sub="" if not shift else "points",
            tip="Vol points added to the volatility of every leg",
            mark=n == chosen,
        )
        for n, shift in enumerate(shifts)
    ]


def nearest(values: Sequence[float], wanted: float) -> int:
    return int(np.abs(np.asarray(values) - wanted).argmin())


def _days(now: datetime, when: datetime) -> int:
    return (when.astimezone(IST).date() - now.astimezone(IST).date()).days


@dataclass(frozen=True, slots=True)
class Answer:
    """`values` are [row, column] of one measure; profit is after `charges`."""

    values: Floats
    spots: Floats
    spot: float
    columns: list[Heading]
    charges: float


def question(
    legs: Sequence[Leg],
    market: Market,
    spots: Floats,
    dates: Sequence[datetime],
    shifts: Sequence[float],
    columns: list[Heading],
    *,
    measure: str,
    charges: float,
) -> Callable[[], Answer]:
    """What a thread is asked: over several dates, or over several shifts at one date."""

    def work() -> Answer:
        made = matrix(legs, market, spots=spots, dates=dates, shifts=shifts, measures=[measure])
        grid = made.values[measure]  # [shift, date, spot]
        flat = grid[0] if len(dates) > 1 or len(shifts) == 1 else grid[:, 0]
        fees = charges if measure == PNL else 0.0
        return Answer(flat.T - fees, spots, market.spot, columns, charges)

    return work
