"""The desk's door: a password where one is set, and only this machine's own pages."""

from base64 import b64encode

import httpx
import pytest
from nicegui import Client
from nicegui.testing import User
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from core.settings import Mode
from tests.fake_desk import FakeDesk
from ui import access, api
from ui.access import COOKIE, Door, LocalOnlyGuard, own_path
from ui.opening import prepare
from ui.shell import build

PASSWORD = "open sesame"


@pytest.fixture
def locked(user: User, desk: FakeDesk) -> httpx.AsyncClient:
    prepare(Mode.SIMULATED, "0.0.0-test", password=PASSWORD).set()
    api.register(desk.services)
    build(desk.services)
    return user.http_client


async def test_without_the_password_pages_lead_to_the_door(locked: httpx.AsyncClient) -> None:
    answer = await locked.get("/watch?list=a")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/unlock?next=/watch%3Flist%3Da"
    page = await locked.get(answer.headers["location"])
    assert page.status_code == 200
    assert 'value="/watch?list=a"' in page.text


async def test_the_right_password_opens_the_page_that_was_wanted(
    locked: httpx.AsyncClient,
) -> None:
    answer = await locked.post("/unlock", data={"password": PASSWORD, "next": "/watch?list=a"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/watch?list=a"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    locked.cookies.set(COOKIE, answer.cookies[COOKIE])
    assert (await locked.get("/guide")).status_code == 200
    locked.cookies.delete(COOKIE)
    locked.cookies.set(COOKIE, "made-up")
    assert (await locked.get("/guide")).status_code == 303


async def test_locking_ends_the_stay(locked: httpx.AsyncClient) -> None:
    answer = await locked.post("/unlock", data={"password": PASSWORD})
    token = answer.cookies[COOKIE]
    locked.cookies.set(COOKIE, token)
    await locked.get("/lock")
    locked.cookies.set(COOKIE, token)
    assert (await locked.get("/guide")).status_code == 303


async def test_locking_ends_the_pages_that_are_open_and_nobody_elses(
    user: User, locked: httpx.AsyncClient
) -> None:
    mine = await inside(user, locked)
    other = await inside(user, locked)
    await locked.get("/lock")
    assert not other.elements
    assert mine.elements


async def inside(user: User, door: httpx.AsyncClient) -> Client:
    """A page opened with a key of its own."""
    answer = await door.post("/unlock", data={"password": PASSWORD})
    door.cookies.set(COOKIE, answer.cookies[COOKIE])
    return await user.open("/guide")


async def test_five_wrong_passwords_a_minute_are_enough(locked: httpx.AsyncClient) -> None:
    for _ in range(5):
        assert (await locked.post("/unlock", data={"password": "guess"})).status_code == 401
    refused = await locked.post("/unlock", data={"password": PASSWORD})
    assert refused.status_code == 429
    assert "try again in" in refused.text


async def test_programs_give_the_password_with_each_call(locked: httpx.AsyncClient) -> None:
    refused = await locked.get("/api/v1/status")
    assert refused.status_code == 401
    assert refused.json()["mode"] == "simulated"
    assert (await locked.get("/metrics")).status_code == 401
    bearer = {"authorization": f"Bearer {PASSWORD}"}
    assert (await locked.get("/api/v1/status", headers=bearer)).status_code == 200
    basic = {"authorization": "Basic " + b64encode(f"prom:{PASSWORD}".encode()).decode()}
    assert (await locked.get("/metrics", headers=basic)).status_code == 200
    page = await locked.get("/watch", headers=bearer)
    assert page.status_code == 303, "a program's password opens no page"


async def test_the_probe_and_the_way_back_from_the_broker_stay_open(
    locked: httpx.AsyncClient,
) -> None:
    assert (await locked.get("/healthz")).status_code == 200
    answer = await locked.get("/login/callback?code=good&state=right")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "junk", [b"\xff\xfe", b"password=" + b"x" * 10_000, b"", b"password=%ff", b"next=//evil"]
)
async def test_junk_at_the_door_is_only_a_wrong_password(
    locked: httpx.AsyncClient, junk: bytes
) -> None:
    assert (await locked.post("/unlock", content=junk)).status_code == 401


async def test_a_socket_without_the_cookie_is_closed(desk: FakeDesk) -> None:
    reached: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["path"])

    gate = access.PasswordGate(inner, Door(PASSWORD), Mode.SIMULATED)
    assert await socket(gate, "/_nicegui_ws/socket.io/") == [
        {"type": "websocket.close", "code": 1008}
    ]
    assert reached == []


def test_failures_are_forgotten_after_a_minute() -> None:
    now = [0.0]
    door = Door(PASSWORD, now=lambda: now[0])
    for _ in range(5):
        assert door.try_password("guess", "1.2.3.4") is None
    assert door.waiting("1.2.3.4") > 0
    assert door.waiting("5.6.7.8") == 0, "others may try"
    now[0] = 61.0
    assert door.waiting("1.2.3.4") == 0
    assert door.try_password(PASSWORD, "1.2.3.4") is not None


def test_a_stay_ends_after_twelve_hours() -> None:
    now = [0.0]
    door = Door(PASSWORD, now=lambda: now[0])
    token = door.try_password(PASSWORD, "x")
    assert token is not None
    assert door.admits(token)
    now[0] = 12 * 3600 + 1
    assert not door.admits(token)


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/watch?list=1", "/watch?list=1"),
        ("//evil.example/x", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: x=1", "/"),
        ("", "/"),
    ],
)
def test_the_door_leads_only_to_this_desk(wanted: str, leads: str) -> None:
    assert own_path(wanted) == leads


@pytest.mark.parametrize(
    ("method", "headers", "passes"),
    [
        ("GET", {"host": "127.0.0.1:8080"}, True),
        ("GET", {"host": "evil.example"}, False),
        ("GET", {"host": "127.0.0.1.evil.example:8080"}, False),
        ("GET", {}, False),
        ("POST", {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"}, True),
        ("POST", {"host": "127.0.0.1:8080", "origin": "http://evil.example"}, False),
        ("POST", {"host": "127.0.0.1:8080", "origin": "null"}, False),
        ("POST", {"host": "127.0.0.1:8080", "sec-fetch-site": "cross-site"}, False),
        ("POST", {"host": "127.0.0.1:8080"}, True),
        ("GET", {"host": "[::1]:8080"}, True),
    ],
)
async def test_only_the_desks_own_names_and_pages_are_answered(
    method: str, headers: dict[str, str], passes: bool
) -> None:
    guard = LocalOnlyGuard(PlainTextResponse("ok"), frozenset({"127.0.0.1", "localhost", "[::1]"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard)) as client:
        request = client.build_request(method, "http://x/")
        request.headers.clear()
        request.headers.update(headers)
        assert ((await client.send(request)).status_code == 200) is passes


async def test_a_socket_from_another_site_is_closed() -> None:
    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    guard = LocalOnlyGuard(inner, frozenset({"localhost"}))
    own = [(b"host", b"localhost:1"), (b"origin", b"http://localhost:1")]
    assert await socket(guard, "/", own) == [{"type": "websocket.accept"}]
    foreign = [(b"host", b"localhost:1"), (b"origin", b"http://evil.example")]
    assert await socket(guard, "/", foreign) == [{"type": "websocket.close", "code": 1008}]


async def socket(
    app: object, path: str, headers: list[tuple[bytes, bytes]] | None = None
) -> list[dict[str, object]]:
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": path, "headers": headers or [], "query_string": b""}
    await app(scope, None, send)  # type: ignore[operator]
    return sent
