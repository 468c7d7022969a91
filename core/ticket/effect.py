"""What an order does to the greeks of its underlying."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.instruments.instrument import Instrument, Kind, Right
from core.strategies.legs import Leg, LegKind
from core.strategies.payoff import LegFigures, leg_figures
from core.strategies.sensitivities import NAMES, NetGreeks
from core.strategies.valuation import Market

RIGHTS: Final = {Kind.CALL: Right.CALL, Kind.PUT: Right.PUT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Of the underlying's greeks: what the order adds, and what is held without it.

    `before` is None where that is not known.
    """

    added: NetGreeks
    before: NetGreeks | None = None

    @property
    def after(self) -> NetGreeks | None:
        return None if self.before is None else plus(self.before, self.added)


def leg_of(
    instrument: Instrument, units: int, closes_at: datetime | None, price: float
) -> Leg | None:
    """The position that so many signed units are; None for what has no expiry."""
    if instrument.expiry is None or closes_at is None:
        return None
    leg = Leg(
        key=instrument.key,
        symbol=instrument.underlying_symbol or instrument.symbol,
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


def greeks_of(legs: Sequence[Leg], market: Market) -> NetGreeks:
    """Of open legs of one underlying, at its spot of now; nan where a volatility is not known."""
    return sum_of(leg_figures(legs, market))


def of_shares(units: int) -> NetGreeks:
    """Shares move with themselves."""
    return NetGreeks(delta=float(units), gamma=0.0, theta=0.0, vega=0.0, rho=0.0)


def plus(one: NetGreeks, other: NetGreeks) -> NetGreeks:
    return sum_of([one, other])


def sum_of(parts: Sequence[NetGreeks | LegFigures]) -> NetGreeks:
    return NetGreeks(**{name: sum(getattr(each, name) for each in parts) for name in NAMES})
