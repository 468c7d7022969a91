"""The shaded table: what it sends, and what it leaves out."""

from typing import Any

import numpy as np
import pytest
from nicegui.testing import User

from tests.ui.waiting import say
from ui.components.heat_grid import STRIKES, HeatColumn, HeatGrid, HeatGroup

COLUMNS = (HeatColumn(name="gamma", title="Γ"), HeatColumn(name="vega", title="Vega"))
GROUPS = (STRIKES, HeatGroup(title="Both", columns=COLUMNS))


@pytest.fixture
async def grid(user: User, monkeypatch: pytest.MonkeyPatch) -> HeatGrid:
    from nicegui import ui

    made: list[HeatGrid] = []

    @ui.page("/heat")
    def page() -> None:
        made.append(HeatGrid(name="greeks"))

    await user.open("/heat")
    grid = made[0]
    told: list[tuple[Any, ...]] = []
    monkeypatch.setattr(grid, "run_method", lambda *said: told.append(said))
    monkeypatch.setattr(type(grid.client), "has_socket_connection", True)
    grid.told = told  # type: ignore[attr-defined]
    return grid


def told(grid: HeatGrid) -> list[tuple[Any, ...]]:
    said: list[tuple[Any, ...]] = grid.told  # type: ignore[attr-defined]
    return said


def push(grid: HeatGrid, *values: list[float]) -> None:
    grid.push(np.array(values), atm=0, spot=24_210.0, stale=False)


async def test_it_sends_only_what_differs(grid: HeatGrid) -> None:
    grid.shape(np.array([24_200.0, 24_250.0]), GROUPS)
    push(grid, [0.002, 11.0], [0.001, np.nan])
    assert told(grid)[-1] == ("patch", [0, 1, 2], [0.002, 11.0, 0.001], 0, 24_210.0)
    push(grid, [0.002, 11.0], [0.001, np.nan])
    assert len(told(grid)) == 2
    push(grid, [0.002, np.nan], [0.001, 7.0])
    assert told(grid)[-1] == ("patch", [1, 3], [None, 7.0], 0, 24_210.0)


async def test_what_cannot_be_read_is_not_sent(grid: HeatGrid) -> None:
    grid.shape(np.array([24_200.0]), GROUPS)
    push(grid, [0.002, 11.0])
    push(grid, [0.002_000_01, 11.000_1])
    assert len(told(grid)) == 2


async def test_a_browser_that_has_just_come_is_told_everything(grid: HeatGrid) -> None:
    grid.shape(np.array([24_200.0]), GROUPS)
    push(grid, [0.002, 11.0])
    say(grid, "ready", None)
    assert told(grid)[-1][0] == "build"
    push(grid, [0.002, 11.0])
    assert told(grid)[-1][1] == [0, 1]


async def test_numbers_of_another_shape_are_not_mixed_in(grid: HeatGrid) -> None:
    grid.shape(np.array([24_200.0]), GROUPS)
    push(grid, [0.002, 11.0], [0.001, 7.0])
    assert [said[0] for said in told(grid)] == ["build"]
