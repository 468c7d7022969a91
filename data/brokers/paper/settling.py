"""Published closes, for what expired on paper while nobody looked."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

import structlog

from core.clock import IST
from core.errors import AppError
from core.ids import InstrumentKey
from core.paper.account import PaperAccount
from core.ports.market_data import History

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(minutes=1)


class PaperSettling:
    def __init__(self, history: History) -> None:
        self._history = history
        self._asked: datetime | None = None

    async def look(self, account: PaperAccount, now: datetime) -> None:
        """Ask for what is missing, once a minute; what cannot be read waits on."""
        due = account.unsettled()
        if not due or (self._asked is not None and now - self._asked < EVERY):
            return
        self._asked = now
        for key, day in sorted(due):
            try:
                close = await self._close(key, day)
            except AppError as problem:
                log.info("paper.no_close", key=key, problem=str(problem))
                continue
            if close is not None:
                account.settle(key, day, close)

    async def _close(self, key: InstrumentKey, day: date) -> Decimal | None:
        bars = await self._history.days(key, day, day)
        for start, close in zip(bars.time, bars.close, strict=True):
            if datetime.fromtimestamp(int(start), UTC).astimezone(IST).date() == day and close > 0:
                return Decimal(str(round(float(close), 2)))
        return None
