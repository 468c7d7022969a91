"""Login and the user: dialog, token, logout, profile."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from data.simulator.answers import ApiError, json_response, success
from data.simulator.exchange import Exchange
from data.simulator.login_page import login_page, with_query
from data.simulator.tokens import DEMO_CLIENT, USER_ID

PROFILE: Final = {
    "email": "trader@example.com",
    "exchanges": ["NSE", "NFO", "BSE", "BFO"],
    "products": ["D", "I", "CO", "MTF"],
    "broker": "UPSTOX",
    "user_id": USER_ID,
    "user_name": "SIMULATED TRADER",
    "order_types": ["MARKET", "LIMIT", "SL", "SL-M"],
    "user_type": "individual",
    "poa": False,
    "is_active": True,
}


def routes(exchange: Exchange) -> list[Route]:
    dialog = "/v2/login/authorization/dialog"
    return [
        exchange.route(dialog, show_dialog, public=True),
        exchange.route(dialog, approve, method="POST", public=True),
        exchange.route("/v2/login/authorization/token", give_token, method="POST", public=True),
        exchange.route("/v2/logout", log_out, method="DELETE", user=True),
        exchange.route("/v2/user/profile", profile, user=True),
    ]


async def show_dialog(exchange: Exchange, request: Request) -> Response:
    client_id, redirect_uri, state = _asked(request)
    if client_id == DEMO_CLIENT:
        return await approve(exchange, request)
    return HTMLResponse(login_page(client_id, redirect_uri, state))


async def approve(exchange: Exchange, request: Request) -> Response:
    client_id, redirect_uri, state = _asked(request)
    code = exchange.tokens.give_code(client_id, redirect_uri)
    return RedirectResponse(with_query(redirect_uri, {"code": code, "state": state}), 302)


def _asked(request: Request) -> tuple[str, str, str]:
    query = request.query_params
    client_id, redirect_uri = query.get("client_id", ""), query.get("redirect_uri", "")
    if not client_id or not redirect_uri.startswith(("http://", "https://")):
        raise ApiError("UDAPI100068", 401)
    # The official SDK's own method leaves response_type out.
    if query.get("response_type", "code") != "code":
        raise ApiError("UDAPI100036", field="response_type", value=query.get("response_type"))
    return client_id, redirect_uri, query.get("state", "")


async def give_token(exchange: Exchange, request: Request) -> Response:
    """The one answer without the envelope."""
    sent = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    if sent.get("grant_type") != "authorization_code":
        raise ApiError("UDAPI100036", field="grant_type", value=sent.get("grant_type"))
    token = exchange.tokens.trade(
        sent.get("code", ""),
        sent.get("client_id", ""),
        sent.get("client_secret", ""),
        sent.get("redirect_uri", ""),
    )
    return json_response({**PROFILE, "access_token": token, "extended_token": None})


async def log_out(exchange: Exchange, request: Request) -> Response:
    exchange.tokens.kill(exchange.caller(request).token)
    return success(True)


async def profile(exchange: Exchange, request: Request) -> Response:
    return success({**PROFILE, "ddpi": True})
