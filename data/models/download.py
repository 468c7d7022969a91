"""Downloads and the pieces that they take."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from core.downloads.plan import Download, Piece, PieceStatus, Plan, Status
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from data.db.types import Day, UtcDateTime
from data.models.base import Row


class DownloadRow(Row, table=True):
    """The counts are those of the pieces when it ended."""

    __tablename__ = "downloads"

    id: str = Field(primary_key=True)
    plan: str
    source: str
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    status: str = Field(index=True)
    finished_at: datetime | None = Field(sa_type=UtcDateTime)
    message: str
    pieces: int
    done: int
    failed: int
    bars: int = Field(sa_type=BigInteger)

    @classmethod
    def from_domain(cls, each: Download) -> "DownloadRow":
        return cls(
            id=each.id,
            plan=each.plan.to_json(),
            source=each.source,
            created_at=each.created_at,
            status=each.status.value,
            finished_at=each.finished_at,
            message=each.message,
            pieces=each.pieces,
            done=each.done,
            failed=each.failed,
            bars=each.bars,
        )

    def to_domain(self) -> Download:
        return Download(
            id=self.id,
            plan=Plan.from_json(self.plan),
            source=self.source,
            created_at=self.created_at,
            status=Status(self.status),
            finished_at=self.finished_at,
            message=self.message,
            pieces=self.pieces,
            done=self.done,
            failed=self.failed,
            bars=self.bars,
        )


class DownloadPieceRow(Row, table=True):
    __tablename__ = "download_pieces"
    __table_args__ = (Index("ix_download_pieces_key", "key", "interval", "status"),)

    download_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str
    name: str
    interval: str
    first: date = Field(sa_type=Day)
    last: date = Field(sa_type=Day)
    status: str
    bars: int
    reason: str

    @classmethod
    def from_domain(cls, download_id: str, each: Piece) -> "DownloadPieceRow":
        return cls(
            download_id=download_id,
            number=each.number,
            key=each.key,
            name=each.name,
            interval=str(each.interval),
            first=each.first,
            last=each.last,
            status=each.status.value,
            bars=each.bars,
            reason=each.reason,
        )

    def to_domain(self) -> Piece:
        return Piece(
            number=self.number,
            key=InstrumentKey(self.key),
            name=self.name,
            interval=Interval.parse(self.interval),
            first=self.first,
            last=self.last,
            status=PieceStatus(self.status),
            bars=self.bars,
            reason=self.reason,
        )
