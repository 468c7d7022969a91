import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

import pytest

from core.analytics.chain_day import minute_of
from core.ports.repositories import ChainSnapshot
from core.services.chain_history import ChainHistory
from tests.core.analytics.chain_minutes import EXPIRY, OPENING, snapshot
from tests.fakes import MemorySnapshots

DAY = date(2026, 11, 18)


class CountedSnapshots(MemorySnapshots):
    """Counts how often days were read; `during` happens while one is."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.during: Callable[[], Awaitable[None]] | None = None
        self.fails: Exception | None = None

    async def between(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> list[ChainSnapshot]:
        self.reads += 1
        found = await super().between(symbol, expiry, first, last)
        await asyncio.sleep(0)
        if self.during is not None:
            await self.during()
        if self.fails is not None:
            raise self.fails
        return found


@pytest.fixture
def store() -> CountedSnapshots:
    return CountedSnapshots()


@pytest.fixture
def history(store: CountedSnapshots) -> ChainHistory:
    return ChainHistory(store)


async def record(store: CountedSnapshots, history: ChainHistory, *minutes: int) -> None:
    """As the recorder does it: written first, told afterwards."""
    taken = [snapshot(minute) for minute in minutes]
    await store.save(taken)
    history.take(taken)


async def minutes(history: ChainHistory) -> list[int]:
    day = await history.day("NIFTY", EXPIRY, DAY)
    return [] if day is None else (day.minutes - minute_of(OPENING)).tolist()


async def test_a_day_is_read_once_and_grows_by_what_the_recorder_tells(
    store: CountedSnapshots, history: ChainHistory
):
    await record(store, history, 0, 1)
    assert await minutes(history) == [0, 1]
    await record(store, history, 2)
    await record(store, history, 3, 4)
    assert await minutes(history) == [0, 1, 2, 3, 4]
    assert store.reads == 1


async def test_between_two_minutes_all_askers_get_the_same_day(
    store: CountedSnapshots, history: ChainHistory
):
    await record(store, history, 0)
    days = await asyncio.gather(*(history.day("NIFTY", EXPIRY, DAY) for _ in range(5)))
    assert all(day is days[0] for day in days)
    assert store.reads == 1


async def test_a_day_without_a_minute_is_none_until_one_comes(
    store: CountedSnapshots, history: ChainHistory
):
    assert await history.day("NIFTY", EXPIRY, DAY) is None
    assert await history.day("NIFTY", EXPIRY, DAY) is None
    await record(store, history, 0)
    assert await minutes(history) == [0]
    assert store.reads == 1


async def test_a_minute_recorded_while_the_day_is_read_is_not_missed(
    store: CountedSnapshots, history: ChainHistory
):
    await record(store, history, 0)
    store.during = lambda: record(store, history, 1)
    assert await minutes(history) == [0, 1]


async def test_minutes_of_other_chains_and_days_stay_where_they_belong(
    store: CountedSnapshots, history: ChainHistory
):
    await record(store, history, 0)
    await minutes(history)
    other = [snapshot(1, symbol="BANKNIFTY"), snapshot(24 * 60)]
    await store.save(other)
    history.take(other)
    assert await minutes(history) == [0]
    tomorrow = await history.day("NIFTY", EXPIRY, DAY + timedelta(days=1))
    assert tomorrow is not None
    assert len(tomorrow) == 1


async def test_a_failed_reading_is_tried_again(store: CountedSnapshots, history: ChainHistory):
    await record(store, history, 0)
    store.fails = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        await minutes(history)
    assert not history._arrived  # else it would collect for nobody, for ever
    store.fails = None
    assert await minutes(history) == [0]


async def test_the_memory_for_days_has_an_end(store: CountedSnapshots):
    history = ChainHistory(store, kept=2)
    today, before, long_ago = (DAY - timedelta(days=back) for back in range(3))
    for day in (today, before, today, long_ago):  # the one before was not seen the longest
        await history.day("NIFTY", EXPIRY, day)
    assert store.reads == 3
    await record(store, history, 0)
    assert await minutes(history) == [0]
    assert store.reads == 3  # still there
    await history.day("NIFTY", EXPIRY, before)
    assert store.reads == 4  # was let go
    assert len(history._arrived) == 2


async def test_one_who_looks_can_see_that_something_was_recorded(
    store: CountedSnapshots, history: ChainHistory
):
    before = history.revision
    await record(store, history, 0)
    assert history.revision > before


async def test_recorded_days_and_expiries_are_those_of_the_record(
    store: CountedSnapshots, history: ChainHistory
):
    far = date(2026, 12, 1)
    await store.save([snapshot(0), snapshot(24 * 60), snapshot(0, expiry=far)])
    assert await history.days("NIFTY", EXPIRY) == [DAY, DAY + timedelta(days=1)]
    assert await history.expiries("NIFTY", DAY) == [EXPIRY, far]
