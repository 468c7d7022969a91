"""Downloads: how far those are that run, and what could not be had."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from core.downloads.plan import UNFINISHED, Download

WINDOW: Final = 30.0
"""Seconds over which the rate is measured."""
LEAST: Final = 1.0
"""A rate of less time would jump about."""
MOST_FAILURES: Final = 200
"""So many are shown; all are kept with their pieces."""


@dataclass(frozen=True, slots=True)
class Failure:
    what: str
    reason: str


@dataclass(slots=True)
class DownloadProgress:
    """`download` is as it stands on disk; the counts run ahead of it."""

    download: Download
    detail: str = ""
    total: int = 0
    done: int = 0
    failed: int = 0
    bars: int = 0
    failures: list[Failure] = field(default_factory=list)
    _recent: deque[tuple[float, int, int]] = field(default_factory=deque)

    @property
    def running(self) -> bool:
        return self.download.status in UNFINISHED

    @property
    def fraction(self) -> float:
        return (self.done + self.failed) / self.total if self.total else 0.0

    def advance(self, now: float, bars: int, failure: Failure | None = None) -> None:
        """One piece more; `now` in seconds of any clock that only rises."""
        if failure is None:
            self.done += 1
            self.bars += bars
        else:
            self.failed += 1
            del self.failures[: max(0, len(self.failures) + 1 - MOST_FAILURES)]
            self.failures.append(failure)
        self.mark(now)

    def mark(self, now: float) -> None:
        """Where the counts stood at a moment: what the rate is measured from."""
        self._recent.append((now, self.done + self.failed, self.bars))
        while len(self._recent) > 2 and self._recent[1][0] < now - WINDOW:
            self._recent.popleft()

    def rate(self, now: float) -> float | None:
        """Bars a second of late; None while nothing can be said."""
        return self._rise(now, 2)

    def pieces_per_second(self, now: float) -> float | None:
        return self._rise(now, 1)

    def eta(self, now: float) -> float | None:
        """Seconds to go at this pace; None while nothing can be said."""
        pace = self.pieces_per_second(now)
        left = self.total - self.done - self.failed
        return left / pace if pace and self.running else None

    def _rise(self, now: float, what: int) -> float | None:
        if not self._recent or now - self._recent[0][0] < LEAST:
            return None
        first, last = self._recent[0], self._recent[-1]
        return (last[what] - first[what]) / (now - first[0])


@dataclass(slots=True)
class DownloadsState:
    """Those that run, and those that ended since the start; `revision` grows with every change."""

    progress: dict[str, DownloadProgress] = field(default_factory=dict)
    revision: int = 0

    def touch(self) -> None:
        self.revision += 1

    @property
    def running(self) -> list[DownloadProgress]:
        return [each for each in self.progress.values() if each.running]
