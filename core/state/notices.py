"""Notices: what the desk has to tell the user, newest last."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

KEPT: Final = 200


class Level(StrEnum):
    INFO = "info"
    GOOD = "good"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`link` is the page that shows more; `event` names what happened, for whoever rings a bell."""

    number: int
    at: datetime
    level: Level
    text: str
    source: str
    link: str = ""
    event: str = ""


class Notices:
    """A short memory; the shell toasts what is newer than what it last saw."""

    def __init__(self) -> None:
        self._kept: deque[Notice] = deque(maxlen=KEPT)
        self.count = 0

    def add(
        self,
        level: Level,
        text: str,
        *,
        at: datetime,
        source: str,
        link: str = "",
        event: str = "",
    ) -> Notice:
        self.count += 1
        notice = Notice(
            number=self.count,
            at=at,
            level=level,
            text=text,
            source=source,
            link=link,
            event=event,
        )
        self._kept.append(notice)
        return notice

    def since(self, number: int) -> list[Notice]:
        return [n for n in self._kept if n.number > number]

    def all(self) -> list[Notice]:
        return list(self._kept)
