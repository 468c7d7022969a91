"""The account at the broker: conversion, segments, registered addresses, money, shares."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from core.ids import InstrumentKey
from core.money import rupees
from core.ports.account import (
    Conversion,
    FundsDetail,
    HeldShares,
    MoneyLine,
    RegisteredAddresses,
    SegmentState,
)
from core.ports.broker import BrokerPosition
from data.brokers.upstox import order_mapping as ours
from data.brokers.upstox.budget import Priority
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.margin import PRODUCTS
from data.brokers.upstox.order_mapping import SIDE_WORDS
from data.brokers.upstox.order_schemas import Moment, Positions
from data.brokers.upstox.portfolio import mapped
from data.brokers.upstox.schemas import Count, Key, Number, Price, Reply, Schema

ACTIONS: Final = {True: "DISABLE", False: "ENABLE"}
"""Of trading: to stop it is to disable it."""


class Converted(Schema):
    status: Literal["complete"]


class SegmentData(Schema):
    segment: Annotated[str, Field(pattern=r"^[A-Z]+_[A-Z]+$")]
    segment_status: Literal["ACTIVE", "INACTIVE"]
    kill_switch_enabled: bool


class AddressData(Schema):
    primary_ip: str | None
    secondary_ip: str | None = None
    primary_ip_updated_at: Moment | None = None
    secondary_ip_updated_at: Moment | None = None


class Cash(Schema):
    opening_balance: Number
    added_today: Number
    withdrawn_today: Number
    amount_from_stock_sale: Number
    unpaid_charges: Number


class Loss(Schema):
    total: Number
    realised: Number
    unrealised: Number


class DeliveryMargin(Schema):
    total: Number
    equity: Number
    fo_settlement: Number


class PledgeUsed(Schema):
    total: Number
    mtf: Number
    span_exposure: Number
    cash_margin_var_elm: Number
    premium_present: Number
    delivery_margin: DeliveryMargin


class CashUsed(PledgeUsed):
    loss: Loss


class CashSide(Schema):
    total: Number
    cash: Cash
    margin_used: CashUsed


class Pledged(Schema):
    total: Number
    equity: Number
    mutual_funds: Number


class PledgeSide(Schema):
    total: Number
    margin_from_pledge: Pledged
    margin_used: PledgeUsed


class Available(Schema):
    total: Number
    cash_available_to_trade: CashSide
    pledge_available_to_trade: PledgeSide


class Profit(Schema):
    todays_profit: Number
    previous_days: Number


class Withheld(Schema):
    unsettled_profit: Profit


class Unavailable(Schema):
    cash_unavailable_to_trade: Withheld


class FundsData(Schema):
    available_to_trade: Available
    unavailable_to_trade: Unavailable


class SharesData(Schema):
    instrument_token: Key
    trading_symbol: str
    company_name: str
    quantity: Count
    average_price: Price
    close_price: Price
    cnc_used_quantity: Count
    collateral_quantity: Count
    t1_quantity: Count
    haircut: Annotated[float, Field(ge=0, le=1)] | None = None


class UpstoxAccount:
    """Fills the `AccountDoor` port."""

    def __init__(self, http: UpstoxHttp) -> None:
        self._http = http

    async def convert(self, conversion: Conversion) -> None:
        body = {
            "instrument_token": conversion.key,
            "transaction_type": SIDE_WORDS[conversion.side],
            "quantity": conversion.quantity,
            "old_product": PRODUCTS[conversion.before],
            "new_product": PRODUCTS[conversion.after],
        }
        url = f"{self._http.settings.base_url}/v2/portfolio/convert-position"
        await self._http.order("convert", "PUT", url, Reply[Converted], body=body)

    async def segments(self) -> list[SegmentState]:
        reply = await self._http.read("segments", "/v2/user/kill-switch", Reply[list[SegmentData]])
        return [_segment(each) for each in reply.data]

    async def switch(self, segments: Sequence[str], *, stop: bool) -> list[SegmentState]:
        reply = await self._http.order(
            "segment switch",
            "POST",
            f"{self._http.settings.base_url}/v2/user/kill-switch",
            Reply[list[SegmentData]],
            body=[{"segment": each, "action": ACTIONS[stop]} for each in segments],
            priority=Priority.EXIT,
        )
        return [_segment(each) for each in reply.data]

    async def addresses(self) -> RegisteredAddresses:
        told = (await self._http.read("addresses", "/v2/user/ip", Reply[AddressData])).data
        return RegisteredAddresses(
            primary=told.primary_ip or "",
            secondary=told.secondary_ip or "",
            primary_since=told.primary_ip_updated_at,
            secondary_since=told.secondary_ip_updated_at,
        )

    async def funds(self) -> FundsDetail:
        reply = await self._http.read(
            "funds in detail", "/v3/user/get-funds-and-margin", Reply[FundsData]
        )
        return _funds(reply.data)

    async def shares(self) -> list[HeldShares]:
        reply = await self._http.read(
            "shares", "/v2/portfolio/long-term-holdings", Reply[list[SharesData]]
        )
        return [_shares(each) for each in reply.data]

    async def borrowed(self) -> list[BrokerPosition]:
        reply = await self._http.read("mtf positions", "/v3/portfolio/mtf-positions", Positions)
        return mapped(self._http, "mtf positions", reply.data, ours.position)


def _segment(data: SegmentData) -> SegmentState:
    return SegmentState(
        segment=data.segment,
        active=data.segment_status == "ACTIVE",
        stopped=data.kill_switch_enabled,
    )


def _shares(data: SharesData) -> HeldShares:
    return HeldShares(
        key=InstrumentKey(data.instrument_token),
        symbol=data.trading_symbol,
        name=data.company_name,
        quantity=data.quantity,
        average_price=rupees(data.average_price),
        close=rupees(data.close_price) if data.close_price else None,
        used=data.cnc_used_quantity,
        pledged=data.collateral_quantity,
        arriving=data.t1_quantity,
        haircut=None if data.haircut is None else rupees(data.haircut),
    )


def _funds(data: FundsData) -> FundsDetail:
    cash = data.available_to_trade.cash_available_to_trade
    pledge = data.available_to_trade.pledge_available_to_trade
    return FundsDetail(
        available=rupees(data.available_to_trade.total),
        used=rupees(cash.margin_used.total) + rupees(pledge.margin_used.total),
        lines=tuple(_lines(data)),
    )


def _lines(data: FundsData) -> Iterable[MoneyLine]:
    cash = data.available_to_trade.cash_available_to_trade
    pledge = data.available_to_trade.pledge_available_to_trade
    held = data.unavailable_to_trade.cash_unavailable_to_trade.unsettled_profit
    used, put_up = cash.margin_used, pledge.margin_used
    lost = used.loss
    yield _line("Cash available", cash.total, 0)
    yield _line("Opening balance", cash.cash.opening_balance)
    yield _line("Added today", cash.cash.added_today)
    yield _line("Withdrawn today", cash.cash.withdrawn_today)
    yield _line("From shares sold", cash.cash.amount_from_stock_sale)
    yield _line("Charges not yet debited", cash.cash.unpaid_charges)
    yield _line("Margin from pledged shares", pledge.total, 0)
    yield _line("Pledged shares", pledge.margin_from_pledge.equity)
    yield _line("Pledged mutual funds", pledge.margin_from_pledge.mutual_funds)
    yield _line("Margin used", used.total + put_up.total, 0)
    yield _line("SPAN and exposure", used.span_exposure + put_up.span_exposure)
    yield _line("Premium", used.premium_present + put_up.premium_present)
    yield _line("Shares (VaR and ELM)", used.cash_margin_var_elm + put_up.cash_margin_var_elm)
    yield _line("Delivery", used.delivery_margin.total + put_up.delivery_margin.total)
    yield _line("Margin funding (MTF)", used.mtf + put_up.mtf)
    yield _line("Losses", lost.total)
    yield _line("Realised", lost.realised, 2)
    yield _line("Unrealised", lost.unrealised, 2)
    yield _line("Profit not yet settled", held.todays_profit + held.previous_days, 0)
    yield _line("Today's", held.todays_profit)
    yield _line("Of earlier days", held.previous_days)


def _line(name: str, amount: float, level: int = 1) -> MoneyLine:
    return MoneyLine(name=name, amount=rupees(amount), level=level)
