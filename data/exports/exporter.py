"""Tables as CSV, as sheets of a workbook (XLSX) or as Parquet."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any, Final

from core.errors import BadData, RuleBroken
from core.ports.exports import Format, Table
from data.exports.cells import Plain, harmless, plain

MOST_ROWS: Final = 1_048_575
"""What a sheet holds below its heads."""
WIDEST: Final = 60
LOOKED_AT: Final = 200
"""Rows that tell how wide a column is."""
PLAIN_BOOK: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}
MONEY_DIGITS: Final = (24, 4)


class FileExporter:
    def write(self, table: Table, format: Format | str) -> bytes:
        match format:
            case Format.CSV:
                return _csv(table)
            case Format.XLSX:
                return self.book([table])
            case Format.PARQUET:
                return _parquet(table)
        raise BadData(f"a table cannot be written as {format!r}")

    def book(self, tables: Sequence[Table]) -> bytes:
        """Numbers stay numbers, days days; texts are never formulas; the heads stay in sight."""
        from xlsxwriter import Workbook  # only who exports pays for it

        for table in tables:
            if len(table.rows) > MOST_ROWS:
                raise RuleBroken(
                    f"{table.name} has {len(table.rows):,} rows, and a sheet holds {MOST_ROWS:,}."
                    " Take it as CSV or Parquet."
                )
        out = BytesIO()
        with Workbook(out, PLAIN_BOOK) as book:
            for table in tables:
                _sheet(book, table)
        return out.getvalue()


def _csv(table: Table) -> bytes:
    out = StringIO()
    write = csv.writer(out)
    write.writerow([harmless(head) for head in table.heads])
    write.writerows([_cell(plain(value)) for value in row] for row in table.rows)
    return ("\ufeff" + out.getvalue()).encode()


def _cell(value: Plain) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return harmless(value) if isinstance(value, str) else value


def _sheet(book: Any, table: Table) -> None:
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet(table.name)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, table.heads, bold)
    widths = [len(head) for head in table.heads]
    for at, row in enumerate(table.rows, 1):
        for column, each in enumerate(row):
            value = plain(each)
            if isinstance(value, datetime):
                sheet.write_datetime(at, column, value, moment)
            elif isinstance(value, date):
                sheet.write_datetime(at, column, value, day)
            elif value is not None:
                # to the paisa, money is exact as a sheet's number
                sheet.write(at, column, float(value) if isinstance(value, Decimal) else value)
            if at <= LOOKED_AT:
                widths[column] = max(widths[column], len(str(_cell(value))))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width + 2, WIDEST))


def _parquet(table: Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    values = [[plain(row[at]) for row in table.rows] for at in range(len(table.heads))]
    columns = [_column(each) for each in values]
    names = [_own_name(table.heads, at) for at in range(len(table.heads))]
    out = BytesIO()
    pq.write_table(pa.table(columns, names=names), out, compression="zstd")
    return out.getvalue()


def _own_name(heads: Sequence[str], at: int) -> str:
    """Two columns of a name could not be told apart."""
    before = list(heads[:at]).count(heads[at])
    return f"{heads[at]} {before + 1}" if before else heads[at]


def _column(values: list[Plain]) -> Any:
    """Of the one type that all its values have; of several kinds, the texts of all."""
    import pyarrow as pa

    types: dict[type, Any] = {
        str: pa.string(),
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        Decimal: pa.decimal128(*MONEY_DIGITS),
        date: pa.date32(),
        datetime: pa.timestamp("us", tz="Asia/Kolkata"),
    }
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        kinds = {float}
    if kinds <= {int, float, Decimal} and len(kinds) > 1:
        kinds, values = {float}, [None if v is None else float(v) for v in values]  # type: ignore[arg-type]
    if len(kinds) == 1:
        try:
            return pa.array(values, types[kinds.pop()])
        except (pa.ArrowInvalid, OverflowError):  # a number longer than the type holds
            pass
    return pa.array([None if v is None else str(_cell(v)) for v in values], pa.string())
