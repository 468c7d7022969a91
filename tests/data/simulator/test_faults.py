import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import websockets
from google.protobuf.message import DecodeError

from data.simulator.answers import ApiError
from data.simulator.faults import FaultKind, Faults
from data.simulator.limits import GENEROUS
from data.simulator.market import Market
from data.simulator.proto import exchange_feed_pb2 as pb
from tests.data.simulator.listening import Listener, listening
from tests.data.simulator.running import (
    NIFTY,
    RELIANCE,
    StillClock,
    app_at,
    behind_sockets,
    error_code,
    log_in,
)

PROFILE = "/v2/user/profile"
QUOTE = "/v2/market-quote/quotes"
KEYS = [NIFTY, RELIANCE, "BSE_INDEX|SENSEX"]


async def cause(client: httpx.AsyncClient, **fault: Any) -> None:
    answer = await client.post("/sim/faults", json=fault)
    assert answer.status_code == 200, answer.text


# Answers


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("http_429", 429, "UDAPI10005"), ("http_500", 500, "UDAPI100500")],
)
async def test_an_answer_fails_once_or_as_often_as_asked(
    exchange: httpx.AsyncClient, kind: str, status: int, code: str
) -> None:
    await cause(exchange, kind=kind)
    answer = await exchange.get(PROFILE)
    assert (answer.status_code, error_code(answer)) == (status, code)
    assert (await exchange.get(PROFILE)).status_code == 200
    await cause(exchange, kind=kind, count=2)
    assert [(await exchange.get(PROFILE)).status_code for _ in range(3)] == [status, status, 200]


async def test_a_fault_with_a_target_strikes_that_path_only(exchange: httpx.AsyncClient) -> None:
    await cause(exchange, kind="http_500", seconds=60, target="market-quote")
    assert (await exchange.get(PROFILE)).status_code == 200
    assert (await exchange.get(QUOTE, params={"instrument_key": NIFTY})).status_code == 500


async def test_a_proxy_page_comes_instead_of_json(exchange: httpx.AsyncClient) -> None:
    await cause(exchange, kind="html_error")
    answer = await exchange.get(PROFILE)
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")


async def test_answers_are_late_until_the_fault_is_cleared(exchange: httpx.AsyncClient) -> None:
    async def takes() -> float:
        start = time.monotonic()
        await exchange.get(PROFILE)
        return time.monotonic() - start

    await cause(exchange, kind="latency", seconds=0.3)
    assert await takes() >= 0.3
    assert await takes() >= 0.3
    await exchange.delete("/sim/faults")
    assert await takes() < 0.3


async def test_all_tokens_die_and_a_new_login_works(exchange: httpx.AsyncClient) -> None:
    await cause(exchange, kind="token_expired")
    answer = await exchange.get(PROFILE)
    assert (answer.status_code, error_code(answer)) == (401, "UDAPI100050")
    await log_in(exchange)
    assert (await exchange.get(PROFILE)).status_code == 200


async def test_times_are_skewed_but_not_those_of_the_simulation(
    exchange: httpx.AsyncClient, clock: StillClock
) -> None:
    async def told() -> str:
        answer = await exchange.get(QUOTE, params={"instrument_key": NIFTY})
        return str(answer.json()["data"]["NSE_INDEX:Nifty 50"]["timestamp"])

    before, truth = await told(), (await exchange.get("/sim/clock")).json()["now"]
    await cause(exchange, kind="clock_skew", seconds=120)
    assert before[14:16] == "42"
    assert (await told())[14:16] == "44"
    assert (await exchange.get("/sim/clock")).json()["now"] == truth


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "earthquake"},
        {},
        [],
        {"kind": "http_500", "count": 0},
        {"kind": "http_500", "count": "many"},
        {"kind": "http_500", "seconds": "long"},
        {"kind": "http_500", "target": 5},
        {"kind": "http_500", "color": "red"},
    ],
)
async def test_a_fault_that_is_not_understood_is_refused(
    exchange: httpx.AsyncClient, asked: Any
) -> None:
    answer = await exchange.post("/sim/faults", json=asked)
    assert (answer.status_code, error_code(answer)) == (400, "UDAPI100036")
    assert (await exchange.get(PROFILE)).status_code == 200


async def test_without_the_flag_there_are_no_faults(market: Market, clock: StillClock) -> None:
    transport = httpx.ASGITransport(app_at(market, clock), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
        answer = await client.post("/sim/faults", json={"kind": "http_500"})
        assert (answer.status_code, error_code(answer)) == (404, "UDAPI100060")


def test_every_kind_of_the_contract_is_known() -> None:
    assert {kind.value for kind in FaultKind} == {
        "drop_socket", "half_open", "latency", "http_429", "http_500", "html_error",
        "bad_protobuf", "bad_price", "token_expired", "reject_orders", "lose_order_reply",
        "clock_skew",
    }  # fmt: skip


def test_a_fault_ends_after_its_seconds() -> None:
    now = [0.0]
    faults = Faults(True, lambda: now[0])
    faults.add({"kind": "http_500", "seconds": 5})
    now[0] = 4.9
    assert faults.take(FaultKind.HTTP_500)
    now[0] = 5.0
    assert faults.take(FaultKind.HTTP_500) is None
    with pytest.raises(ApiError):
        faults.add({"kind": None})


# The feed


@pytest.fixture
def base(market: Market, clock: StillClock) -> Iterator[str]:
    app = app_at(market, clock, faults=True, frame_ms=10, rate_limits=GENEROUS)
    with behind_sockets(app) as address:
        yield address


@pytest.fixture
async def sim(base: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=base) as client:
        yield client


async def subscribed(listener: Listener) -> None:
    await listener.ask("sub", KEYS, "full")
    await listener.of_type(pb.initial_feed)


async def test_a_dropped_socket_ends_without_a_word(base: str, sim: httpx.AsyncClient) -> None:
    async with listening(base) as listener:
        await listener.next()
        await cause(sim, kind="drop_socket")
        with pytest.raises(websockets.ConnectionClosedError) as end:
            await listener.raw()
        assert end.value.rcvd is None
    async with listening(base) as again:
        assert (await again.next()).type == pb.market_info


async def test_a_half_open_socket_is_silent_and_answers_no_ping(
    base: str, sim: httpx.AsyncClient, clock: StillClock
) -> None:
    async with listening(base) as listener:
        await subscribed(listener)
        await cause(sim, kind="half_open")
        await listener.is_silent()
        pong = await listener.socket.ping()
        clock.advance(30)
        assert await listener.is_silent()
        assert not pong.done()
        await sim.delete("/sim/faults")
        assert set((await listener.of_type(pb.live_feed)).feeds) == set(KEYS)
        await pong


async def test_a_bad_frame_is_no_protobuf_and_the_next_one_is(
    base: str, sim: httpx.AsyncClient, clock: StillClock
) -> None:
    async with listening(base) as listener:
        await subscribed(listener)
        await cause(sim, kind="bad_protobuf")
        clock.advance(30)
        with pytest.raises(DecodeError):
            await listener.next()
        clock.advance(30)
        assert (await listener.next()).type == pb.live_feed


async def test_bad_prices_are_sent_once_and_good_ones_after(
    base: str, sim: httpx.AsyncClient, clock: StillClock, market: Market
) -> None:
    async with listening(base) as listener:
        await subscribed(listener)
        await cause(sim, kind="bad_price", target=RELIANCE)
        clock.advance(30)
        bad = await listener.of_type(pb.live_feed)
        clock.advance(30)
        good = await listener.of_type(pb.live_feed)
    ltp = bad.feeds[RELIANCE].fullFeed.marketFF.ltpc.ltp
    assert ltp != ltp
    assert bad.feeds[NIFTY].fullFeed.indexFF.ltpc.ltp > 0
    expected = market.quotes([RELIANCE], clock.ms).ltp[0]
    assert good.feeds[RELIANCE].fullFeed.marketFF.ltpc.ltp == expected


async def test_the_feed_ends_when_its_token_is_killed(base: str, sim: httpx.AsyncClient) -> None:
    async with listening(base) as listener:
        await listener.next()
        await cause(sim, kind="token_expired")
        with pytest.raises(websockets.ConnectionClosed) as end:
            await listener.raw()
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == 1008


async def test_frames_tell_a_skewed_time(
    base: str, sim: httpx.AsyncClient, clock: StillClock
) -> None:
    async with listening(base) as listener:
        await subscribed(listener)
        await cause(sim, kind="clock_skew", seconds=-60)
        clock.advance(30)
        frame = await listener.of_type(pb.live_feed)
    assert frame.currentTs == clock.ms - timedelta(minutes=1) // timedelta(milliseconds=1)
