"""Real files of the market, where they are at hand; read as the importer reads them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from core.clock import SetClock
from core.errors import RuleBroken
from core.instruments.calendar import MarketCalendar
from core.instruments.lots import lot_size
from core.ports.imports import Choice
from data.sources.found import Found, Rules
from data.sources.importer import FileImporter, read

SHARED: Final = Path(__file__).parents[3].parent / "shared" / "data"
CALENDAR: Final = MarketCalendar(SetClock(datetime(2026, 11, 18, tzinfo=UTC)))
RULES: Final = Rules(closes=CALENDAR.close_of, lot=lambda *asked: _lot(*asked))


def _lot(symbol, expiry, day):
    try:
        return lot_size(symbol, expiry, day)
    except RuleBroken:
        return None


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip("../shared is not here")
    return path


def found_in(name: str, choice: Choice | None = None) -> Found:
    return read(shared(name), choice or Choice(), RULES)


def put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


__all__ = ["CALENDAR", "RULES", "FileImporter", "found_in", "put", "shared"]
