"""The contracts of snapshots, watchlists, preferences and job runs, on every implementation."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlmodel import Session

from core.errors import BadData
from core.ids import LOCAL_USER, InstrumentKey, UserId
from core.ports.repositories import (
    ChainSnapshot,
    JobRun,
    JobRunRepository,
    PreferenceRepository,
    RunResult,
    SnapshotRepository,
    Watchlist,
    WatchlistRepository,
)
from data.db.database import Database, dialect, driver
from data.db.types import to_micros
from data.repositories.snapshots import SqlSnapshots
from tests.data.repositories.samples import AUGUST, SEPTEMBER

MINUTE = datetime(2026, 8, 18, 4, 0, tzinfo=UTC)
ARRAYS = ("strikes", "ltp", "bid", "ask", "volume", "oi", "iv")


def snapshot(minute: datetime = MINUTE, *, spot: float = 24_211.35) -> ChainSnapshot:
    strikes = np.array([24_100.0, 24_150.0, 102.5])
    prices = np.array([[112.35, np.nan, 0.05], [1.0, 2.0, 250_000.25]])
    return ChainSnapshot(
        symbol="NIFTY",
        expiry=AUGUST,
        minute=minute,
        spot=spot,
        forward=float("nan"),
        future=24_240.1,
        strikes=strikes,
        ltp=prices,
        bid=prices - 0.05,
        ask=prices + 0.05,
        volume=np.array([[0.0, 1.0, 123_456_789_012.0], [np.nan, 2.0, 3.0]]),
        oi=np.array([[65.0, 130.0, 0.0], [np.nan, np.nan, np.nan]]),
        iv=np.array([[0.12345678, np.nan, 3.0], [0.1, 0.2, 0.3]]),
    )


def alike(one: ChainSnapshot, other: ChainSnapshot) -> bool:
    arrays = all(
        np.allclose(getattr(one, n), getattr(other, n), rtol=0, atol=1e-9, equal_nan=True)
        for n in ARRAYS
    )
    return arrays and (one.symbol, one.expiry, one.minute) == (
        other.symbol,
        other.expiry,
        other.minute,
    )


async def test_a_chain_comes_back_with_its_unknowns(snapshots: SnapshotRepository) -> None:
    await snapshots.save([snapshot()])
    found = await snapshots.at("NIFTY", AUGUST, MINUTE)
    assert found is not None
    assert alike(found, snapshot())
    assert found.spot == 24_211.35
    assert np.isnan(found.forward)
    assert found.future == 24_240.1
    assert np.isnan(found.future_oi)
    assert await snapshots.at("NIFTY", SEPTEMBER, MINUTE) is None
    assert await snapshots.at("' OR 1=1", AUGUST, MINUTE) is None


async def test_a_minute_saved_again_is_overwritten(snapshots: SnapshotRepository) -> None:
    await snapshots.save([snapshot(spot=1.0), snapshot(spot=2.0)])
    await snapshots.save([snapshot(spot=3.0), snapshot(MINUTE + timedelta(minutes=1))])
    await snapshots.save([])
    found = await snapshots.at("NIFTY", AUGUST, MINUTE)
    assert found is not None
    assert found.spot == 3.0
    assert await snapshots.count() == 2


async def test_minutes_are_listed_in_order_without_the_last(snapshots: SnapshotRepository) -> None:
    times = [MINUTE + timedelta(minutes=i) for i in (2, 0, 1, 3)]
    await snapshots.save([snapshot(each) for each in times])
    found = await snapshots.minutes("NIFTY", AUGUST, MINUTE, max(times))
    assert found == sorted(times)[:3]


async def test_a_span_of_minutes_is_read_whole_and_in_order(snapshots: SnapshotRepository) -> None:
    times = [MINUTE + timedelta(minutes=i) for i in (2, 0, 1, 3)]
    await snapshots.save([snapshot(each) for each in times])
    await snapshots.save([replace(snapshot(), expiry=SEPTEMBER), replace(snapshot(), symbol="X")])
    found = await snapshots.between("NIFTY", AUGUST, MINUTE, max(times))
    assert [each.minute for each in found] == sorted(times)[:3]
    assert all(alike(each, snapshot(each.minute)) for each in found)
    assert await snapshots.between("NIFTY", AUGUST, max(times) + timedelta(1), max(times)) == []


async def test_recorded_days_and_expiries_are_told_by_the_day_in_india(
    snapshots: SnapshotRepository,
) -> None:
    late = datetime(2026, 8, 18, 18, 29, tzinfo=UTC)  # 23:59 IST
    times = [MINUTE, late, late + timedelta(minutes=1), MINUTE + timedelta(days=3)]
    await snapshots.save([snapshot(each) for each in times])
    await snapshots.save([replace(snapshot(late), expiry=SEPTEMBER)])
    tuesday = date(2026, 8, 18)
    assert await snapshots.days("NIFTY", AUGUST) == [tuesday, date(2026, 8, 19), date(2026, 8, 21)]
    assert await snapshots.days("X", AUGUST) == []
    assert await snapshots.expiries("NIFTY", tuesday) == [AUGUST, SEPTEMBER]
    assert await snapshots.expiries("NIFTY", date(2026, 8, 19)) == [AUGUST]
    assert await snapshots.expiries("NIFTY", date(2026, 8, 20)) == []


async def test_all_that_is_recorded_is_counted_by_chain_and_day(
    snapshots: SnapshotRepository,
) -> None:
    late = datetime(2026, 8, 18, 18, 29, tzinfo=UTC)  # 23:59 IST
    await snapshots.save([snapshot(MINUTE), snapshot(late), snapshot(late + timedelta(minutes=1))])
    await snapshots.save([replace(snapshot(), expiry=SEPTEMBER), replace(snapshot(), symbol="X")])
    found = await snapshots.recorded()
    tuesday, wednesday = date(2026, 8, 18), date(2026, 8, 19)
    assert [(each.symbol, each.day, each.expiry) for each in found] == [
        ("NIFTY", tuesday, AUGUST),
        ("NIFTY", tuesday, SEPTEMBER),
        ("NIFTY", wednesday, AUGUST),
        ("X", tuesday, AUGUST),
    ]
    assert (found[0].minutes, found[0].rows, found[0].last) == (2, 12, late)
    assert [each.symbol for each in await snapshots.recorded("X")] == ["X"]


async def test_letting_go_of_old_minutes_does_not_walk_through_the_table(
    database: Database,
) -> None:
    start = MINUTE - timedelta(minutes=2_000)
    many = [snapshot(start + timedelta(minutes=i)) for i in range(2_000)]
    await SqlSnapshots(database).save(many)
    await database.maintain()
    assert "ix_chain_snapshots_minute" in database.read_now(_plan_of_letting_go)


def _plan_of_letting_go(session: Session) -> str:
    explain = "EXPLAIN QUERY PLAN" if dialect(session) == "sqlite" else "EXPLAIN"
    micros = to_micros(MINUTE - timedelta(minutes=1_990))
    found = driver(session).execute(
        f"{explain} DELETE FROM chain_snapshots WHERE minute < {micros}"
    )
    return str(found.fetchall())


async def test_minutes_before_a_moment_are_forgotten(snapshots: SnapshotRepository) -> None:
    times = [MINUTE + timedelta(minutes=i) for i in range(4)]
    await snapshots.save([snapshot(each) for each in times])
    assert await snapshots.forget(times[2]) == 2
    assert await snapshots.minutes("NIFTY", AUGUST, times[0], times[3]) == [times[2]]
    assert await snapshots.forget(times[2]) == 0
    assert await snapshots.count() == 2


async def test_a_chain_of_the_wrong_shape_is_refused(database: Database) -> None:
    with pytest.raises(BadData):
        await SqlSnapshots(database).save([replace(snapshot(), oi=np.zeros((2, 2)))])


async def test_a_snapshot_takes_little_room(database: Database) -> None:
    strikes = 24_000.0 + 50 * np.arange(100)
    prices = np.round(np.random.default_rng(1).uniform(1, 900, (2, 100)) * 20) / 20
    sizes = np.random.default_rng(2).integers(0, 10**7, (2, 100)) * 65.0
    full = replace(
        snapshot(),
        strikes=strikes,
        **dict.fromkeys(("ltp", "bid", "ask"), prices),
        **dict.fromkeys(("volume", "oi"), sizes),
        iv=prices / 9000,
    )
    await SqlSnapshots(database).save([full])
    size = database.read_now(_packed_size)
    assert size < 1300 * 4


def _packed_size(session: Session) -> int:
    size: int = driver(session).execute("SELECT length(packed) FROM chain_snapshots").fetchone()[0]
    return size


def watchlist(id: str, position: int, *keys: str, user: UserId = LOCAL_USER) -> Watchlist:
    names = tuple(InstrumentKey(key) for key in keys)
    return Watchlist(id=id, user=user, name=f"List {id}", position=position, keys=names)


async def test_watchlists_keep_their_order_and_their_owner(watchlists: WatchlistRepository) -> None:
    second, first = watchlist("a", 2, "x|2", "x|1", "x|2"), watchlist("b", 1)
    for each in (second, first, watchlist("c", 0, "x|9", user=UserId("other"))):
        await watchlists.save(each)
    assert await watchlists.all(LOCAL_USER) == [first, second]
    moved = watchlist("a", 0, "x|1")
    await watchlists.save(moved)
    assert await watchlists.all(LOCAL_USER) == [moved, first]


async def test_a_deleted_watchlist_takes_its_instruments_along(
    watchlists: WatchlistRepository,
) -> None:
    await watchlists.save(watchlist("a", 0, "x|1"))
    await watchlists.delete("a")
    await watchlists.delete("nobody")
    assert await watchlists.all(LOCAL_USER) == []
    await watchlists.save(watchlist("a", 0))
    assert (await watchlists.all(LOCAL_USER))[0].keys == ()


async def test_preferences_are_json_and_belong_to_one_user(
    preferences: PreferenceRepository,
) -> None:
    layout = {"panels": [1, 2.5, None, True], "name": "₹ 'quoted' <b>"}
    await preferences.set(LOCAL_USER, "layout", {"old": 1})
    await preferences.set(LOCAL_USER, "layout", layout)
    await preferences.set(UserId("other"), "theme", "light")
    assert await preferences.all(LOCAL_USER) == {"layout": layout}


def run(id: str, minutes: int, result: RunResult, job: str = "refresh") -> JobRun:
    started = MINUTE + timedelta(minutes=minutes)
    finished = None if result is RunResult.RUNNING else started + timedelta(seconds=3)
    return JobRun(
        id=id,
        job=job,
        started_at=started,
        finished_at=finished,
        result=result,
        message="125,004 rows",
        by_hand=minutes == 2,
    )


async def test_runs_are_listed_newest_first(job_runs: JobRunRepository) -> None:
    runs = [run("a", 1, RunResult.OK), run("b", 2, RunResult.FAILED), run("c", 3, RunResult.OK)]
    for each in (*runs, run("d", 4, RunResult.OK, job="other")):
        await job_runs.save(each)
    assert await job_runs.history("refresh") == runs[::-1]
    assert [each.id for each in await job_runs.history(limit=2)] == ["d", "c"]


async def test_the_last_success_is_found_behind_later_failures(job_runs: JobRunRepository) -> None:
    good = run("a", 1, RunResult.OK)
    await job_runs.save(run("b", 2, RunResult.RUNNING))
    assert await job_runs.last_success("refresh") is None
    await job_runs.save(good)
    await job_runs.save(run("b", 2, RunResult.FAILED))
    assert await job_runs.last_success("refresh") == good
    assert len(await job_runs.history()) == 2


async def test_runs_before_a_moment_are_forgotten(job_runs: JobRunRepository) -> None:
    runs = [run(name, n, RunResult.OK) for n, name in enumerate("abc")]
    for each in runs:
        await job_runs.save(each)
    assert await job_runs.forget(runs[1].started_at) == 1
    assert await job_runs.history() == [runs[2], runs[1]]
    assert await job_runs.forget(runs[1].started_at) == 0
