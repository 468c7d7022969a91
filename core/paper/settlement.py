"""Expiry: what a contract is worth at the settlement price of its underlying."""

from datetime import date
from decimal import Decimal

from core.charges.charges import Exercise
from core.instruments.instrument import Instrument, Kind, Right
from core.trading.requests import NOTHING


def worth(instrument: Instrument, price: Decimal) -> Decimal:
    """Rupees a unit."""
    if not instrument.is_option or instrument.strike is None:
        return price
    way = 1 if instrument.kind is Kind.CALL else -1
    return max(way * (price - Decimal(str(instrument.strike))), NOTHING)


def exercise(instrument: Instrument, quantity: int, price: Decimal, day: date) -> Exercise | None:
    """What is taxed of an option that was held to its end and is worth something."""
    if quantity <= 0 or not instrument.is_option or not worth(instrument, price):
        return None
    return Exercise(
        exchange=instrument.exchange,
        underlying=instrument.underlying_symbol,
        right=Right.CALL if instrument.kind is Kind.CALL else Right.PUT,
        strike=Decimal(str(instrument.strike)),
        settlement=price,
        quantity=quantity,
        day=day,
    )


def is_share_derivative(instrument: Instrument) -> bool:
    """Whether shares change hands at its expiry."""
    under = instrument.underlying_key or ""
    return not under.partition("|")[0].endswith("_INDEX")
