"""Downloads: asked for by people, the schedule and the command line; each outlives the desk."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import uuid4

import structlog
from structlog.contextvars import bound_contextvars

from core.clock import Clock
from core.downloads.coverage import DayState
from core.downloads.plan import Download, Piece, PieceStatus, Plan, Status, What
from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.ports.downloads import DownloadRepository
from core.services.download_drive import DownloadDrive
from core.services.download_planning import DownloadPlanner
from core.services.download_work import Work
from core.state.downloads import DownloadProgress, DownloadsState, Failure
from core.state.notices import Level, Notices

log = structlog.get_logger(__name__)

BY_HAND: Final = "by hand"
LOOK_EVERY: Final = 0.5
"""Seconds between two calls to those who wait for an end."""
ENDED_KEPT: Final = 20
"""Downloads that ended stay in memory for those who look; all are on disk."""

Finish = Callable[[Plan, Callable[[str], None]], Awaitable[str]]
"""What is made of a download's pieces when all are there; returns what it did, in words."""


class Downloads:
    """Several run side by side and share the calls; what a desk leaves unfinished, the next one
    goes on with. Asking twice for the same joins what runs.
    """

    def __init__(
        self,
        *,
        planner: DownloadPlanner,
        drive: DownloadDrive,
        work: Mapping[What, Work],
        finish: Mapping[What, Finish],
        downloads: DownloadRepository,
        state: DownloadsState,
        clock: Clock,
        notices: Notices,
    ) -> None:
        self._planner = planner
        self._drive = drive
        self._work = work
        self._finish = finish
        self._downloads = downloads
        self.state = state
        self._clock = clock
        self._notices = notices
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._asking = asyncio.Lock()

    async def start(self, plan: Plan, *, source: str = BY_HAND) -> str:
        """Write it down, and begin; returns its id.

        An equal one that is not finished is gone on with instead. Raises RuleBroken for a plan of
        which nothing can be had.
        """
        self._check(plan)
        async with self._asking:
            for known in await self._downloads.unfinished():
                if known.plan == plan:
                    self._begin(known)
                    return known.id
            download = Download(
                id=uuid4().hex, plan=plan, source=source, created_at=self._clock.now()
            )
            await self._downloads.save(download)
            self._begin(download)
            return download.id

    async def cancel(self, id: str) -> None:
        """Stop it; what is here already stays. For one that does not run it does nothing."""
        task = self._tasks.get(id)
        if task is None:
            return
        progress = self.state.progress[id]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if progress.running:
            await self._end(progress, Status.CANCELLED, "stopped by hand")

    async def again(self, id: str) -> None:
        """Go on with one that failed or was stopped: what is missing of it, anew."""
        download = await self._downloads.get(id)
        if download is None:
            raise RuleBroken("This download is not on record.")
        if id not in self._tasks:
            download = replace(download, status=Status.RUNNING, finished_at=None, message="")
            pieces = await self._downloads.pieces(id)
            anew = [each.waiting() for each in pieces if each.status is PieceStatus.FAILED]
            await self._downloads.record(id, anew)
            if not pieces:
                download = replace(download, status=Status.PREPARING)
            await self._downloads.save(download)
            self._begin(download)

    async def ended(
        self, id: str, *, meanwhile: Callable[[], object] = lambda: None
    ) -> Download | None:
        """Wait until it runs no more; what it came to, None for one that is not on record.

        `meanwhile` is called now and then as long as it runs.
        """
        task = self._tasks.get(id)
        while task is not None and not task.done():
            meanwhile()
            await asyncio.wait([task], timeout=LOOK_EVERY)
        return await self._downloads.get(id)

    async def history(self, limit: int = 50) -> list[Download]:
        """Newest first."""
        return await self._downloads.all(limit)

    async def failures(self, id: str) -> list[Failure]:
        """All that could not be had, with the reasons."""
        pieces = await self._downloads.pieces(id)
        return [Failure(p.title, p.reason) for p in pieces if p.status is PieceStatus.FAILED]

    async def coverage(
        self, keys: Sequence[InstrumentKey], interval: Interval, first: date, last: date
    ) -> dict[InstrumentKey, dict[date, DayState]]:
        """Of each instrument every day from `first` to `last`, against the session calendar."""
        return await self._planner.coverage(keys, interval, first, last)

    def last_whole_day(self) -> date:
        return self._planner.last_whole_day()

    async def run(self) -> None:
        """Go on with what was left unfinished; runs until cancelled, and leaves the rest so."""
        for download in await self._downloads.unfinished():
            self._begin(download)
        try:
            await asyncio.Event().wait()
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Let go of what runs; it stays unfinished on record."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _check(self, plan: Plan) -> None:
        if plan.what is not What.INSTRUMENTS and not plan.keys:
            raise RuleBroken("Say which instruments to download.")
        if plan.what is What.CANDLES:
            first, _ = plan.span
            if first > self._planner.last_whole_day():
                raise RuleBroken("These days are not over yet: there is nothing whole to download.")

    def _begin(self, download: Download) -> None:
        if download.id in self._tasks:
            return
        progress = self.state.progress[download.id] = DownloadProgress(download=download)
        ended = [id for id, each in self.state.progress.items() if not each.running]
        for id in ended[: max(0, len(ended) - ENDED_KEPT)]:
            del self.state.progress[id]
        task = asyncio.create_task(self._run(progress), name=f"download {download.id}")
        self._tasks[download.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(download.id, None))
        self.state.touch()

    async def _run(self, progress: DownloadProgress) -> None:
        """The outermost loop of a download: whatever ends it is said and written down."""
        with bound_contextvars(download=progress.download.id):
            try:
                await self._whole(progress)
            except AppError as problem:
                log.warning("download.failed", problem=str(problem))
                await self._end(progress, Status.FAILED, str(problem))
            except Exception as problem:
                log.exception("download.failed")
                await self._end(progress, Status.FAILED, f"{type(problem).__name__}: {problem}")

    async def _whole(self, progress: DownloadProgress) -> None:
        plan = progress.download.plan
        pieces = await self._pieces(progress)
        progress.total = len(pieces)
        progress.done = sum(each.status is PieceStatus.DONE for each in pieces)
        progress.bars = sum(each.bars for each in pieces)
        for each in pieces:
            if each.status is PieceStatus.FAILED:
                progress.failed += 1
                progress.failures.append(Failure(each.title, each.reason))
        self.state.touch()
        waiting = [each for each in pieces if each.status is PieceStatus.WAITING]
        await self._drive.run(progress, waiting, self._work[plan.what])
        said = ""
        if finish := self._finish.get(plan.what):
            said = await finish(plan, lambda words: self._say(progress, words))
        await self._end(progress, Status.FAILED if progress.failed else Status.DONE, said)

    async def _pieces(self, progress: DownloadProgress) -> list[Piece]:
        """As they were written down; cut now, and written, where they were not."""
        if progress.download.status is not Status.PREPARING:
            return await self._downloads.pieces(progress.download.id)
        self._say(progress, "Looking for what is missing")
        pieces = await self._planner.pieces(progress.download.plan)
        progress.download = replace(progress.download, status=Status.RUNNING, pieces=len(pieces))
        await self._downloads.begin(progress.download, pieces)
        return pieces

    async def _end(self, progress: DownloadProgress, status: Status, said: str) -> None:
        """In memory first: a disk that is full must not hide that it is."""
        progress.download = replace(
            progress.download,
            status=status,
            finished_at=self._clock.now(),
            message=_words(progress, status, said),
            pieces=progress.total,
            done=progress.done,
            failed=progress.failed,
            bars=progress.bars,
        )
        self._say(progress, "")
        title = progress.download.plan.title
        if status is Status.FAILED:
            text = f"Download {title}: {progress.download.message}"
            self._notices.add(Level.PROBLEM, text, at=self._clock.now(), source="downloads")
        try:
            await self._downloads.save(progress.download)
        except AppError as problem:
            log.warning("download.not_saved", problem=str(problem))

    def _say(self, progress: DownloadProgress, words: str) -> None:
        progress.detail = words
        self.state.touch()


def _words(progress: DownloadProgress, status: Status, said: str) -> str:
    parts = [said] if said else []
    if status is Status.DONE and not progress.total:
        parts.insert(0, "nothing was missing")
    if progress.failed:
        parts.insert(0, f"{progress.failed:,} of {progress.total:,} pieces could not be had")
    return "; ".join(parts)
