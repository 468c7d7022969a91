"""The trade journal's rows: contracts, settlements, notes and snapshots."""

import json
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from math import isfinite, nan
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Field

from core.errors import BadData
from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.instruments.instrument import Instrument
from core.journal.contracts import Settled
from core.journal.notes import TradeNote
from core.journal.snaps import NUMBERS, Snap
from data.db.types import Day, Rupees, UtcDateTime
from data.models.base import Row

ENDLESS = date(9999, 12, 31)
"""Stands for no expiry, in a key that must have one."""
PLACES = 8
"""Digits that a snapshot keeps of a number."""


@cache
def _instruments() -> TypeAdapter[Instrument]:
    return TypeAdapter(Instrument)


class TradedContractRow(Row, table=True):
    __tablename__ = "traded_contracts"

    key: str = Field(primary_key=True)
    expiry: date = Field(primary_key=True, sa_type=Day)
    body: str

    @classmethod
    def from_domain(cls, contract: Instrument) -> "TradedContractRow":
        body = _instruments().dump_json(contract).decode()
        return cls(key=contract.key, expiry=contract.expiry or ENDLESS, body=body)

    def to_domain(self) -> Instrument:
        """Raises BadData for a body that this version cannot read."""
        try:
            return _instruments().validate_json(self.body)
        except ValidationError as problem:
            raise BadData(f"contract {self.key} cannot be read: {problem}") from problem


class SettlementRow(Row, table=True):
    __tablename__ = "settlements"

    key: str = Field(primary_key=True)
    expiry: date = Field(primary_key=True, sa_type=Day)
    price: Decimal = Field(sa_type=Rupees)
    at: datetime = Field(sa_type=UtcDateTime)
    source: str

    @classmethod
    def from_domain(cls, each: Settled) -> "SettlementRow":
        return cls(
            key=each.key, expiry=each.expiry, price=each.price, at=each.at, source=each.source
        )

    def to_domain(self) -> Settled:
        return Settled(
            key=InstrumentKey(self.key),
            expiry=self.expiry,
            price=self.price,
            at=self.at,
            source=self.source,
        )


class TradeNoteRow(Row, table=True):
    """`tags` is a JSON list."""

    __tablename__ = "trade_notes"

    trade: str = Field(primary_key=True)
    setup: str
    tags: str
    note: str
    risk: Decimal | None = Field(sa_type=Rupees)
    edited_at: datetime | None = Field(sa_type=UtcDateTime)

    @classmethod
    def from_domain(cls, note: TradeNote) -> "TradeNoteRow":
        return cls(
            trade=note.trade,
            setup=note.setup,
            tags=json.dumps(list(note.tags), ensure_ascii=False),
            note=note.note,
            risk=note.risk,
            edited_at=note.edited_at,
        )

    def to_domain(self) -> TradeNote:
        return TradeNote(
            trade=self.trade,
            setup=self.setup,
            tags=tuple(map(str, _read(self.tags, self.trade))),
            note=self.note,
            risk=self.risk,
            edited_at=self.edited_at,
        )


class TradeSnapRow(Row, table=True):
    """`body` is JSON, null where a number is unknown."""

    __tablename__ = "trade_snaps"

    order_id: str = Field(primary_key=True)
    trade_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    instrument_key: str
    body: str

    @classmethod
    def from_domain(cls, snap: Snap) -> "TradeSnapRow":
        body: dict[str, Any] = {name: _number(getattr(snap, name)) for name in NUMBERS}
        body["symbol"] = snap.symbol
        body["expiry"] = snap.expiry.isoformat() if snap.expiry else None
        body["chain_at"] = snap.chain_at.isoformat() if snap.chain_at else None
        body["closes"] = [_number(each) for each in snap.closes]
        body["own_closes"] = [_number(each) for each in snap.own_closes]
        return cls(
            order_id=snap.fill[0],
            trade_id=snap.fill[1],
            at=snap.at,
            instrument_key=snap.key,
            body=json.dumps(body, ensure_ascii=False),
        )

    def to_domain(self) -> Snap:
        """Raises BadData for a body that this version cannot read."""
        body = _read(self.body, f"{self.order_id}/{self.trade_id}")
        try:
            return Snap(
                fill=(BrokerOrderId(self.order_id), TradeId(self.trade_id)),
                key=InstrumentKey(self.instrument_key),
                at=self.at,
                symbol=str(body["symbol"]),
                expiry=date.fromisoformat(body["expiry"]) if body["expiry"] else None,
                chain_at=datetime.fromisoformat(body["chain_at"]) if body["chain_at"] else None,
                closes=tuple(_known(each) for each in body["closes"]),
                own_closes=tuple(_known(each) for each in body["own_closes"]),
                **{name: _known(body[name]) for name in NUMBERS},
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise BadData(f"the snapshot of {self.trade_id} cannot be read: {problem}") from problem


def _read(body: str, what: str) -> Any:
    try:
        return json.loads(body)
    except ValueError as problem:
        raise BadData(f"what is kept of trade {what} cannot be read: {problem}") from problem


def _number(value: float) -> float | None:
    return round(float(value), PLACES) if isfinite(value) else None


def _known(value: float | None) -> float:
    return nan if value is None else float(value)
