"""Dated tables: rows that are each in force from a day on, until the next one."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol, TypeVar

from core.errors import RuleBroken


class Dated(Protocol):
    @property
    def start(self) -> date: ...


Row = TypeVar("Row", bound=Dated)


def in_force(rows: Sequence[Row], day: date, what: str) -> Row:
    """The row of that day; raises RuleBroken for a day before the first one: nothing is guessed."""
    found = [row for row in rows if row.start <= day]
    if not found:
        first = min(row.start for row in rows)
        raise RuleBroken(f"the desk knows the {what} only from {first} on, not for {day}")
    return max(found, key=lambda row: row.start)
