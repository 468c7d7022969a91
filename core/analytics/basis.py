"""Basis: what a future stands above its spot, and what rolling it to the next one costs."""

from dataclasses import dataclass
from math import nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """`points` in rupees, `fraction` of the spot, `annual` the fraction a year, simple interest.

    nan = unknown; `annual` also once the future has expired.
    """

    points: float
    fraction: float
    annual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """`spread`: next less near, in rupees; `fraction` of the near; `annual` over the days between.

    `rolled` is the part of both futures' open interest that stands in the next one.
    """

    spread: float
    fraction: float
    annual: float
    rolled: float


def basis(future: float, spot: float, years: float) -> Basis:
    """Of a future with `years` to its expiry."""
    points, part, annual = _apart(future, spot, years)
    return Basis(points=points, fraction=part, annual=annual)


def roll(
    near: float, following: float, years_between: float, near_oi: float = nan, next_oi: float = nan
) -> Roll:
    """From the near future to the `following` one, `years_between` their expiries."""
    spread, part, annual = _apart(following, near, years_between)
    both = near_oi + next_oi
    return Roll(
        spread=spread,
        fraction=part,
        annual=annual,
        rolled=next_oi / both if both > 0 else nan,
    )


def _apart(above: float, below: float, years: float) -> tuple[float, float, float]:
    if not (above > 0 and below > 0):
        return nan, nan, nan
    part = above / below - 1
    return above - below, part, part / years if years > 0 else nan
