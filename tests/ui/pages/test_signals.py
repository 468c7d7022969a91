"""The page of signals: what runs, what it says, and the switch that lets it trade."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from nicegui.testing import User

from core.ids import InstrumentKey
from core.settings import Mode
from core.state.signals import Asked, Doing, Signal
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NOW
from tests.ui import waiting
from tests.ui.finding import one, shown
from tests.ui.waiting import press, say

until = partial(waiting.until, seconds=30.0)
"""A busy machine takes its time."""


@pytest.fixture
async def page(visitor: User, desk: FakeDesk) -> AsyncIterator[User]:
    await visitor.open("/signals")
    yield visitor
    for id in list(desk.services.runner.state.runs):
        await desk.services.runner.remove(id)


async def started(page: User, desk: FakeDesk) -> str:
    """One of options, so that it could be traded."""
    asked = Asked(strategy="short_straddle", parameters={}, key=InstrumentKey(""), symbol="NIFTY")
    run = await desk.services.runner.start(asked)
    await until(lambda: run.id in shown(one(page, "sig")))
    return run.id


async def test_what_is_started_here_runs_with_signals_only(page: User, desk: FakeDesk) -> None:
    await press(page, "sig-start")
    await until(lambda: bool(desk.services.runner.state.runs))
    run = next(iter(desk.services.runner.state.runs.values()))
    assert (run.doing, run.trades) == (Doing.RUNNING, False)
    assert run.asked.interval == "1m"
    await until(lambda: shown(one(page, "sig")).get(run.id, ["", ""])[1] == "signals only")


async def test_it_trades_only_after_a_question_in_the_words_of_the_mode(
    page: User, desk: FakeDesk
) -> None:
    id = await started(page, desk)
    state = desk.services.runner.state
    for answer, trades in (("no", False), ("yes", True)):
        say(one(page, "sig"), "act", [id, "trade"])
        await page.should_see("trade?", retries=60)
        await page.should_see("SIMULATED", retries=60)
        await press(page, f"sig-trade-{answer}")
        await page.should_not_see("trade?", retries=60)
        await until(lambda trades=trades: state.runs[id].trades is trades)
    await until(lambda: shown(one(page, "sig"))[id][1] == "TRADES")
    say(one(page, "sig"), "act", [id, "signal"])
    await until(lambda: shown(one(page, "sig"))[id][1] == "signals only")
    assert state.runs[id].trades is False
    say(one(page, "sig"), "act", [id, "stop"])
    await until(lambda: state.runs[id].doing is Doing.STOPPED)
    await until(lambda: shown(one(page, "sig"))[id][1] == "stopped")
    say(one(page, "sig"), "act", [id, "remove"])
    await until(lambda: shown(one(page, "sig")) == {})


async def test_an_index_itself_is_never_traded(page: User, desk: FakeDesk) -> None:
    await press(page, "sig-start")
    await until(lambda: bool(desk.services.runner.state.runs))
    id = next(iter(desk.services.runner.state.runs))
    await until(lambda: id in shown(one(page, "sig")))
    say(one(page, "sig"), "act", [id, "trade"])
    await page.should_see("An index is not traded itself", retries=60)
    assert desk.services.runner.state.runs[id].trades is False


async def test_signals_are_told_the_newest_first_with_what_became_of_them(
    page: User, desk: FakeDesk
) -> None:
    state = desk.services.runner.state
    for number, outcome in ((1, "assumed, not sent"), (2, "refused: too large")):
        state.say(
            Signal(
                number=number,
                at=NOW,
                run="s-1",
                title="Mine",
                text=f"buy {number}",
                key=InstrumentKey("NSE_INDEX|Nifty 50"),
                units=number,
                price=24_200.0,
                outcome=outcome,
            )
        )
    await until(lambda: one(page, "said").ids == ["2", "1"])
    texts = one(page, "said").texts("2")
    assert (texts["contract"], texts["outcome"]) == ("NIFTY", "refused: too large")
    assert texts["price"] == "24,200.00"
    await press(page, "signals-export-csv")
    response = await page.download.next(timeout=30)
    assert response.text.splitlines()[1].endswith(',Mine,buy 1,NIFTY,1,24200,"assumed, not sent"')


class TestWhereNothingCanBeOrdered:
    @pytest.fixture
    def desk(self) -> FakeDesk:
        return make_desk(mode=Mode.READONLY)

    async def test_there_is_no_switch(self, page: User, desk: FakeDesk) -> None:
        id = await started(page, desk)
        row = next(each for each in one(page, "sig").rows if each.id == id)
        assert all(getattr(cell, "action", "") != "trade" for cell in row.cells)
