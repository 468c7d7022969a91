"""The account's money, as the two versions of the call tell it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.accounts.agenda import takes_orders
from data.simulator.accounts.funds import Funds, rupees
from data.simulator.answers import ApiError, success
from data.simulator.exchange import Exchange

SEGMENTS = ("SEC", "COM")


def routes(exchange: Exchange) -> list[Route]:
    path = "user/get-funds-and-margin"
    return [
        exchange.route(f"/v2/{path}", old, user=True),
        exchange.route(f"/v3/{path}", new, user=True),
    ]


def _funds(exchange: Exchange) -> Funds:
    if not takes_orders(exchange.now_ms()):
        raise ApiError("UDAPI100072", 423)
    account = exchange.account()
    return account.portfolio.funds(exchange.trading.at, account.blocked())


async def old(exchange: Exchange, request: Request) -> Response:
    """All money is under `equity`; the other segment is empty since July 2025."""
    segment = request.query_params.get("segment")
    if segment and segment not in SEGMENTS:
        raise ApiError("UDAPI100036", field="segment", value=segment)
    funds = _funds(exchange)
    both = {
        "equity": _side(
            used_margin=funds.used,
            span_margin=funds.blocked.span,
            exposure_margin=funds.blocked.exposure,
            available_margin=funds.available,
        ),
        "commodity": _side(),
    }
    if segment:
        name = "equity" if segment == "SEC" else "commodity"
        return success({name: both[name]})
    return success(both)


def _side(**known: float) -> dict[str, float]:
    names = ("used_margin", "payin_amount", "span_margin", "adhoc_margin", "notional_cash")
    return {
        name: round(known.get(name, 0.0), 2)
        for name in (*names, "available_margin", "exposure_margin")
    }


async def new(exchange: Exchange, request: Request) -> Response:
    funds = _funds(exchange)
    available = round(funds.available, 2)
    profit = rupees(funds.cash.withheld)
    return success(
        {
            "available_to_trade": {
                "total": available,
                "cash_available_to_trade": {
                    "total": available,
                    "cash": _cash(funds),
                    "margin_used": _used(funds),
                },
                "pledge_available_to_trade": _pledge(),
            },
            "unavailable_to_trade": {
                "cash_unavailable_to_trade": {
                    "unsettled_profit": {"todays_profit": profit, "previous_days": 0.0}
                },
                "pledge_unavailable_to_trade": {"equity": 0.0, "mutual_funds": 0.0},
            },
        }
    )


def _cash(funds: Funds) -> dict[str, float]:
    return {
        "opening_balance": rupees(funds.cash.opening),
        "added_today": 0.0,
        "withdrawn_today": 0.0,
        "amount_from_stock_sale": rupees(funds.cash.sold_shares),
        "unpaid_charges": round(funds.charges, 2),
    }


def _used(funds: Funds) -> dict[str, Any]:
    """Margin of working orders counts with that of positions."""
    blocked = funds.blocked
    return {
        "total": round(funds.used, 2),
        "mtf": round(blocked.mtf, 2),
        "loss": {
            "total": round(funds.loss + funds.unrealised_loss, 2),
            "realised": round(funds.loss, 2),
            "unrealised": round(funds.unrealised_loss, 2),
        },
        "span_exposure": round(blocked.span + blocked.exposure + float(blocked.orders), 2),
        "cash_margin_var_elm": round(blocked.shares + funds.bought, 2),
        "premium_present": round(funds.premium, 2),
        "delivery_margin": {
            "total": round(blocked.delivery, 2),
            "equity": 0.0,
            "fo_settlement": round(blocked.delivery, 2),
        },
    }


def _pledge() -> dict[str, Any]:
    """Nothing is pledged here."""
    return {
        "total": 0.0,
        "margin_from_pledge": {"total": 0.0, "equity": 0.0, "mutual_funds": 0.0},
        "margin_used": {
            "total": 0.0,
            "mtf": 0.0,
            "span_exposure": 0.0,
            "cash_margin_var_elm": 0.0,
            "premium_present": 0.0,
            "delivery_margin": {"total": 0.0, "equity": 0.0, "fo_settlement": 0.0},
        },
    }
