"""The exchange beside the desk: started, followed, brought back, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.clock import FollowedClock
from core.errors import BrokerUnavailable
from core.settings import Upstox
from data import exchange_process
from data.exchange_process import ExchangeProcess, demo_settings
from tests.desk import PROJECT, clean_environment

WORDS = ("--underlyings", "NIFTY")


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[tuple[ExchangeProcess, FollowedClock]]:
    clock = FollowedClock()
    exchange = ExchangeProcess(clock, home, WORDS)
    await exchange.start()
    follower = asyncio.create_task(exchange.follow())
    try:
        yield exchange, clock
    finally:
        follower.cancel()
        await asyncio.gather(follower, return_exceptions=True)
        await exchange.stop()


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int, within: float = 10) -> None:
    end = time.monotonic() + within
    while lives(pid):
        assert time.monotonic() < end, f"process {pid} was left behind"
        time.sleep(0.1)


async def test_it_starts_tells_its_time_and_ends_with_stop(tmp_path: Path) -> None:
    async with running(tmp_path) as (exchange, clock):
        assert exchange.base_url.startswith("http://127.0.0.1:")
        assert exchange.pid is not None
        pid = exchange.pid
        assert clock.followed
        assert clock.now() > datetime(2026, 1, 1, tzinfo=UTC)
        assert (tmp_path / "exchange.url").read_text() == exchange.base_url
    assert not lives(pid)
    assert not (tmp_path / "exchange.url").exists()


async def test_a_dead_exchange_comes_back_at_the_same_address(tmp_path: Path) -> None:
    async with running(tmp_path) as (exchange, _):
        before, url = exchange.pid, exchange.base_url
        assert before is not None
        os.kill(before, signal.SIGKILL)
        end = time.monotonic() + 20
        while exchange.restarts == 0 or exchange.pid in (None, before):
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        assert exchange.base_url == url


def test_it_does_not_outlive_a_desk_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import asyncio, pathlib, sys\n"
        "from core.clock import FollowedClock\n"
        "from data.exchange_process import ExchangeProcess\n"
        "async def desk():\n"
        "    exchange = ExchangeProcess(FollowedClock(), pathlib.Path(sys.argv[1]), sys.argv[2:])\n"
        "    await exchange.start()\n"
        "    print(exchange.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(desk())\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path), *WORDS]
    with subprocess.Popen(
        command, cwd=PROJECT, env=clean_environment(), stdout=subprocess.PIPE, text=True
    ) as desk:
        assert desk.stdout is not None
        pid = next(int(line) for line in desk.stdout if line.strip().isdigit())
        desk.kill()
    wait_until_gone(pid)


async def test_an_exchange_that_does_not_start_is_said_to_be_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange_process, "PROGRAM", tmp_path / "nothing.py")
    exchange = ExchangeProcess(FollowedClock(), tmp_path)
    with pytest.raises(BrokerUnavailable, match=r"exchange\.log"):
        await exchange.start()
    await exchange.stop()
    assert exchange.pid is None


def test_the_demo_account_is_reached_at_the_exchange_and_nowhere_else() -> None:
    reached = demo_settings(Upstox(), "http://127.0.0.1:9010")
    assert reached.feed_url == "ws://127.0.0.1:9010/v3/feed/market-data-feed"
    addresses = (reached.base_url, reached.order_url, reached.assets_url)
    assert set(addresses) == {"http://127.0.0.1:9010"}
    assert reached.has_credentials
