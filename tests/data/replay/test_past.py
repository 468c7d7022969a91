"""No door of a replay shows what comes later than its now."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.clock import SetClock
from core.errors import AppError
from core.instruments.candle import Candles, Interval
from core.instruments.corporate_actions import ActionKind, CorporateAction
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.services import Services
from data.db.database import Database
from data.replay.assembly import ReplayDesk
from data.replay.past import PastActions
from data.repositories.corporate_actions import SqlActions
from data.repositories.snapshots import SqlSnapshots
from tests.fake_universe import EXPIRY, NIFTY, RELIANCE, option_key
from tests.replay import DAY, Runs, at, bars, chain_day, keep

CALL = option_key(24_200.0, Kind.CALL)
BEFORE, AFTER = date(2026, 11, 19), date(2026, 11, 23)
QUARTER = Interval.parse("15m")


def days(first: date, count: int) -> Candles:
    """One bar a day, at midnight."""
    starts = [int(at(0, day=first + timedelta(days=n)).timestamp()) for n in range(count)]
    walk = bars(count=count)
    return Candles(
        time=np.array(starts),
        **{n: getattr(walk, n) for n in walk.__slots__ if n != "time"},
    )


@pytest.fixture
async def runs(tmp_path: Path) -> AsyncIterator[Runs]:
    """Yesterday, the day, and the day after it are all kept."""
    several = [chain_day(day=each, seed=n) for n, each in enumerate((BEFORE, DAY, AFTER))]
    candles = [
        (RELIANCE, Interval.MINUTE, bars()),
        (RELIANCE, Interval.MINUTE, bars(begins=at(9, 15, day=BEFORE))),
        (RELIANCE, Interval.MINUTE, bars(begins=at(9, 15, day=AFTER))),
        (RELIANCE, QUARTER, _quarters()),
        (RELIANCE, Interval.DAY, days(date(2026, 11, 16), 8)),
        (NIFTY, Interval.DAY, days(date(2026, 11, 16), 8)),
    ]
    made = Runs(tmp_path, await keep(tmp_path, several, candles), [], [])
    yield made
    await made.end()


def _quarters() -> Candles:
    walk = bars(count=3)
    begins = int(at(9, 15).timestamp())
    return Candles(
        time=begins + 900 * np.arange(3),
        **{n: getattr(walk, n) for n in walk.__slots__ if n != "time"},
    )


async def everything(services: Services) -> list[datetime]:
    """The end of all that the doors show when asked for the whole of time."""
    found: list[datetime] = []
    long_ago, later = at(0, day=date(2026, 1, 1)), at(0, day=date(2027, 1, 1))
    for interval, length in ((Interval.MINUTE, 60), (QUARTER, 900)):
        asked = (
            await services.candles.between(RELIANCE, interval, long_ago, later),
            await services.candles.latest(RELIANCE, interval, 5000),
            await services.history.bars(RELIANCE, interval, long_ago.date(), later.date()),
            await services.history.today(RELIANCE, interval),
        )
        found += [_moment(int(t) + length) for each in asked for t in each.time]
    for each in (
        await services.candles.between(RELIANCE, Interval.DAY, long_ago, later),
        await services.candles.latest(NIFTY, Interval.DAY, 50),
        await services.history.days(RELIANCE, long_ago.date(), later.date()),
    ):
        closes = (services.calendar.close_of(_moment(int(t)).date()) for t in each.time)
        found += closes
    snapshots = await services.snapshots.between("NIFTY", EXPIRY, long_ago, later)
    minutes = await services.snapshots.minutes("NIFTY", EXPIRY, long_ago, later)
    found += [m + timedelta(minutes=1) for m in [*(s.minute for s in snapshots), *minutes]]
    chains: list[ChainDay | None] = [await services.chain_history.day("NIFTY", EXPIRY, DAY)]
    chains += await services.option_history.load("NIFTY", long_ago.date(), later.date())
    chains += [await services.option_history.chain("NIFTY", EXPIRY, each) for each in (DAY, AFTER)]
    found += [_moment((int(m) + 1) * 60) for each in chains if each for m in each.minutes]
    return found


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, at(0).tzinfo)


@pytest.mark.parametrize("now", [at(9, 15), at(9, 15, 59), at(9, 31), at(9, 44, 59), at(10)])
async def test_no_door_shows_what_comes_later(runs: Runs, now: datetime) -> None:
    run = await runs.open()
    await run.replay.advance(now)
    shown = await everything(run.desk.services)
    assert shown
    assert max(shown) <= now
    assert max(shown) == min(now.replace(second=0), at(10)) or now < at(9, 16)


async def test_no_list_names_what_comes_later(runs: Runs) -> None:
    run = await runs.open()
    await run.replay.advance(at(9, 30))
    services = run.desk.services
    assert await services.chain_history.days("NIFTY", EXPIRY) == [BEFORE, DAY]
    assert await services.option_history.days("NIFTY") == [BEFORE, DAY]
    assert await services.option_history.expiries("NIFTY", AFTER) == []
    assert [e.day for e in await services.option_history.catalogue()] == [BEFORE]
    assert await services.snapshots.expiries("NIFTY", AFTER) == []
    assert await services.candles.last_time(RELIANCE, Interval.MINUTE) == at(9, 29)


async def test_the_days_own_bar_comes_when_its_session_is_over(runs: Runs) -> None:
    services = (await runs.open()).desk.services
    assert isinstance(services.clock, SetClock)
    services.clock.set(at(15, 39, 59))
    before = await services.history.days(RELIANCE, DAY, DAY)
    services.clock.set(at(15, 40))
    after = await services.history.days(RELIANCE, DAY, DAY)
    assert (len(before), len(after)) == (0, 1)


async def test_the_history_of_a_chain_grows_with_the_replay(runs: Runs) -> None:
    run = await runs.open()
    lengths = []
    for minute in (16, 17, 40):
        await run.replay.advance(at(9, minute))
        found = await run.desk.services.chain_history.day("NIFTY", EXPIRY, DAY)
        lengths.append(len(found) if found else 0)
    assert lengths == [1, 2, 25]


async def test_yesterdays_close_and_open_interest_are_known(runs: Runs) -> None:
    run = await runs.open()
    services = run.desk.services
    chain = await services.chain_keeper.open("test", "NIFTY", EXPIRY)
    await run.replay.advance(at(9, 16))
    await services.chain_keeper.settle()
    answer = await services.market_data.chain(NIFTY, EXPIRY)
    assert answer.calls[0] is not None
    assert answer.calls[0].oi_prev == 6_500
    assert np.isfinite(chain.oi_prev).all()
    services.chain_keeper.release("test")


async def test_an_action_that_is_to_come_is_not_known(runs: Runs) -> None:
    split = CorporateAction(
        isin="INE002A01018",
        kind=ActionKind.SPLIT,
        ex_day=DAY,
        ratio=(Fraction(10), Fraction(5)),
    )
    run = await runs.open()
    database = Database(run.kept.url)
    await SqlActions(database).replace(
        split.isin, [split, replace(split, ex_day=AFTER), replace(split, ex_day=BEFORE)]
    )
    await database.close()
    past = PastActions(SqlActions(run.kept), run.desk.services.clock)
    assert {each.ex_day for each in await past.of(split.isin)} == {BEFORE, DAY}


async def test_nothing_is_written_into_what_was_recorded(runs: Runs) -> None:
    run = await runs.open()
    services = run.desk.services
    services.subscriptions.hold("test", {CALL: FeedMode.FULL})
    await run.replay.advance(at(9, 40))
    await services.candles.upsert(RELIANCE, Interval.MINUTE, bars(start=1.0))
    await services.snapshots.save(
        await services.snapshots.between("NIFTY", EXPIRY, at(9, 15), at(9, 30))
    )
    with pytest.raises(AppError):
        await services.option_history.save(chain_day(day=AFTER), "replay")
    assert (await services.candles.latest(RELIANCE, Interval.MINUTE, 1)).close[0] > 1_000
    assert await _kept(run) == 3 * 45


async def _kept(run: ReplayDesk) -> int:
    database = Database(run.kept.url)
    count = await SqlSnapshots(database).count()
    await database.close()
    return count
