import base64
import json
from datetime import datetime, timedelta

import httpx
import pytest

from core.clock import IST
from data.simulator.market import Market
from data.simulator.tokens import ANALYTICS_TOKEN, Tokens, next_expiry
from tests.data.simulator.running import (
    BACK,
    DAY,
    DIALOG,
    DIALOG_QUERY,
    NIFTY,
    TOKEN,
    StillClock,
    app_at,
    code_from,
    error_code,
    log_in,
    token_form,
)

PROFILE = "/v2/user/profile"


async def test_the_demo_client_is_approved_at_once_with_its_state(
    exchange: httpx.AsyncClient,
) -> None:
    answer = await exchange.get(DIALOG, params=DIALOG_QUERY)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(BACK + "?code=")
    assert answer.headers["location"].endswith("&state=s1")


async def test_another_client_sees_a_page_and_is_let_in_when_it_is_approved(
    exchange: httpx.AsyncClient,
) -> None:
    query = DIALOG_QUERY | {"client_id": "mine<script>"}
    page = await exchange.get(DIALOG, params=query)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "mine&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    code = code_from(await exchange.post(DIALOG, params=query))
    form = token_form(code, client_id="mine<script>", client_secret="anything")
    assert (await exchange.post(TOKEN, data=form)).status_code == 200


@pytest.mark.parametrize(
    "change", [{"client_id": ""}, {"redirect_uri": ""}, {"redirect_uri": "javascript:alert(1)"}]
)
async def test_a_dialog_without_client_or_address_to_go_back_to_is_refused(
    exchange: httpx.AsyncClient, change: dict[str, str]
) -> None:
    answer = await exchange.get(DIALOG, params=DIALOG_QUERY | change)
    assert error_code(answer) == "UDAPI100068"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_secret": "wrong"}, "UDAPI100069"),
        ({"client_id": "another"}, "UDAPI100057"),
        ({"redirect_uri": BACK + "/else"}, "UDAPI100070"),
        ({"code": "nonsense"}, "UDAPI100057"),
        ({"grant_type": "password"}, "UDAPI100036"),
    ],
)
async def test_a_wrong_form_gets_its_own_error(
    exchange: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    given = code_from(await exchange.get(DIALOG, params=DIALOG_QUERY))
    assert error_code(await exchange.post(TOKEN, data=token_form(given) | change)) == code


async def test_a_code_is_spent_even_by_a_failure(exchange: httpx.AsyncClient) -> None:
    code = code_from(await exchange.get(DIALOG, params=DIALOG_QUERY))
    await exchange.post(TOKEN, data=token_form(code, client_secret="wrong"))
    assert error_code(await exchange.post(TOKEN, data=token_form(code))) == "UDAPI100057"


async def test_a_token_is_a_jwt_that_ends_at_half_past_three(exchange: httpx.AsyncClient) -> None:
    token = await log_in(exchange)
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["iss"] == "udapi-gateway-service"
    expires = datetime.fromtimestamp(claims["exp"], IST)
    assert expires == (DAY + timedelta(days=1)).replace(hour=3, minute=30)


@pytest.mark.parametrize(("hour", "days"), [(0, 0), (3, 0), (4, 1), (23, 1)])
def test_the_next_half_past_three_whatever_the_time_of_issue(hour: int, days: int) -> None:
    now = int(DAY.replace(hour=hour).timestamp() * 1000)
    expected = (DAY + timedelta(days=days)).replace(hour=3, minute=30)
    assert next_expiry(now) == expected.timestamp() * 1000


async def test_a_token_dies_in_simulated_time(
    exchange: httpx.AsyncClient, clock: StillClock
) -> None:
    assert (await exchange.get(PROFILE)).status_code == 200
    clock.set(DAY + timedelta(days=1, hours=3, minutes=30))
    answer = await exchange.get(PROFILE)
    assert (answer.status_code, error_code(answer)) == (401, "UDAPI100050")


async def test_logging_out_kills_the_token(exchange: httpx.AsyncClient) -> None:
    assert (await exchange.delete("/v2/logout")).json() == {"status": "success", "data": True}
    assert (await exchange.get(PROFILE)).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer a.b.c", "Basic abc", "Bearer é"])
async def test_anything_but_a_good_bearer_token_is_refused(
    exchange: httpx.AsyncClient, header: str
) -> None:
    exchange.headers["Authorization"] = header.encode().decode("latin-1")
    answer = await exchange.get(PROFILE)
    assert (answer.status_code, error_code(answer)) == (401, "UDAPI100050")


def test_a_token_outlives_a_restart_of_the_same_exchange_but_not_another_seed() -> None:
    clock = StillClock()
    token = Tokens(clock, seed=7).make()
    assert Tokens(clock, seed=7).check(token).expires_ms == next_expiry(clock.ms)
    with pytest.raises(Exception, match="UDAPI100050"):
        Tokens(clock, seed=8).check(token)


async def test_the_analytics_token_reads_market_data_and_nothing_of_the_user(
    exchange: httpx.AsyncClient,
) -> None:
    exchange.headers["Authorization"] = f"Bearer {ANALYTICS_TOKEN}"
    answer = await exchange.get("/v3/market-quote/ltp", params={"instrument_key": NIFTY})
    assert answer.status_code == 200
    answer = await exchange.get(PROFILE)
    assert (answer.status_code, error_code(answer)) == (401, "UDAPI1221")
    assert (await exchange.delete("/v2/logout")).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/v2/market/holidays",
        "/v2/market/timings/2026-11-18",
        f"/v3/historical-candle/{NIFTY}/days/1/2026-11-17",
        f"/v2/historical-candle/{NIFTY}/day/2026-11-17",
        "/market-quote/instruments/exchange/BSE.json.gz",
        "/sim/clock",
    ],
)
async def test_what_is_public_needs_no_token(exchange: httpx.AsyncClient, path: str) -> None:
    del exchange.headers["Authorization"]
    assert (await exchange.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v3/order/place"),
        ("POST", "/v2/user/payments/payout"),
        ("GET", "/v2/ipos"),
        ("GET", "/v2/portfolio-stream-feed"),
        ("GET", "/v2/feed/market-data-feed/authorize"),
        ("POST", "/v2/market-quote/quotes"),
        ("GET", "/"),
    ],
)
async def test_what_it_does_not_do_answers_like_an_unknown_route(
    exchange: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await exchange.request(method, path)
    assert (answer.status_code, error_code(answer)) == (404, "UDAPI100060")


async def test_the_fifty_first_call_of_a_second_is_told_to_wait(
    market: Market, clock: StillClock
) -> None:
    transport = httpx.ASGITransport(app_at(market, clock), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
        await log_in(client)
        answers = [await client.get(PROFILE) for _ in range(51)]
        assert [answer.status_code for answer in answers] == [200] * 50 + [429]
        assert error_code(answers[-1]) == "UDAPI10005"
        assert "retry-after" not in answers[-1].headers
        other = await client.get("/v2/market/status/NSE")
        assert other.status_code == 200
