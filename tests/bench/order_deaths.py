"""A desk that places orders is killed, or its line is cut, at each of fifty points of the placing.

The broker is a process of its own book, asked over sockets; the desk writes to SQLite as it does in
use. What counts is what a desk that starts afterwards (or goes on, where only the line was cut)
believes, against the broker's book.
"""

import asyncio
import multiprocessing
import os
import pickle
import random
import shutil
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from core.clock import SetClock
from core.services.reconciler import SETTLED_AFTER
from tests import order_child
from tests.core.services.trading_desk import OPEN
from tests.fake_exchange import FakeExchange

POINTS: Final = 50
STAGES: Final = 4
"""Of each order at the broker: asked, listed, filled or not, answered."""
AT_ONCE: Final = 12
PATIENCE: Final = 120.0


@dataclass
class Verdict:
    """What is wrong after so many runs; `worst` is the longest way back to certainty, seconds."""

    runs: int = 0
    orders: int = 0
    doubled: int = 0
    lost: int = 0
    unresolved: int = 0
    unequal: int = 0
    worst: float = 0.0
    problems: list[str] = field(default_factory=list)


class Trap:
    """A broker's server that springs at one point: it kills whoever asks, or cuts every line."""

    def __init__(self, point: int, kills: bool, chance: random.Random) -> None:
        self.broker = FakeExchange(SetClock(OPEN))
        self.told: dict[str, Any] | None = None
        self.sprung = asyncio.Event()
        self.victim: BaseProcess | None = None
        self._point, self._kills, self._chance = point, kills, chance
        self._passed = 0

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._answer, "127.0.0.1", 0)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            name, given = pickle.loads(await reader.readuntil(b"\nEND\n"))
            if name == "report":
                self.told = given[0]
                writer.write(pickle.dumps(None) + b"\nEND\n")
            elif name == "place":
                await self._place(given, writer)
            else:
                told = await getattr(self.broker, name)(*given)
                writer.write(pickle.dumps(told) + b"\nEND\n")
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return  # whoever asked is dead
        finally:
            writer.close()

    async def _place(self, given: tuple[Any, ...], writer: asyncio.StreamWriter) -> None:
        """Replies come late, some never; each stage is a point at which the trap may spring."""
        if self._springs():
            return
        await asyncio.sleep(self._chance.uniform(0, 0.01))
        told = await self.broker.place(*given)
        if self._springs():
            return
        if self._chance.random() < 0.3:
            self.broker.trade(told[0], self.broker.book[told[0]].quantity, "150")
        if self._springs() or self._chance.random() < 0.1:
            return
        await asyncio.sleep(self._chance.uniform(0, 0.01))
        writer.write(pickle.dumps(told) + b"\nEND\n")
        await writer.drain()
        self._springs()

    def _springs(self) -> bool:
        """Whether the line is dead at this point, now or since the trap sprang on a process."""
        self._passed += 1
        if self._passed == self._point:
            if self._kills and self.victim is not None and self.victim.pid:
                os.kill(self.victim.pid, signal.SIGKILL)
            self.sprung.set()
            return True
        return self._kills and self.sprung.is_set()


async def run(runs: int, folder: Path, model: Path) -> Verdict:
    """So many runs over all points, half of them deaths and half of them cut lines."""
    verdict, gate = Verdict(), asyncio.Semaphore(AT_ONCE)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.order_child"])

    async def one(number: int) -> None:
        async with gate:
            file = folder / f"{number}.db"
            shutil.copy(model, file)
            await _one(number, f"sqlite:///{file}", context, verdict)
            _remove(folder, number)

    await asyncio.gather(*(one(number) for number in range(runs)))
    return verdict


def _remove(folder: Path, number: int) -> None:
    for each in folder.glob(f"{number}.db*"):
        each.unlink()


async def _one(number: int, url: str, context: Any, verdict: Verdict) -> None:
    chance = random.Random(number)
    kills = number // POINTS % 2 == 0
    trap = Trap(1 + number % POINTS, kills, chance)
    server = await trap.serve()
    port = server.sockets[0].getsockname()[1]

    def start(what: str) -> BaseProcess:
        process: BaseProcess = context.Process(
            target=order_child.main, args=(url, port, what, SETTLED_AFTER), daemon=True
        )
        process.start()
        return process

    trap.victim = start("trade and settle")
    began = time.monotonic()
    while trap.told is None and time.monotonic() - began < PATIENCE:
        if kills and trap.sprung.is_set() and trap.victim.exitcode is not None:
            trap.victim, trap.sprung = start("settle"), asyncio.Event()
            trap._point = 0
        await asyncio.sleep(0.02)
    _judge(number, trap, verdict)
    trap.victim.kill()
    await asyncio.to_thread(trap.victim.join)
    server.close()


def _judge(number: int, trap: Trap, verdict: Verdict) -> None:
    broker, told = trap.broker, trap.told
    verdict.runs += 1
    verdict.orders += len(broker.tags)
    verdict.doubled += len(broker.tags) - len(set(broker.tags))
    if told is None:
        verdict.unresolved += 1
        verdict.problems.append(f"run {number} never came to an end")
        return
    units, known = broker.by_tag(), told["orders"]
    verdict.lost += sum(known.get(tag, ["", 0])[1] != size for tag, size in units.items())
    verdict.unresolved += sum(status in ("pending", "unknown") for status, _ in known.values())
    held = sum(fill.signed for fill in broker.fills)
    verdict.unequal += told["held"] != held or bool(told["differences"] or told["broken"])
    verdict.worst = max(verdict.worst, told["seconds"])
