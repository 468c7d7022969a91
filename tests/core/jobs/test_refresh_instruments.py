from datetime import timedelta

import pytest

from core.errors import BadData
from core.jobs.refresh_instruments import note_instruments, refresh_instruments
from core.services.scheduler import Progress
from core.state.jobs import JobsState, JobStatus
from core.state.notices import Level
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NOW, universe


class Then:
    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk(instruments=[])


async def refresh(desk: FakeDesk, then: Then) -> str:
    s = desk.services
    status = JobStatus(name="instruments", title="", schedule="")
    return await refresh_instruments(
        Progress(status, JobsState()),
        source=desk.source,
        instruments=s.instruments,
        health=s.health,
        notices=s.notices,
        clock=desk.clock,
        then=then,
    )


async def test_the_file_of_the_day_takes_the_place_of_the_old_one(desk: FakeDesk):
    desk.source.instruments, then = universe(), Then()
    said = await refresh(desk, then)
    health = desk.services.health
    assert said == f"{len(universe())} instruments stored"
    assert await desk.services.instruments.count() == health.instruments_count == len(universe())
    assert health.instruments_date == NOW
    assert then.count == 1


async def test_a_bad_file_keeps_yesterdays_and_says_so(desk: FakeDesk):
    desk.source.instruments, then = universe(), Then()
    await refresh(desk, then)
    desk.clock.advance(timedelta(days=1))
    desk.source.fails = BadData("the file is a CSV, not gzip")
    with pytest.raises(BadData):
        await refresh(desk, then)
    health = desk.services.health
    assert health.instruments_count == len(universe())
    assert health.instruments_date == NOW
    assert health.instruments_problem == "the file is a CSV, not gzip"
    (notice,) = desk.services.notices.all()
    assert notice.level is Level.WARNING
    assert "those of 18 Nov 2026 stay in use" in notice.text
    assert then.count == 1


async def test_a_bad_first_file_leaves_none(desk: FakeDesk):
    desk.source.fails = BadData("empty")
    with pytest.raises(BadData):
        await refresh(desk, Then())
    assert "there are none yet" in desk.services.notices.all()[0].text
    assert desk.services.health.instruments_count == 0


async def test_a_good_file_ends_the_problem(desk: FakeDesk):
    desk.services.health.instruments_problem = "the file is a zip"
    desk.source.instruments = universe()
    await refresh(desk, Then())
    assert desk.services.health.instruments_problem == ""


async def test_what_is_stored_counts_at_the_start(desk: FakeDesk):
    await desk.services.instruments.replace(universe(), NOW)
    await note_instruments(desk.services.instruments, desk.services.health)
    assert desk.services.health.instruments_count == len(universe())
