"""Years of chains for runs that come again and again: a cube, made where there is none yet."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Final

from core.backtest.chain_years import ChainYears, years_of
from core.clock import WallClock
from core.errors import StorageProblem
from data.db.database import Database
from data.options.cubes import CubeFiles, name_of
from data.options.history import StoredOptionHistory
from data.options.store import OptionDayFiles
from data.repositories.snapshots import SqlSnapshots

FIELDS: Final = ("bid", "ask", "ltp", "volume")
MOST_OPEN: Final = 2
_OPEN: dict[Path, ChainYears] = {}
"""This process's own: it works for one run after the other."""


def chain_years(
    folder: Path, cache: Path, url: str, symbol: str, first: date, last: date
) -> ChainYears | None:
    """The nearest expiry of each day, of what is kept in `folder` and was recorded in the database;
    None where nothing was. Blocking: it is called in workers. A full disk only costs time."""
    database = Database(url)
    snapshots = SqlSnapshots(database)
    try:
        recorded = asyncio.run(snapshots.recorded(symbol))
        seen = [(e.expiry, e.day, e.minutes, e.rows) for e in recorded if first <= e.day <= last]
        stamps = OptionDayFiles(folder, WallClock()).stamps(symbol, first, last)
        if not stamps and not seen:
            return None
        cubes, name = CubeFiles(cache), name_of(symbol, [first, last, *stamps, *seen])
        if (found := _opened(cubes, name)) is not None:
            return found
        history = StoredOptionHistory(folder, snapshots, WallClock())
        days = asyncio.run(history.load(symbol, first, last, fields=FIELDS, nearest=True))
    finally:
        database.close_now()
    try:
        cubes.write(name, days)
    except StorageProblem:
        return years_of(days)
    return _opened(cubes, name) or years_of(days)


def _opened(cubes: CubeFiles, name: str) -> ChainYears | None:
    """Kept open for the next trial of a sweep, by the name that changes with what is in it."""
    place = cubes.place(name)
    if place not in _OPEN and (found := cubes.read(name)) is not None:
        while len(_OPEN) >= MOST_OPEN:
            del _OPEN[next(iter(_OPEN))]
        _OPEN[place] = found
    return _OPEN.get(place)
