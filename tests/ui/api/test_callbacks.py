"""The way back from the broker's login."""

from dataclasses import replace

import httpx
import pytest
from nicegui.testing import User

from tests.fake_desk import FakeDesk, make_desk
from ui import api


@pytest.fixture
def fresh(user: User) -> tuple[httpx.AsyncClient, FakeDesk]:
    desk = make_desk(logged_in=False)
    api.register(desk.services)
    return user.http_client, desk


async def test_a_good_code_logs_in_and_leads_on_to_the_desk(
    fresh: tuple[httpx.AsyncClient, FakeDesk],
) -> None:
    client, desk = fresh
    answer = await client.get("/login/callback?code=good&state=right")
    assert answer.status_code == 200
    assert "accepted the login" in answer.text
    assert 'http-equiv="refresh" content="2;url=/"' in answer.text
    assert desk.login.expires_at is not None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("code=good&state=foreign", "This answer belongs to another login."),
        ("code=spent&state=right", "Invalid Auth code"),
        ("error=access_denied&error_description=You+said+no", "You said no"),
        ("", "The address holds no code"),
    ],
)
async def test_a_login_that_did_not_work_says_why_and_what_to_do(
    fresh: tuple[httpx.AsyncClient, FakeDesk], query: str, words: str
) -> None:
    client, desk = fresh
    answer = await client.get(f"/login/callback?{query}")
    assert answer.status_code == 400
    assert words in answer.text
    assert 'href="/login"' in answer.text
    assert desk.login.expires_at is None


async def test_what_the_address_says_is_never_run(
    fresh: tuple[httpx.AsyncClient, FakeDesk],
) -> None:
    client, _ = fresh
    answer = await client.get(
        "/login/callback", params={"error": "x", "error_description": "<script>alert(1)</script>"}
    )
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


async def test_a_desk_without_a_login_says_so(user: User) -> None:
    api.register(replace(make_desk().services, login=None))
    answer = await user.http_client.get("/login/callback?code=good&state=right")
    assert answer.status_code == 400
    assert "analytics token" in answer.text
