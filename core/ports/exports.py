"""Exports: any table of the desk as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`heads` carry the units; each row has a value for every head.

    Values are texts, numbers (Decimal for money), bool, date or aware datetime; None, nan and ""
    are unknown. Times are written in India's. `name` is a sheet's, of at most 31 letters.
    """

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]


class Exporter(Protocol):
    def write(self, table: Table, format: Format | str) -> bytes:
        """Blocking: of a long table, ask in a thread.

        Raises RuleBroken for one that the format cannot hold, BadData for an unknown format.
        """
        ...

    def book(self, tables: Sequence[Table]) -> bytes:
        """Several tables as the sheets of one workbook (XLSX)."""
        ...
