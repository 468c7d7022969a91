"""Imports: files that traders have, looked at first, then loaded whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Home(StrEnum):
    """Where a file's content goes."""

    OPTION_DAYS = "option history"
    CANDLES = "candles"
    REFERENCE = "reference tables"


class Stamp(StrEnum):
    """Which end of a bar its time names."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a file does not say itself, or says wrongly; empty = as guessed.

    `columns` names the file's column for each field of a bar (time, date, open …). `lot` turns
    contracts into units; 0 = by the dated table. `moment` is when a chain was taken down. Rows that
    cannot be read stop the import, unless `leave_out` says to do without them.
    """

    symbol: str = ""
    key: str = ""
    interval: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    stamp: Stamp | None = None
    month_first: bool = False
    lot: int = 0
    moment: datetime | None = None
    leave_out: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """`row` counts as an editor does: the heads are row 1; 0 = the file as a whole."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file is, and what would become of it; nothing is written yet.

    `choice` is what is in force, guesses included; `needs` are the fields of it that the user has
    to fill before the file can be loaded. `heads` and `rows` show the file's beginning.
    """

    file: str
    title: str
    home: Home
    makes: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    choice: Choice
    asks: tuple[str, ...]
    needs: tuple[str, ...]
    notes: tuple[str, ...]
    refused: tuple[Refused, ...]
    refused_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    file: str
    home: Home
    made: str
    rows: int
    left_out: tuple[Refused, ...]
    left_out_count: int


Say = Callable[[str, float], None]
"""Words, and how much is done (0 to 1)."""


class Importer(Protocol):
    """Each may raise BadData, with the file's name, for what is nothing that we know."""

    async def look(self, path: Path, choice: Choice) -> Preview: ...

    async def load(self, path: Path, choice: Choice, say: Say) -> Imported:
        """All of it or, with the reason, nothing.

        Raises RuleBroken where something is still needed or a row cannot be read.
        """
        ...
