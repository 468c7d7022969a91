"""A thread of its own for a strategy's code, which may raise, take long, or never come back."""

import asyncio
import ctypes
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.errors import AppError, RuleBroken

HERE: Final = Path(__file__).parent
LIMIT: Final = 5.0
"""Seconds that one event may take: the market does not wait."""
DEPTH: Final = 3
"""Innermost lines of a strategy's own trace that are told."""


class _Stopped(BaseException):
    """Thrown into a strategy that does not come back."""


async def call(act: Callable[[], None], limit: float) -> None:
    """Run it beside the event loop; raises RuleBroken, with the place, for whatever it raises.

    One that takes longer than `limit` seconds is stopped at its next line; code that waits inside
    a call of the system ends when that call does, and nobody waits for it.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str] = loop.create_future()

    def tell(problem: str) -> None:
        if not done.done():
            done.set_result(problem)

    def work() -> None:
        problem = ""
        try:
            act()
        except AppError as told:
            problem = str(told)
        except BaseException as raised:  # noqa: BLE001 – user code may raise anything
            problem = _told(raised)
        with suppress(RuntimeError):  # nobody waits any more, not even the loop
            loop.call_soon_threadsafe(tell, problem)

    thread = threading.Thread(target=work, name="strategy", daemon=True)
    thread.start()
    await asyncio.wait([done], timeout=limit)
    if not done.done():
        _stop(thread)
        raise RuleBroken(f"it took longer than {limit:g} s, and was stopped")
    if problem := done.result():
        raise RuleBroken(problem)


def _stop(thread: threading.Thread) -> None:
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(_Stopped)
        )


def _told(problem: BaseException) -> str:
    """What went wrong and where, innermost line last."""
    frames = traceback.extract_tb(problem.__traceback__)
    theirs = [frame for frame in frames if Path(frame.filename).parent != HERE][-DEPTH:]
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in theirs]
    words = f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
    return f"{words} (at {' → '.join(places)})" if places else words
