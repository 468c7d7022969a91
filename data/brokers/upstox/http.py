"""The broker's REST door: one client, an allowance, a breaker, retries for reads, typed errors."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
import orjson
import structlog
from pydantic import BaseModel, ValidationError

from core.clock import Clock
from core.errors import (
    AppError,
    BadData,
    BrokerRejected,
    BrokerUnavailable,
    LoginNeeded,
    RuleBroken,
)
from core.settings import Upstox
from core.state.health import BrokerHealth, BudgetHealth
from data.brokers.upstox.breaker import Breaker
from data.brokers.upstox.budget import ORDERS, Priority, RateBudget
from data.brokers.upstox.schemas import Problems
from data.brokers.upstox.token_store import TokenStore

log = structlog.get_logger(__name__)

TRIES: Final = 3
LONGEST_PAUSE: Final = 20.0
ORDER_PATIENCE: Final = 2.0
"""Seconds an order may wait for its turn: after that its price is no longer what was meant."""
WRONG_KIND_OF_TOKEN: Final = {"UDAPI100067", "UDAPI1221"}
"""401 codes that say "not with this token", not "this token is dead"."""

WRONG_ADDRESS: Final = "UDAPI1154"

Answer = TypeVar("Answer", bound=BaseModel)
Body = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class _TryAgain(BrokerUnavailable):
    """A failure after which a read may be repeated, at the earliest after `pause` seconds."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class UpstoxHttp:
    """Calls named for the health page; answers come back as the schema asked for."""

    def __init__(
        self,
        settings: Upstox,
        tokens: TokenStore,
        clock: Clock,
        health: BrokerHealth,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self._tokens, self._clock, self._health = tokens, clock, health
        self._transport, self._pause = transport, pause
        standard = BudgetHealth(name="standard")
        health.budgets.append(standard)
        self._budget = RateBudget(standard)
        self._breaker = Breaker(health, clock)

    async def read(
        self,
        call: str,
        path: str,
        schema: type[Answer],
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        public: bool = False,
        priority: Priority = Priority.SCREEN,
    ) -> Answer:
        """GET `path`, again after a passing failure; `public` sends no token.

        With a `body` the question is POSTed as JSON: for calls that ask and change nothing.
        """
        method = "GET" if body is None else "POST"
        for attempt in range(1, TRIES + 1):
            try:
                response = await self._ask(
                    method, path, params=params, body=body, public=public, priority=priority
                )
                return self._understood(call, response, schema)
            except _TryAgain as problem:
                if attempt == TRIES:
                    raise
                pause = problem.pause or random.uniform(0.5, 1.0) * 0.25 * 4**attempt
                if pause > LONGEST_PAUSE:
                    raise
                log.info("broker.retry", call=call, attempt=attempt, why=str(problem))
                await self._pause(pause)
        raise AssertionError("unreachable")

    async def write(
        self,
        call: str,
        method: str,
        path: str,
        schema: type[Answer],
        *,
        form: Mapping[str, str] | None = None,
        public: bool = False,
    ) -> Answer:
        """Sent once, never repeated."""
        response = await self._ask(method, path, form=form, public=public)
        return self._understood(call, response, schema)

    async def order(
        self,
        call: str,
        method: str,
        url: str,
        schema: type[Answer],
        *,
        params: Mapping[str, str] | None = None,
        body: Body | None = None,
        priority: Priority = Priority.SCREEN,
    ) -> Answer:
        """A write about orders: sent once, to one address, whatever comes back.

        It has an allowance of its own and asks no breaker: that reads fail must not hold an exit.
        BrokerRejected, LoginNeeded, RuleBroken: nothing was done. BrokerUnavailable: unknown.
        """
        try:
            await self._order_budget.take(priority, patience=ORDER_PATIENCE)
        except BrokerUnavailable as full:
            raise RuleBroken(f"not sent: {full}") from full
        access = self._tokens.live(self._clock.now()).access.get_secret_value()
        try:
            response = await self._send(method, url, params, None, body, access)
            problem = order_refusal(response)
            if isinstance(problem, LoginNeeded):
                self._tokens.refuse(access)
            self._note_address(problem)
            if problem is not None:
                raise problem
            return self._understood(call, response, schema)
        except BadData as unclear:
            self._health.failures += 1
            raise BrokerUnavailable(f"what became of it is not known: {unclear}") from unclear
        except BrokerUnavailable:
            self._health.failures += 1
            raise

    def _note_address(self, problem: AppError | None) -> None:
        """Whether orders are taken from here: only an order tells."""
        if isinstance(problem, BrokerRejected) and problem.code == WRONG_ADDRESS:
            self._health.address_refused_at = self._clock.now()
        elif problem is None:
            self._health.address_refused_at = None

    async def location(self, url: str, params: Mapping[str, str] | None = None) -> str:
        """Where a GET without a token is redirected to; raises BrokerRejected if nowhere."""
        response = await self._ask("GET", url, params=params, public=True)
        if not response.is_redirect:
            raise BrokerRejected("the login page asks for a person", http_status=200)
        return str(response.url.join(response.headers["location"]))

    def refresh_health(self) -> None:
        self._budget.refresh()
        if "_order_budget" in self.__dict__:
            self._order_budget.refresh()

    async def close(self) -> None:
        await self._budget.close()
        if "_order_budget" in self.__dict__:
            await self._order_budget.close()
        if "_client" in self.__dict__:
            await self._client.aclose()

    @cached_property
    def _order_budget(self) -> RateBudget:
        """Told on the health page from the first order on."""
        orders = BudgetHealth(name="orders")
        self._health.budgets.append(orders)
        return RateBudget(orders, ORDERS)

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            timeout=httpx.Timeout(10.0, connect=5.0),
            transport=self._transport,
            headers={"Accept": "application/json"},
            trust_env=not is_loopback(self.settings.base_url),
        )

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        public: bool = False,
        priority: Priority = Priority.SCREEN,
    ) -> httpx.Response:
        """One request; returns an answer below 400, raises the typed error of any other."""
        access = None
        if not public:
            access = self._tokens.live(self._clock.now()).access.get_secret_value()
        self._breaker.enter()
        try:
            patience = 1800.0 if priority is Priority.JOB else 30.0
            await self._budget.take(priority, patience=patience)
            response = await self._send(method, path, params, form, body, access)
        except _TryAgain:
            self._failed()
            raise
        except BaseException:
            self._breaker.left()
            raise
        problem = refusal(response)
        if isinstance(problem, _TryAgain) and response.status_code != 429:
            self._failed()
        else:
            self._breaker.succeeded()
        if isinstance(problem, LoginNeeded) and access is not None:
            self._tokens.refuse(access)
        if problem is not None:
            raise problem
        return response

    async def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        body: Body | None,
        access: str | None,
    ) -> httpx.Response:
        url = path if "://" in path else self.settings.base_url + path
        headers = {"Authorization": f"Bearer {access}"} if access else {}
        begun = time.perf_counter()
        self._health.calls += 1
        try:
            return await self._client.request(
                method, url, params=params, data=form, json=body, headers=headers
            )
        except httpx.TransportError as problem:
            raise _TryAgain(f"the broker cannot be reached ({_words(problem)})") from problem
        except (httpx.DecodingError, httpx.InvalidURL) as problem:
            raise BadData(f"an answer that cannot be read ({problem})") from problem
        finally:
            self._health.last_latency_ms = 1000 * (time.perf_counter() - begun)

    def _failed(self) -> None:
        self._health.failures += 1
        self._breaker.failed()

    def _understood(self, call: str, response: httpx.Response, schema: type[Answer]) -> Answer:
        try:
            return schema.model_validate(orjson.loads(response.content))
        except orjson.JSONDecodeError as problem:
            self.count_bad(call, f"not JSON ({problem.msg})")
            raise BadData(f"{call}: the broker's answer is not JSON") from problem
        except ValidationError as problem:
            first = problem.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            self.count_bad(call, f"{where}: {first['msg']}")
            raise BadData(f"{call}: the broker's answer is not understood ({where})") from problem

    def count_bad(self, call: str, why: str) -> None:
        """An answer that we do not understand: counted by call, and said in the log."""
        self._health.bad_data[call] += 1
        log.warning("broker.bad_data", call=call, why=why)


def refusal(response: httpx.Response) -> AppError | None:
    """The typed error of an answer; None for one that is not an error."""
    status = response.status_code
    if status < 400:
        return None
    problems = _problems(response)
    if problems is None and (status in (403, 429) or status >= 500):
        return _TryAgain(
            f"the broker answers with a page, not data (HTTP {status})", _later(response)
        )
    if status == 429 or status >= 500:
        words = problems.text if problems else ""
        return _TryAgain(f"the broker is busy (HTTP {status}) {words}".strip(), _later(response))
    code, text = (problems.code, problems.text) if problems else ("", f"HTTP {status}")
    if status == 401 and code not in WRONG_KIND_OF_TOKEN:
        return LoginNeeded("the broker no longer accepts this login: log in again")
    return BrokerRejected(f"the broker says no: {text}", code=code, http_status=status)


def order_refusal(response: httpx.Response) -> AppError | None:
    """The same for a write about orders: only the broker's own code says that nothing was done."""
    problem = refusal(response)
    status = response.status_code
    unclear = isinstance(problem, BrokerRejected) and (status == 408 or not problem.code)
    if unclear or (problem is None and not response.is_success):
        return BrokerUnavailable(f"the broker's answer says nothing of the order (HTTP {status})")
    return problem


def _problems(response: httpx.Response) -> Problems | None:
    try:
        return Problems.model_validate_json(response.content)
    except ValidationError:
        return None


def _later(response: httpx.Response) -> float | None:
    """Seconds named by Retry-After; None without it, or where it is a date."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None


def _words(problem: Exception) -> str:
    return str(problem) or type(problem).__name__


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
