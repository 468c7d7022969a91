"""Trades as reports and charges need them, settlements at expiry included."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.charges.charges import Trade
from core.charges.rates import Segment, Side
from data.simulator.accounts.funds import OPTIONS
from data.simulator.accounts.orders import Fill
from data.simulator.clock import day_of
from data.simulator.market import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A trade, or a settlement at expiry, as reports need it; `paise` a unit."""

    contract: Contract
    product: str
    buy: bool
    quantity: int
    paise: int
    at_ms: int
    trade_id: str
    order_id: str
    settled: bool = False

    @property
    def day(self) -> date:
        return day_of(self.at_ms)


def charged(deal: Deal) -> Trade:
    """The trade as charges are counted on it."""
    contract = deal.contract
    return Trade(
        segment=segment_of(contract, deal.product),
        exchange=contract.exchange,
        underlying=contract.underlying or contract.trading_symbol,
        side=Side.BUY if deal.buy else Side.SELL,
        quantity=deal.quantity,
        price=Decimal(deal.paise) / 100,
        day=deal.day,
        order_id=deal.order_id,
    )


def segment_of(contract: Contract, product: str) -> Segment:
    if contract.type in OPTIONS:
        return Segment.OPTION
    if contract.type == "FUT":
        return Segment.FUTURE
    return Segment.EQUITY_INTRADAY if product == "I" else Segment.EQUITY_DELIVERY


def deal_of(fill: Fill) -> Deal:
    ask = fill.order.ask
    return Deal(
        contract=ask.contract,
        product=ask.product,
        buy=ask.buy,
        quantity=fill.quantity,
        paise=fill.paise,
        at_ms=fill.at_ms,
        trade_id=fill.id,
        order_id=fill.order.id,
    )
