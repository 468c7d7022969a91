"""A recorded day as the desk's feed, and the days that there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from core.analytics.chain_snapshot import ChainSnapshot
from core.instruments.calendar import Window
from core.ports.feed import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDay:
    """A day that can be replayed, and what there is of it in words."""

    day: date
    words: str


class ReplayDays(Protocol):
    async def all(self) -> list[ReplayDay]:
        """Newest first."""
        ...


class RecordedFeed(Feed, Protocol):
    """Shows a day as it was heard; knows of no time but that which it is told."""

    @property
    def gaps(self) -> Sequence[Window]:
        """Times within the session of which nothing was recorded."""
        ...

    def move(self, now: datetime) -> bool:
        """Show what was heard by `now`, frame by frame; True where anything was."""
        ...

    def taken_down(self) -> list[ChainSnapshot]:
        """The minutes of chains that have ended since last asked."""
        ...
