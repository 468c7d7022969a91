"""Tables of files as they come: texts in columns, turned into numbers and times row by row.

What cannot be read is noted with its row and reason; whoever loads decides what follows from it.
"""

import gzip
import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BadData
from core.ports.imports import Refused

LARGEST: Final = 512 * 2**20
"""Bytes of a file, unpacked."""
NOTHING: Final = ("", "-", "NA", "N/A", "NaN", "nan", "null", "None")
GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK", b"PAR1"
MOST_KEPT: Final = 1_000
"""Refused rows that are told one by one; the others are counted."""

Floats = NDArray[np.float64]


class Complaints:
    """Rows that cannot be read, each once, with the first reason."""

    def __init__(self) -> None:
        self._reasons: dict[int, str] = {}

    def add(self, rows: Iterable[int], reason: str) -> None:
        for row in rows:
            self._reasons.setdefault(int(row), reason)

    def __len__(self) -> int:
        return len(self._reasons)

    @property
    def rows(self) -> set[int]:
        return set(self._reasons)

    def first(self) -> tuple[Refused, ...]:
        chosen = sorted(self._reasons)[:MOST_KEPT]
        return tuple(Refused(row, self._reasons[row]) for row in chosen)


class Sheet:
    """`row_of` are the rows in the file (heads are row 1) that the columns' places stand for."""

    def __init__(self, heads: list[str], columns: list[Any], row_of: NDArray[np.int64]) -> None:
        self.heads = heads
        self._columns = dict(zip(heads, columns, strict=True))
        self.row_of = row_of
        self.complaints = Complaints()

    def __len__(self) -> int:
        return len(self.row_of)

    def has(self, *heads: str) -> bool:
        return all(head in self._columns for head in heads)

    def texts(self, head: str) -> list[str]:
        """Trimmed; "" where there is nothing."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._column(head)
        if not pa.types.is_string(column.type):
            column = column.cast(pa.string())
        found: list[str] = pc.utf8_trim_whitespace(pc.fill_null(column, "")).to_pylist()
        return found

    def numbers(self, head: str, *, needed: bool = False) -> Floats:
        """nan where there is nothing, which is refused if it is `needed`; so is any other text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._column(head)
        if pa.types.is_null(column.type):
            found = np.full(len(self), np.nan)
        elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            found = np.array(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)
        else:
            text = pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
            found = self._parsed(head, text)
        if needed:
            self.complaints.add(self.row_of[np.isnan(found)], f"no {head}")
        return found

    def beginning(self, count: int) -> list[list[str]]:
        columns = [self._columns[head].slice(0, count).to_pylist() for head in self.heads]
        return [["" if v is None else str(v) for v in row] for row in zip(*columns, strict=True)]

    def _column(self, head: str) -> Any:
        if head not in self._columns:
            raise BadData(f"there is no column {head!r}; there are {', '.join(self.heads)}")
        return self._columns[head]

    def _parsed(self, head: str, text: Any) -> Floats:
        import pyarrow as pa
        import pyarrow.compute as pc

        text = pc.replace_substring(text, ",", "")
        known = pc.invert(pc.is_in(text, pa.array(NOTHING)))
        looks = pc.match_substring_regex(text, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
        bad = pc.and_(known, pc.invert(looks)).to_numpy(zero_copy_only=False)
        for place in np.flatnonzero(bad).tolist():
            shown = str(text[place])[:30]
            self.complaints.add([self.row_of[place]], f"{head} {shown!r} is no number")
        good = pc.if_else(looks, text, pa.scalar(None, pa.string())).cast(pa.float64())
        return np.array(good.to_numpy(zero_copy_only=False), dtype=float)


def content(path: Path) -> tuple[str, bytes]:
    """The name and bytes of a file, unpacked where it is packed; raises BadData for too much."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadData(f"{path.name} is larger than {LARGEST >> 20} MB")
        raw = path.read_bytes()
    except OSError as problem:
        raise BadData(f"{path} cannot be read: {problem.strerror}") from problem
    if not raw:
        raise BadData(f"{path.name} is empty")
    try:
        if raw[:2] == GZIP:
            with gzip.open(BytesIO(raw)) as packed:
                return _limited(path.name.removesuffix(".gz"), packed.read(LARGEST + 1))
        if raw[:2] == ZIP:
            return _unzipped(path.name, raw)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as problem:
        raise BadData(f"{path.name} is damaged: {problem}") from problem
    return path.name, raw


def _unzipped(name: str, raw: bytes) -> tuple[str, bytes]:
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        files = [each for each in archive.infolist() if not each.is_dir()]
        if len(files) != 1:
            raise BadData(f"{name} holds {len(files)} files: unpack it and take them one by one")
        with archive.open(files[0]) as member:
            return _limited(Path(files[0].filename).name, member.read(LARGEST + 1))


def _limited(name: str, raw: bytes) -> tuple[str, bytes]:
    if len(raw) > LARGEST:
        raise BadData(f"{name} unpacks to more than {LARGEST >> 20} MB")
    return name, raw


def sheet_of(name: str, raw: bytes, *, skip: int = 0) -> Sheet:
    """CSV (comma, semicolon, tab) or Parquet; `skip` lines before the heads are passed over."""
    made = _parquet(name, raw) if raw[:4] == PARQUET else _csv(name, raw, skip)
    if not len(made):
        raise BadData(f"{name} has no row below its heads")
    return made


def _parquet(name: str, raw: bytes) -> Sheet:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(BytesIO(raw))
    except (pa.ArrowException, OSError) as problem:
        raise BadData(f"{name} is no whole Parquet file: {problem}") from problem
    columns = [table.column(head).combine_chunks() for head in table.column_names]
    plain = [
        each.dictionary_decode() if pa.types.is_dictionary(each.type) else each for each in columns
    ]
    return Sheet([*table.column_names], plain, np.arange(2, len(table) + 2))


def _csv(name: str, raw: bytes, skip: int) -> Sheet:
    import pyarrow as pa
    from pyarrow import csv

    if b"\0" in raw[:4096]:
        raise BadData(f"{name} is no text and no Parquet file")
    text = _in_utf8(raw)
    wrong: list[Any] = []

    def note(row: Any) -> str:
        wrong.append(row)
        return "skip"

    lines = text[:65536].split(b"\n")
    delimiter = max(
        (",", ";", "\t"), key=lambda each: lines[min(skip, len(lines) - 1)].count(each.encode())
    )
    try:
        table = csv.read_csv(
            BytesIO(text),
            read_options=csv.ReadOptions(
                autogenerate_column_names=True, skip_rows=skip, use_threads=False
            ),
            parse_options=csv.ParseOptions(
                delimiter=delimiter,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=csv.ConvertOptions(
                column_types={f"f{i}": pa.string() for i in range(1_000)}, strings_can_be_null=False
            ),
        )
    except pa.ArrowException as problem:
        raise BadData(f"{name} is no table: {problem}") from problem
    columns = [each.combine_chunks() for each in table.columns]
    heads = [str(each[0]).strip() for each in columns]
    bad = sorted(row.number for row in wrong)
    row_of = np.setdiff1d(np.arange(1 + skip, len(table) + len(bad) + skip + 1), np.array(bad))[1:]
    named = [(head, each.slice(1)) for head, each in zip(heads, columns, strict=True) if head]
    made = Sheet([h for h, _ in _told_apart(named)], [c for _, c in _told_apart(named)], row_of)
    for row in (each for each in wrong if each.text.strip()):
        made.complaints.add(
            [row.number], f"{row.actual_columns} columns instead of {row.expected_columns}"
        )
    return made


def _told_apart(named: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Heads that come twice are numbered: `OI`, `OI 2`."""
    seen: dict[str, int] = {}
    found = []
    for head, column in named:
        seen[head] = seen.get(head, 0) + 1
        found.append((head if seen[head] == 1 else f"{head} {seen[head]}", column))
    return found


def _in_utf8(raw: bytes) -> bytes:
    """Of another encoding only the Western one is known; its names may look odd, numbers do not."""
    body = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace").encode()
    return body
