"""What is held, as legs; and what it gains when the market moves, per unit and in rupees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from math import nan

from core.instruments.instrument import Instrument, Kind, Right
from core.strategies.legs import Leg, LegKind
from core.strategies.payoff import leg_figures
from core.strategies.sensitivities import NetGreeks, cash
from core.strategies.valuation import Market

RIGHTS = {Kind.CALL: Right.CALL, Kind.PUT: Right.PUT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Of a holding or of several, nan where unknown; the model is core.strategies.valuation's.

    `delta` in units of the underlying and `gamma` in units per rupee add up within one underlying
    only. In rupees: `delta_rupees` what it is worth as so much of the underlying, `delta_percent`
    for the first 1 % that the spot rises, `gamma_percent` what the next 1 % adds to that, `vega`
    per vol point, `theta` per calendar day.
    """

    delta: float = 0.0
    gamma: float = 0.0
    delta_rupees: float = 0.0
    delta_percent: float = 0.0
    gamma_percent: float = 0.0
    vega: float = 0.0
    theta: float = 0.0


UNKNOWN = Sensitivity(**{each.name: nan for each in fields(Sensitivity)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensed:
    """One leg: its implied volatility (a fraction), its model value a unit, and what it gains."""

    iv: float
    value: float
    sensitivity: Sensitivity


def leg_of(instrument: Instrument, units: int, price: float, closes_at: datetime) -> Leg | None:
    """A holding as a leg; None for what is no leg, as a share."""
    if instrument.expiry is None or not (instrument.is_option or instrument.kind is Kind.FUTURE):
        return None
    leg = Leg(
        key=instrument.key,
        symbol=instrument.underlying_symbol,
        kind=LegKind.OPTION if instrument.is_option else LegKind.FUTURE,
        right=RIGHTS.get(instrument.kind),
        strike=instrument.strike,
        expiry=instrument.expiry,
        closes_at=closes_at,
        lot_size=max(instrument.lot_size, 1),
        lots=0,
        price=price,
    )
    return leg.of_quantity(units)


def sense(legs: Sequence[Leg], market: Market) -> list[Sensed]:
    """Of each leg of one underlying, in their order."""
    found = []
    for figures in leg_figures(legs, market):
        greeks = NetGreeks(
            delta=figures.delta,
            gamma=figures.gamma,
            theta=figures.theta,
            vega=figures.vega,
            rho=figures.rho,
        )
        in_rupees = cash(greeks, market.spot)
        known = Sensitivity(
            delta=greeks.delta,
            gamma=greeks.gamma,
            delta_rupees=greeks.delta * market.spot,
            delta_percent=in_rupees.delta,
            gamma_percent=in_rupees.gamma,
            vega=in_rupees.vega,
            theta=in_rupees.theta,
        )
        found.append(Sensed(iv=figures.iv, value=figures.value, sensitivity=known))
    return found


def of_shares(units: int, price: float) -> Sensitivity:
    """Shares are their own underlying."""
    return Sensitivity(delta=units, delta_rupees=units * price, delta_percent=units * price * 0.01)


def together(parts: Iterable[Sensitivity]) -> Sensitivity:
    every = list(parts)
    names = [each.name for each in fields(Sensitivity)]
    return Sensitivity(**{name: sum(getattr(each, name) for each in every) for name in names})
