"""Login: the code flow, its end, its secrets."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import IST
from core.errors import BrokerRejected, LoginNeeded, RuleBroken
from core.state.session import Login, SessionState
from data.brokers.upstox.auth import UpstoxLogin, next_end, tell_session
from data.brokers.upstox.token_store import TokenStore, fixed_token
from tests.data.brokers.upstox.parts import NOW, TOKEN, Broker, Parts, bad, good

GRANTED = httpx.Response(
    200,
    json={
        "access_token": "fresh-token",
        "user_id": "7QA1XZ",
        "user_name": "ASHA DEMO",
        "is_active": True,
        "email": "trader@example.com",
    },
)


def files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


class Door:
    def __init__(self, home: Path, *answers: httpx.Response) -> None:
        self.broker = Broker(*answers)
        self.parts = Parts(home, self.broker)
        self.parts.tokens.token = None
        self.session = SessionState()
        self.seconds = 0.0
        self.login = UpstoxLogin(
            self.parts.http,
            self.parts.tokens,
            self.parts.clock,
            tell_session(self.session),
            monotonic=lambda: self.seconds,
        )

    def state(self) -> str:
        return parse_qs(urlsplit(self.login.authorize_url()).query)["state"][0]


async def test_a_code_is_traded_for_a_token_that_ends_at_half_past_three(tmp_path: Path) -> None:
    door = Door(tmp_path, GRANTED)
    await door.login.complete("the-code", door.state())
    form = parse_qs(door.broker.asked[0].content.decode())
    assert form["grant_type"] == ["authorization_code"]
    assert form["code"] == ["the-code"]
    assert door.session.login is Login.OK
    assert door.session.user == "ASHA DEMO"
    assert door.session.token_expires_at == datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert door.login.expires_at == door.session.token_expires_at


async def test_the_address_asks_for_a_code_for_our_redirect(tmp_path: Path) -> None:
    query = parse_qs(urlsplit(Door(tmp_path, GRANTED).login.authorize_url()).query)
    assert query["response_type"] == ["code"]
    assert query["client_id"] == ["key"]
    assert query["redirect_uri"] == ["http://127.0.0.1:8080/login/callback"]


async def test_a_state_is_good_once_and_only_if_ours(tmp_path: Path) -> None:
    door = Door(tmp_path, GRANTED)
    state = door.state()
    with pytest.raises(RuleBroken):
        await door.login.complete("code", "a-foreign-state")
    await door.login.complete("code", state)
    with pytest.raises(RuleBroken):
        await door.login.complete("code", state)
    assert len(door.broker.asked) == 1


async def test_a_state_dies_after_ten_minutes(tmp_path: Path) -> None:
    door = Door(tmp_path, GRANTED)
    state = door.state()
    door.seconds = 601
    with pytest.raises(RuleBroken):
        await door.login.complete("code", state)


@pytest.mark.parametrize("status", [400, 401])
async def test_a_bad_code_is_a_rejection_not_a_lost_login(tmp_path: Path, status: int) -> None:
    door = Door(tmp_path, bad(status, "UDAPI100057", "Invalid Auth code"))
    with pytest.raises(BrokerRejected):
        await door.login.complete("code", door.state())
    assert door.session.login is Login.NONE


async def test_a_refused_token_turns_the_session_to_log_in_again(tmp_path: Path) -> None:
    door = Door(tmp_path, GRANTED, bad(401))
    await door.login.complete("code", door.state())
    door.parts.tokens.refuse("fresh-token")
    assert door.session.login is Login.EXPIRED


async def test_the_login_ends_at_half_past_three_by_the_clock(tmp_path: Path) -> None:
    door = Door(tmp_path, GRANTED)
    await door.login.complete("code", door.state())
    door.parts.clock.set(datetime(2026, 11, 23, 22, 0, tzinfo=UTC))
    assert door.login.state is Login.EXPIRED
    with pytest.raises(LoginNeeded):
        door.parts.tokens.live(door.parts.clock.now())


async def test_logging_out_forgets_the_token_even_if_the_broker_does_not_answer(
    tmp_path: Path,
) -> None:
    door = Door(tmp_path, GRANTED, bad(500))
    await door.login.complete("code", door.state())
    await door.login.log_out()
    assert door.session.login is Login.NONE
    again = TokenStore(tmp_path, "test", use_keyring=False)
    await again.load()
    assert again.token is None


async def test_logging_out_tells_the_broker(tmp_path: Path) -> None:
    door = Door(tmp_path, GRANTED, good(True))
    await door.login.complete("code", door.state())
    await door.login.log_out()
    assert (door.broker.asked[1].method, door.broker.asked[1].url.path) == ("DELETE", "/v2/logout")


async def test_auto_login_follows_the_dialog_to_its_own_redirect(tmp_path: Path) -> None:
    def broker(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, content=GRANTED.content)
        query = request.url.params
        if request.url.path == "/v2/login/authorization/dialog":
            return httpx.Response(302, headers={"location": f"/page?{request.url.query.decode()}"})
        back = f"{query['redirect_uri']}?code=c&state={query['state']}"
        return httpx.Response(302, headers={"location": back})

    parts = Parts(tmp_path, broker)
    session = SessionState()
    login = UpstoxLogin(parts.http, parts.tokens, parts.clock, tell_session(session))
    await login.auto_login()
    assert parts.tokens.live(NOW).access.get_secret_value() == "fresh-token"


async def test_auto_login_does_not_guess_at_a_page_made_for_people(tmp_path: Path) -> None:
    door = Door(tmp_path, httpx.Response(200, html="<form>"))
    with pytest.raises(BrokerRejected, match="person"):
        await door.login.auto_login()


@given(st.integers(1_577_836_800, 2_051_222_400))
def test_a_token_always_ends_at_the_next_half_past_three(second: int) -> None:
    now = datetime.fromtimestamp(second, UTC)
    end = next_end(now)
    assert timedelta(0) < end - now <= timedelta(days=1)
    assert (end.astimezone(IST).hour, end.astimezone(IST).minute) == (3, 30)


async def test_a_token_survives_a_restart_encrypted_and_private(tmp_path: Path) -> None:
    await TokenStore(tmp_path, "test", use_keyring=False).keep(TOKEN)
    kept = files(tmp_path)
    assert len(kept) == 2
    for path in kept:
        assert b"token-of-today" not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = TokenStore(tmp_path, "test", use_keyring=False)
    await again.load()
    assert again.token == TOKEN


@pytest.mark.parametrize("damage", [b"", b"garbage", b"gAAAAABn"])
async def test_a_token_file_that_cannot_be_read_means_log_in_again(
    tmp_path: Path, damage: bytes
) -> None:
    await TokenStore(tmp_path, "test", use_keyring=False).keep(TOKEN)
    token_file = next(path for path in files(tmp_path) if path.suffix == ".token")
    token_file.write_bytes(damage)
    again = TokenStore(tmp_path, "test", use_keyring=False)
    await again.load()
    assert again.token is None


async def test_an_analytics_token_is_read_only_and_has_no_end(tmp_path: Path) -> None:
    tokens = TokenStore(tmp_path, "test", use_keyring=False)
    tokens.hold(fixed_token("analytics"))
    assert tokens.live(NOW + timedelta(days=300)).read_only
    assert files(tmp_path) == []


class Ring:
    """An operating system's keyring, in memory."""

    priority = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value


async def test_where_there_is_a_keyring_it_holds_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = Ring()
    monkeypatch.setattr("keyring.get_keyring", lambda: ring)
    monkeypatch.setattr("keyring.get_password", ring.get_password)
    monkeypatch.setattr("keyring.set_password", ring.set_password)
    await TokenStore(tmp_path, "test").keep(TOKEN)
    assert [path.suffix for path in files(tmp_path)] == [".token"]
    again = TokenStore(tmp_path, "test")
    await again.load()
    assert again.token == TOKEN
    ring.kept.clear()
    lost = TokenStore(tmp_path, "test")
    await lost.load()
    assert lost.token is None
