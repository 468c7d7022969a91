"""Downloads and corporate actions in memory."""

from collections.abc import Mapping, Sequence
from datetime import date

from core.downloads.plan import UNFINISHED, Download, Piece, PieceStatus
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.instruments.corporate_actions import CorporateAction


class MemoryDownloads:
    def __init__(self) -> None:
        self.downloads: dict[str, Download] = {}
        self.of: dict[str, dict[int, Piece]] = {}

    async def save(self, download: Download) -> None:
        self.downloads[download.id] = download

    async def begin(self, download: Download, pieces: Sequence[Piece]) -> None:
        self.of[download.id] = {each.number: each for each in pieces}
        await self.save(download)

    async def record(self, id: str, pieces: Sequence[Piece]) -> None:
        self.of[id].update({each.number: each for each in pieces})

    async def get(self, id: str) -> Download | None:
        return self.downloads.get(id)

    async def pieces(self, id: str) -> list[Piece]:
        return [each for _, each in sorted(self.of.get(id, {}).items())]

    async def all(self, limit: int = 50) -> list[Download]:
        return self._oldest_first()[::-1][:limit]

    async def unfinished(self) -> list[Download]:
        return [each for each in self._oldest_first() if each.status in UNFINISHED]

    async def asked(
        self, keys: Sequence[InstrumentKey], interval: Interval, first: date, last: date
    ) -> Mapping[InstrumentKey, list[tuple[date, date]]]:
        found: dict[InstrumentKey, list[tuple[date, date]]] = {}
        for pieces in self.of.values():
            for each in pieces.values():
                fits = each.key in keys and each.interval == interval
                touches = each.first <= last and each.last >= first
                if fits and touches and each.status is PieceStatus.DONE:
                    found.setdefault(each.key, []).append((each.first, each.last))
        return found

    def _oldest_first(self) -> list[Download]:
        return sorted(self.downloads.values(), key=lambda each: (each.created_at, each.id))


class FakeActions:
    """The broker's corporate actions; none until a test puts them in."""

    def __init__(self) -> None:
        self.told: dict[str, list[CorporateAction]] = {}
        self.fails: AppError | None = None

    async def actions(self, isin: str) -> list[CorporateAction]:
        if self.fails is not None:
            raise self.fails
        return self.told.get(isin, [])


class MemoryActions:
    def __init__(self) -> None:
        self.rows: dict[str, list[CorporateAction]] = {}

    async def replace(self, isin: str, actions: Sequence[CorporateAction]) -> None:
        self.rows[isin] = list(actions)

    async def of(self, isin: str) -> list[CorporateAction]:
        return sorted(self.rows.get(isin, []), key=lambda each: each.ex_day)
