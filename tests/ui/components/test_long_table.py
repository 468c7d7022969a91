"""A long list sends what differs, and only of the lines that are looked at."""

from collections.abc import Iterable

import pytest
from nicegui import ui
from nicegui.testing import User

from ui.components.long_table import Field, Line, LongColumn, LongTable, spliced

COLUMNS = (LongColumn(name="a", title="A"), LongColumn(name="b", title="B"))


def lines(*ids: str, b: str = "") -> dict[str, Line]:
    return {id: Line((id, b)) for id in ids}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("abc", "xabc"),
        ("abc", "abxc"),
        ("abc", "abcx"),
        ("abc", "ac"),
        ("abc", ""),
        ("", "abc"),
        ("aaa", "aa"),
        ("abcd", "dcba"),
    ],
)
def test_a_splice_makes_one_list_into_the_other(before: str, after: str) -> None:
    told = spliced(list(before), list(after))
    assert told is not None
    start, count, new = told
    made = list(before)
    made[start : start + count] = new
    assert made == list(after)


def test_equal_lists_need_no_splice_and_a_new_first_one_is_all_that_is_told() -> None:
    assert spliced(["a", "b"], ["a", "b"]) is None
    assert spliced([str(i) for i in range(2_000)], ["new", *map(str, range(2_000))]) == [
        0,
        0,
        ["new"],
    ]


class Told(LongTable):
    """Keeps what it would send."""

    def run_method(self, name: str, *args: object, **_: object) -> None:  # type: ignore[override]
        self.said.append((name, args))

    said: list[tuple[str, tuple[object, ...]]]


@pytest.fixture
async def table(user: User) -> Told:
    made: list[Told] = []

    @ui.page("/")
    def page() -> None:
        made.append(Told("t", COLUMNS, empty="none"))
        made[0].said = []

    await user.open("/")
    return made[0]


def patches(table: Told) -> Iterable[dict[str, object]]:
    return [args[0] for name, args in table.said if name == "patch"]  # type: ignore[misc]


async def test_nothing_is_sent_before_it_is_asked_and_then_only_what_differs(table: Told) -> None:
    table.show(["x", "y"], lines("x", "y"))
    assert not patches(table)
    table._again()
    first = patches(table)[-1]
    assert first["ids"] == ["x", "y"]
    assert len(first["lines"]) == 2
    table.show(["x", "y"], lines("x", "y"))
    assert len(patches(table)) == 1
    table.show(["x", "y"], {**lines("x"), **lines("y", b="new")})
    assert patches(table)[-1] == {
        "seq": 2,
        "splice": None,
        "lines": [["y", "", [[1, "new"]]]],
        "gone": [],
    }
    table.show(["y"], lines("y", b="new"))
    assert patches(table)[-1]["gone"] == ["x"]


async def test_lines_out_of_view_are_sent_when_they_come_into_view(table: Told) -> None:
    ids = [f"{i}" for i in range(500)]
    table.show(ids, lines(*ids))
    table._again()
    assert len(patches(table)[-1]["lines"]) == 101
    table.show(ids, lines(*ids[:-1]) | lines(ids[-1], b="new"))
    assert len(patches(table)) == 1
    table.view(400, 620)
    told = patches(table)[-1]["lines"]
    assert [line[0] for line in told] == ids[400:]
    assert told[-1][2] == [[0, "499"], [1, "new"]]


async def test_fields_that_are_typed_into_outlive_a_reload(table: Told) -> None:
    table.show(["x"], lines("x"))
    table.edit("x", {"a": Field(value="1.00", step="0.05", tip="Price")})
    table.said.clear()
    table._again()
    edits = [args for name, args in table.said if name == "edit"]
    assert edits == [("x", {"a": {"value": "1.00", "step": 0.05, "tip": "Price"}})]
