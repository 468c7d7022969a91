"""A download that meets a full disk: explained, nothing lost, gone on with when there is room."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from core.clock import IST, SetClock
from core.downloads.plan import Plan, Status, What
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Interval
from core.services.download_side import DownloadDoors, make_downloads
from core.services.downloads import Downloads
from core.state.downloads import DownloadsState
from core.state.notices import Notices
from data.db.database import Database, driver
from data.db.migrate import upgrade
from data.repositories.candles import SqlCandles
from data.repositories.corporate_actions import SqlActions
from data.repositories.downloads import SqlDownloads
from data.repositories.snapshots import SqlSnapshots
from tests.core.services.test_downloads import minutes
from tests.fake_broker import FakeExpired, FakeHistory, FakeMarketData
from tests.fake_downloads import FakeActions
from tests.fake_options import MemoryOptionHistory
from tests.fake_universe import NIFTY, universe
from tests.fakes import MemoryInstruments

FIRST, LAST = date(2026, 8, 3), date(2026, 11, 20)


def limit(database: Database, *, more: int | None) -> None:
    """Room for so many pages more, or as much as there is."""

    def set_limit(session) -> None:  # type: ignore[no-untyped-def]
        connection = driver(session)
        used = connection.execute("PRAGMA page_count").fetchone()[0]
        most = 2**30 if more is None else used + more
        connection.execute(f"PRAGMA max_page_count = {most}")

    database.write_now(set_limit)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'full.db'}"
    upgrade(url)
    made = Database(url)
    yield made
    await made.close()


def downloads_on(database: Database, notices: Notices) -> Downloads:
    clock = SetClock(datetime(2026, 11, 20, 16, 30, tzinfo=IST))
    calendar, snapshots = MarketCalendar(clock), SqlSnapshots(database)
    history, instruments = FakeHistory({}, clock), MemoryInstruments(universe())
    history.candles = {NIFTY: minutes(calendar, FIRST, LAST)}
    doors = DownloadDoors(
        history=history,
        expired=FakeExpired(),
        market_data=FakeMarketData(universe(), clock),
        action_source=FakeActions(),
        refresh=instruments.count,
        downloads=SqlDownloads(database),
        candles=SqlCandles(database),
        snapshots=snapshots,
        instruments=instruments,
        option_history=MemoryOptionHistory(snapshots, clock),
        actions=SqlActions(database),
    )
    state = DownloadsState()
    return make_downloads(
        doors, state=state, calendar=calendar, clock=clock, notices=notices, rate=0.065
    )


async def test_a_full_disk_is_explained_and_nothing_is_lost(database: Database) -> None:
    notices = Notices()
    downloads, candles = downloads_on(database, notices), SqlCandles(database)
    limit(database, more=200)  # some 20,000 bars
    plan = Plan(what=What.CANDLES, keys=(NIFTY,), names=("NIFTY",), first=FIRST, last=LAST)
    id = await downloads.start(plan)
    await downloads.ended(id)
    progress = downloads.state.progress[id].download
    assert progress.status is Status.FAILED
    assert "full" in progress.message
    assert "full" in notices.since(0)[-1].text
    kept = await candles.latest(NIFTY, Interval.MINUTE, 10**6)
    assert len(kept) < 30_000
    limit(database, more=None)
    await downloads.again(id)
    ended = await downloads.ended(id)
    assert ended is not None
    assert (ended.status, ended.failed) == (Status.DONE, 0)
    whole = minutes(MarketCalendar(SetClock(datetime(2026, 11, 20, tzinfo=IST))), FIRST, LAST)
    found = await candles.latest(NIFTY, Interval.MINUTE, 10**6)
    assert np.array_equal(found.time, whole.time)
