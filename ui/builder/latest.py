"""Work for the newest question only: one at a time, in a thread, those in between left out."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog
from nicegui import background_tasks

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Latest(Generic[T]):
    """`ask()` has `question()` put on the loop, what it returns run in a thread, and `then` told.

    `question` returns None where there is nothing to be done.
    """

    def __init__(
        self, question: Callable[[], Callable[[], T] | None], then: Callable[[T], object]
    ) -> None:
        self._question, self._then = question, then
        self._wanted = self._running = self._ended = False

    def ask(self) -> None:
        self._wanted = True
        if not self._running and not self._ended:
            self._running = True
            background_tasks.create(self._run(), name="latest")

    def end(self) -> None:
        """Tell nobody any more."""
        self._ended = True

    async def _run(self) -> None:
        try:
            while self._wanted and not self._ended:
                self._wanted = False
                work = self._question()
                if work is None:
                    return
                found = await asyncio.to_thread(work)
                if not self._ended:
                    self._then(found)
        except Exception:  # outermost: the next question is answered again
            log.exception("builder.failed")
        finally:
            self._running = False
