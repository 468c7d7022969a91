"""Tables that no screen is made of yet, kept as they came: margins, volatilities, participants.

Each becomes one Parquet file under home, typed, in one atomic write, so that it can be looked at,
taken away again and read by whoever needs it later.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np

from core.errors import BadData, StorageProblem
from core.ports.exports import Exporter, Format, Table
from core.ports.imports import Home
from data.sources.found import SAMPLE, Found, plural
from data.sources.moments import days_of
from data.sources.sheet import NOTHING, Sheet

KNOWN: Final = {
    "SPAN price scan ranges": ("price_scan", "vol_scan"),
    "NSE daily volatility": ("sigma_underlying", "sigma_applicable"),
    "Index futures: close, open interest, lot": ("stated_lot", "implied_lot"),
    "Participant-wise open interest": ("client_type", "Future Index Long"),
    "Index constituents": ("isin", "index_code"),
}
"""By columns that only they have."""


def fits(sheet: Sheet) -> bool:
    return any(sheet.has(*heads) for heads in KNOWN.values())


def read(name: str, sheet: Sheet) -> Found:
    title = next(title for title, heads in KNOWN.items() if sheet.has(*heads))
    columns = [_typed(sheet, head) for head in sheet.heads]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return Found(
        title=title,
        source="file",
        home=Home.REFERENCE,
        makes=f"the table “{table_name(name)}”, {plural(len(rows), 'row')}",
        rows=len(rows),
        heads=sheet.heads,
        sample=sheet.beginning(SAMPLE),
        complaints=sheet.complaints,
        notes=("kept as a table; no screen is made of it yet",),
        reference=Table(name=table_name(name), heads=sheet.heads, rows=rows),
    )


def table_name(file: str) -> str:
    stem = Path(file).name.partition(".")[0]
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in stem)[:60] or "table"


def _typed(sheet: Sheet, head: str) -> list[Any]:
    """Days where every text is one, else numbers where every text is one, else the texts.

    Eight digits are a day, six are not: SPAN files name some expiries by their month alone.
    """
    texts = sheet.texts(head)
    said = [text for text in texts if text not in NOTHING]
    if not said:
        return [None] * len(texts)
    days = days_of(texts) if _like_days(said) else None
    if days is not None and all(d is not None for d, t in zip(days, texts, strict=True) if t):
        return list(days)
    if _are_numbers(said):
        numbers = sheet.numbers(head)
        return [None if np.isnan(v) else v for v in numbers.tolist()]
    return [text or None for text in texts]


def _like_days(texts: Sequence[str]) -> bool:
    return all(len(text) in (8, 9, 10, 11) and not text.count(".") for text in texts)


def _are_numbers(texts: Sequence[str]) -> bool:
    try:
        for text in texts:
            float(text.replace(",", ""))
    except ValueError:
        return False
    return True


class ReferenceFiles:
    """Blocking."""

    def __init__(self, folder: Path, exporter: Exporter) -> None:
        self._folder, self._exporter = folder, exporter

    def save(self, table: Table) -> None:
        """In place of what had the name; raises StorageProblem where the disk does not take it."""
        path = self._folder / f"{table.name}.parquet"
        part = path.with_name(f".{path.name}.{uuid4().hex}.part")
        content = self._exporter.write(table, Format.PARQUET)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(part, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except OSError as problem:
            part.unlink(missing_ok=True)
            raise StorageProblem(f"{path} cannot be written: {problem.strerror}") from problem

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.parquet"))

    def table(self, name: str) -> Table:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._folder / f"{table_name(name)}.parquet"
        try:
            found = pq.read_table(path)
        except (pa.ArrowException, OSError) as problem:
            raise BadData(f"{path.name} cannot be read: {problem}") from problem
        columns = [column.to_pylist() for column in found.columns]
        rows = [list(row) for row in zip(*columns, strict=True)]
        return Table(name=path.stem, heads=found.column_names, rows=rows)
