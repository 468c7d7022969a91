"""The live list of instruments: which numbers it sends."""

import numpy as np
import pytest
from nicegui import ui
from nicegui.testing import User

from core.state.market import Col
from tests.fake_desk import FakeDesk
from tests.fake_universe import FUTURE, NIFTY, RELIANCE, SHARES
from tests.ui.waiting import say, until
from ui.components.quote_grid import (
    BID,
    CHANGE_PERCENT,
    LTP,
    OI,
    VOLUME,
    QuoteGrid,
    QuoteRow,
)

TCS = SHARES["TCS"][0]
ROWS = (
    QuoteRow(id="one", key=RELIANCE, name="RELIANCE"),
    QuoteRow(id="two", key=TCS, name="TCS", hint="NSE_EQ"),
)


@pytest.fixture
async def grid(user: User, desk: FakeDesk) -> QuoteGrid:
    found = []

    @ui.page("/")
    def page() -> None:
        found.append(QuoteGrid(desk.services, ROWS, (LTP, CHANGE_PERCENT, BID)))

    await user.open("/")
    desk.feed.send({key: desk.feed.values[key] for key in (RELIANCE, TCS)})
    return found[0]


def view(grid: QuoteGrid, first: int, last: int, *, shown: bool = True) -> None:
    say(grid, "view", {"first": first, "last": last, "shown": shown, "seq": 10**6})


async def test_a_row_in_view_is_sent_and_one_out_of_view_is_not(
    grid: QuoteGrid, desk: FakeDesk
) -> None:
    view(grid, 1, 1)
    await until(lambda: grid.sent[1, 0] == desk.services.market.get(TCS, Col.LTP))
    assert np.isnan(grid.sent[0, 0])
    assert grid.sent[1, 1] == pytest.approx(1 / 0.99 - 1, abs=1e-6)
    assert grid.sent[1, 3] == 0  # live


async def test_other_rows_start_unsent(grid: QuoteGrid, desk: FakeDesk) -> None:
    view(grid, 0, 1)
    await until(lambda: bool(grid.sent[0, 0] > 0))
    view(grid, 0, 1, shown=False)
    grid.fill(ROWS[:1], (BID,))
    assert grid.sent.shape == (1, 2)
    assert np.isnan(grid.sent).all()
    view(grid, 0, 0)
    await until(lambda: grid.sent[0, 0] == desk.services.market.get(RELIANCE, Col.BID))


async def test_stale_is_sent_without_any_tick(grid: QuoteGrid, desk: FakeDesk) -> None:
    view(grid, 0, 1)
    await until(lambda: grid.sent[0, 3] == 0)
    desk.feed.drop()
    await until(lambda: grid.sent[0, 3] == 1)


async def test_a_true_zero_is_sent_and_what_a_kind_cannot_have_is_not(
    grid: QuoteGrid, desk: FakeDesk
) -> None:
    rows = [QuoteRow(id=key, key=key, name=key) for key in (RELIANCE, NIFTY, FUTURE)]
    grid.fill(rows, (VOLUME, OI, BID))
    for row in rows:
        at = desk.services.market.row(row.key)
        desk.services.market.values[at, [Col.VOLUME, Col.OI, Col.BID]] = 0.0, 0.0, 100.0
    grid.changes(0, 2)
    np.testing.assert_array_equal(
        grid.sent[:, :3], [[0.0, np.nan, 100.0], [np.nan, np.nan, np.nan], [0.0, 0.0, 100.0]]
    )
    assert [row["lacks"] for row in grid.props["rows"]] == [[1], [0, 1, 2], []]
    assert "futures and options" in grid.props["columns"][1]["none"]


def test_the_browser_is_told_no_function() -> None:
    assert set(OI.props()) >= {"name", "title", "format", "missing", "none"}
    assert not any(callable(value) for value in OI.props().values())
