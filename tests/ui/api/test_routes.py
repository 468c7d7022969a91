"""REST for programs: true, complete, and never NaN."""

import json
from datetime import timedelta
from math import nan

import httpx
import pytest
from nicegui.testing import User

from core.errors import BrokerUnavailable
from core.ids import LOCAL_USER
from core.instruments.instrument import Kind
from core.ports.repositories import JobRun, RunResult, Watchlist
from core.settings import Mode
from core.state.market import Col
from core.state.notices import Level
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, NIFTY, RELIANCE, option_key
from ui import api

CALL = option_key(24_200.0, Kind.CALL)


@pytest.fixture
def client(user: User, desk: FakeDesk) -> httpx.AsyncClient:
    api.register(desk.services)
    return user.http_client


async def get(client: httpx.AsyncClient, path: str, status: int = 200) -> dict[str, object]:
    """The reply, which must be JSON without NaN and must name the mode."""
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.text

    def refuse(word: str) -> object:
        raise AssertionError(f"{word} is not JSON")

    body: dict[str, object] = json.loads(answer.text, parse_constant=refuse)
    assert body["mode"] == "simulated"
    return body


async def test_status_tells_session_feed_and_services(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.clock.advance(timedelta(seconds=3))
    body = await get(client, "/status")
    assert body["ready"] is True
    assert body["session"]["phase"] == "open"
    assert body["feed"]["link"] == "up"
    assert body["feed"]["age_seconds"] == 3.0
    assert body["services"][0]["name"] == "feed"
    assert body["simulated_time"] is True
    assert body["now"] == "2026-11-18T04:30:03Z"
    desk.feed.drop()
    assert (await get(client, "/status"))["reasons"] == ["the feed is down"]


async def test_every_mode_is_named(user: User) -> None:
    api.register(make_desk(mode=Mode.READONLY).services)
    assert (await user.http_client.get("/api/v1/underlyings")).json()["mode"] == "readonly"


async def test_underlyings_and_expiries(client: httpx.AsyncClient) -> None:
    assert (await get(client, "/underlyings"))["underlyings"] == ["NIFTY"]
    body = await get(client, "/underlyings/NIFTY/expiries")
    assert body["expiries"] == ["2026-11-23", "2026-12-01", "2026-12-29"]


async def test_a_chain_is_opened_computed_and_let_go(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    body = await get(client, f"/chain/NIFTY?expiry={EXPIRY}")
    assert body["expiry"] == "2026-11-23"
    assert body["forward"] == pytest.approx(24_230, abs=1)
    assert body["forward_source"] == "parity"
    assert body["atm_strike"] in (24_200.0, 24_250.0)
    row = next(s for s in body["strikes"] if s["strike"] == 24_200.0)
    assert row["call"]["instrument_key"] == CALL
    assert row["call"]["freshness"] == "live"
    assert row["call"]["iv"] == pytest.approx(0.12, abs=0.01)
    assert row["call"]["delta"] == pytest.approx(0.54, abs=0.05)
    assert row["put"]["delta"] == pytest.approx(-0.46, abs=0.05)
    assert row["call"]["oi_change"] is None or isinstance(row["call"]["oi_change"], float)
    assert not [o for o in desk.services.subscriptions.owners if o.startswith("api")]


async def test_the_nearest_expiry_is_the_default(client: httpx.AsyncClient) -> None:
    assert (await get(client, "/chain/NIFTY"))["expiry"] == "2026-11-23"


async def test_unknown_numbers_of_a_chain_are_null(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.market_data.values[CALL] |= {Col.BID: nan, Col.OI: nan, Col.IV: nan}
    body = await get(client, "/chain/NIFTY")
    call = next(s["call"] for s in body["strikes"] if s["strike"] == 24_200.0)
    assert [call[name] for name in ("bid", "oi", "oi_change", "broker_iv")] == [None] * 4
    assert call["ltp"] > 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/chain/FOO", 404),
        ("/chain/NIFTY?expiry=2030-01-01", 404),
        ("/chain/NIFTY?expiry=tomorrow", 422),
        ("/chain/%3Cscript%3E", 404),
        ("/chain/'%20OR%201=1", 404),
        ("/underlyings/FOO/expiries", 404),
        ("/quotes", 422),
        ("/instruments?limit=0", 422),
        ("/instruments?limit=99999", 422),
        ("/instruments?kind=banana", 422),
        ("/notices?since=-1", 422),
        ("/nope", 404),
        ("/chain/a/b/c", 404),
    ],
)
async def test_a_wrong_question_is_explained(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    body = await get(client, path, status)
    assert body["error"]
    assert body["message"]


async def test_writing_is_not_offered(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/watchlists", json={})
    assert answer.status_code in (404, 405)


async def test_quotes_come_from_the_feed_else_from_the_broker(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.feed.say(NIFTY, {Col.LTP: 24_300.5})
    desk.clock.advance(timedelta(seconds=2))
    body = await get(client, f"/quotes?key={NIFTY}&key={RELIANCE}&key=NSE_EQ|NOPE&key={NIFTY}")
    live, asked = body["quotes"]
    assert (live["source"], live["ltp"], live["age_seconds"]) == ("feed", 24_300.5, 2.0)
    assert (asked["source"], asked["instrument_key"]) == ("request", RELIANCE)
    assert live["bid"] is None
    assert body["missing"] == ["NSE_EQ|NOPE"]


async def test_a_broker_that_does_not_answer_is_a_503(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.market_data.fails = BrokerUnavailable("the breaker is open")
    body = await get(client, f"/quotes?key={RELIANCE}", 503)
    assert body["error"] == "broker_unavailable"
    assert body["message"] == "the breaker is open"


async def test_instruments_are_searched_and_filtered(client: httpx.AsyncClient) -> None:
    body = await get(client, "/instruments?q=nifty 24200&kind=call&expiry=2026-11-23")
    (found,) = body["instruments"]
    assert found["instrument_key"] == CALL
    assert (found["lot_size"], found["tick_size"], found["strike"]) == (65, 0.05, 24_200.0)
    many = await get(client, "/instruments?kind=call&kind=put&limit=7")
    assert len(many["instruments"]) == 7


async def test_watchlists_jobs_and_notices(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    now = desk.clock.now()
    await desk.services.watchlists.save(
        Watchlist(id="a", user=LOCAL_USER, name="Mine", position=0, keys=(RELIANCE,))
    )
    await desk.services.job_runs.save(
        JobRun(
            id="1",
            job="instruments",
            started_at=now,
            finished_at=now,
            result=RunResult.OK,
            message="done",
            by_hand=True,
        )
    )
    first = desk.services.notices.add(Level.INFO, "one", at=now, source="t")
    desk.services.notices.add(Level.PROBLEM, "two", at=now, source="t")
    lists = (await get(client, "/watchlists"))["watchlists"]
    assert lists == [{"id": "a", "name": "Mine", "position": 0, "instrument_keys": [RELIANCE]}]
    assert (await get(client, "/jobs?job=instruments"))["runs"][0]["message"] == "done"
    assert (await get(client, "/jobs?job=other"))["runs"] == []
    newer = (await get(client, f"/notices?since={first.number}"))["notices"]
    assert [n["text"] for n in newer] == ["two"]


async def test_openapi_describes_every_address(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/openapi.json")).json()
    assert set(body["paths"]) == {
        "/api/v1/status",
        "/api/v1/jobs",
        "/api/v1/notices",
        "/api/v1/underlyings",
        "/api/v1/underlyings/{underlying}/expiries",
        "/api/v1/chain/{underlying}",
        "/api/v1/quotes",
        "/api/v1/instruments",
        "/api/v1/watchlists",
        "/api/v1/orders",
        "/api/v1/orders/{id}",
        "/api/v1/trades",
        "/api/v1/journal",
        "/api/v1/positions",
        "/api/v1/positions/reconcile",
        "/api/v1/funds",
        "/api/v1/risk",
        "/api/v1/risk/arm",
        "/api/v1/risk/disarm",
        "/api/v1/risk/halt",
        "/api/v1/risk/reduce-only",
        "/api/v1/risk/release",
        "/api/v1/backtests",
        "/api/v1/backtests/{id}",
        "/api/v1/backtests/{id}/cancel",
    }
    for call in (call for path in body["paths"].values() for call in path.values()):
        assert call["description"]
        schema = call["responses"]["200"]["content"]["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        assert "mode" in body["components"]["schemas"][name]["properties"]
