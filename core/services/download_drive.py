"""Works off the pieces of a download, several at a time, and writes down what became of each."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import structlog

from core.downloads.plan import Piece
from core.errors import AppError, BrokerRejected, BrokerUnavailable, LoginNeeded, StorageProblem
from core.ports.downloads import DownloadRepository
from core.services.download_work import Work
from core.state.downloads import DownloadProgress, DownloadsState, Failure

log = structlog.get_logger(__name__)

AT_ONCE: Final = 12
"""Calls under way: what the broker allows in a second is reached at answers of a quarter of one."""
TRIES: Final = 5
"""Of a piece to which no usable answer came; the adapter has tried several times in each."""
FIRST_PAUSE: Final = 2.0
LOGIN_PAUSE: Final = 5.0
PLAN: Final = "UDAPI1149"
"""The broker's code for "on the Plus plan only": no other piece would be answered either."""

Pause = Callable[[float], Awaitable[None]]


class DownloadDrive:
    """Shared by all downloads, so that together they keep to so many calls at once."""

    def __init__(
        self,
        downloads: DownloadRepository,
        state: DownloadsState,
        *,
        pause: Pause = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._downloads = downloads
        self._state = state
        self._pause = pause
        self._now = now
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def run(self, progress: DownloadProgress, pieces: Iterable[Piece], work: Work) -> None:
        """Returns when each piece is done or has failed.

        Raises StorageProblem, and a broker's no that goes for all: then the rest waits as it was.
        """
        waiting = deque(pieces)
        progress.mark(self._now())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(AT_ONCE, len(waiting))):
                    group.create_task(self._work_off(progress, waiting, work))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _work_off(
        self, progress: DownloadProgress, waiting: deque[Piece], work: Work
    ) -> None:
        while waiting:
            piece = waiting.popleft()
            done = await self._one(progress, piece, work)
            await self._downloads.record(progress.download.id, [done])
            failure = Failure(piece.title, done.reason) if done.reason else None
            progress.advance(self._now(), done.bars, failure)
            self._state.touch()

    async def _one(self, progress: DownloadProgress, piece: Piece, work: Work) -> Piece:
        tries = 0
        while True:
            try:
                async with self._turn:
                    bars = await work(piece)
                progress.detail = piece.title
                return piece.done(bars)
            except StorageProblem:
                raise
            except LoginNeeded as problem:
                await self._wait(progress, f"Waiting for the login: {problem}", LOGIN_PAUSE)
            except BrokerUnavailable as problem:
                tries += 1
                if tries == TRIES:
                    return piece.failed(str(problem))
                pause = FIRST_PAUSE * 2 ** (tries - 1) * random.uniform(0.75, 1.25)
                await self._wait(progress, f"Waiting for the broker: {problem}", pause)
            except BrokerRejected as problem:
                if problem.code == PLAN:
                    raise
                return piece.failed(str(problem))
            except AppError as problem:
                return piece.failed(str(problem))

    async def _wait(self, progress: DownloadProgress, words: str, seconds: float) -> None:
        if progress.detail != words:
            log.info("download.waits", id=progress.download.id, why=words)
        progress.detail = words
        self._state.touch()
        await self._pause(seconds)
