"""Contracts of recorded chains: a record tells symbol, expiry and strike, and this what they are.

The key is made of the contract's own name, since the exchange's tokens are used again: the same
contract has the same key on every day, in a backtest as in a replay.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind, Right, strike_text
from core.instruments.lots import lot_size

INDICES: Final = {
    "NIFTY": "NSE_INDEX|Nifty 50",
    "BANKNIFTY": "NSE_INDEX|Nifty Bank",
    "FINNIFTY": "NSE_INDEX|Nifty Fin Service",
    "MIDCPNIFTY": "NSE_INDEX|NIFTY MID SELECT",
    "NIFTYNXT50": "NSE_INDEX|Nifty Next 50",
    "NIFTYFPI": "NSE_INDEX|Nifty FPI 150",
    "SENSEX": "BSE_INDEX|SENSEX",
    "BANKEX": "BSE_INDEX|BANKEX",
    "SENSEX50": "BSE_INDEX|SENSEX50",
    "FOCIT": "BSE_INDEX|FOCIT",
}
TICK: Final = Decimal("0.05")
"""Of index options always, of those of single shares mostly."""
KINDS: Final = {Right.CALL: Kind.CALL, Right.PUT: Kind.PUT}

LotOf = Callable[[str, date, date], int]
"""Units of one lot: of a symbol, an expiry, on a day."""


def underlying_key(symbol: str) -> InstrumentKey:
    """An index by its own key, a share by its name, since a record keeps no more of it."""
    return InstrumentKey(INDICES.get(symbol, f"NSE_EQ|{symbol}"))


def exchange(symbol: str) -> str:
    return underlying_key(symbol)[:3]


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
        expiry=expiry,
        strike=strike,
        underlying_key=underlying_key(symbol),
        underlying_symbol=symbol,
    )
