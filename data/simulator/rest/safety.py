"""What keeps an account safe: the kill switch and the registered addresses."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.accounts.kill_switch import SEGMENTS
from data.simulator.answers import ApiError, success
from data.simulator.exchange import Exchange
from data.simulator.rest.order_asked import body_of, object_of

ACTIONS: Final = {"DISABLE": True, "ENABLE": False}
"""Of trading: to disable it is to turn the switch on."""


def routes(exchange: Exchange) -> list[Route]:
    return [
        exchange.route("/v2/user/kill-switch", kill_switch, user=True),
        exchange.route("/v2/user/kill-switch", turn_kill_switch, method="POST", user=True),
        exchange.route("/v2/user/ip", addresses, user=True),
        exchange.route("/v2/user/ip", change_addresses, method="PUT", user=True),
    ]


async def kill_switch(exchange: Exchange, request: Request) -> Response:
    return success(exchange.trading.kill_switch.told())


async def turn_kill_switch(exchange: Exchange, request: Request) -> Response:
    asked = await body_of(request)
    if not isinstance(asked, list) or not asked or not all(isinstance(a, dict) for a in asked):
        raise ApiError("UDAPI100036", field="body")
    actions = {}
    for each in asked:
        segment, action = each.get("segment"), each.get("action")
        if segment not in SEGMENTS:
            raise ApiError("UDAPI1108", field="segment", value=str(segment))
        if action not in ACTIONS:
            raise ApiError("UDAPI100036", field="action", value=str(action))
        actions[segment] = ACTIONS[action]
    exchange.account()
    exchange.trading.kill_switch.turn(actions, exchange.trading.at)
    return success(exchange.trading.kill_switch.told())


async def addresses(exchange: Exchange, request: Request) -> Response:
    return success(exchange.trading.addresses.told())


async def change_addresses(exchange: Exchange, request: Request) -> Response:
    """New addresses end every token."""
    asked, known = await object_of(request), exchange.trading.addresses
    known.change(asked.get("primary_ip"), asked.get("secondary_ip"), exchange.now_ms())
    exchange.tokens.kill_all()
    return success(known.told() | {"access_tokens_invalidated": True})
