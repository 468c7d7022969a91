"""One new process for each piece of work: it can be ended at any time, and takes nothing along."""

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from core.errors import AppError, RuleBroken
from core.ports.backtests import Tell
from data.workers.child import DONE, HEAD, HERE, TOLD, late_words

PROGRAM: Final = "from data.workers.child import main; main()"
GRACE: Final = 3.0
"""Seconds after its time in which the process should have said itself where it was."""
LAST_WORDS: Final = 2_000
"""Letters kept of what the work prints."""


class WorkerProcesses:
    """What a worker prints is dropped but for its last words, told if it dies."""

    async def run(self, work: Callable[..., Any], *given: Any, tell: Tell, seconds: float) -> Any:
        body = pickle.dumps((work, given, seconds), pickle.HIGHEST_PROTOCOL)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=HERE,
            env={**os.environ, "PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
        printed = asyncio.create_task(_last_words(process), name=f"worker {process.pid} prints")
        try:
            async with asyncio.timeout(seconds + GRACE):
                return await _talk(process, body, tell, printed)
        except TimeoutError as problem:
            raise RuleBroken(late_words(seconds)) from problem
        finally:
            _end(process)
            await process.wait()
            await printed


async def _talk(process: Process, body: bytes, tell: Tell, printed: "asyncio.Task[str]") -> Any:
    assert process.stdin is not None
    with suppress(ConnectionError):  # it died: the end of what it says tells so
        process.stdin.write(HEAD.pack(len(body)) + body)
        await process.stdin.drain()
    while True:
        try:
            kind, told = await _frame(process)
        except asyncio.IncompleteReadError as problem:
            raise RuleBroken(await _death(process, printed)) from problem
        if kind == TOLD:
            tell(*told)
        elif kind == DONE:
            return told
        else:
            assert isinstance(told, AppError)
            raise told


async def _frame(process: Process) -> tuple[str, Any]:
    assert process.stdout is not None
    (size,) = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
    kind, told = pickle.loads(await process.stdout.readexactly(size))
    return kind, told


async def _death(process: Process, printed: "asyncio.Task[str]") -> str:
    code = await process.wait()
    how = f"by signal {-code}" if code < 0 else f"with status {code}"
    words = (await printed).strip().splitlines()
    last = f" Its last words: {words[-1]}" if words else ""
    return f"The process that ran it ended {how}; it may have used too much memory.{last}"


async def _last_words(process: Process) -> str:
    assert process.stderr is not None
    kept = b""
    while part := await process.stderr.read(65_536):
        kept = (kept + part)[-LAST_WORDS:]
    return kept.decode(errors="replace")


def _end(process: Process) -> None:
    """The process and those that it has started."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
