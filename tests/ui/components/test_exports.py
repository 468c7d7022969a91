"""What stands in the files that charts are taken away as."""

import csv
from datetime import UTC, datetime
from io import StringIO
from math import nan

import numpy as np

from ui.components import chart_theme as theme
from ui.components.exports import about, csv_of, file_name

NOON = datetime(2026, 11, 21, 6, 12, 30, tzinfo=UTC)  # 11:42:30 IST
MINUTE = datetime(2026, 11, 21, 6, 12, tzinfo=UTC).timestamp() * 1000


def rows(option: theme.Option, **parts: object) -> list[list[str]]:
    made = csv_of(option, {name: np.asarray(values, float) for name, values in parts.items()})
    return list(csv.reader(StringIO(made.decode("utf-8-sig"))))


def test_a_file_is_named_after_what_is_in_it() -> None:
    assert file_name("NIFTY", "smile", NOON, "csv") == "strikedesk-NIFTY-smile-2026-11-21-1142.csv"


def test_a_name_never_holds_what_a_file_may_not() -> None:
    assert file_name("M&M/../x", "oi", None, "png") == "strikedesk-M-M-..-x-oi.png"


def test_the_line_under_a_title_tells_the_moment_and_that_it_is_recorded() -> None:
    assert about("NIFTY", NOON, recorded=True) == "NIFTY · 21 Nov 2026 11:42:30 IST · RECORDED"
    assert about("NIFTY", NOON, recorded=False) == "NIFTY · 21 Nov 2026 11:42:30 IST"
    assert about("NIFTY", None, recorded=True) == "NIFTY"


def test_the_header_tells_units_and_fractions_are_per_cent() -> None:
    smile = theme.lines(
        [theme.line("call", "Call IV", "share")], x=theme.axis("strike"), y=theme.axis("share")
    )
    assert rows(smile, x=[24_000, 24_050], call=[0.1176, nan]) == [
        ["Strike (₹)", "Call IV (%)"],
        ["24000", "11.76"],
        ["24050", ""],
    ]


def test_moments_are_written_in_indian_time() -> None:
    trend = theme.lines(
        [theme.line("pcr", "PCR", "greek2")],
        x=theme.axis("clock", kind="time"),
        y=theme.axis("greek2"),
    )
    assert rows(trend, x=[MINUTE], pcr=[1.19]) == [
        ["Time (IST)", "PCR"],
        ["2026-11-21 11:42", "1.19"],
    ]


def test_candles_have_a_column_each() -> None:
    chart = theme.candle_chart("Straddle")
    assert rows(chart, x=[MINUTE], candles=[[1, 3, 0.5, 2]])[0] == [
        "Time (IST)",
        *(f"Straddle {word} (₹)" for word in ("open", "high", "low", "close")),
    ]
    assert rows(chart, x=[MINUTE], candles=[[1, 3, 0.5, 2]])[1][1:] == ["1", "3", "0.5", "2"]


def test_a_heat_map_has_a_column_for_each_strike() -> None:
    chart = theme.heatmap("OI change", "changeLakh")
    table = rows(chart, x=[MINUTE], y=[24_000, 24_050], heat=[[5, -7]])
    assert table == [["Time (IST)", "24000.0", "24050.0"], ["2026-11-21 11:42", "5", "-7"]]


def test_points_with_places_of_their_own_have_two_columns() -> None:
    chart = theme.lines(
        [theme.scatter("quoted", "Quoted", "share")], x=theme.axis("strike"), y=theme.axis("share")
    )
    assert rows(chart, quoted=[[24_000, 0.12]]) == [
        ["Quoted: Strike (₹)", "Quoted (%)"],
        ["24000", "12"],
    ]


def test_a_text_that_a_spreadsheet_would_compute_is_disarmed() -> None:
    option = theme.lines(
        [theme.line("a", "=1+1", "greek2")], x=theme.axis("strike"), y=theme.axis("greek2")
    )
    assert rows(option, x=[1], a=[-2]) == [["Strike (₹)", "'=1+1"], ["1", "-2"]]


def test_a_chart_without_numbers_gives_no_rows() -> None:
    assert rows(theme.mirror_bars()) == [[]]
