"""Option history: whole days of chains, recorded by us, downloaded or read from files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from core.analytics.chain_day import PER_STRIKE, ChainDay

RECORDER: Final = "recorder"
"""The source of what this desk took down itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionDayEntry:
    """What there is of one expiry on one day (IST).

    `rows` are contracts times minutes of which anything is known; of what the recorder keeps it
    is told from the last minute's strikes. `source` names all sources, joined by " + ".
    """

    symbol: str
    expiry: date
    day: date
    rows: int
    minutes: int
    source: str
    saved_at: datetime


class OptionHistory(Protocol):
    """Each may raise BadData, with the file's name, for what is kept but cannot be read."""

    async def save(self, day: ChainDay, source: str) -> None:
        """Add a day to what is kept of it; of a minute that is there already, the new one counts.

        Safe to repeat. Raises StorageProblem for a full disk: what was kept stays as it was.
        """
        ...

    async def save_all(self, days: Sequence[ChainDay], source: str) -> None:
        """Several days at once: none is seen before all are on disk."""
        ...

    async def keep_recorded(self, before: date) -> int:
        """Put what the recorder took down before that day among the files, for good.

        Costs nothing for days that are there already. Returns how many chains' days were added.
        """
        ...

    async def symbols(self) -> list[str]:
        """By name."""
        ...

    async def days(self, symbol: str) -> list[date]:
        """Days (IST) with any expiry, oldest first."""
        ...

    async def expiries(self, symbol: str, day: date) -> list[date]:
        """Nearest first."""
        ...

    async def chain(self, symbol: str, expiry: date, day: date) -> ChainDay | None: ...

    async def load(
        self,
        symbol: str,
        first: date,
        last: date,
        *,
        fields: Sequence[str] = PER_STRIKE,
        nearest: bool = False,
    ) -> list[ChainDay]:
        """All days from `first` to `last`, both included, by day and expiry: made for whole years.

        Of the arrays by strike only `fields` are read, the others are nan; with `nearest` only
        each day's next expiry.
        """
        ...

    async def catalogue(self) -> list[OptionDayEntry]:
        """By symbol, day and expiry."""
        ...
