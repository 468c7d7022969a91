"""Orders, fills, the journal, and the paper account's memory."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import cast

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import BigInteger
from sqlmodel import Field

from core.errors import BadData, RuleBroken
from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.trading.fills import Fill
from core.trading.journal import Entry, Kind, Sealed, Value
from core.trading.orders import Order
from core.trading.requests import Product, Side
from data.db.types import Rupees, UtcDateTime
from data.models.base import Row


@cache
def _orders() -> TypeAdapter[Order]:
    return TypeAdapter(Order)


class OrderRow(Row, table=True):
    """`body` is the whole order; the other columns are there to be searched.

    `account` is whose it is, the mode's name (in mode simulated with the exchange's run): paper and
    real orders share the table.
    """

    __tablename__ = "orders"

    id: str = Field(primary_key=True)
    placed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    status: str = Field(index=True)
    instrument_key: str
    source: str
    group_name: str
    filled: int = Field(sa_type=BigInteger)
    average_price: Decimal = Field(sa_type=Rupees)
    body: str
    account: str = Field(default="", sa_column_kwargs={"server_default": ""})

    @classmethod
    def from_domain(cls, order: Order, account: str = "") -> "OrderRow":
        return cls(
            account=account,
            id=order.id,
            placed_at=order.placed_at,
            status=order.status,
            instrument_key=order.request.key,
            source=order.request.source,
            group_name=order.request.group,
            filled=order.filled,
            average_price=order.average_price,
            body=_orders().dump_json(order).decode(),
        )

    def to_domain(self) -> Order:
        """Raises BadData for a body that this version cannot read."""
        try:
            return _orders().validate_json(self.body)
        except (ValidationError, RuleBroken) as problem:
            raise BadData(f"order {self.id} cannot be read: {problem}") from problem


class FillRow(Row, table=True):
    __tablename__ = "fills"

    account: str = Field(default="", primary_key=True, sa_column_kwargs={"server_default": ""})
    order_id: str = Field(primary_key=True)
    trade_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    instrument_key: str
    side: str
    product: str
    quantity: int = Field(sa_type=BigInteger)
    price: Decimal = Field(sa_type=Rupees)

    @classmethod
    def from_domain(cls, fill: Fill, account: str = "") -> "FillRow":
        return cls(
            account=account,
            order_id=fill.order_id,
            trade_id=fill.trade_id,
            at=fill.at,
            instrument_key=fill.key,
            side=fill.side,
            product=fill.product,
            quantity=fill.quantity,
            price=fill.price,
        )

    def to_domain(self) -> Fill:
        return Fill(
            order_id=BrokerOrderId(self.order_id),
            trade_id=TradeId(self.trade_id),
            key=InstrumentKey(self.instrument_key),
            side=Side(self.side),
            product=Product(self.product),
            quantity=self.quantity,
            price=self.price,
            at=self.at,
        )


class JournalRow(Row, table=True):
    """`facts` is JSON; `before` and `seal` are the chain."""

    __tablename__ = "journal"

    number: int = Field(primary_key=True, sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    kind: str
    correlation: str = Field(index=True)
    text: str
    facts: str
    before: str
    seal: str

    @classmethod
    def from_domain(cls, sealed: Sealed) -> "JournalRow":
        entry = sealed.entry
        return cls(
            number=sealed.number,
            at=entry.at,
            kind=entry.kind,
            correlation=entry.correlation,
            text=entry.text,
            facts=json.dumps(dict(entry.facts), ensure_ascii=False),
            before=sealed.before,
            seal=sealed.seal,
        )

    def to_domain(self) -> Sealed:
        """Raises BadData for what nobody of us has written."""
        try:
            facts = json.loads(self.facts)
            kind = Kind(self.kind)
        except ValueError as problem:
            raise BadData(f"journal entry {self.number} cannot be read: {problem}") from problem
        if not isinstance(facts, dict):
            raise BadData(f"journal entry {self.number} cannot be read: its facts have no names")
        entry = Entry(
            at=self.at,
            kind=kind,
            correlation=self.correlation,
            text=self.text,
            facts=cast("Mapping[str, Value]", facts),
        )
        return Sealed(number=self.number, entry=entry, before=self.before, seal=self.seal)


class PaperAccountRow(Row, table=True):
    __tablename__ = "paper_accounts"

    name: str = Field(primary_key=True)
    saved_at: datetime = Field(sa_type=UtcDateTime)
    body: str
