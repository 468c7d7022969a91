import gzip
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import BadData
from core.ports.imports import Refused
from data.sources.sheet import content, sheet_of


def test_each_row_that_cannot_be_read_is_told_with_its_number_and_reason():
    sheet = sheet_of("x.csv", b"a,b\n1,2\n1,2,3\nx,4\n,5\n")
    assert np.array_equal(sheet.numbers("a", needed=True), [1.0, np.nan, np.nan], equal_nan=True)
    assert sheet.complaints.first() == (
        Refused(3, "3 columns instead of 2"),
        Refused(4, "a 'x' is no number"),
        Refused(5, "no a"),
    )


def test_a_blank_line_is_no_row_and_moves_no_number():
    sheet = sheet_of("x.csv", b"a,b\n1,2\n\nx,4\n\n")
    sheet.numbers("a")
    assert sheet.complaints.first() == (Refused(4, "a 'x' is no number"),)


def test_numbers_may_have_commas_signs_and_words_for_nothing():
    sheet = sheet_of("x.csv", b'a;b\n"1,23,456.50";-\n-5;NA\n1e3; 7 \n')
    assert sheet.numbers("a").tolist() == [123_456.5, -5.0, 1_000.0]
    assert np.array_equal(sheet.numbers("b"), [np.nan, np.nan, 7.0], equal_nan=True)
    assert not len(sheet.complaints)


def test_heads_are_trimmed_told_apart_and_an_empty_last_one_is_dropped():
    sheet = sheet_of("x.csv", b"\xef\xbb\xbfDate ,OI,OI,\n1,2,3,\n")
    assert sheet.heads == ["Date", "OI", "OI 2"]
    assert sheet.numbers("OI 2").tolist() == [3.0]


def test_parquet_gives_the_same_as_csv():
    out = BytesIO()
    pq.write_table(pa.table({"a": [1.5, None], "b": ["x", "2"], "c": pa.nulls(2)}), out)
    sheet = sheet_of("x.parquet", out.getvalue())
    assert np.array_equal(sheet.numbers("a"), [1.5, np.nan], equal_nan=True)
    assert np.isnan(sheet.numbers("c")).all()
    sheet.numbers("b")
    assert sheet.complaints.first() == (Refused(2, "b 'x' is no number"),)


def test_packed_files_are_unpacked(tmp_path: Path):
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a\n1\n"))
    assert content(tmp_path / "x.csv.gz") == ("x.csv", b"a\n1\n")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("fo.csv", "a\n1\n")
    assert content(tmp_path / "x.zip") == ("fo.csv", b"a\n1\n")


def test_what_cannot_be_unpacked_is_refused_by_name(tmp_path: Path):
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a\n1\n" * 99)[:-9])
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "a\n")
        archive.writestr("b.csv", "b\n")
    (tmp_path / "bad.zip").write_bytes(b"PK nothing")
    (tmp_path / "empty.csv").write_bytes(b"")
    for name, said in [
        ("x.csv.gz", "damaged"), ("two.zip", "2 files"), ("bad.zip", "damaged"),
        ("empty.csv", "empty"), ("absent.csv", "cannot be read"),
    ]:  # fmt: skip
        with pytest.raises(BadData, match=f"{name}.*{said}"):
            content(tmp_path / name)


@pytest.mark.parametrize("raw", [b"a,b\n", b"\x00\x01\x02", b"PAR1nothing"])
def test_what_is_no_table_with_rows_is_refused(raw: bytes):
    with pytest.raises(BadData, match=r"x\.bin"):
        sheet_of("x.bin", raw)
