"""Days of chains for a run over years: read in the worker, a month at a time."""

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

from core.analytics.chain_day import ChainDay
from core.clock import WallClock
from data.db.database import Database
from data.options.history import StoredOptionHistory
from data.repositories.snapshots import SqlSnapshots

AT_ONCE: Final = timedelta(days=31)


def days_of(
    folder: Path, url: str, symbol: str, first: date, last: date, expiries: int
) -> Iterator[ChainDay]:
    """What is kept in `folder` and what was recorded in the database, the nearest of each day."""
    database = Database(url)
    history = StoredOptionHistory(folder, SqlSnapshots(database), WallClock())
    try:
        while first <= last:
            end = min(first + AT_ONCE, last)
            found = asyncio.run(history.load(symbol, first, end, nearest=expiries == 1))
            for _, chains in groupby(found, key=lambda each: each.day):
                yield from list(chains)[:expiries]
            first = end + timedelta(days=1)
    finally:
        database.close_now()
