"""Work in processes of their own: answers, progress, errors, deaths, and being ended."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from core.errors import BadData, RuleBroken
from data.workers.processes import HERE, WorkerProcesses

LONG = 60.0
Floats = NDArray[np.float64]
Tell = Callable[[float, str], None]


def doubled(values: Floats, tell: Tell) -> Floats:
    sys.stdout.write("this must not disturb the answer\n")
    tell(0.5, "half")
    return values * 2


def refused(tell: Tell) -> None:
    raise BadData("no such day")


def broken(tell: Tell) -> None:
    raise ZeroDivisionError("by zero")


def dead(tell: Tell) -> None:
    sys.stderr.write("out of memory\n")
    os._exit(9)


def endless(tell: Tell) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    tell(0.1, f"{os.getpid()} {child.pid}")
    while True:
        time.sleep(0.01)


async def test_work_is_answered_and_tells_how_far_it_is() -> None:
    told: list[tuple[float, str]] = []
    answer = await WorkerProcesses().run(
        doubled, np.arange(200_000.0), tell=lambda *each: told.append(each), seconds=LONG
    )
    assert answer[-1] == 399_998.0
    assert told == [(0.5, "half")]


@pytest.mark.parametrize(
    ("work", "kind", "words"),
    [
        (refused, BadData, "no such day"),
        (broken, RuleBroken, "ZeroDivisionError: by zero"),
        (dead, RuleBroken, "status 9.*out of memory"),
    ],
)
async def test_what_goes_wrong_there_is_explained_here(
    work: Callable[[Tell], None], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        await WorkerProcesses().run(work, tell=lambda *_: None, seconds=LONG)


async def test_work_that_takes_too_long_is_ended_with_what_it_started() -> None:
    told: list[str] = []
    with pytest.raises(RuleBroken, match="more than 3 seconds"):
        await WorkerProcesses().run(endless, tell=lambda _, words: told.append(words), seconds=3)
    await gone(" ".join(told))


async def test_cancelled_work_is_ended_with_what_it_started() -> None:
    told: list[str] = []
    started = asyncio.Event()

    def tell(_: float, words: str) -> None:
        told.append(words)
        started.set()

    task = asyncio.create_task(WorkerProcesses().run(endless, tell=tell, seconds=LONG))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(told[0])


ASKER = """
import asyncio, sys
sys.path[:0] = [{here!r}]
from data.workers.processes import WorkerProcesses
from tests.data.workers.test_processes import endless
asyncio.run(WorkerProcesses().run(
    endless, tell=lambda _, words: print(words, flush=True), seconds=600))
"""


async def test_workers_die_with_a_killed_desk(tmp_path: Path) -> None:
    asker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ASKER.format(here=str(HERE))), stdout=subprocess.PIPE
    )
    assert asker.stdout is not None
    words = (await asker.stdout.readline()).decode()
    asker.kill()
    await asker.wait()
    await gone(words)


async def gone(pids: str) -> None:
    for pid in map(int, pids.split()):
        for _ in range(500):
            if not lives(pid):
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError(f"process {pid} lives on")


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
