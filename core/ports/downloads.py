"""Downloads as they are remembered: a desk that was killed goes on where it was."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from core.downloads.plan import Download, Piece
from core.ids import InstrumentKey
from core.instruments.candle import Interval


class DownloadRepository(Protocol):
    async def save(self, download: Download) -> None: ...

    async def begin(self, download: Download, pieces: Sequence[Piece]) -> None:
        """The download with all its pieces, in one transaction; pieces of before are forgotten."""
        ...

    async def record(self, id: str, pieces: Sequence[Piece]) -> None:
        """What became of pieces."""
        ...

    async def get(self, id: str) -> Download | None: ...

    async def pieces(self, id: str) -> list[Piece]:
        """By number."""
        ...

    async def all(self, limit: int = 50) -> list[Download]:
        """Newest first."""
        ...

    async def unfinished(self) -> list[Download]:
        """Oldest first."""
        ...

    async def asked(
        self, keys: Sequence[InstrumentKey], interval: Interval, first: date, last: date
    ) -> Mapping[InstrumentKey, list[tuple[date, date]]]:
        """Spans that were downloaded whole and touch [first, last]."""
        ...
