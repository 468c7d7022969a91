"""Session state: where the trading day stands, and whether the broker lets us in."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Phase(StrEnum):
    """Of the derivatives segment; in `CLOSING_AUCTION` the cash index stands still."""

    HOLIDAY = "holiday"
    CLOSED = "closed"
    PRE_OPEN = "pre-open"
    OPEN = "open"
    CLOSING_AUCTION = "closing auction"


class Login(StrEnum):
    NONE = "not logged in"
    OK = "logged in"
    EXPIRED = "log in again"


@dataclass(slots=True)
class SessionState:
    """`index_frozen`: an index that does not tick now is right, not stale."""

    phase: Phase = Phase.CLOSED
    day: date | None = None
    opens_at: datetime | None = (
        None  # of the day if it has a session, else of the next that has one
    )
    closes_at: datetime | None = None
    index_frozen: bool = False
    login: Login = Login.NONE
    user: str = ""
    token_expires_at: datetime | None = None
    calendar_missing_year: int | None = None  # a year without a holiday list: say so on every page
    revision: int = 0

    @property
    def trading(self) -> bool:
        return self.phase in (Phase.OPEN, Phase.CLOSING_AUCTION)
