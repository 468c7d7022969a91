"""Login codes and access tokens: given out, checked, and dead at 03:30 in India."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson

from data.simulator.answers import ApiError, bad_token
from data.simulator.clock import Clock, at_ist, day_of

DEMO_CLIENT: Final = "strikedesk-demo"
DEMO_SECRET: Final = "strikedesk-demo-secret"
ANALYTICS_TOKEN: Final = "strikedesk-demo-analytics"
USER_ID: Final = "SIM001"
CODE_LIVES_MS: Final = 600_000
NEVER: Final = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Who calls, and until when the exchange lets them."""

    token: str
    expires_ms: int
    analytics: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    client_id: str
    redirect_uri: str
    given_ms: int


class Tokens:
    """Tokens are signed with a key made from the seed: they outlive a restart of the exchange."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._key = hashlib.sha256(f"strikedesk exchange {seed}".encode()).digest()
        self._codes: dict[str, _Code] = {}
        self._dead: set[str] = set()
        self._alive: dict[str, int] = {}

    def give_code(self, client_id: str, redirect_uri: str) -> str:
        code = secrets.token_urlsafe(6)
        self._codes[code] = _Code(
            client_id=client_id, redirect_uri=redirect_uri, given_ms=self._clock.now_ms()
        )
        return code

    def trade(self, code: str, client_id: str, client_secret: str, redirect_uri: str) -> str:
        """A token for a code; the code is spent even where something else is wrong."""
        given = self._codes.pop(code, None)
        if not client_id or not client_secret:
            raise ApiError("UDAPI100069", 401)
        if client_id == DEMO_CLIENT and client_secret != DEMO_SECRET:
            raise ApiError("UDAPI100069", 401)
        if given is None or given.client_id != client_id:
            raise ApiError("UDAPI100057", 401, field="code")
        if self._clock.now_ms() - given.given_ms > CODE_LIVES_MS:
            raise ApiError("UDAPI100057", 401, field="code")
        if given.redirect_uri != redirect_uri:
            raise ApiError("UDAPI100070", 401, field="redirect_uri", value=redirect_uri)
        return self.make()

    def make(self) -> str:
        """A new token, shaped like the broker's JWT, good until the next 03:30 in India."""
        now = self._clock.now_ms()
        claims = {
            "sub": USER_ID,
            "jti": secrets.token_hex(8),
            "isMultiClient": False,
            "isPlusPlan": True,
            "iat": now // 1000,
            "iss": "udapi-gateway-service",
            "exp": next_expiry(now) // 1000,
        }
        head = _packed({"typ": "JWT", "alg": "HS256"})
        body = f"{head}.{_packed(claims)}"
        token = f"{body}.{self._signature(body)}"
        self._alive[token] = next_expiry(now)
        return token

    def check(self, token: str) -> Pass:
        """Who this token is; raises the broker's 401."""
        if token == ANALYTICS_TOKEN:
            return Pass(token=token, expires_ms=NEVER, analytics=True)
        expires = self._alive.get(token) or self._read(token)
        if token in self._dead or expires <= self._clock.now_ms():
            raise bad_token()
        self._alive[token] = expires
        return Pass(token=token, expires_ms=expires)

    def kill(self, token: str) -> None:
        self._dead.add(token)

    def kill_all(self) -> None:
        self._dead.update(self._alive)

    def is_dead(self, token: str) -> bool:
        return token in self._dead

    def _read(self, token: str) -> int:
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(body).encode(), signature.encode()):
            raise bad_token()
        claims = orjson.loads(base64.urlsafe_b64decode(body.split(".")[1] + "=="))
        return int(claims["exp"]) * 1000

    def _signature(self, body: str) -> str:
        return _text(hmac.new(self._key, body.encode(), hashlib.sha256).digest())


def next_expiry(now_ms: int) -> int:
    """The next 03:30 in India, whatever the time of issue."""
    today = day_of(now_ms)
    first = at_ist(today, 3, 30)
    return first if now_ms < first else at_ist(today + timedelta(days=1), 3, 30)


def _packed(part: dict[str, Any]) -> str:
    return _text(orjson.dumps(part))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
