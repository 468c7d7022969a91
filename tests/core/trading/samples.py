"""Orders and fills to test with: one contract of NIFTY, one morning."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from core.ids import BrokerOrderId, InstrumentKey, OrderId, TradeId
from core.instruments.instrument import Instrument, Kind
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.fills import Fill
from core.trading.orders import Order
from core.trading.requests import OrderRequest, OrderType, Product, Side

NOW = datetime(2026, 8, 21, 5, 0, tzinfo=UTC)
KEY = InstrumentKey("NSE_FO|43210")
OTHER = InstrumentKey("NSE_FO|43211")
LOT = 65
CALL = Instrument(
    key=KEY,
    segment="NSE_FO",
    exchange="NSE",
    symbol="NIFTY 24200 CE 25 AUG 26",
    name="NIFTY",
    kind=Kind.CALL,
    series="CE",
    lot_size=LOT,
    tick_size=Decimal("0.05"),
    freeze_quantity=1755,
    expiry=date(2026, 8, 25),
    strike=24_200.0,
    underlying_key=InstrumentKey("NSE_INDEX|Nifty 50"),
    underlying_symbol="NIFTY",
)
PUT = replace(CALL, key=OTHER, symbol="NIFTY 24200 PE 25 AUG 26", kind=Kind.PUT, series="PE")
LISTED = {each.key: each for each in (CALL, PUT)}


def ask(side: Side = Side.BUY, quantity: int = LOT, **more: object) -> OrderRequest:
    given: dict[str, object] = {
        "key": KEY,
        "side": side,
        "quantity": quantity,
        "product": Product.CARRY,
        "type": OrderType.LIMIT,
        "price": Decimal("150"),
    }
    return OrderRequest(**(given | more))  # type: ignore[arg-type]


def order(request: OrderRequest | None = None, id: str = "sd0") -> Order:
    return Order(id=OrderId(id), request=request or ask(), placed_at=NOW)


def at_broker(
    id: str = "1", status: Status = Status.OPEN, filled: int = 0, **more: object
) -> BrokerOrder:
    given: dict[str, object] = {
        "id": BrokerOrderId(id),
        "key": KEY,
        "side": Side.BUY,
        "product": Product.CARRY,
        "type": OrderType.LIMIT,
        "quantity": LOT,
        "status": status,
        "at": NOW,
        "price": Decimal("150"),
        "filled": filled,
        "average_price": Decimal("150") if filled else Decimal(0),
    }
    return BrokerOrder(**(given | more))  # type: ignore[arg-type]


def fill(
    number: int, signed: int, price: str | Decimal, *, order_id: str = "1", **more: object
) -> Fill:
    given: dict[str, object] = {
        "order_id": BrokerOrderId(order_id),
        "trade_id": TradeId(str(number)),
        "key": KEY,
        "side": Side.BUY if signed > 0 else Side.SELL,
        "product": Product.CARRY,
        "quantity": abs(signed),
        "price": Decimal(price),
        "at": NOW + timedelta(seconds=number),
    }
    return Fill(**(given | more))  # type: ignore[arg-type]
