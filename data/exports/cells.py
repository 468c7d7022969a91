"""What a value is in a file: typed where the format has types, and never a formula."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Final

from core.clock import IST

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet would compute a text that starts so."""

Plain = str | int | float | bool | Decimal | date | datetime | None


def plain(value: object) -> Plain:
    """One of the types that all formats know; None for the unknown, times in India's."""
    if value is None or value == "":
        return None
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.astimezone(IST)
    if isinstance(value, (str, bool, int, Decimal, date)):
        return value
    number = getattr(value, "item", None)  # of NumPy
    known = number() if callable(number) else value
    if isinstance(known, float):
        return known if isfinite(known) else None
    return known if isinstance(known, (bool, int)) else str(known)


def harmless(text: str) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA) else text
