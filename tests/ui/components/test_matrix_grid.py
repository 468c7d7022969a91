"""The what-if table's element: what it sends, and when it says nothing."""

from typing import Any

import numpy as np
import pytest
from nicegui import ui
from nicegui.testing import User

from tests.ui.waiting import say
from ui.components.matrix_grid import MAX_BEHIND, Heading, MatrixGrid

CORNER = Heading(text="Spot")
ROWS = (Heading(text="24,300", id="24300"), Heading(text="24,210.00", id="spot", mark=True))
COLUMNS = (Heading(text="Now"), Heading(text="23 Nov", sub="expiry"))


class Page:
    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.picked: list[tuple[int, int]] = []
        self.seen = 0
        self.grid = MatrixGrid(
            name="matrix", on_pick=lambda i, j: self.picked.append((i, j)), on_seen=self._seen
        )

    def _seen(self) -> None:
        self.seen += 1

    def push(self, *values: list[float], rows: tuple[Heading, ...] = ROWS) -> None:
        self.grid.push(
            np.array(values), rows, COLUMNS, corner=CORNER, format="auto", missing="no price"
        )

    def look(self, *, shown: bool = True, seq: int = 0, fresh: bool = False) -> None:
        say(self.grid, "view", {"shown": shown, "seq": seq, "fresh": fresh})


@pytest.fixture
async def page(user: User, monkeypatch: pytest.MonkeyPatch) -> Page:
    made: list[Page] = []

    @ui.page("/")
    def build() -> None:
        made.append(Page())

    await user.open("/")
    page = made[0]
    monkeypatch.setattr(page.grid, "run_method", lambda *said: page.told.append(said))
    monkeypatch.setattr(type(page.grid.client), "has_socket_connection", True)
    return page


async def test_nothing_is_sent_to_nobody(page: Page) -> None:
    page.push([1.0, 2.0], [3.0, 4.0])
    assert page.told == []
    page.look()
    assert page.seen == 1
    page.push([1.0, 2.0], [3.0, 4.0])
    assert [said[0] for said in page.told] == ["build", "patch"]
    assert page.told[1][1:3] == ([0, 1, 2, 3], [1.0, 2.0, 3.0, 4.0])


async def test_only_what_differs_is_sent(page: Page) -> None:
    page.look()
    page.push([1.0, 2.0], [3.0, 4.0])
    page.push([1.0, 2.0], [3.0, 4.0])
    assert len(page.told) == 2
    page.push([1.0, np.nan], [3.0, 5.0])
    assert page.told[-1][1:3] == ([1, 3], [None, 5.0])


async def test_a_spot_that_moves_changes_its_label_alone(page: Page) -> None:
    page.look()
    page.push([1.0, 2.0], [3.0, 4.0])
    moved = (ROWS[0], Heading(text="24,211.00", id="spot", mark=True))
    page.push([1.0, 2.0], [3.0, 4.0], rows=moved)
    assert page.told[-1][:2] == ("relabel", 1)
    page.push([1.0, 2.0], [3.0, 4.0], rows=(moved[1], ROWS[0]))
    assert page.told[-1][0] == "build"


async def test_a_browser_that_is_behind_is_waited_for(page: Page) -> None:
    page.look()
    for n in range(3 * MAX_BEHIND):
        page.push([1.0 + n, 2.0], [3.0, 4.0])
    assert page.grid.behind
    sent = len(page.told)
    page.push([99.0, 2.0], [3.0, 4.0])
    assert len(page.told) == sent
    page.look(seq=page.grid.messages)
    page.push([99.0, 2.0], [3.0, 4.0])
    assert page.told[-1][2] == [99.0]


async def test_a_new_browser_part_is_told_everything(page: Page) -> None:
    page.look()
    page.push([1.0, 2.0], [3.0, 4.0])
    page.look(fresh=True)
    page.push([1.0, 2.0], [3.0, 4.0])
    assert [said[0] for said in page.told] == ["build", "patch"] * 2


async def test_a_cell_can_be_picked(page: Page) -> None:
    say(page.grid, "pick", [1, 0])
    assert page.picked == [(1, 0)]
