"""Orders, trades, positions and holdings as the broker writes them, in answers and updates."""

from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from core.clock import IST
from data.simulator.accounts.holdings import Holding
from data.simulator.accounts.orders import FINAL, Fill, Order
from data.simulator.accounts.positions import Position
from data.simulator.market import Contract
from data.simulator.sessions import EXCHANGES
from data.simulator.symbols import exchange_symbol
from data.simulator.tokens import USER_ID

BOOK_TIME, TRADE_TIME = "%Y-%m-%d %H:%M:%S", "%d-%b-%Y %H:%M:%S"
WORDS: Final = {segment: word for word, segment in EXCHANGES.items()}
HAIRCUT: Final = 0.2
MULTIPLIER: Final = 1.0


def moment(ms: int, form: str = BOOK_TIME) -> str:
    return datetime.fromtimestamp(ms / 1000, IST).strftime(form)


def book_symbol(contract: Contract) -> str:
    """As order book and trades have it: shares with their series."""
    symbol = exchange_symbol(contract)
    return f"{symbol}-EQ" if contract.type == "EQ" else symbol


def _common(order: Order, symbol: str) -> dict[str, Any]:
    """What every account of an order says."""
    ask = order.ask
    return {
        "exchange": WORDS[ask.contract.segment],
        "product": ask.product,
        "price": float(ask.price),
        "quantity": ask.quantity,
        "status": order.status.value,
        "tag": ask.tag,
        "instrument_token": ask.contract.key,
        "placed_by": USER_ID,
        "trading_symbol": symbol,
        "tradingsymbol": symbol,
        "order_type": ask.type,
        "validity": ask.validity,
        "trigger_price": float(ask.trigger),
        "disclosed_quantity": ask.disclosed,
        "transaction_type": ask.side,
        "average_price": order.average,
        "filled_quantity": order.filled,
        "exchange_order_id": order.exchange_id,
        "order_id": order.id,
        "variety": "SIMPLE",
        "order_timestamp": moment(order.changed_ms or order.placed_ms),
        "exchange_timestamp": moment(order.exchange_ms) if order.exchange_ms else None,
        "is_amo": order.amo,
        "order_request_id": str(order.request),
    }


def order_details(order: Order) -> dict[str, Any]:
    """The latest state of an order."""
    return _common(order, book_symbol(order.ask.contract)) | {
        "status_message": order.reason or None,
        "status_message_raw": order.reason_raw or None,
        "parent_order_id": None,
        "order_ref_id": order.reference,
        "pending_quantity": 0 if order.status in FINAL else order.left,
    }


def order_row(order: Order) -> dict[str, Any]:
    """A row of the order book."""
    return order_details(order) | {"guid": None}


def order_stage(order: Order) -> dict[str, Any]:
    """A row of an order's history: how it is at this moment."""
    return _common(order, exchange_symbol(order.ask.contract)) | {
        "status_message": order.reason or None,
        "parent_order_id": "NA",
        "exchange_order_id": order.exchange_id or None,
    }


def order_update(order: Order) -> dict[str, Any]:
    """A message of the portfolio stream."""
    return order_row(order) | {
        "update_type": "order",
        "user_id": USER_ID,
        "userId": USER_ID,
        "instrument_key": order.key,
        "status_message": order.reason,
    }


def trade_row(fill: Fill) -> dict[str, Any]:
    order, contract = fill.order, fill.order.ask.contract
    return {
        "exchange": WORDS[contract.segment],
        "product": order.ask.product,
        "trading_symbol": book_symbol(contract),
        "tradingsymbol": book_symbol(contract),
        "instrument_token": contract.key,
        "order_type": order.ask.type,
        "transaction_type": order.ask.side,
        "quantity": fill.quantity,
        "exchange_order_id": order.exchange_id,
        "order_id": order.id,
        "exchange_timestamp": moment(fill.at_ms, TRADE_TIME),
        "average_price": float(fill.rupees),
        "trade_id": fill.id,
        "order_ref_id": order.reference,
        "order_timestamp": moment(order.placed_ms, TRADE_TIME),
    }


def _flows(p: Position) -> dict[str, Any]:
    """What was bought and sold, today and before; rupees. The side carried counts in the overall
    price of its side, as with the broker."""
    carried, cost = p.overnight, abs(p.overnight_cost)
    up, down = max(carried, 0), max(-carried, 0)
    buys = p.bought.paise + (cost if up else 0)
    sells = p.sold.paise + (cost if down else 0)
    return {
        "buy_value": _rupees(p.bought.paise),
        "overnight_quantity": carried,
        "day_buy_value": _rupees(p.bought.paise),
        "day_buy_price": _price(p.bought.average),
        "overnight_buy_amount": _rupees(cost if up else 0),
        "overnight_buy_quantity": up,
        "day_buy_quantity": p.bought.units,
        "day_sell_value": _rupees(p.sold.paise),
        "day_sell_price": _price(p.sold.average),
        "overnight_sell_amount": _rupees(cost if down else 0),
        "overnight_sell_quantity": down,
        "day_sell_quantity": p.sold.units,
        "quantity": p.open,
        "sell_value": _rupees(p.sold.paise),
        "multiplier": MULTIPLIER,
        "buy_price": _price(_per(buys, p.bought.units + up)),
        "sell_price": _price(_per(sells, p.sold.units + down)),
    }


def position_row(p: Position, last: int, close: float) -> dict[str, Any]:
    """`last` in paise, the close before in rupees."""
    symbol = exchange_symbol(p.contract)
    unrealised = p.unrealised(last)
    row = _flows(p) | {
        "exchange": WORDS[p.contract.segment],
        "value": _rupees(abs(p.cost)),
        "pnl": _rupees(p.realised + unrealised),
        "product": p.product,
        "instrument_token": p.contract.key,
        "average_price": _price(p.average) if p.open else None,
        "last_price": last / 100,
        "unrealised": _rupees(unrealised),
        "realised": _rupees(p.realised),
        "trading_symbol": symbol,
        "close_price": close,
    }
    return row if p.product == "MTF" else row | {"tradingsymbol": symbol}


def position_update(p: Position) -> dict[str, Any]:
    return _flows(p) | {
        "update_type": "position",
        "instrument_token": p.contract.key,
        "instrument_key": p.contract.key,
        "average_price": _price(p.average),
        "exchange": p.contract.segment,
        "product": p.product,
    }


def _holding(held: Holding) -> dict[str, Any]:
    return {
        "isin": held.contract.isin,
        "cnc_used_quantity": held.used,
        "collateral_type": "WC",
        "company_name": held.contract.name,
        "haircut": HAIRCUT,
        "product": "D",
        "quantity": held.quantity,
        "instrument_token": held.contract.key,
        "average_price": _price(held.average),
        "collateral_quantity": 0,
        "collateral_update_quantity": 0,
        "t1_quantity": held.t1,
        "exchange": WORDS[held.contract.segment],
    }


def holding_row(held: Holding, last: int, close: float) -> dict[str, Any]:
    units, symbol = held.quantity + held.t1 - held.used, exchange_symbol(held.contract)
    change = last / 100 - close
    return _holding(held) | {
        "trading_symbol": symbol,
        "tradingsymbol": symbol,
        "last_price": last / 100,
        "close_price": close,
        "pnl": _rupees(units * (last - held.average)),
        "day_change": round(change, 2),
        "day_change_percentage": round(100 * change / close, 2) if close else 0.0,
    }


def holding_update(held: Holding) -> dict[str, Any]:
    return _holding(held) | {"update_type": "holding", "instrument_key": held.contract.key}


def _rupees(paise: Fraction | int) -> float:
    return float(round(Fraction(paise)) / Fraction(100))


def _price(paise: Fraction) -> float:
    """Rupees a unit, to 1/10000."""
    return float(round(paise * 100) / Fraction(10_000))


def _per(paise: Fraction | int, units: int) -> Fraction:
    return Fraction(paise) / units if units else Fraction(0)
