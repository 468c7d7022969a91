"""Days of chains in a folder: one file to a symbol, day and expiry."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, unquote
from uuid import uuid4

from core.analytics.chain_day import PER_STRIKE, ChainDay
from core.clock import Clock
from core.errors import BadData, StorageProblem
from data.options import day_file

ENDING: Final = ".parquet"
PART: Final = ".part"
SEPARATOR: Final = " + "
READERS: Final = min(4, os.cpu_count() or 1)


class DayId(NamedTuple):
    symbol: str
    day: date
    expiry: date


class OptionDayFiles:
    """Blocking; whoever asks from the event loop does it in a thread."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._clock = clock
        self._writing = threading.Lock()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="option-days")

    def save(self, days: Sequence[ChainDay], source: str) -> None:
        """All or none: every file is written beside its place first, then all are put there.

        Raises BadData for a day that cannot be, StorageProblem where the disk does not take it.
        """
        with self._writing:
            now = self._clock.now()
            made = []
            for day in _merged(days):
                whole, said = self._with_what_is_kept(day, source)
                made.append((self.path(id_of(day)), day_file.encode(whole, said, now)))
            self._put(made)

    def read(self, id: DayId, fields: Sequence[str] = PER_STRIKE) -> ChainDay | None:
        """None if it was never kept; raises BadData with the file's name if it cannot be read."""
        path = self.path(id)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise StorageProblem(f"{path} cannot be read: {problem.strerror}") from problem
        day = day_file.decode(BytesIO(content), self.name(path), fields)
        if id_of(day) != id:
            raise BadData(f"{self.name(path)} holds another day than its name says")
        return day

    def read_many(self, ids: Sequence[DayId], fields: Sequence[str]) -> list[ChainDay]:
        """Several at a time: decoding leaves the interpreter free."""
        found = self._readers.map(lambda id: self.read(id, fields), ids)
        return [day for day in found if day is not None]

    def symbols(self) -> list[str]:
        return sorted(unquote(name) for name in _names(self.folder) if "." not in name)

    def days(self, symbol: str) -> list[date]:
        return sorted(filter(None, map(_date, _names(self.folder / _folder(symbol)))))

    def expiries(self, symbol: str, day: date) -> list[date]:
        names = _names(self.folder / _folder(symbol) / day.isoformat())
        whole = [name.removesuffix(ENDING) for name in names if name.endswith(ENDING)]
        return sorted(filter(None, map(_date, whole)))

    def stamps(self, symbol: str, first: date, last: date) -> list[tuple[date, int]]:
        """When something was last put to each day of a span, in its own count."""
        try:
            entries = list(os.scandir(self.folder / _folder(symbol)))
        except (FileNotFoundError, NotADirectoryError):
            return []
        days = ((_date(entry.name), entry) for entry in entries)
        found = ((day, entry) for day, entry in days if day and first <= day <= last)
        return sorted((day, entry.stat().st_mtime_ns) for day, entry in found)

    def path(self, id: DayId) -> Path:
        return self.folder / _folder(id.symbol) / id.day.isoformat() / f"{id.expiry}{ENDING}"

    def name(self, path: Path) -> str:
        """As problems call it: its place below the folder's own."""
        return path.relative_to(self.folder.parent).as_posix()

    def _with_what_is_kept(self, day: ChainDay, source: str) -> tuple[ChainDay, str]:
        """The day joined to the file there is, and the sources of both.

        A file that cannot be read is put aside under another name, for whoever wants to look.
        """
        path = self.path(id_of(day))
        try:
            kept = self.read(id_of(day))
        except BadData:
            os.replace(path, path.with_suffix(".damaged"))
            kept = None
        if kept is None:
            return day, source
        sources = day_file.read_label(path, self.name(path)).source.split(SEPARATOR)
        return kept.joined(day), SEPARATOR.join(dict.fromkeys([*sources, source]))

    def _put(self, made: Sequence[tuple[Path, bytes]]) -> None:
        parts: list[tuple[Path, Path]] = []
        try:
            for path, content in made:
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_name(f".{path.name}.{uuid4().hex}{PART}")
                parts.append((part, path))
                _write(part, content)
            for part, path in parts:
                os.replace(part, path)
        except OSError as problem:
            raise StorageProblem(
                f"option history cannot be written below {self.folder}: {problem.strerror}."
                " Nothing was added."
            ) from problem
        finally:
            for part, _ in parts:
                with suppress(OSError):
                    part.unlink(missing_ok=True)


def id_of(day: ChainDay) -> DayId:
    return DayId(day.symbol, day.day, day.expiry)


def _merged(days: Sequence[ChainDay]) -> list[ChainDay]:
    """Each day once; of what comes twice, the later one given counts."""
    found: dict[DayId, ChainDay] = {}
    for day in days:
        known = found.get(id_of(day))
        found[id_of(day)] = day if known is None else known.joined(day)
    return list(found.values())


def _write(path: Path, content: bytes) -> None:
    """On the disk itself before it gets its name."""
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _folder(symbol: str) -> str:
    return quote(symbol, safe=" &-_").replace(".", "%2E")


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _date(text: str) -> date | None:
    """Other files than ours may lie about."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
