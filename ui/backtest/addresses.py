"""Where in the desk a trade of a backtest can be looked at."""

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from core.backtest.results import Trade
from core.clock import IST
from core.ids import InstrumentKey
from ui.backtest.opened import Opened

OPTION: Final = re.compile(r"(\S+) \S+ (?:CE|PE) (\d\d [A-Z]{3} \d\d)")
"""A recorded contract's name: `NIFTY 24000 CE 02 JUN 26`."""


def trade_address(trade: Trade, opened: Opened) -> str:
    """Its chart where it was entered, with the run's fills; of an expired option, that day's chain.

    What is listed no more has no chart of its own.
    """
    option = OPTION.fullmatch(trade.key.rpartition("|")[2])
    if option is not None and trade.key not in opened.names:
        return _chain(option[1], option[2], trade.entered_at)
    return chart_address(trade.key, trade.entered_at, opened)


def chart_address(key: InstrumentKey, at: int, opened: Opened) -> str:
    told = {"at": str(at), "interval": opened.run.plan.interval, "run": opened.run.id}
    return f"/chart/{quote(key, safe='')}?{urlencode(told)}"


def _chain(symbol: str, expiry: str, at: int) -> str:
    ends = datetime.strptime(expiry.title(), "%d %b %y").replace(tzinfo=IST).date()
    day = datetime.fromtimestamp(at, UTC).astimezone(IST).date()
    told = {"symbol": symbol, "day": day.isoformat(), "expiry": ends.isoformat()}
    return f"/history?{urlencode(told)}"
