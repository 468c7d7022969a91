"""Where in the desk an instrument is shown, and what the parts of an address mean."""

from datetime import date
from typing import Final
from urllib.parse import quote, urlencode

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind, Right, strike_text

RIGHTS: Final = {Kind.CALL: Right.CALL, Kind.PUT: Right.PUT}


def chain_address(i: Instrument) -> str:
    """The option chain of what `i` is or stands on; of an option its own row."""
    chain = f"/chain/{quote(i.underlying_symbol or i.symbol, safe='')}"
    right = RIGHTS.get(i.kind)
    if right is None or i.expiry is None or i.strike is None:
        return chain
    return f"{chain}?expiry={i.expiry.isoformat()}&at={strike_text(i.strike)}{right}"


def details_address(key: InstrumentKey) -> str:
    return f"/instruments?key={quote(key, safe='')}"


def chart_address(key: InstrumentKey, *, interval: str = "", at: int = 0, run: str = "") -> str:
    """Its chart; `interval` such as `15m`, `at` in epoch seconds, `run` a backtest's id."""
    given = {"interval": interval, "at": at, "run": run}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/chart/{quote(key, safe='')}" + (f"?{query}" if query else "")


def day_of(text: str) -> date | None:
    """The day that a part of an address names; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
