"""Drawings as they come from a browser."""

from typing import Any

import pytest

from core.drawings.drawing import Drawing, Kind, Point, read
from core.errors import BadData
from core.ids import InstrumentKey

KEY = InstrumentKey("NSE_INDEX|Nifty 50")
TOLD: dict[str, Any] = {
    "id": "0123456789abcdef",
    "kind": "trend",
    "points": [
        {"time": 1_795_059_000, "price": 24_000.5},
        {"time": 1_795_060_000, "price": 24_100},
    ],
    "colour": "--warn",
    "text": "",
}


def test_a_drawing_is_read_and_told_alike() -> None:
    made = read(TOLD, KEY)
    assert made == Drawing(
        id="0123456789abcdef",
        key=KEY,
        kind=Kind.TREND,
        points=(Point(1_795_059_000, 24_000.5), Point(1_795_060_000, 24_100.0)),
        colour="--warn",
    )
    assert read(made.told(), KEY) == made


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "<b>"},
        {"id": None},
        {"kind": "circle"},
        {"points": []},
        {"points": TOLD["points"][:1]},
        {"points": [{"time": "now", "price": 1}, {"time": 1, "price": 1}]},
        {"points": [{"time": 1, "price": float("nan")}, {"time": 1, "price": 1}]},
        {"points": [{"time": 1, "price": True}, {"time": 1, "price": 1}]},
        {"points": [{"time": -5, "price": 1}, {"time": 1, "price": 1}]},
        {"points": [[1, 2], [3, 4]]},
        {"colour": "red; background: url(x)"},
        {"colour": "--accent) / url("},
        {"text": 7},
        {"text": "x" * 81},
        {"kind": "text", "points": [{"time": 1, "price": 1}], "text": " "},
    ],
)
def test_what_is_no_drawing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadData):
        read({**TOLD, **wrong}, KEY)


@pytest.mark.parametrize("wrong", [None, [], "trend", 4])
def test_something_else_is_refused(wrong: object) -> None:
    with pytest.raises(BadData):
        read(wrong, KEY)
