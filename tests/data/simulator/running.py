"""An exchange inside the test's process: behind real sockets, with a clock that the test moves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn

from core.clock import IST
from data.simulator.accounts.account import CASH, FIRST_ORDER
from data.simulator.accounts.opening import open_trading
from data.simulator.app import create_app
from data.simulator.exchange import Exchange
from data.simulator.faults import Faults
from data.simulator.limits import ORDERS, RateLimits
from data.simulator.market import Market
from data.simulator.serve import FeedProtocol, OrderProtocol
from data.simulator.tokens import DEMO_CLIENT, DEMO_SECRET, Tokens

NIFTY = "NSE_INDEX|Nifty 50"
RELIANCE = "NSE_EQ|INE002A01018"
DAY = datetime(2026, 11, 18, tzinfo=IST)
"""A Wednesday on which everything trades; the NIFTY weekly of that week has expired."""
MORNING = DAY.replace(hour=11, minute=42, second=10)
BACK = "http://127.0.0.1:8080/login/callback"


class StillClock:
    """Stands where it is put."""

    kind = "open"
    speed = 1.0

    def __init__(self, at: datetime = MORNING) -> None:
        self.ms = 0
        self.set(at)

    def set(self, at: datetime) -> None:
        self.ms = int(at.timestamp() * 1000)

    def advance(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)

    def now_ms(self) -> int:
        return self.ms


def exchange_at(market: Market, clock: Any) -> Exchange:
    """The exchange without its program around."""
    faults = Faults(enabled=False)
    return Exchange(
        market=market,
        clock=clock,
        tokens=Tokens(clock, 7),
        limits=RateLimits(),
        faults=faults,
        seed=7,
        trading=open_trading(market, clock.now_ms(), faults, cash=CASH, first=FIRST_ORDER),
        order_limits=RateLimits(ORDERS),
    )


def app_at(market: Market, clock: Any, **options: Any) -> Any:
    return create_app(market, clock, **options)


@contextmanager
def behind_sockets(app: Any) -> Iterator[str]:
    """Runs the program in a thread; yields its base URL."""
    config = uvicorn.Config(
        app,
        port=0,
        http=OrderProtocol,
        ws=FeedProtocol,
        ws_per_message_deflate=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the exchange did not start"
            threading.Event().wait(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def code_from(answer: httpx.Response) -> str:
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def token_form(code: str, **changes: str) -> dict[str, str]:
    return {
        "code": code,
        "client_id": DEMO_CLIENT,
        "client_secret": DEMO_SECRET,
        "redirect_uri": BACK,
        "grant_type": "authorization_code",
    } | changes


DIALOG = "/v2/login/authorization/dialog"
TOKEN = "/v2/login/authorization/token"
DIALOG_QUERY = {
    "client_id": DEMO_CLIENT,
    "redirect_uri": BACK,
    "response_type": "code",
    "state": "s1",
}


async def log_in(client: httpx.AsyncClient) -> str:
    """The token; the client sends it from now on."""
    code = code_from(await client.get(DIALOG, params=DIALOG_QUERY))
    answer = await client.post(TOKEN, data=token_form(code))
    token = str(answer.json()["access_token"])
    client.headers["Authorization"] = f"Bearer {token}"
    return token


def error_code(answer: httpx.Response) -> str:
    body = answer.json()
    assert body["status"] == "error"
    error = body["errors"][0]
    assert error["errorCode"] == error["error_code"]
    assert error["propertyPath"] == error["property_path"]
    assert error["message"]
    return str(error["errorCode"])


async def data(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "success"
    return answer.json()["data"]
