"""Months of `minute_candles` on PostgreSQL: a partition is made when its first bar comes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from sqlmodel import Session

from data.db.database import driver

PARENT: Final = "minute_candles"
NAME: Final = re.compile(rf"{PARENT}_\d{{4}}_\d{{2}}")

Month = tuple[int, int]


def is_partition(name: str | None) -> bool:
    """Told by name: Alembic must not take partitions for tables that nobody declared."""
    return bool(name and NAME.fullmatch(name))


def months_of(times: Iterable[int]) -> set[Month]:
    """Months (UTC) that epoch seconds fall into."""
    days = {time // 86_400 for time in times}
    moments = (datetime.fromtimestamp(day * 86_400, UTC) for day in days)
    return {(moment.year, moment.month) for moment in moments}


def make(session: Session, months: Iterable[Month]) -> None:
    """In a transaction of its own: it locks the parent until the commit."""
    for year, month in sorted(months):
        first, after = _start(year, month), _start(year + month // 12, month % 12 + 1)
        driver(session).execute(
            f"CREATE TABLE IF NOT EXISTS {PARENT}_{year:04}_{month:02} PARTITION OF {PARENT} "
            f"FOR VALUES FROM ({first}) TO ({after})"
        )


def _start(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp())
