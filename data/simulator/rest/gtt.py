"""GTT orders by request: place, modify, cancel, read."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.accounts import gtt as rows
from data.simulator.accounts.gtt import Gtt, RuleAsk, RuleStatus
from data.simulator.accounts.orders import Ask
from data.simulator.answers import ApiError, success
from data.simulator.exchange import Exchange
from data.simulator.rest.order_asked import Body, contract_of, object_of, quantity_of, rupees
from data.simulator.rest.orders import metadata

TYPES: Final = ("SINGLE", "MULTIPLE")
STRATEGIES: Final = ("ENTRY", "TARGET", "STOPLOSS")
TRIGGERS: Final = ("ABOVE", "BELOW", "IMMEDIATE")
PRODUCTS: Final = ("I", "D", "MTF")


def routes(exchange: Exchange) -> list[Route]:
    path = "/v3/order/gtt"
    return [
        exchange.route(f"{path}/place", place, method="POST", order=True),
        exchange.route(f"{path}/modify", modify, method="PUT", order=True),
        exchange.route(f"{path}/cancel", cancel, method="DELETE", order=True),
        exchange.route(path, details, user=True),
    ]


async def place(exchange: Exchange, request: Request) -> Response:
    body = await object_of(request)
    kind, rules = _kind(body), _rules(body)
    contract, quantity = contract_of(exchange, body.get("instrument_token")), quantity_of(body)
    product, side = body.get("product"), body.get("transaction_type")
    if product not in PRODUCTS:
        raise ApiError("UDAPI1054", field="product", value=str(product))
    if side not in ("BUY", "SELL"):
        raise ApiError("UDAPI1057", field="transaction_type", value=str(side))
    entry = Ask(
        contract=contract,
        quantity=quantity,
        product=str(product),
        validity="DAY",
        price=Decimal(0),
        type="LIMIT",
        buy=side == "BUY",
    )
    exchange.account()
    made = exchange.trading.gtts.place(kind, entry, rules, exchange.trading.at)
    return _done(exchange, made)


async def modify(exchange: Exchange, request: Request) -> Response:
    body = await object_of(request)
    kind, rules, quantity = _kind(body), _rules(body), quantity_of(body)
    known = _known(exchange, body)
    strategies = {rule.strategy for rule in rules}
    if kind != known.type or strategies != {rule.ask.strategy for rule in known.rules}:
        raise ApiError("UDAPI1138", field="rules")
    if known.entry.status is not RuleStatus.SCHEDULED and quantity != known.quantity:
        raise ApiError("UDAPI100036", field="quantity", value=quantity)
    exchange.trading.gtts.modify(known, quantity, rules, exchange.trading.at)
    return _done(exchange, known)


async def cancel(exchange: Exchange, request: Request) -> Response:
    known = _known(exchange, await object_of(request))
    exchange.trading.gtts.cancel(known, exchange.trading.at)
    return _done(exchange, known)


async def details(exchange: Exchange, request: Request) -> Response:
    """One, or all that are not over."""
    account, wanted = exchange.account(), request.query_params.get("gtt_order_id")
    found = [exchange.trading.gtts.find(wanted)] if wanted else exchange.trading.gtts.active()
    return success([rows.row(each) for each in found], metadata=metadata(account))


def _done(exchange: Exchange, known: Gtt) -> Response:
    account = exchange.trading.account
    return success({"gtt_order_ids": [known.id]}, metadata=metadata(account))


def _known(exchange: Exchange, body: Body) -> Gtt:
    wanted = body.get("gtt_order_id")
    if not wanted:
        raise ApiError("UDAPI1134", field="gtt_order_id")
    if not isinstance(wanted, str) or not wanted.startswith("GTT-"):
        raise ApiError("UDAPI1135", field="gtt_order_id", value=str(wanted))
    exchange.account()
    return exchange.trading.gtts.find(wanted)


def _kind(body: Body) -> str:
    kind = body.get("type")
    if not kind:
        raise ApiError("UDAPI1126", field="type")
    if kind not in TYPES:
        raise ApiError("UDAPI1127", field="type", value=str(kind))
    return str(kind)


def _rules(body: Body) -> list[RuleAsk]:
    asked = body.get("rules")
    if not isinstance(asked, list) or not asked or not all(isinstance(r, dict) for r in asked):
        raise ApiError("UDAPI1128", field="rules")
    rules = [_rule(each) for each in asked]
    _check(body["type"], [rule.strategy for rule in rules])
    return rules


def _check(kind: Any, strategies: Sequence[str]) -> None:
    if kind == "SINGLE" and len(strategies) != 1:
        raise ApiError("UDAPI1136", field="rules", value=len(strategies))
    if kind == "MULTIPLE" and len(strategies) not in (2, 3):
        raise ApiError("UDAPI1137", field="rules", value=len(strategies))
    if len(set(strategies)) < len(strategies):
        raise ApiError("UDAPI1139", field="strategy")
    if "ENTRY" not in strategies:
        raise ApiError("UDAPI1141", field="rules")


def _rule(asked: Body) -> RuleAsk:
    strategy, trigger = asked.get("strategy"), asked.get("trigger_type")
    if not strategy:
        raise ApiError("UDAPI1129", field="strategy")
    if strategy not in STRATEGIES:
        raise ApiError("UDAPI1130", field="strategy", value=str(strategy))
    if not trigger:
        raise ApiError("UDAPI1131", field="trigger_type")
    if trigger not in TRIGGERS:
        raise ApiError("UDAPI1132", field="trigger_type", value=str(trigger))
    if strategy != "ENTRY" and trigger != "IMMEDIATE":
        raise ApiError("UDAPI1143", field="trigger_type", value=str(trigger))
    price = rupees(asked, "trigger_price", "UDAPI1133")
    if not price:
        raise ApiError("UDAPI1140", field="trigger_price", value=0)
    return RuleAsk(
        strategy=str(strategy),
        trigger_type=str(trigger),
        price=price,
        gap=_gap(asked, str(strategy)),
        protection=_protection(asked),
    )


def _gap(asked: Body, strategy: str) -> Decimal | None:
    if asked.get("trailing_gap") is None:
        return None
    gap = rupees(asked, "trailing_gap", "UDAPI1151")
    if strategy != "STOPLOSS" or not gap:
        raise ApiError("UDAPI1151", field="trailing_gap", value=float(gap))
    return gap


def _protection(asked: Body) -> float | None:
    value = asked.get("market_protection")
    if value is None:
        return None
    if type(value) not in (int, float) or not (value == -1 or 0 <= value <= 25):
        raise ApiError("UDAPI1160", field="market_protection", value=str(value))
    return float(value)
