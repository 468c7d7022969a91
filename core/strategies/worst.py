"""The most that contracts of one expiry can lose at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan

from core.instruments.instrument import Instrument, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """Signed units at a price in rupees a unit."""

    instrument: Instrument
    units: int
    price: float


def worst_at_expiry(stakes: Sequence[Stake]) -> float:
    """Rupees of loss, 0 where nothing can be lost, inf where it has no end, before charges.

    nan where it is not known: several underlyings or expiries, or a price that is not known.
    """
    ends = {(each.instrument.underlying_symbol, each.instrument.expiry) for each in stakes}
    if len(ends) != 1 or None in {expiry for _, expiry in ends}:
        return nan
    if any(each.price != each.price for each in stakes):
        return nan
    if _slope_above(stakes) < 0:
        return inf
    strikes = {each.instrument.strike or 0.0 for each in stakes}
    return max(0.0, -min(_value(stakes, spot) for spot in {0.0, *strikes}))


def _value(stakes: Sequence[Stake], spot: float) -> float:
    return sum(each.units * (_worth(each.instrument, spot) - each.price) for each in stakes)


def _worth(instrument: Instrument, spot: float) -> float:
    strike = instrument.strike or 0.0
    if instrument.kind is Kind.CALL:
        return max(spot - strike, 0.0)
    return max(strike - spot, 0.0) if instrument.kind is Kind.PUT else spot


def _slope_above(stakes: Sequence[Stake]) -> int:
    """Units of the underlying, once it stands above every strike."""
    return sum(each.units for each in stakes if each.instrument.kind is not Kind.PUT)
