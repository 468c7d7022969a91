"""What the option history has: the foot of every file, read once and remembered.

The files are the truth. What is remembered in `catalogue.json` goes with a file's size and time,
so that a lost or old catalogue costs one more look at the files and never a wrong answer.
"""

import json
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import structlog

from core.errors import BadData
from core.ports.option_history import OptionDayEntry
from data.options import day_file
from data.options.store import DayId, OptionDayFiles

log = structlog.get_logger(__name__)

NAME: Final = "catalogue.json"
DAMAGED: Final = "damaged"


class Seen(NamedTuple):
    size: int
    changed: int
    rows: int
    minutes: int
    source: str
    saved_at: str


class Catalogue:
    """Blocking, as the files are."""

    def __init__(self, files: OptionDayFiles) -> None:
        self._files = files
        self._path = files.folder / NAME
        self._looking = threading.Lock()
        self._seen: dict[str, Seen] | None = None

    def entries(self) -> list[OptionDayEntry]:
        """By symbol, day and expiry; a file that cannot be read stands there as damaged."""
        with self._looking:
            known = self._seen if self._seen is not None else _remembered(self._path)
            found: dict[str, Seen] = {}
            entries = []
            for id in self._ids():
                path = self._files.path(id)
                name = path.relative_to(self._files.folder).as_posix()
                if (seen := self._look(path, known.get(name))) is not None:
                    found[name] = seen
                    entries.append(_entry(id, seen))
            if found != known:
                _remember(self._path, found)
            self._seen = found
        return entries

    def _ids(self) -> list[DayId]:
        files = self._files
        return [
            DayId(symbol, day, expiry)
            for symbol in files.symbols()
            for day in files.days(symbol)
            for expiry in files.expiries(symbol, day)
        ]

    def _look(self, path: Path, known: Seen | None) -> Seen | None:
        """None for a file that has just gone."""
        try:
            state = path.stat()
            if known is not None and (known.size, known.changed) == (
                state.st_size,
                state.st_mtime_ns,
            ):
                return known
            label = day_file.read_label(path, self._files.name(path))
        except FileNotFoundError:
            return None
        except BadData as problem:
            log.warning("options.damaged", file=path.name, reason=str(problem))
            return Seen(state.st_size, state.st_mtime_ns, 0, 0, DAMAGED, _time(state))
        said = label.saved_at.isoformat()
        return Seen(state.st_size, state.st_mtime_ns, label.rows, label.minutes, label.source, said)


def _entry(id: DayId, seen: Seen) -> OptionDayEntry:
    return OptionDayEntry(
        symbol=id.symbol,
        expiry=id.expiry,
        day=id.day,
        rows=seen.rows,
        minutes=seen.minutes,
        source=seen.source,
        saved_at=datetime.fromisoformat(seen.saved_at),
    )


def _time(state: os.stat_result) -> str:
    return datetime.fromtimestamp(state.st_mtime, UTC).isoformat()


def _remembered(path: Path) -> dict[str, Seen]:
    try:
        text = json.loads(path.read_bytes())
        return {name: Seen(*each) for name, each in text.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # every file is looked at again


def _remember(path: Path, found: Mapping[str, Seen]) -> None:
    """A convenience only: a disk that does not take it costs the next start some time."""
    part = path.with_name(f".{NAME}.{uuid4().hex}.part")
    try:
        part.write_text(json.dumps(found), encoding="utf-8")
        os.replace(part, path)
    except OSError as problem:
        log.warning("options.catalogue_not_kept", reason=str(problem))
        part.unlink(missing_ok=True)
