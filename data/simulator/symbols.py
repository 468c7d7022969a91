"""Names of contracts as exchange and broker write them."""

from typing import Final

from core.instruments.instrument import strike_text
from data.simulator.market import Contract

MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKLY_MONTHS: Final = "123456789OND"


def exchange_symbol(contract: Contract) -> str:
    """`NIFTY26NOV24500CE` for a monthly, `NIFTY26N2424500CE` for a weekly, else the plain name."""
    if contract.type == "INDEX":
        return contract.key.partition("|")[2]
    if contract.expiry is None:
        return contract.trading_symbol
    day = contract.expiry
    if contract.weekly:
        when = f"{day:%y}{WEEKLY_MONTHS[day.month - 1]}{day:%d}"
    else:
        when = f"{day:%y}{MONTHS[day.month - 1]}"
    if contract.type == "FUT":
        return f"{contract.underlying}{when}FUT"
    return f"{contract.underlying}{when}{strike_text(contract.strike)}{contract.type}"


def map_key(contract: Contract) -> str:
    """The key under which the broker files a quote: `NSE_FO:NIFTY26N2424500CE`."""
    return f"{contract.segment}:{exchange_symbol(contract)}"
