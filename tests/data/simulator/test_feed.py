import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import websockets

from data.simulator.feed import Feed
from data.simulator.frames import FeedMode
from data.simulator.limits import GENEROUS
from data.simulator.market import Market
from data.simulator.proto import exchange_feed_pb2 as pb
from data.simulator.subscriptions import Socket
from data.simulator.tokens import ANALYTICS_TOKEN, NEVER, Pass
from tests.data.simulator.listening import Listener, listening, one_time_address, token_of
from tests.data.simulator.running import (
    DAY,
    MORNING,
    NIFTY,
    RELIANCE,
    StillClock,
    app_at,
    behind_sockets,
    exchange_at,
)

ENTRY = "/v3/feed/market-data-feed"


@pytest.fixture
def base(market: Market, clock: StillClock) -> Iterator[str]:
    app = app_at(market, clock, faults=True, frame_ms=10, rate_limits=GENEROUS)
    with behind_sockets(app) as address:
        yield address


@pytest.fixture(scope="module")
def options(market: Market) -> list[str]:
    listed = market.listed(DAY.date()).values()
    return [c.key for c in listed if c.underlying == "NIFTY" and c.type in ("CE", "PE")][:100]


async def subscribed(listener: Listener, keys: list[str], mode: str) -> pb.FeedResponse:
    """The snapshot."""
    await listener.ask("sub", keys, mode)
    return await listener.of_type(pb.initial_feed)


async def test_market_info_comes_first_with_every_segment(base: str) -> None:
    async with listening(base) as listener:
        first = await listener.next()
    assert first.type == pb.market_info
    assert first.marketInfo.segmentStatus["NSE_FO"] == pb.NORMAL_OPEN
    assert len(first.marketInfo.segmentStatus) == 11


@pytest.mark.parametrize(
    ("mode", "branch", "request_mode"),
    [
        ("ltpc", "ltpc", pb.ltpc),
        ("option_greeks", "firstLevelWithGreeks", pb.option_greeks),
        ("full", "fullFeed", pb.full_d5),
        ("full_d30", "fullFeed", pb.full_d30),
    ],
)
async def test_a_subscription_is_answered_with_a_snapshot_in_its_mode(
    base: str, options: list[str], mode: str, branch: str, request_mode: int
) -> None:
    keys = [NIFTY, RELIANCE, *options[:5]]
    async with listening(base) as listener:
        snapshot = await subscribed(listener, keys, mode)
    assert set(snapshot.feeds) == set(keys)
    for feed in snapshot.feeds.values():
        assert feed.WhichOneof("FeedUnion") == branch
        assert feed.requestMode == request_mode


async def test_without_a_mode_it_is_ltpc(base: str) -> None:
    async with listening(base) as listener:
        await listener.ask("sub", [NIFTY])
        snapshot = await listener.of_type(pb.initial_feed)
    assert snapshot.feeds[NIFTY].WhichOneof("FeedUnion") == "ltpc"


async def test_while_the_clock_stands_nothing_more_is_said(base: str) -> None:
    async with listening(base) as listener:
        await subscribed(listener, [NIFTY, RELIANCE], "full")
        assert await listener.is_silent()


async def test_a_live_frame_holds_what_changed_and_nothing_else(
    base: str, clock: StillClock, market: Market, options: list[str]
) -> None:
    async with listening(base) as listener:
        await subscribed(listener, options, "full")
        before = clock.ms
        clock.advance(0.3)
        frame = await listener.of_type(pb.live_feed)
    moved = market.changed(options, before, clock.ms)
    assert 0 < moved.sum() < len(options)
    assert set(frame.feeds) == {key for key, did in zip(options, moved, strict=True) if did}
    assert frame.currentTs == clock.ms


async def test_a_live_frame_says_what_the_market_says(
    base: str, clock: StillClock, market: Market, options: list[str]
) -> None:
    async with listening(base) as listener:
        await subscribed(listener, options, "full")
        clock.advance(5)
        frame = await listener.of_type(pb.live_feed)
    quotes = market.quotes(options, clock.ms)
    for i, key in enumerate(options):
        if key in frame.feeds:
            full = frame.feeds[key].fullFeed.marketFF
            assert full.ltpc.ltp == quotes.ltp[i]
            assert full.marketLevel.bidAskQuote[0].askP == quotes.ask[i, 0]
            assert full.oi == quotes.oi[i]


async def test_unsubscribed_keys_are_silent(base: str, clock: StillClock) -> None:
    async with listening(base) as listener:
        await subscribed(listener, [NIFTY, RELIANCE], "ltpc")
        await listener.ask("unsub", [RELIANCE])
        await listener.is_silent()
        clock.advance(20)
        frame = await listener.of_type(pb.live_feed)
    assert set(frame.feeds) == {NIFTY}


async def test_a_changed_mode_starts_with_a_snapshot_in_the_new_one(
    base: str, clock: StillClock
) -> None:
    async with listening(base) as listener:
        await subscribed(listener, [NIFTY, RELIANCE], "ltpc")
        await listener.ask("change_mode", [RELIANCE, "NSE_EQ|NOBODY"], "full")
        snapshot = await listener.of_type(pb.initial_feed)
        assert set(snapshot.feeds) == {RELIANCE}
        clock.advance(20)
        frame = await listener.of_type(pb.live_feed)
    assert frame.feeds[RELIANCE].requestMode == pb.full_d5
    assert frame.feeds[NIFTY].requestMode == pb.ltpc


async def test_changing_the_mode_of_what_is_not_subscribed_does_nothing(base: str) -> None:
    async with listening(base) as listener:
        await listener.next()
        await listener.ask("change_mode", [NIFTY], "full")
        assert await listener.is_silent()


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"no json",
        b"[]",
        b'{"method": "sub"}',
        b'{"method": "sub", "data": {"instrumentKeys": "NSE_INDEX|Nifty 50"}}',
        b'{"method": "order", "data": {"instrumentKeys": ["NSE_INDEX|Nifty 50"]}}',
        b'{"method": "sub", "data": {"mode": "all", "instrumentKeys": ["NSE_INDEX|Nifty 50"]}}',
        b'{"method": "sub", "data": {"mode": [], "instrumentKeys": ["NSE_INDEX|Nifty 50"]}}',
        b'{"method": "sub", "data": {"instrumentKeys": ["NSE_EQ|NOBODY", 5, null]}}',
        '{"method": "sub", "data": {"instrumentKeys": ["NSE_INDEX|Nifty 50"]}}',  # a text frame
    ],
)
async def test_what_is_no_request_is_ignored_and_the_connection_lives(
    base: str, nonsense: bytes | str
) -> None:
    async with listening(base) as listener:
        await listener.next()
        await listener.socket.send(nonsense)
        assert await listener.is_silent()
        assert NIFTY in (await subscribed(listener, [NIFTY], "ltpc")).feeds


@pytest.mark.parametrize(
    ("held", "mode", "most"),
    [
        (None, FeedMode.LTPC, 5000),
        (None, FeedMode.OPTION_GREEKS, 3000),
        (None, FeedMode.FULL, 2000),
        (None, FeedMode.FULL_D30, 50),
        (FeedMode.LTPC, FeedMode.FULL, 1500),
        (FeedMode.FULL, FeedMode.LTPC, 2000),
    ],
)
def test_keys_beyond_the_limit_of_their_category_are_left_out(
    held: FeedMode | None, mode: FeedMode, most: int
) -> None:
    socket = Socket(FakeWebSocket(), Pass(token="t", expires_ms=0))  # type: ignore[arg-type]
    if held is not None:
        socket.modes["held"] = held
    assert len(socket.limit([f"key {i}" for i in range(6000)], mode)) == most


class FakeWebSocket:
    scope = {"strikedesk.socket": None}  # noqa: RUF012 - never changed


async def test_a_third_connection_of_one_token_is_refused(base: str) -> None:
    token = await token_of(base)
    async with listening(base, token) as first, listening(base, token):
        with pytest.raises(websockets.InvalidStatus) as refusal:
            async with listening(base, token):
                pass
        assert refusal.value.response.status_code == 403
        await first.next()
    async with listening(base, token) as again:
        assert (await again.next()).type == pb.market_info


async def test_an_address_is_good_once(base: str) -> None:
    address = await one_time_address(base, await token_of(base))
    async with websockets.connect(address):
        pass
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await websockets.connect(address)
    assert refusal.value.response.status_code == 401


async def test_a_client_with_its_token_is_sent_on_to_the_feeder(base: str) -> None:
    header = {"Authorization": f"Bearer {await token_of(base)}"}
    entry = base.replace("http", "ws", 1) + ENTRY
    async with websockets.connect(entry, additional_headers=header) as socket:
        assert pb.FeedResponse.FromString(await socket.recv(decode=False)).type == pb.market_info
        assert socket.request is not None
        assert socket.request.path.startswith("/market-data-feeder/v3/")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer a.b.c"}])
async def test_a_client_without_a_good_token_is_refused_at_the_handshake(
    base: str, header: dict[str, str]
) -> None:
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await websockets.connect(base.replace("http", "ws", 1) + ENTRY, additional_headers=header)
    assert refusal.value.response.status_code == 401


async def test_the_analytics_token_opens_the_feed(base: str) -> None:
    async with listening(base, ANALYTICS_TOKEN) as listener:
        assert NIFTY in (await subscribed(listener, [NIFTY], "ltpc")).feeds


async def test_market_info_comes_again_when_a_status_changes(base: str, clock: StillClock) -> None:
    async with listening(base) as listener:
        await listener.next()
        clock.set(DAY.replace(hour=15, minute=16))
        again = await listener.of_type(pb.market_info)
    assert again.marketInfo.casMarketStatus["NSE_EQ"].status == "CTS_CLOSE"
    assert again.marketInfo.segmentStatus["NSE_FO"] == pb.NORMAL_OPEN


async def test_a_new_day_is_told_in_whole_and_expired_contracts_are_silent(
    market: Market, clock: StillClock
) -> None:
    listed = market.listed(DAY.date())
    last = min(c.expiry for c in listed.values() if c.expiry is not None)
    ending = next(c.key for c in listed.values() if c.expiry == last and c.type == "CE")
    clock.set(MORNING.replace(day=last.day))
    app = app_at(market, clock, frame_ms=10, rate_limits=GENEROUS)
    with behind_sockets(app) as base:
        # The analytics token does not die in the night between.
        async with listening(base, ANALYTICS_TOKEN) as listener:
            await subscribed(listener, [NIFTY, ending], "ltpc")
            next_day = market.next_trading_day(last)
            clock.set(MORNING.replace(day=next_day.day))
            frame = await listener.of_type(pb.live_feed)
    assert set(frame.feeds) == {NIFTY}


async def test_a_feed_ends_with_the_token_that_opened_it(base: str, clock: StillClock) -> None:
    async with listening(base) as listener:
        clock.set(DAY + timedelta(days=1, hours=9, minutes=30))
        await listener.next()
        with pytest.raises(websockets.ConnectionClosed) as end:
            await listener.of_type(pb.initial_feed)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == 1008


async def test_on_a_sunday_a_snapshot_comes_and_then_silence(base: str, clock: StillClock) -> None:
    clock.set(DAY + timedelta(days=4, hours=12))
    async with listening(base, ANALYTICS_TOKEN) as listener:
        info = await listener.next()
        assert set(info.marketInfo.segmentStatus.values()) == {pb.NORMAL_CLOSE}
        assert (await subscribed(listener, [NIFTY], "ltpc")).feeds[NIFTY].ltpc.ltp > 0
        clock.advance(60)
        assert await listener.is_silent()


async def test_two_exchanges_of_one_seed_and_time_send_the_same_bytes(
    market: Market, options: list[str]
) -> None:
    async def tape(market: Market, first_others: list[str]) -> list[bytes]:
        clock = StillClock()
        app = app_at(market, clock, frame_ms=10, rate_limits=GENEROUS)
        with behind_sockets(app) as base:
            async with listening(base) as other, listening(base) as listener:
                await other.ask("sub", first_others, "full")
                messages = [await listener.raw()]
                await listener.ask("sub", options, "full")
                messages.append(await listener.raw())
                clock.advance(2)
                return [*messages, await listener.raw()]

    ours = await tape(market, [])
    theirs = await tape(Market(7, ["NIFTY"]), [RELIANCE, *options[50:70]])
    assert [len(message) for message in ours] == [len(message) for message in theirs]
    assert ours == theirs


class SlowWebSocket:
    """Takes one message, then none until it is let go."""

    scope = {"strikedesk.socket": None}  # noqa: RUF012 - never changed

    def __init__(self, keys: list[str]) -> None:
        asked = {"method": "sub", "data": {"mode": "full", "instrumentKeys": keys}}
        self.incoming = [{"type": "websocket.receive", "bytes": json.dumps(asked).encode()}]
        self.sent: list[bytes] = []
        self.go = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self.incoming:
            return self.incoming.pop()
        return await asyncio.Future()

    async def send_bytes(self, message: bytes) -> None:
        self.sent.append(message)
        await self.go.wait()


async def test_a_slow_client_is_sent_the_newest_of_each_key_once_and_not_all_that_it_missed(
    market: Market, clock: StillClock, options: list[str]
) -> None:
    exchange = exchange_at(market, clock)
    feed = Feed(exchange, frame_ms=10, connections_per_token=2)
    websocket = SlowWebSocket(options)
    caller = Pass(token="t", expires_ms=NEVER)
    serving = asyncio.create_task(feed.serve(websocket, caller))  # type: ignore[arg-type]
    await asyncio.sleep(0.02)
    [socket] = feed.sockets
    socket.hold = lambda still: None  # type: ignore[method-assign]
    for _ in range(20):
        clock.advance(3)
        feed.look()
        await asyncio.sleep(0)
    websocket.go.set()
    await asyncio.sleep(0.05)
    serving.cancel()
    info, snapshot, *live = [pb.FeedResponse.FromString(message) for message in websocket.sent]
    assert (info.type, snapshot.type, len(live)) == (pb.market_info, pb.initial_feed, 1)
    assert set(live[0].feeds) == set(options)
    newest = market.quotes(options, clock.ms).ltp
    for key, ltp in zip(options, newest, strict=True):
        assert live[0].feeds[key].fullFeed.marketFF.ltpc.ltp == ltp
