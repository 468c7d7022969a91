"""What an order does to the greeks of its underlying."""

from dataclasses import dataclass
from datetime import datetime

from core.instruments.instrument import Instrument, Kind
from core.strategies.held import UNKNOWN, Sensitivity, leg_of, of_shares, sense, together
from core.strategies.valuation import Market


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Of the underlying's greeks: what is held without the order, and what it adds; nan unknown."""

    before: Sensitivity
    added: Sensitivity

    @property
    def after(self) -> Sensitivity:
        return together([self.before, self.added])


def added(
    instrument: Instrument,
    units: int,
    price: float,
    closes_at: datetime | None,
    market: Market | None,
) -> Sensitivity:
    """What so many signed units bring along, if traded at `price`."""
    if instrument.kind is Kind.EQUITY:
        return of_shares(units, price)
    leg = None if closes_at is None else leg_of(instrument, units, price, closes_at)
    if leg is None or market is None:
        return UNKNOWN
    return sense([leg], market)[0].sensitivity
