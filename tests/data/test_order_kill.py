"""The desk is killed (kill -9) while it sends: no order is lost, doubled or left unknown."""

import asyncio
import json
import pickle
import random
import shutil
import sys
import time
from pathlib import Path

import pytest

from core.clock import SetClock
from tests.core.services.trading_desk import OPEN
from tests.fake_exchange import FakeExchange

ROOT = Path(__file__).parents[2]
RUNS = 4
PATIENCE = 60.0
RESOLVED_WITHIN = 15.0


async def serve(broker: FakeExchange, chance: random.Random) -> asyncio.Server:
    """The broker over a socket; orders take a moment, before and after they are listed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name, given = pickle.loads(await reader.readuntil(b"\nEND\n"))
        writing = name == "place"
        await asyncio.sleep(chance.uniform(0, 0.03) if writing else 0)
        told = await getattr(broker, name)(*given)
        if writing and chance.random() < 0.3:
            broker.trade(told[0], broker.book[told[0]].quantity, "150")
        await asyncio.sleep(chance.uniform(0, 0.03) if writing else 0)
        try:
            writer.write(pickle.dumps(told) + b"\nEND\n")
            await writer.drain()
        except OSError:
            return  # whoever asked is dead
        finally:
            writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


async def child(url: str, port: int, what: str) -> asyncio.subprocess.Process:
    arguments = [sys.executable, "-m", "tests.order_child", url, str(port), what]
    return await asyncio.create_subprocess_exec(
        *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


@pytest.mark.parametrize("seed", range(RUNS))
async def test_a_killed_desk_finds_every_order_again(
    seed: int, sqlite_model: Path, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    file = tmp_path / "desk.db"
    shutil.copy(sqlite_model, file)
    broker = FakeExchange(SetClock(OPEN))
    server = await serve(broker, chance)
    port = server.sockets[0].getsockname()[1]
    url = f"sqlite:///{file}"
    victim = await child(url, port, "trade")
    assert victim.stdout is not None
    async with asyncio.timeout(PATIENCE):
        assert await victim.stdout.readline() == b"ready\n"
    await asyncio.sleep(chance.uniform(0, 0.15))
    victim.kill()
    await victim.wait()
    await asyncio.sleep(0.1)  # what was on the line still arrives
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        said, _ = await (await child(url, port, "settle")).communicate()
    took = time.monotonic() - began
    server.close()
    told = json.loads(said)
    assert len(broker.tags) == len(set(broker.tags))
    units = broker.by_tag()
    assert set(units) <= set(told["orders"])
    assert all(told["orders"][tag] == [told["orders"][tag][0], units[tag]] for tag in units)
    assert {status for status, _ in told["orders"].values()} <= {"open", "filled", "never arrived"}
    assert told["held"] == sum(fill.signed for fill in broker.fills)
    assert (told["differences"], told["broken"]) == ([], "")
    assert took < RESOLVED_WITHIN
