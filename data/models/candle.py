"""Candles as rows: whole numbers only; prices in 1/10000 ₹, times in epoch seconds.

No foreign key to `candle_keys`: checking it for each bar would double the cost of a bulk write, and
all bars come through one repository.
"""

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from data.models.base import Row


class CandleKeyRow(Row, table=True):
    """A small number for each instrument that has candles; never deleted."""

    __tablename__ = "candle_keys"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = Field(unique=True)


class _Bar(Row):
    key_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    time: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    open: int = Field(sa_type=BigInteger)
    high: int = Field(sa_type=BigInteger)
    low: int = Field(sa_type=BigInteger)
    close: int = Field(sa_type=BigInteger)
    volume: int = Field(sa_type=BigInteger)
    open_interest: int = Field(sa_type=BigInteger)


class MinuteCandleRow(_Bar, table=True):
    """On PostgreSQL partitioned by month (data/db/partitions.py)."""

    __tablename__ = "minute_candles"
    __table_args__ = ({"sqlite_with_rowid": False, "postgresql_partition_by": "RANGE (time)"},)


class DayCandleRow(_Bar, table=True):
    __tablename__ = "day_candles"
    __table_args__ = ({"sqlite_with_rowid": False},)


class CandleSeriesRow(Row, table=True):
    """A small number for each instrument and length of its bars that is no minute and no day."""

    __tablename__ = "candle_series"
    __table_args__ = (UniqueConstraint("key", "interval"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str
    interval: str  # as `Interval` writes it: 15m, 1h, 1w


class OtherCandleRow(_Bar, table=True):
    """`key_id` is the number of a series: of key and interval together."""

    __tablename__ = "other_candles"
    __table_args__ = ({"sqlite_with_rowid": False},)
