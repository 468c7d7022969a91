"""Instruments as rows; `id` is their place in browsing order."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind
from data.db.types import Day, Flag, Rupees, UtcDateTime, to_day_number, to_steps
from data.models.base import Row


class InstrumentRow(Row, table=True):
    __tablename__ = "instruments"
    __table_args__ = (
        Index("ix_instruments_chain", "underlying_symbol", "kind", "expiry", "strike", "segment"),
    )

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = Field(unique=True)
    segment: str
    exchange: str
    symbol: str
    name: str
    kind: str
    series: str
    lot_size: int = Field(sa_type=BigInteger)
    tick_size: Decimal = Field(sa_type=Rupees)
    exchange_token: str
    isin: str
    freeze_quantity: int | None = Field(sa_type=BigInteger)
    expiry: date | None = Field(sa_type=Day)
    strike: float | None
    weekly: bool | None = Field(sa_type=Flag)
    underlying_key: str | None
    underlying_symbol: str

    def to_domain(self) -> Instrument:
        return Instrument(
            key=InstrumentKey(self.key),
            segment=self.segment,
            exchange=self.exchange,
            symbol=self.symbol,
            name=self.name,
            kind=Kind(self.kind),
            series=self.series,
            lot_size=self.lot_size,
            tick_size=self.tick_size,
            exchange_token=self.exchange_token,
            isin=self.isin,
            freeze_quantity=self.freeze_quantity,
            expiry=self.expiry,
            strike=self.strike,
            weekly=self.weekly,
            underlying_key=InstrumentKey(self.underlying_key) if self.underlying_key else None,
            underlying_symbol=self.underlying_symbol,
        )


_steps = lru_cache(1024)(to_steps)  # few different tick sizes, a hundred thousand instruments


def raw_row(place: int, each: Instrument) -> tuple[Any, ...]:
    """The same row as the bulk path wants it: plain values in the order of the columns."""
    return (
        place,
        each.key,
        each.segment,
        each.exchange,
        each.symbol,
        each.name,
        each.kind.value,
        each.series,
        each.lot_size,
        _steps(each.tick_size),
        each.exchange_token,
        each.isin,
        each.freeze_quantity,
        None if each.expiry is None else to_day_number(each.expiry),
        each.strike,
        None if each.weekly is None else int(each.weekly),
        each.underlying_key,
        each.underlying_symbol,
    )


class InstrumentFileRow(Row, table=True):
    """Which instrument file is in the table; one row."""

    __tablename__ = "instrument_file"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    as_of: datetime = Field(sa_type=UtcDateTime)
    version: int
    rows: int
