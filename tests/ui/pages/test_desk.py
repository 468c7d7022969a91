"""The desk's page, as a user meets it."""

from datetime import datetime

from nicegui.element import Element
from nicegui.testing import User

from core.clock import IST
from core.errors import BrokerUnavailable
from core.ports.repositories import JobRun, RunResult
from core.state.jobs import JobStatus
from core.state.market import Col
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NIFTY, RELIANCE, SHARES
from tests.ui.waiting import until
from ui.components.board import Board
from ui.components.quote_grid import QuoteGrid
from ui.components.sparkline import Sparkline


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def boards(visitor: User, parent: str) -> list[Board]:
    """Boards with that class, or inside an element with it."""
    found = []
    for element in elements(visitor):
        slot = element.parent_slot
        around = slot.parent.classes if slot is not None else []
        if isinstance(element, Board) and (parent in element.classes or parent in around):
            found.append(element)
    return found


def lists(visitor: User) -> list[QuoteGrid]:
    return [e for e in elements(visitor) if isinstance(e, QuoteGrid)]


async def opened(visitor: User) -> None:
    await visitor.open("/")
    await until(lambda: len(lists(visitor)) == 3)


async def test_an_index_has_its_level_its_change_and_the_line_of_its_day(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    nifty = boards(visitor, "tile")[0]
    assert nifty.text("level") == "24,210.00"
    assert nifty.shown["level"][2:4] == ("+60.00 +0.25%", "up")
    line = next(e for e in elements(visitor) if isinstance(e, Sparkline))
    await until(lambda: len(line.props["values"]) == 46)  # 45 minutes are over, one runs
    desk.feed.say(NIFTY, {Col.LTP: 24_100.0})
    await until(lambda: nifty.shown["level"][2:4] == ("-50.00 -0.21%", "down"))


async def test_risen_shares_are_gainers_and_fallen_ones_losers(
    visitor: User, desk: FakeDesk
) -> None:
    key, _, price = SHARES["TCS"]
    desk.feed.values[key][Col.CLOSE] = price * 1.02
    await opened(visitor)
    gainers, losers, _ = lists(visitor)
    await until(lambda: {row.id for row in losers.rows} == {"TCS"})
    assert {row.id for row in gainers.rows} == {"RELIANCE", "INFY", "M&M"}
    words = next(b for b in boards(visitor, "breadth-words"))
    assert (words.text("up"), words.text("down")) == ("3", "1")


async def test_without_usual_volumes_nothing_surges(visitor: User, desk: FakeDesk) -> None:
    desk.history.fails = BrokerUnavailable("no answer")
    await opened(visitor)
    assert lists(visitor)[2].rows == ()


async def test_the_headline_numbers_of_the_nearest_chain_are_there(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    chain = desk.services.chains.get("NIFTY", EXPIRY)
    assert chain is not None
    (summary,) = boards(visitor, "chain-summary")
    await until(lambda: summary.shown["pcr"][5] == chain.pcr)
    await visitor.should_see("Expiry Mon 23 Nov 2026")


async def test_jobs_show_how_they_went(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    now = desk.clock.now()
    run = JobRun(
        id="1",
        job="instruments",
        started_at=now,
        finished_at=now,
        result=RunResult.FAILED,
        message="not a gzip file",
        by_hand=False,
    )
    desk.services.jobs.jobs["instruments"] = JobStatus(
        name="instruments", title="Refresh instruments", schedule="daily", last=run
    )
    desk.services.jobs.touch()
    await visitor.should_see("Refresh instruments", retries=40)
    await visitor.should_see("failed 10:00")


async def test_leaving_the_desk_ends_its_subscriptions(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    assert RELIANCE in desk.feed.wanted
    assert visitor.client is not None
    visitor.client.delete()
    await until(lambda: RELIANCE not in desk.feed.wanted)


async def test_hours_are_of_the_session_that_comes_next(visitor: User, desk: FakeDesk) -> None:
    session = desk.services.session
    session.opens_at = datetime(2026, 11, 23, 9, 15, tzinfo=IST)  # the session's day is the 18th
    session.closes_at = datetime(2026, 11, 23, 15, 40, tzinfo=IST)
    await opened(visitor)
    (board,) = [b for b in elements(visitor) if isinstance(b, Board) and "hours" in b.shown]
    assert board.text("hours") == "09:15 – 15:40"
    assert board.shown["hours"][2] == "23 Nov"
