import asyncio
from datetime import timedelta

import pytest

from core.jobs.new_day import new_day
from core.jobs.table import BACKFILL, DATABASE, HOLIDAYS, INSTRUMENTS, VOLATILITY, table
from core.ports.repositories import RunResult
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, NIFTY, NOW


class CaredFor:
    async def maintain(self) -> str:
        return "3 pages given back"


@pytest.fixture
def desk() -> FakeDesk:
    desk = make_desk()
    s = desk.services
    s.scheduler.add(
        *table(
            source=desk.source,
            instruments=s.instruments,
            market_data=desk.market_data,
            database=CaredFor(),
            snapshots=s.snapshots,
            job_runs=s.job_runs,
            calendar=s.calendar,
            chain_keeper=s.chain_keeper,
            health=s.health,
            notices=s.notices,
            clock=desk.clock,
            history=desk.history,
            expired=desk.expired,
            volatility_days=s.volatility_days,
            preferences=s.preferences,
            rate=s.rate,
        )
    )
    return desk


async def test_every_job_of_the_table_runs_by_hand(desk: FakeDesk):
    s = desk.services
    assert list(s.jobs.jobs) == [INSTRUMENTS, HOLIDAYS, DATABASE, VOLATILITY, BACKFILL]
    for name in s.jobs.jobs:
        s.scheduler.run_now(name)
    await s.scheduler.until_idle()
    runs = await s.scheduler.history()
    assert {run.result for run in runs} == {RunResult.OK}
    assert any(run.message.startswith("3 pages given back") for run in runs)


async def test_every_job_has_a_title_an_hour_and_words_for_it(desk: FakeDesk):
    desk.services.scheduler.look()
    for status in desk.services.jobs.jobs.values():
        assert status.title
        assert status.schedule
        assert status.next_run is not None
        assert status.next_run > NOW


async def test_a_first_start_runs_every_job_but_the_long_one_what_is_waited_for_first(
    desk: FakeDesk,
):
    running = asyncio.create_task(desk.services.scheduler.run())
    await asyncio.sleep(0.02)
    await desk.services.scheduler.until_idle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [run.job for run in desk.services.job_runs.rows.values()] == [
        INSTRUMENTS,
        HOLIDAYS,
        DATABASE,
        VOLATILITY,
    ]


async def begin_day(desk: FakeDesk) -> None:
    s = desk.services
    await new_day(
        day_bars=s.day_bars,
        chain_keeper=s.chain_keeper,
        scheduler=s.scheduler,
        health=s.health,
        calendar=s.calendar,
    )
    await s.scheduler.until_idle()


async def test_a_new_day_brings_new_instruments_chains_and_day_charts(desk: FakeDesk):
    s = desk.services
    await s.day_bars.closes(NIFTY)
    chain = await s.chain_keeper.open("test", "NIFTY", EXPIRY)
    await s.chain_keeper.settle()
    desk.clock.advance(timedelta(days=1))
    await begin_day(desk)
    await s.chain_keeper.settle()
    assert desk.source.fetches == 1
    assert s.health.instruments_date == desk.clock.now()
    assert chain.generation == 2  # at once, and again with the new instruments
    assert chain.filled
    await s.day_bars.closes(NIFTY)
    assert len(desk.history.calls) == 2


async def test_instruments_that_are_of_today_are_not_fetched_again(desk: FakeDesk):
    await begin_day(desk)
    assert desk.source.fetches == 0
    assert [run.job for run in await desk.services.scheduler.history()] == [HOLIDAYS]
