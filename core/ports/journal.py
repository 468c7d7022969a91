"""What the trade journal remembers beside fills: contracts, their ends, notes and snapshots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.instruments.instrument import Instrument
from core.journal.contracts import Settled
from core.journal.notes import TradeNote
from core.journal.snaps import Snap
from core.trading.fills import FillId


class ContractRepository(Protocol):
    """Contracts that were traded here: the day's list forgets those that are over."""

    async def save(self, contracts: Sequence[Instrument]) -> None:
        """Upsert on (key, expiry)."""
        ...

    async def all(self) -> list[Instrument]: ...


class SettlementRepository(Protocol):
    async def save(self, settled: Sequence[Settled]) -> None:
        """Upsert on (key, expiry)."""
        ...

    async def all(self) -> list[Settled]:
        """The oldest first."""
        ...


class NoteRepository(Protocol):
    async def save(self, note: TradeNote) -> None:
        """The newest words of a trade; an empty note is forgotten."""
        ...

    async def all(self) -> dict[str, TradeNote]:
        """By trade."""
        ...


class SnapRepository(Protocol):
    async def save(self, snaps: Sequence[Snap]) -> None:
        """Upsert on the fill."""
        ...

    async def of(self, fills: Iterable[FillId]) -> dict[FillId, Snap]:
        """Those that were taken."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalDoors:
    """All of them together."""

    contracts: ContractRepository
    settlements: SettlementRepository
    notes: NoteRepository
    snaps: SnapRepository
