"""A chain's minute as one row: the arrays packed into a blob, nothing lost to 1/10000 ₹.

Packing: each array as whole 64-bit numbers (nan is the smallest), their bytes regrouped by
significance so that the many zeros lie together, then zlib. About 2 bytes a number.
"""

import zlib
from datetime import UTC, date, datetime
from math import isfinite, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Index
from sqlmodel import Field

from core.errors import BadData
from core.ports.repositories import ChainSnapshot
from data.db.types import Day, UtcDateTime
from data.models.base import Row

SCALES: Final = {"ltp": 1e4, "bid": 1e4, "ask": 1e4, "volume": 1.0, "oi": 1.0, "iv": 1e8}
STRIKE_SCALE: Final = 1e4
NOTHING: Final = np.iinfo(np.int64).min
LARGEST: Final = 2.0**62


class ChainSnapshotRow(Row, table=True):
    __tablename__ = "chain_snapshots"
    # whole days of all chains, looked up and let go without reading a blob
    __table_args__ = (Index("ix_chain_snapshots_minute", "minute", "symbol", "expiry"),)

    symbol: str = Field(primary_key=True)
    expiry: date = Field(primary_key=True, sa_type=Day)
    minute: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    spot: float | None
    forward: float | None
    strikes: int
    packed: bytes
    future: float | None = None
    future_oi: float | None = None

    @classmethod
    def from_domain(cls, each: ChainSnapshot) -> "ChainSnapshotRow":
        count = len(each.strikes)
        numbers = [_whole(each.strikes, STRIKE_SCALE)]
        for name, scale in SCALES.items():
            values = getattr(each, name)
            if values.shape != (2, count):
                raise BadData(f"a chain snapshot with {values.shape} {name} for {count} strikes")
            numbers.append(_whole(values.ravel(), scale))
        return cls(
            symbol=each.symbol,
            expiry=each.expiry,
            minute=each.minute,
            spot=_known(each.spot),
            forward=_known(each.forward),
            future=_known(each.future),
            future_oi=_known(each.future_oi),
            strikes=count,
            packed=_pack(np.concatenate(numbers)),
        )

    def to_domain(self) -> ChainSnapshot:
        n = self.strikes
        numbers = _unpack(self.packed)
        parts = numbers[n:].reshape(len(SCALES), 2, n)
        arrays = {
            name: _real(part, scale)
            for (name, scale), part in zip(SCALES.items(), parts, strict=True)
        }
        return ChainSnapshot(
            symbol=self.symbol,
            expiry=self.expiry,
            minute=self.minute.astimezone(UTC),
            spot=nan if self.spot is None else self.spot,
            forward=nan if self.forward is None else self.forward,
            future=nan if self.future is None else self.future,
            future_oi=nan if self.future_oi is None else self.future_oi,
            strikes=_real(numbers[:n], STRIKE_SCALE),
            **arrays,
        )


def _known(value: float) -> float | None:
    return value if isfinite(value) else None


def _whole(values: NDArray[np.float64], scale: float) -> NDArray[np.int64]:
    known = np.isfinite(values)
    scaled = np.where(known, np.rint(np.where(known, values, 0.0) * scale), 0.0)
    if np.any(np.abs(scaled) > LARGEST):
        raise BadData("a chain snapshot with a number beyond all measure")
    return np.where(known, scaled.astype(np.int64), NOTHING)


def _real(whole: NDArray[np.int64], scale: float) -> NDArray[np.float64]:
    return np.where(whole == NOTHING, np.nan, whole / scale)


def _pack(numbers: NDArray[np.int64]) -> bytes:
    by_significance = numbers.astype("<i8").view(np.uint8).reshape(-1, 8).T
    return zlib.compress(by_significance.tobytes(), 1)


def _unpack(packed: bytes) -> NDArray[np.int64]:
    by_significance = np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(8, -1)
    return np.ascontiguousarray(by_significance.T).view("<i8").ravel().astype(np.int64)
