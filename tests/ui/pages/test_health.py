"""Health: what every part of the desk says of itself."""

from datetime import UTC, datetime, time, timedelta

import pytest
from nicegui.testing import User

from core.errors import BadData, StorageProblem
from core.log import LogLine
from core.services.schedule import Daily
from core.services.scheduler import Job, Progress
from core.state.health import BudgetHealth, Condition, Link, ServiceHealth
from tests.fake_desk import FakeDesk
from tests.ui.finding import one, shown, value
from tests.ui.waiting import until
from ui.components.board import Board
from ui.pages.health import passes


async def test_services_show_their_state_and_restarts(visitor: User, desk: FakeDesk) -> None:
    health = desk.services.health
    health.services["recorder"] = ServiceHealth(
        name="recorder",
        condition=Condition.RESTARTING,
        detail="the disk is full",
        since=desk.clock.now() - timedelta(minutes=3),
        restarts=4,
    )
    await visitor.open("/health")
    table = one(visitor, "service")
    assert shown(table)["recorder"] == ["recorder", "restarting", "3 m", "4", "the disk is full"]
    health.services["recorder"].condition = Condition.RUNNING
    await until(lambda: shown(table)["recorder"][1] == "running")


async def test_a_job_is_run_by_hand_and_its_run_is_kept(visitor: User, desk: FakeDesk) -> None:
    async def work(progress: Progress) -> str:
        progress.say("half", 0.5)
        return "7 things done"

    desk.services.scheduler.add(job("things", "Things", work))
    await visitor.open("/health")
    jobs = one(visitor, "job")
    assert shown(jobs)["things"][1] == "daily at 06:30"
    assert shown(jobs)["things"][4:] == ["never ran", "Run now"]
    with visitor:
        await jobs.act("things", "run")
    await until(lambda: shown(jobs)["things"][4] == "ok")
    (run,) = shown(one(visitor, "run")).values()
    assert run[2:] == ["ok", "hand", "7 things done"]


async def test_a_job_that_failed_says_why(visitor: User, desk: FakeDesk) -> None:
    async def work(_: Progress) -> str:
        raise BadData("a zip came where gzip is expected")

    desk.services.scheduler.add(job("file", "Instrument file", work))
    await visitor.open("/health?job=file")
    with visitor:
        await one(visitor, "job").act("file", "run")
    await until(lambda: bool(one(visitor, "run").rows))
    await until(
        lambda: (
            next(iter(shown(one(visitor, "run")).values()))[2::2]
            == ["failed", "a zip came where gzip is expected"]
        )
    )


async def test_feed_figures_move_with_the_feed(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/health")
    feed, health = one(visitor, "feed"), desk.services.health.feed
    assert value(feed, "link") == "up"
    health.quarantined, health.bytes = 3, 12_345_678
    await until(lambda: value(feed, "quarantined") == "3")
    assert value(feed, "bytes") == "12.3 MB"
    desk.feed.drop()
    await until(lambda: value(feed, "link") == "down")
    (board,) = [b for b in visitor.find(kind=Board).elements if "headline" in b.classes]
    assert board.text("ready") == "not ready"
    assert board.shown["ready"][2] == "the feed is down"
    health.link = Link.UP
    await until(lambda: board.text("ready") == "ready")


async def test_budgets_and_the_breaker_are_shown(visitor: User, desk: FakeDesk) -> None:
    broker = desk.services.health.broker
    broker.budgets = [BudgetHealth("standard", (3, 41, 1700), (45, 450, 1800))]
    broker.breaker, broker.breaker_until = "open", desk.clock.now() + timedelta(seconds=30)
    broker.bad_data["quotes"] = 2
    await visitor.open("/health")
    assert shown(one(visitor, "budget"))["standard"] == [
        "standard",
        "3 / 45",
        "41 / 450",
        "1700 / 1800",
    ]
    assert value(one(visitor, "broker"), "breaker") == "open, 30 s left"
    assert value(one(visitor, "broker"), "bad-data") == "quotes 2"


async def test_database_figures_are_shown(visitor: User) -> None:
    await visitor.open("/health")
    assert value(one(visitor, "database"), "engine") == "memory"


async def test_a_database_that_does_not_answer_is_a_problem_in_words(
    visitor: User, desk: FakeDesk
) -> None:
    desk.services.database.fails = StorageProblem("The database cannot be used: disk I/O error")
    await visitor.open("/health")
    rows = shown(one(visitor, "database"))
    assert rows == {"problem": ["Problem", "The database cannot be used: disk I/O error"]}


async def test_the_log_is_filtered_by_level_and_words_and_the_level_is_remembered(
    visitor: User, desk: FakeDesk
) -> None:
    ring = desk.services.log
    for level, text in (("info", "feed.connected"), ("error", "feed.refused code"), ("error", "x")):
        ring.count += 1
        ring._lines.append(LogLine(ring.count, datetime.now(UTC), level, "t", text))
    first = ring.count - 2
    await visitor.open("/health")
    console = one(visitor, "log-console")

    def texts() -> list[str]:
        return [text for number, _, _, text in console.lines if number >= first]

    assert texts() == ["feed.connected", "feed.refused code", "x"]
    one(visitor, "log-level").set_value("error")
    await until(lambda: texts() == ["feed.refused code", "x"])
    one(visitor, "log-text").set_value("FEED code")
    await until(lambda: texts() == ["feed.refused code"])
    visitor.find(marker="log-copy").click()
    await visitor.should_see("lines copied")
    await visitor.open("/health")
    assert one(visitor, "log-level").value == "error"


@pytest.mark.parametrize(
    ("level", "least", "passing"),
    [("debug", "info", False), ("info", "info", True), ("critical", "error", True)],
)
def test_a_line_passes_at_its_level_and_above(level: str, least: str, passing: bool) -> None:
    assert passes(LogLine(1, datetime.now(UTC), level, "", ""), least, "") is passing


def job(name: str, title: str, run: object) -> Job:
    return Job(name=name, title=title, schedule=Daily(at=time(6, 30)), run=run)  # type: ignore[arg-type]
