"""A download: what was asked for, the pieces that it takes, and what became of each."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Interval


class What(StrEnum):
    CANDLES = "candles"
    EXPIRED = "expired"  # all contracts of an expiry that is over
    CHAIN = "chain"  # a snapshot of what is listed now
    INSTRUMENTS = "instruments"
    ACTIONS = "actions"  # corporate actions of shares


class Status(StrEnum):
    PREPARING = "preparing"  # not yet cut into pieces
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # with pieces that could not be had, or stopped by a full disk
    CANCELLED = "cancelled"


UNFINISHED = (Status.PREPARING, Status.RUNNING)


class PieceStatus(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`keys` are instruments; of an expiry and of a chain the underlying.

    `names` are what a person calls them, in the same order. Days are IST, both ends included.
    `again` also asks for what is there already.
    """

    what: What
    keys: tuple[InstrumentKey, ...] = ()
    names: tuple[str, ...] = ()
    interval: Interval = Interval.MINUTE
    first: date | None = None
    last: date | None = None
    expiry: date | None = None
    again: bool = False

    @property
    def span(self) -> tuple[date, date]:
        """Raises BadData for a plan without days."""
        if self.first is None or self.last is None or self.first > self.last:
            raise BadData("a download of candles needs its first and its last day, in this order")
        return self.first, self.last

    @property
    def title(self) -> str:
        names = self.names or self.keys
        who = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        match self.what:
            case What.CANDLES:
                return f"{who} · {self.interval} · {_days(self.first, self.last)}"
            case What.EXPIRED:
                return f"{who} expiry {_day(self.expiry)} · {self.interval}"
            case What.CHAIN:
                return f"Chains of {who}"
            case What.INSTRUMENTS:
                return "Instruments"
            case What.ACTIONS:
                return f"Corporate actions of {who}"

    def to_json(self) -> str:
        written: dict[str, Any] = {
            "what": self.what.value,
            "keys": list(self.keys),
            "names": list(self.names),
            "interval": str(self.interval),
            "again": self.again,
        }
        for name in ("first", "last", "expiry"):
            day: date | None = getattr(self, name)
            written[name] = day.isoformat() if day else None
        return json.dumps(written)

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Raises BadData for a text that `to_json` did not write."""
        try:
            read = json.loads(text)
            days = {n: date.fromisoformat(read[n]) if read[n] else None for n in _DAYS}
            return cls(
                what=What(read["what"]),
                keys=tuple(InstrumentKey(key) for key in read["keys"]),
                names=tuple(read["names"]),
                interval=Interval.parse(read["interval"]),
                again=read["again"],
                **days,
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise BadData(f"a download that cannot be read: {problem}") from problem


_DAYS = ("first", "last", "expiry")


def _day(day: date | None) -> str:
    return f"{day:%d %b %Y}" if day else "–"


def _days(first: date | None, last: date | None) -> str:
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one call to the broker can answer; of a chain, `first` and `last` are its expiry."""

    number: int
    key: InstrumentKey
    name: str
    interval: Interval
    first: date
    last: date
    status: PieceStatus = PieceStatus.WAITING
    bars: int = 0
    reason: str = ""

    def done(self, bars: int) -> "Piece":
        return replace(self, status=PieceStatus.DONE, bars=bars, reason="")

    def failed(self, reason: str) -> "Piece":
        return replace(self, status=PieceStatus.FAILED, bars=0, reason=reason)

    def waiting(self) -> "Piece":
        return replace(self, status=PieceStatus.WAITING, bars=0, reason="")

    @property
    def title(self) -> str:
        return f"{self.name} {_days(self.first, self.last)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """`source` says who asked: a person, the schedule, the command line."""

    id: str
    plan: Plan
    source: str
    created_at: datetime
    status: Status = Status.PREPARING
    finished_at: datetime | None = None
    message: str = ""
    pieces: int = 0
    done: int = 0
    failed: int = 0
    bars: int = 0


def is_expired(key: InstrumentKey) -> bool:
    """Keys of expired contracts carry their expiry: `NSE_FO|47983|17-11-2026`."""
    return key.count("|") == 2
