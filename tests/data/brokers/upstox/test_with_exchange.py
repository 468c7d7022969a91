"""The adapter against the real simulated exchange, over sockets, on good days and on bad ones."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from core.clock import IST, FollowedClock
from core.errors import BrokerUnavailable, LoginNeeded
from core.ids import InstrumentKey
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.settings import Upstox
from core.state.health import BrokerHealth, FeedHealth, Link
from core.state.market import Col, MarketState
from core.state.session import Login, Phase, SessionState
from data.brokers.upstox import breaker
from data.brokers.upstox import feed as feed_module
from data.brokers.upstox.auth import UpstoxLogin, tell_session
from data.brokers.upstox.expired import UpstoxExpired
from data.brokers.upstox.feed import UpstoxFeed
from data.brokers.upstox.history import UpstoxHistory
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.instruments_file import UpstoxInstruments
from data.brokers.upstox.market_data import UpstoxMarketData
from data.brokers.upstox.token_store import TokenStore
from data.exchange_process import demo_settings
from tests.exchange import start_exchange

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
NAMES = "ltp bid ask bid_qty ask_qty volume oi iv delta gamma theta vega"
CELL = {name: Col[name.upper()] for name in NAMES.split()}


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with start_exchange() as url:
        yield url


@pytest.fixture
def exchange(base: str) -> Iterator["Exchange"]:
    exchange = Exchange(base)
    exchange.heal()
    yield exchange
    exchange.heal()
    exchange.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "PING_EVERY", 0.5)
    monkeypatch.setattr(feed_module, "PONG_WITHIN", 1.0)
    monkeypatch.setattr(feed_module, "FIRST_WAIT", 0.1)
    monkeypatch.setattr(breaker, "FIRST_REST", 0.2)


class Exchange:
    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=10)

    def fault(self, kind: str, **more: Any) -> None:
        self.client.post("/sim/faults", json={"kind": kind, **more}).raise_for_status()

    def heal(self) -> None:
        self.client.delete("/sim/faults")

    def clock(self) -> tuple[datetime, float]:
        told = self.client.get("/sim/clock").json()
        return datetime.fromisoformat(told["now"]), told["speed"]

    def expiry(self) -> date:
        found = self.options()
        return min(date.fromisoformat(one["expiry"]) for one in found)

    def options(self) -> list[dict[str, Any]]:
        path = "/market-quote/instruments/exchange/complete.json.gz"
        return [
            {**one, "expiry": datetime.fromtimestamp(one["expiry"] / 1000, IST).date().isoformat()}
            for one in orjson.loads(gzip.decompress(self.client.get(path).content))
            if one.get("underlying_symbol") == "NIFTY" and one["instrument_type"] in ("CE", "PE")
        ]

    def sides(self, expiry: date) -> dict[InstrumentKey, list[float]]:
        """The true cells of the chain; 0 where there is nothing."""
        asked = {"underlying": "NIFTY", "expiry": expiry.isoformat()}
        strikes = self.client.get("/sim/state", params=asked).raise_for_status().json()["strikes"]
        return {
            side["instrument_key"]: [round(float(side[name] or 0), 6) for name in CELL]
            for pair in strikes.values()
            for side in pair.values()
        }

    def close(self) -> None:
        self.client.close()


class Adapter:
    def __init__(self, settings: Upstox, clock: FollowedClock, home: Path) -> None:
        self.clock, self.broker, self.health = clock, BrokerHealth(), FeedHealth()
        self.session, self.market = SessionState(phase=Phase.OPEN), MarketState()
        self.tokens = TokenStore(home, "simulated", use_keyring=False)
        self.http = UpstoxHttp(settings, self.tokens, clock, self.broker)
        self.login = UpstoxLogin(
            self.http, self.tokens, clock, tell_session(self.session), automatic=True
        )
        self.feed = UpstoxFeed(
            self.http, self.tokens, self.market, self.health, clock, self.session
        )
        self.data, self.history = UpstoxMarketData(self.http), UpstoxHistory(self.http)

    async def until(self, true: Callable[[], bool], within: float = 15) -> None:
        end = time.monotonic() + within
        while not true():
            assert time.monotonic() < end, f"in vain: {self.health} {self.session.login}"
            await asyncio.sleep(0.02)

    async def next_tick(self, key: InstrumentKey = NIFTY) -> None:
        before = np.nan_to_num(self.market.get(key, Col.RECEIVED))
        await self.until(lambda: self.market.get(key, Col.RECEIVED) > before)


@asynccontextmanager
async def adapter(
    exchange: Exchange, home: Path, *, streaming: bool = True, keeping: bool = True
) -> AsyncIterator[Adapter]:
    """Logged in; connected and subscribed to the index if `streaming`."""
    clock = FollowedClock()
    clock.follow(*exchange.clock())
    made = Adapter(demo_settings(Upstox(), exchange.url), clock, home)
    await made.login.auto_login()
    tasks = []
    if keeping:
        tasks.append(asyncio.create_task(made.login.run()))
    if streaming:
        made.feed.want({NIFTY: FeedMode.FULL})
        tasks.append(asyncio.create_task(made.feed.run()))
    try:
        if streaming:
            await made.next_tick()
        yield made
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await made.http.close()
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


async def test_the_desk_logs_in_by_itself(exchange: Exchange, tmp_path: Path) -> None:
    async with adapter(exchange, tmp_path, streaming=False) as desk:
        assert desk.session.login is Login.OK
        assert desk.session.token_expires_at is not None
        assert desk.session.token_expires_at > desk.clock.now()
        assert (await desk.data.profile()).active


async def test_every_read_of_the_port_is_understood(exchange: Exchange, tmp_path: Path) -> None:
    async with adapter(exchange, tmp_path, streaming=False) as desk:
        expiry = exchange.expiry()
        chain = await desk.data.chain(NIFTY, expiry)
        assert len(chain.strikes) >= 80
        contracts = await desk.data.contracts(NIFTY)
        assert {one.kind for one in contracts} == {Kind.CALL, Kind.PUT}
        side = chain.calls[len(chain.calls) // 2]
        assert side is not None
        quotes = await desk.data.quotes([NIFTY, side.key])
        assert abs(quotes[NIFTY].ltp / chain.spot - 1) < 0.01
        day = desk.clock.now().astimezone(IST).date()
        assert {hours.exchange for hours in await desk.data.timings(day)} >= {"NSE", "NFO"}
        assert await desk.data.holidays()
        assert await desk.data.market_status("NSE")
        today = await desk.history.today(NIFTY)
        past = await desk.history.minutes(NIFTY, date(2026, 10, 1), date(2026, 11, 20))
        days = await desk.history.days(NIFTY, date(2024, 1, 1), date(2026, 11, 20))
        assert len(today) >= 1
        assert len(past) > 10_000
        assert len(days) > 600
        assert desk.broker.bad_data == {}


async def test_contracts_that_are_over_have_their_daily_bars(
    exchange: Exchange, tmp_path: Path
) -> None:
    async with adapter(exchange, tmp_path, streaming=False) as desk:
        expired = UpstoxExpired(desk.http)
        expiries = await expired.expiries(NIFTY)
        assert (expiries[-1] - expiries[0]).days > 170
        last = expiries[-1]
        options = await expired.options(NIFTY, last)
        first = last - timedelta(days=7)
        spot = (await desk.history.days(NIFTY, first, last)).close[-1]
        near = min(options, key=lambda each: abs((each.strike or 0) - spot))
        bars = await expired.days(near.key, first, last)
        assert 3 <= len(bars) <= 6
        assert (bars.volume > 0).all()
        assert desk.broker.bad_data == {}


async def test_the_instrument_file_is_fetched_and_parsed(exchange: Exchange) -> None:
    clock = FollowedClock()
    clock.follow(*exchange.clock())

    async def none() -> int:
        return 0

    source = UpstoxInstruments(exchange.url, none, clock)
    found = await source.fetch()
    assert (source.bad, dict(source.skipped)) == (0, {})
    assert NIFTY in {one.key for one in found}
    assert {one.expiry for one in found if one.is_option and one.underlying_symbol == "NIFTY"}


async def test_a_whole_chain_in_state_is_the_truth(tmp_path: Path) -> None:
    with start_exchange(speed=0.001) as url, closing(Exchange(url)) as exchange:
        expiry = exchange.expiry()
        keys = list(exchange.sides(expiry))
        async with adapter(exchange, tmp_path) as desk:
            for mode in (FeedMode.FULL, FeedMode.OPTION_GREEKS):
                desk.feed.want(dict.fromkeys(keys, mode))
                await asyncio.sleep(1)
                before = exchange.sides(expiry)
                await asyncio.sleep(0.5)
                ours = {key: seen(desk, key) for key in keys}
                after = exchange.sides(expiry)
                still = {key: cell for key, cell in before.items() if after[key] == cell}
                assert len(still) > 200, "the exchange was to stand nearly still"
                assert {key: ours[key] for key in still} == still
            assert (desk.health.quarantined, desk.health.bad_frames) == (0, 0)


def seen(desk: Adapter, key: InstrumentKey) -> list[float]:
    return [round(float(np.nan_to_num(desk.market.get(key, col))), 6) for col in CELL.values()]


async def test_a_key_no_longer_wanted_is_no_longer_sent(exchange: Exchange, tmp_path: Path) -> None:
    async with adapter(exchange, tmp_path) as desk:
        desk.feed.want({})
        await asyncio.sleep(0.5)
        ticks = desk.health.ticks
        await asyncio.sleep(1.5)
        assert desk.health.ticks == ticks
        desk.feed.want({NIFTY: FeedMode.LTPC})
        await desk.next_tick()


async def test_listeners_hear_of_rows_that_are_already_written(
    exchange: Exchange, tmp_path: Path
) -> None:
    async with adapter(exchange, tmp_path) as desk:
        heard: list[float] = []
        desk.feed.listen(lambda rows: heard.extend(desk.market.tick(r).ltp for r in rows))
        await desk.until(lambda: len(heard) >= 2)
        assert heard[-1] == desk.market.get(NIFTY, Col.LTP)


# Faults


async def test_a_cut_socket_is_replaced_and_the_wishes_are_replayed(
    exchange: Exchange, tmp_path: Path
) -> None:
    async with adapter(exchange, tmp_path) as desk:
        exchange.fault("drop_socket")
        await desk.until(lambda: desk.health.reconnects >= 1)
        await desk.until(lambda: desk.health.link is Link.UP)
        await desk.next_tick()


async def test_a_half_open_link_is_noticed_by_its_missing_pongs(
    exchange: Exchange, tmp_path: Path
) -> None:
    async with adapter(exchange, tmp_path) as desk:
        exchange.fault("half_open")
        await desk.until(lambda: desk.health.reconnects >= 1)
        exchange.heal()
        await desk.until(lambda: desk.health.link is Link.UP)
        await desk.next_tick()


async def test_silence_in_trading_hours_is_not_believed(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with adapter(exchange, tmp_path) as desk:
        monkeypatch.setattr(desk.feed, "_silence", 1.0)
        monkeypatch.setattr(feed_module, "PONG_WITHIN", 60.0)
        exchange.fault("half_open")
        await desk.until(lambda: desk.health.reconnects >= 1)
        exchange.heal()
        await desk.next_tick()


async def test_silence_after_the_close_is_right(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with adapter(exchange, tmp_path) as desk:
        desk.session.phase = Phase.CLOSED
        monkeypatch.setattr(desk.feed, "_silence", 0.5)
        desk.feed.want({})
        await asyncio.sleep(3)
        assert desk.health.reconnects == 0


async def test_frames_that_are_no_protobuf_are_counted_and_dropped(
    exchange: Exchange, tmp_path: Path
) -> None:
    async with adapter(exchange, tmp_path) as desk:
        exchange.fault("bad_protobuf", count=3)
        await desk.until(lambda: desk.health.bad_frames >= 3)
        await desk.next_tick()
        assert desk.health.reconnects == 0


async def test_bad_prices_are_quarantined_and_the_last_good_ones_stay(
    exchange: Exchange, tmp_path: Path
) -> None:
    async with adapter(exchange, tmp_path) as desk:
        keys = [InstrumentKey(one["instrument_key"]) for one in exchange.options()[:200]]
        desk.feed.want({NIFTY: FeedMode.FULL, **dict.fromkeys(keys, FeedMode.FULL)})
        await desk.until(lambda: np.isfinite(desk.market.get(keys[-1], Col.CLOSE)))
        exchange.fault("bad_price", count=5)
        await desk.until(lambda: desk.health.quarantined >= 3)
        rows = desk.market.rows_of([NIFTY, *keys])
        values = desk.market.values[rows]
        assert np.isfinite(values[:, Col.QUARANTINED]).any()
        assert not (values[:, Col.LTP] <= 0).any()
        assert not (values[:, Col.BID] > values[:, Col.ASK]).any()
        exchange.heal()
        await desk.next_tick()
        await desk.until(lambda: np.isnan(desk.market.get(NIFTY, Col.QUARANTINED)))


async def test_a_dead_token_leads_to_a_new_login_and_the_stream_returns(
    exchange: Exchange, tmp_path: Path
) -> None:
    async with adapter(exchange, tmp_path) as desk:
        first = desk.tokens.generation
        exchange.fault("token_expired")
        with pytest.raises(LoginNeeded):
            await desk.data.profile()
        assert desk.session.login is Login.EXPIRED
        await desk.until(lambda: desk.tokens.generation > first)
        await desk.until(lambda: desk.session.login is Login.OK)
        await desk.until(lambda: desk.health.link is Link.UP)
        await desk.next_tick()


async def test_without_a_new_login_the_stream_says_so_and_waits(
    exchange: Exchange, tmp_path: Path
) -> None:
    async with adapter(exchange, tmp_path, keeping=False) as desk:
        exchange.fault("token_expired")
        await desk.until(lambda: desk.health.link is Link.LOGIN_NEEDED)
        assert desk.session.login is Login.EXPIRED
        await desk.login.auto_login()
        await desk.until(lambda: desk.health.link is Link.UP)
        await desk.next_tick()


@pytest.mark.parametrize("kind", ["http_429", "http_500", "html_error"])
async def test_passing_errors_are_ridden_out(exchange: Exchange, tmp_path: Path, kind: str) -> None:
    async with adapter(exchange, tmp_path, streaming=False) as desk:
        exchange.fault(kind, count=1, target="/v2/user/profile")
        assert (await desk.data.profile()).active


async def test_lasting_errors_open_the_breaker(exchange: Exchange, tmp_path: Path) -> None:
    async with adapter(exchange, tmp_path, streaming=False) as desk:
        exchange.fault("html_error", count=50, target="/v2/user/profile")
        for _ in range(3):
            with pytest.raises(BrokerUnavailable):
                await desk.data.profile()
        assert desk.broker.breaker == "open"
        exchange.heal()
        await asyncio.sleep(2)
        assert (await desk.data.profile()).active
        assert desk.broker.breaker == "closed"


async def test_a_late_answer_is_still_an_answer(exchange: Exchange, tmp_path: Path) -> None:
    async with adapter(exchange, tmp_path, streaming=False) as desk:
        exchange.fault("latency", seconds=0.4, count=1, target="/v2/user/profile")
        assert (await desk.data.profile()).active
        assert desk.broker.last_latency_ms > 350


async def test_a_wrong_clock_at_the_exchange_stops_nothing(
    exchange: Exchange, tmp_path: Path
) -> None:
    async with adapter(exchange, tmp_path) as desk:
        exchange.fault("clock_skew", seconds=600)
        await desk.next_tick()
        assert desk.health.quarantined == 0
        received = desk.market.get(NIFTY, Col.RECEIVED)
        assert abs(received / 1000 - desk.clock.now().timestamp()) < 5, "our clock, not theirs"
