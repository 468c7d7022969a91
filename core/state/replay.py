"""Replay state: which recorded day is looked at, and where in it we are."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from core.instruments.calendar import Window

MINUTE: Final = timedelta(minutes=1)


@dataclass(slots=True)
class ReplayState:
    """Times are the replay's own; without a `day` one is still to be chosen.

    `windows` are the session's, `gaps` the times within them of which nothing was recorded.
    """

    day: date | None = None
    words: str = ""
    """What there is of the day, for people."""
    made_up: bool = False
    """Whether the market that was recorded was the built-in exchange's."""
    begins: datetime | None = None
    ends: datetime | None = None
    windows: tuple[Window, ...] = ()
    gaps: tuple[Window, ...] = ()
    speed: float = 1.0
    playing: bool = False
    bound_for: datetime | None = None
    """Where a jump is on its way to."""
    reached: float = 0.0
    """The speed that is really reached, measured; 0 while it stands."""
    problem: str = ""
    notes: list[str] = field(default_factory=list)
    """What the recording cannot say, and what is assumed instead."""
    revision: int = 0

    @property
    def first_seen(self) -> datetime | None:
        """The end of the first minute of which anything was recorded; None without a day."""
        if not self.windows:
            return None
        moment = self.windows[0][0]
        for begins, ends in self.gaps:
            if begins <= moment < ends:
                moment = ends
        return moment + MINUTE
