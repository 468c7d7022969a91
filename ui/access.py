"""Who may come in: only this machine's own pages, and behind a password where one is set."""

import html
import secrets
import time
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from nicegui import Client, app
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import Mode
from ui.plain import plain_page

COOKIE: Final = "strikedesk_door"
SESSION_SECONDS: Final = 12 * 3600
TRIES: Final = 5
TRIES_SECONDS: Final = 60.0
FORM_BYTES: Final = 4_096
PEERS: Final = 1_000
OPEN_PATHS: Final = frozenset({"/unlock", "/healthz", "/login/callback"})
"""`/login/callback` comes from the broker's site without our cookie; its `state` guards it."""
OPEN_PREFIXES: Final = ("/_nicegui/", "/assets/")
MACHINE_PATHS: Final = ("/api/", "/metrics", "/readyz")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Door:
    """The password, who gave it, and who gave a wrong one too often."""

    def __init__(self, password: str, now: Callable[[], float] = time.monotonic) -> None:
        self._password = password.encode()
        self._now = now
        self._inside: dict[str, float] = {}
        self._failures: dict[str, deque[float]] = {}

    @property
    def locked(self) -> bool:
        return bool(self._password)

    def admits(self, token: str) -> bool:
        return self._inside.get(token, 0.0) > self._now()

    def try_password(self, given: str, peer: str) -> str | None:
        """A token for the right password, None for a wrong one or too many tries."""
        if self.waiting(peer):
            return None
        if not secrets.compare_digest(given.encode(), self._password):
            self._remember_failure(peer)
            return None
        self._failures.pop(peer, None)
        token = secrets.token_urlsafe(32)
        now = self._now()
        self._inside = {t: until for t, until in self._inside.items() if until > now}
        self._inside[token] = now + SESSION_SECONDS
        return token

    def waiting(self, peer: str) -> int:
        """Seconds until `peer` may try again; 0 if it may now."""
        failures = self._failures.get(peer)
        if not failures:
            return 0
        while failures and failures[0] <= self._now() - TRIES_SECONDS:
            failures.popleft()
        return int(failures[0] + TRIES_SECONDS - self._now()) + 1 if len(failures) >= TRIES else 0

    def leave(self, token: str) -> None:
        self._inside.pop(token, None)

    def _remember_failure(self, peer: str) -> None:
        if peer not in self._failures and len(self._failures) >= PEERS:
            self._failures.pop(next(iter(self._failures)))
        self._failures.setdefault(peer, deque(maxlen=TRIES)).append(self._now())


class PasswordGate:
    """Pure ASGI, so that it sees websockets too."""

    def __init__(self, inner: ASGIApp, door: Door, mode: Mode) -> None:
        self._inner, self._door, self._mode = inner, door, mode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or self._may_pass(scope):
            await self._inner(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._turn_away(scope)(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        path = scope["path"]
        if not self._door.locked or path in OPEN_PATHS:
            return True
        if scope["type"] == "http" and path.startswith(OPEN_PREFIXES):
            return True
        return self._door.admits(cookie_of(scope)) or (
            path.startswith(MACHINE_PATHS) and self._knows_password(scope)
        )

    def _knows_password(self, scope: Scope) -> bool:
        """Programs send `Authorization: Bearer PASSWORD` (or Basic with any user name)."""
        kind, _, given = _header(scope, b"authorization").partition(" ")
        if kind.lower() == "basic":
            given = _basic_password(given)
        if not given:
            return False
        token = self._door.try_password(given, peer_of(scope))
        if token is not None:
            self._door.leave(token)
        return token is not None

    def _turn_away(self, scope: Scope) -> Response:
        if scope["path"].startswith(MACHINE_PATHS):
            body = {
                "mode": self._mode,
                "error": "unauthorized",
                "message": "this desk is behind a password: send Authorization: Bearer PASSWORD",
            }
            return JSONResponse(body, 401, headers={"WWW-Authenticate": "Bearer"})
        wanted = scope["path"]
        if scope["query_string"]:
            wanted += "?" + scope["query_string"].decode("latin-1")
        return Response(status_code=303, headers={"location": f"/unlock?next={quote(wanted)}"})


class LocalOnlyGuard:
    """The host check stops DNS rebinding; the origin check stops other sites' writes."""

    def __init__(self, inner: ASGIApp, hosts: frozenset[str]) -> None:
        self._inner, self._hosts = inner, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or not self._foreign(scope):
            await self._inner(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse("forbidden: not a request of this desk's own pages", 403)(
                scope, receive, send
            )

    def _foreign(self, scope: Scope) -> bool:
        host = _header(scope, b"host")
        if self._hosts and _name(host) not in self._hosts:
            return True
        if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            return False
        origin, site = _header(scope, b"origin"), _header(scope, b"sec-fetch-site")
        return (bool(origin) and urlsplit(origin).netloc != host) or site not in {
            "",
            "same-origin",
            "none",
        }


def install(mode: Mode, *, password: str, hosts: frozenset[str]) -> None:
    """Add guard and gate to the app; `hosts` are the names it answers to, empty for any."""
    door = Door(password)
    if door.locked:
        _add_unlock_page(door)
        app.add_middleware(PasswordGate, door=door, mode=mode)
    app.add_middleware(LocalOnlyGuard, hosts=hosts)


def _add_unlock_page(door: Door) -> None:
    @app.get("/unlock", include_in_schema=False)
    async def ask(next: str = "/") -> HTMLResponse:
        return _ask(next, "")

    @app.post("/unlock", include_in_schema=False)
    async def answer(request: Request) -> Response:
        form = parse_qs((await _body(request)).decode("utf-8", "replace"))
        wanted = own_path(form.get("next", ["/"])[0])
        peer = peer_of(request.scope)
        if seconds := door.waiting(peer):
            return _ask(wanted, f"Too many wrong passwords: try again in {seconds} s.", 429)
        token = door.try_password(form.get("password", [""])[0], peer)
        if token is None:
            return _ask(wanted, "That is not the password.", 401)
        reply = Response(status_code=303, headers={"location": wanted})
        reply.set_cookie(COOKIE, token, max_age=SESSION_SECONDS, httponly=True, samesite="lax")
        return reply

    @app.get("/lock", include_in_schema=False)
    async def lock(request: Request) -> Response:
        door.leave(cookie_of(request.scope))
        show_out(door)
        reply = Response(status_code=303, headers={"location": "/unlock"})
        reply.delete_cookie(COOKIE)
        return reply


def show_out(door: Door) -> None:
    """End every open page whose visitor may not be inside any more: it asks for the password."""
    for client in list(Client.instances.values()):
        if not door.admits(cookie_of(client.request.scope)):
            client.run_javascript("location.reload()")
            client.remove_all_elements()  # nothing it sends is heard, whether it reloads or not


def _ask(wanted: str, problem: str, status: int = 200) -> HTMLResponse:
    shown = f'<p class="bad" role="alert">{html.escape(problem)}</p>' if problem else ""
    form = (
        f'<form method="post" action="/unlock">{shown}'
        f'<input type="hidden" name="next" value="{html.escape(own_path(wanted))}">'
        '<label for="password">Password of this desk</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password"'
        ' autofocus required data-testid="unlock-password">'
        '<button data-testid="unlock">Open the desk</button></form>'
        "<p>It is the value of <code>STRIKEDESK_PASSWORD</code> where the desk runs.</p>"
    )
    return HTMLResponse(plain_page("Strikedesk", form), status)


def own_path(wanted: str) -> str:
    """`wanted` if it is an address on this desk, else `/`."""
    ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if ours and wanted.isprintable() else "/"


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES:
            return b""
    return body


def cookie_of(scope: Scope) -> str:
    try:
        found = SimpleCookie(_header(scope, b"cookie")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def peer_of(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _header(scope: Scope, name: bytes) -> str:
    return next((v.decode("latin-1") for k, v in scope["headers"] if k == name), "")


def _name(host: str) -> str:
    """The host's name without its port."""
    return (
        host[: host.rindex("]") + 1] if host.startswith("[") and "]" in host else host.split(":")[0]
    )


def _basic_password(given: str) -> str:
    try:
        return b64decode(given, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
