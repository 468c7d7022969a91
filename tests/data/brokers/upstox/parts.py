"""The adapter's parts, put together for tests with a scripted network."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
from pydantic import SecretStr

from core.clock import SetClock
from core.settings import Upstox
from core.state.health import BrokerHealth
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.token_store import Token, TokenStore

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SETTINGS = Upstox(
    api_key="key",
    api_secret=SecretStr("secret"),
    base_url="http://127.0.0.1:1",
    feed_url="ws://127.0.0.1:1/v3/feed/market-data-feed",
)
TOKEN = Token(
    access=SecretStr("token-of-today"),
    user_id="7QA1XZ",
    user_name="ASHA DEMO",
    expires_at=datetime(2026, 11, 23, 22, 0, tzinfo=UTC),
)


class Broker:
    """Answers from a list, then the last one again; remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


class Parts:
    def __init__(self, home: Path, network: Callable[[httpx.Request], httpx.Response]) -> None:
        self.clock = SetClock(NOW)
        self.health = BrokerHealth()
        self.tokens = TokenStore(home, "test", use_keyring=False)
        self.tokens.hold(TOKEN)
        self.pauses: list[float] = []
        self.http = UpstoxHttp(
            SETTINGS,
            self.tokens,
            self.clock,
            self.health,
            transport=httpx.MockTransport(network),
            pause=self._pause,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def good(data: Any) -> httpx.Response:
    return httpx.Response(200, content=orjson.dumps({"status": "success", "data": data}))


def bad(status: int, code: str = "", message: str = "no", **headers: str) -> httpx.Response:
    error = {"errorCode": code, "error_code": code, "message": message}
    body = orjson.dumps({"status": "error", "errors": [error]})
    return httpx.Response(status, content=body, headers=headers)


def page(status: int) -> httpx.Response:
    return httpx.Response(status, html="<html><h1>Attention required</h1></html>")
