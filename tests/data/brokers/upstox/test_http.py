"""The REST door: retries, refusals, breaker, bad data."""

from pathlib import Path

import httpx
import pytest

from core.errors import BadData, BrokerRejected, BrokerUnavailable, LoginNeeded
from data.brokers.upstox import schemas
from data.brokers.upstox.http import UpstoxHttp
from tests.data.brokers.upstox.parts import SETTINGS, TOKEN, Broker, Parts, bad, good, page

HOURS = {"exchange": "NSE", "start_time": 1795146300000, "end_time": 1795168800000}


async def ask(http: UpstoxHttp) -> schemas.Timings:
    return await http.read("timings", "/v2/market/timings/2026-11-20", schemas.Timings)


async def test_an_answer_comes_back_as_its_schema_and_the_token_is_sent(tmp_path: Path) -> None:
    broker = Broker(good([HOURS]))
    parts = Parts(tmp_path, broker)
    assert (await ask(parts.http)).data[0].exchange == "NSE"
    assert broker.asked[0].headers["authorization"] == "Bearer token-of-today"
    assert parts.health.calls == 1
    assert parts.health.budgets[0].used == (1, 1, 1)


async def test_a_public_call_sends_no_token_and_needs_none(tmp_path: Path) -> None:
    broker = Broker(good([]))
    parts = Parts(tmp_path, broker)
    await parts.tokens.forget()
    await parts.http.read("timings", "/x", schemas.Timings, public=True)
    assert "authorization" not in broker.asked[0].headers


async def test_keys_are_percent_encoded(tmp_path: Path) -> None:
    broker = Broker(good([]))
    parts = Parts(tmp_path, broker)
    await parts.http.read("x", "/x", schemas.Timings, params={"instrument_key": "NSE_FO|1,B|2"})
    assert broker.asked[0].url.query == b"instrument_key=NSE_FO%7C1%2CB%7C2"


@pytest.mark.parametrize(
    "failure", [bad(500), bad(503), page(502), page(403), httpx.ReadTimeout("slow")]
)
async def test_a_read_is_tried_again_after_a_passing_failure(
    tmp_path: Path, failure: httpx.Response | Exception
) -> None:
    broker = Broker(failure, good([HOURS]))
    parts = Parts(tmp_path, broker)
    await ask(parts.http)
    assert len(broker.asked) == 2
    assert 0 < parts.pauses[0] <= 1


async def test_a_read_gives_up_after_three_tries(tmp_path: Path) -> None:
    broker = Broker(page(500))
    parts = Parts(tmp_path, broker)
    with pytest.raises(BrokerUnavailable, match="page, not data"):
        await ask(parts.http)
    assert len(broker.asked) == 3
    assert parts.health.failures == 3


async def test_a_write_is_sent_once_only(tmp_path: Path) -> None:
    broker = Broker(bad(500))
    parts = Parts(tmp_path, broker)
    with pytest.raises(BrokerUnavailable):
        await parts.http.write("logout", "DELETE", "/v2/logout", schemas.Done)
    assert len(broker.asked) == 1


async def test_retry_after_is_honoured(tmp_path: Path) -> None:
    broker = Broker(bad(429, "UDAPI10005", **{"retry-after": "7"}), good([HOURS]))
    parts = Parts(tmp_path, broker)
    await ask(parts.http)
    assert parts.pauses == [7.0]
    assert parts.health.failures == 0, "being told to wait is not a failure of the broker"


async def test_a_long_retry_after_is_not_waited_for(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Broker(bad(429, **{"retry-after": "600"})))
    with pytest.raises(BrokerUnavailable):
        await ask(parts.http)
    assert parts.pauses == []


async def test_a_refusal_carries_the_brokers_code_and_is_not_repeated(tmp_path: Path) -> None:
    broker = Broker(bad(400, "UDAPI1088", "The date is invalid"))
    parts = Parts(tmp_path, broker)
    with pytest.raises(BrokerRejected, match="date is invalid") as caught:
        await ask(parts.http)
    assert (caught.value.code, caught.value.http_status) == ("UDAPI1088", 400)
    assert len(broker.asked) == 1


async def test_a_401_marks_the_login_dead_and_later_calls_do_not_even_ask(tmp_path: Path) -> None:
    broker = Broker(bad(401, "UDAPI100050"))
    parts = Parts(tmp_path, broker)
    for _ in range(2):
        with pytest.raises(LoginNeeded):
            await ask(parts.http)
    assert len(broker.asked) == 1
    assert parts.tokens.refused


async def test_a_401_to_an_older_token_changes_nothing(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Broker(bad(401)))
    parts.tokens.refuse("yesterday's")
    assert not parts.tokens.refused


async def test_a_token_of_the_wrong_kind_is_refused_but_not_dead(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Broker(bad(401, "UDAPI1221", "static IP")))
    with pytest.raises(BrokerRejected):
        await ask(parts.http)
    assert not parts.tokens.refused


@pytest.mark.parametrize(
    "answer",
    [
        good([{"exchange": "NSE", "start_time": 1}]),
        good([{**HOURS, "start_time": "soon"}]),
        good(None),
        httpx.Response(200, content=b'{"status":"wonderful","data":[]}'),
        httpx.Response(200, content=b'{"status":"success","data":[NaN]}'),
        page(200),
        httpx.Response(200, content=b""),
    ],
)
async def test_an_answer_that_is_not_understood_is_bad_data_and_counted(
    tmp_path: Path, answer: httpx.Response
) -> None:
    parts = Parts(tmp_path, Broker(answer))
    with pytest.raises(BadData, match="timings"):
        await ask(parts.http)
    assert parts.health.bad_data == {"timings": 1}


async def test_the_breaker_opens_rests_and_lets_one_probe_through(tmp_path: Path) -> None:
    broker = Broker(bad(500))
    parts = Parts(tmp_path, broker)
    breaker_clock = [0.0]
    parts.http._breaker._now = lambda: breaker_clock[0]
    for _ in range(2):
        with pytest.raises(BrokerUnavailable):
            await ask(parts.http)
    assert parts.health.breaker == "open"
    asked = len(broker.asked)
    with pytest.raises(BrokerUnavailable, match="next try"):
        await ask(parts.http)
    assert len(broker.asked) == asked, "an open breaker asks nothing"

    breaker_clock[0] = 2.5
    with pytest.raises(BrokerUnavailable):
        await ask(parts.http)
    assert len(broker.asked) == asked + 1
    assert parts.health.breaker == "open"

    breaker_clock[0] = 10.0
    broker.answers = [good([HOURS])]
    await ask(parts.http)
    assert parts.health.breaker == "closed"
    assert parts.health.breaker_until is None


async def test_no_secret_is_shown_when_things_are_printed(tmp_path: Path) -> None:
    assert "token-of-today" not in repr(TOKEN)
    assert "secret" not in repr(SETTINGS.api_secret)
