import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from io import BytesIO, StringIO
from math import inf, nan

import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest

from core.errors import BadData, RuleBroken
from core.ports.exports import Table
from data.exports import exporter
from data.exports.exporter import FileExporter

AT = datetime(2026, 11, 18, 4, 30, 15, tzinfo=UTC)


class Side(StrEnum):
    BUY = "buy"


HEADS = ("Time (IST)", "Day", "Side", "Units", "Price (₹)", "Charges (₹)", "IV (%)", "Late")
ROWS = (
    (AT, date(2026, 11, 24), Side.BUY, np.int64(65), 80.05, Decimal("12.3456"), nan, True),
    (None, None, "", None, np.float64(24_000.0), Decimal("-3"), inf, False),
)
TABLE = Table(name="Fills", heads=HEADS, rows=ROWS)


def as_csv(table: Table) -> list[list[str]]:
    text = FileExporter().write(table, "csv").decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def sheet(table: Table) -> list[list[object]]:
    book = openpyxl.load_workbook(BytesIO(FileExporter().write(table, "xlsx")))
    return [[cell.value for cell in row] for row in book[table.name].iter_rows()]


def one(value: object) -> Table:
    return Table(name="One", heads=["A"], rows=[[value]])


def test_csv_writes_india_time_and_leaves_the_unknown_empty():
    heads, first, second = as_csv(TABLE)
    assert heads == list(HEADS)
    assert first == [
        "2026-11-18 10:00:15", "2026-11-24", "buy", "65", "80.05", "12.3456", "", "True",
    ]  # fmt: skip
    assert second == ["", "", "", "", "24000", "-3", "", "False"]


def test_a_sheet_has_days_times_and_numbers_of_their_own_type():
    _, first, second = sheet(TABLE)
    assert first == [
        datetime(2026, 11, 18, 10, 0, 15),  # noqa: DTZ001
        datetime(2026, 11, 24),  # noqa: DTZ001
        "buy", 65, 80.05, 12.3456, None, True,
    ]  # fmt: skip
    assert second[4:6] == [24_000, -3]


def test_parquet_keeps_every_type():
    table = pq.read_table(BytesIO(FileExporter().write(TABLE, "parquet")))
    kinds = [str(field.type) for field in table.schema]
    assert kinds == [
        "timestamp[us, tz=Asia/Kolkata]", "date32[day]", "string", "int64", "double",
        "decimal128(24, 4)", "string", "bool",
    ]  # fmt: skip
    first, second = table.to_pylist()
    assert first["Time (IST)"] == AT
    assert (first["Charges (₹)"], first["IV (%)"]) == (Decimal("12.3456"), None)
    assert (second["Side"], second["Price (₹)"]) == (None, 24_000.0)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "=HYPERLINK(1)"],
)
def test_no_text_becomes_a_formula(text: str):
    assert as_csv(one(text))[1] == [f"'{text}"]
    book = openpyxl.load_workbook(BytesIO(FileExporter().write(one(text), "xlsx")))
    cell = book["One"]["A2"]
    assert cell.data_type == "s"  # "f" would be a formula
    table = pq.read_table(BytesIO(FileExporter().write(one(text), "parquet")))
    assert table.column("A").to_pylist() == [text]


def test_a_number_below_nothing_stays_a_number():
    assert as_csv(one(-5.5))[1] == ["-5.5"]
    assert sheet(one(-5.5))[1] == [-5.5]


def test_a_head_is_no_formula_either():
    assert as_csv(Table(name="T", heads=["=A1"], rows=[]))[0] == ["'=A1"]


def test_several_kinds_in_a_column_are_texts_and_numbers_of_two_kinds_numbers():
    mixed = Table(name="T", heads=["A", "B"], rows=[[1, 1], ["open", 2.5], [None, Decimal(3)]])
    table = pq.read_table(BytesIO(FileExporter().write(mixed, "parquet")))
    assert table.column("A").to_pylist() == ["1", "open", None]
    assert table.column("B").to_pylist() == [1.0, 2.5, 3.0]


def test_a_number_too_long_for_its_type_is_kept_as_text():
    table = pq.read_table(BytesIO(FileExporter().write(one(10**30), "parquet")))
    assert table.column("A").to_pylist() == [str(10**30)]


def test_columns_of_one_name_are_told_apart():
    twice = Table(name="T", heads=["A", "A"], rows=[[1, 2]])
    table = pq.read_table(BytesIO(FileExporter().write(twice, "parquet")))
    assert table.column_names == ["A", "A 2"]


def test_a_table_without_rows_is_a_file_with_heads():
    empty = Table(name="T", heads=["A"], rows=[])
    assert as_csv(empty) == [["A"]]
    assert sheet(empty) == [["A"]]
    assert pq.read_table(BytesIO(FileExporter().write(empty, "parquet"))).num_rows == 0


def test_a_book_has_a_sheet_for_each_table():
    book = openpyxl.load_workbook(BytesIO(FileExporter().book([one(1), TABLE])))
    assert book.sheetnames == ["One", "Fills"]


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exporter, "MOST_ROWS", 1)
    with pytest.raises(RuleBroken, match="2 rows, and a sheet holds 1"):
        FileExporter().write(TABLE, "xlsx")


def test_a_format_that_is_not_known_is_refused():
    with pytest.raises(BadData, match="odt"):
        FileExporter().write(TABLE, "odt")
