"""The trade journal's memory, with the same contract as that on disk."""

from collections.abc import Iterable, Sequence
from datetime import date

from core.instruments.instrument import Instrument
from core.journal.contracts import Settled, id_of
from core.journal.notes import TradeNote
from core.journal.snaps import Snap
from core.ports.journal import JournalDoors
from core.trading.fills import FillId


class MemoryContracts:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, date | None], Instrument] = {}

    async def save(self, contracts: Sequence[Instrument]) -> None:
        self.rows.update({id_of(each): each for each in contracts})

    async def all(self) -> list[Instrument]:
        return sorted(self.rows.values(), key=lambda each: (each.key, each.expiry or date.max))


class MemorySettlements:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, date], Settled] = {}

    async def save(self, settled: Sequence[Settled]) -> None:
        self.rows.update({(each.key, each.expiry): each for each in settled})

    async def all(self) -> list[Settled]:
        return sorted(self.rows.values(), key=lambda each: (each.expiry, each.key))


class MemoryNotes:
    def __init__(self) -> None:
        self.rows: dict[str, TradeNote] = {}

    async def save(self, note: TradeNote) -> None:
        if note.empty:
            self.rows.pop(note.trade, None)
        else:
            self.rows[note.trade] = note

    async def all(self) -> dict[str, TradeNote]:
        return dict(self.rows)


class MemorySnaps:
    def __init__(self) -> None:
        self.rows: dict[FillId, Snap] = {}

    async def save(self, snaps: Sequence[Snap]) -> None:
        self.rows.update({each.fill: each for each in snaps})

    async def of(self, fills: Iterable[FillId]) -> dict[FillId, Snap]:
        return {each: self.rows[each] for each in set(fills) if each in self.rows}


def memory_doors() -> JournalDoors:
    return JournalDoors(
        contracts=MemoryContracts(),
        settlements=MemorySettlements(),
        notes=MemoryNotes(),
        snaps=MemorySnaps(),
    )
