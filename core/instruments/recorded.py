"""Contracts of recorded chains: a record tells symbol, expiry and strike, and this what they are.

The key is made of the contract's own name, since the exchange's tokens are used again: the same
contract has the same key on every day, in a backtest as in a replay.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Final

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments import contract_terms
from core.instruments.instrument import Instrument, Kind, Right, strike_text
from core.instruments.lots import lot_size

INDICES: Final = {symbol: terms.key for symbol, terms in contract_terms.INDICES.items()}
TICK: Final = contract_terms.OPTION_TICK
"""Of index options always, of those of single shares mostly."""
KINDS: Final = {Right.CALL: Kind.CALL, Right.PUT: Kind.PUT}

LotOf = Callable[[str, date, date], int]
"""Units of one lot: of a symbol, an expiry, on a day."""


def underlying_key(symbol: str) -> InstrumentKey:
    """An index by its own key, a share by its name, since a record keeps no more of it."""
    return InstrumentKey(INDICES.get(symbol, f"NSE_EQ|{symbol}"))


def exchange(symbol: str) -> str:
    return underlying_key(symbol)[:3]


@lru_cache(maxsize=16_384)
def option_key(symbol: str, expiry: date, right: Right, strike: float) -> InstrumentKey:
    """`NSE_FO|NIFTY 24200 CE 25 AUG 26`."""
    return InstrumentKey(
        f"{exchange(symbol)}_FO|{symbol} {strike_text(strike)} {right} {expiry:%d %b %y}".upper()
    )


def option(
    symbol: str, expiry: date, right: Right, strike: float, day: date, lot_of: LotOf = lot_size
) -> Instrument:
    """As it was listed on `day`; raises RuleBroken where its lot is not known."""
    key = option_key(symbol, expiry, right, strike)
    return Instrument(
        key=key,
        segment=key.partition("|")[0],
        exchange=exchange(symbol),
        symbol=key.partition("|")[2],
        name=symbol,
        kind=KINDS[right],
        series=right,
        lot_size=lot_of(symbol, expiry, day),
        tick_size=TICK,
        freeze_quantity=freeze_quantity(symbol, expiry, day),
        expiry=expiry,
        strike=strike,
        underlying_key=underlying_key(symbol),
        underlying_symbol=symbol,
    )


@lru_cache(maxsize=4_096)
def freeze_quantity(symbol: str, expiry: date, day: date) -> int | None:
    """None where no dated rule tells it: then nothing is cut."""
    try:
        return contract_terms.freeze_quantity(symbol, expiry, day)
    except BadData:
        return None
