"""A drawing on an instrument's chart: it holds by moments and prices, whatever the bars' length."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import nan
from typing import Any, Final

from core.errors import BadData
from core.ids import InstrumentKey


class Kind(StrEnum):
    TREND = "trend"  # from one point to another
    RAY = "ray"  # from a point through another, and on
    LEVEL = "level"  # a price
    MOMENT = "moment"  # a time
    BOX = "box"
    FIBONACCI = "fibonacci"  # retracements of a move
    TEXT = "text"
    MEASURE = "measure"


POINTS: Final = {
    Kind.TREND: 2,
    Kind.RAY: 2,
    Kind.LEVEL: 1,
    Kind.MOMENT: 1,
    Kind.BOX: 2,
    Kind.FIBONACCI: 2,
    Kind.TEXT: 1,
    Kind.MEASURE: 2,
}
LONGEST: Final = 80
"""Letters of a text."""
LATEST: Final = 7_258_118_400  # 2200-01-01
HIGHEST: Final = 1e9
IDS: Final = re.compile(r"[0-9a-f]{8,40}")
COLOURS: Final = re.compile(r"--[a-z0-9-]{1,24}")


@dataclass(frozen=True, slots=True)
class Point:
    """`time` in epoch seconds, `price` in rupees."""

    time: int
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`colour` is a token of the style sheet, such as `--accent`."""

    id: str
    key: InstrumentKey
    kind: Kind
    points: tuple[Point, ...]
    colour: str = "--accent"
    text: str = ""

    def told(self) -> dict[str, Any]:
        """As the browser has it; `read` is its opposite."""
        return {
            "id": self.id,
            "kind": str(self.kind),
            "points": [{"time": point.time, "price": point.price} for point in self.points],
            "colour": self.colour,
            "text": self.text,
        }


def read(told: Any, key: InstrumentKey) -> Drawing:
    """A drawing from outside; raises BadData for what is none."""
    if not isinstance(told, Mapping):
        raise BadData("a drawing is not an object")
    kind = _kind(told.get("kind"))
    points = told.get("points")
    if not isinstance(points, list) or len(points) != POINTS[kind]:
        raise BadData(f"a drawing of kind {kind} has {POINTS[kind]} points")
    text = _text(told.get("text", ""), LONGEST)
    if kind is Kind.TEXT and not text.strip():
        raise BadData("a text without words")
    return Drawing(
        id=_matching(told.get("id"), IDS, "id"),
        key=key,
        kind=kind,
        points=tuple(_point(point) for point in points),
        colour=_matching(told.get("colour"), COLOURS, "colour"),
        text=text,
    )


def _kind(told: object) -> Kind:
    try:
        return Kind(str(told))
    except ValueError as problem:
        raise BadData(f"no drawing is of kind {told!r:.40}") from problem


def _point(told: Any) -> Point:
    if not isinstance(told, Mapping):
        raise BadData("a point of a drawing is not an object")
    time, price = _number(told.get("time")), _number(told.get("price"))
    if not 0 <= time < LATEST:
        raise BadData(f"a drawing stands at no moment: {told.get('time')!r:.40}")
    if not abs(price) < HIGHEST:
        raise BadData(f"a drawing stands at no price: {told.get('price')!r:.40}")
    return Point(int(time), price)


def _number(told: object) -> float:
    """nan for what is no number."""
    if isinstance(told, bool) or not isinstance(told, (int, float)) or not abs(told) <= LATEST:
        return nan
    return float(told)


def _matching(told: object, pattern: re.Pattern[str], name: str) -> str:
    text = _text(told, 64)
    if not pattern.fullmatch(text):
        raise BadData(f"a drawing has no such {name}: {text!r:.40}")
    return text


def _text(told: object, longest: int) -> str:
    if not isinstance(told, str) or len(told) > longest or "\0" in told:
        raise BadData(f"a drawing's words are not as they should be: {told!r:.40}")
    return told
