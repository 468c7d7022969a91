"""The contract of candles, on every implementation."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.ports.repositories import CandleRepository
from data.db.database import Database
from data.repositories.candles import SqlCandles
from tests.data.repositories.samples import bars, joined, same

ONE, OTHER = InstrumentKey("NSE_EQ|INE002A01018"), InstrumentKey("NSE_INDEX|Nifty 50")
OPEN = datetime(2026, 8, 31, 3, 45, tzinfo=UTC)
FIRST = int(OPEN.timestamp())
EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


async def everything(candles: CandleRepository, key: InstrumentKey = ONE) -> Candles:
    return await candles.between(key, Interval.MINUTE, *EVER)


async def test_bars_come_back_as_they_went_in(candles: CandleRepository) -> None:
    given = bars(FIRST, 375)
    assert await candles.upsert(ONE, Interval.MINUTE, given) == 375
    assert same(await everything(candles), given)
    assert len(await everything(candles, OTHER)) == 0
    assert await candles.count() == 375


async def test_bars_of_two_months_keep_their_order(candles: CandleRepository) -> None:
    given = bars(FIRST, 3_000)  # from August into September
    await candles.upsert(ONE, Interval.MINUTE, given)
    assert same(await everything(candles), given)
    newest = await candles.latest(ONE, Interval.MINUTE, 2_900)
    assert np.array_equal(newest.time, given.time[-2_900:])


async def test_storing_twice_overwrites_and_adds_nothing(candles: CandleRepository) -> None:
    await candles.upsert(ONE, Interval.MINUTE, bars(FIRST, 10))
    again = bars(FIRST + 5 * 60, 10, start=200.0)
    await candles.upsert(ONE, Interval.MINUTE, again)
    found = await everything(candles)
    assert len(found) == 15
    assert found.open[4] < 101
    assert found.open[5] == 200.0
    assert await candles.count() == 15


async def test_many_keys_are_stored_at_once(candles: CandleRepository) -> None:
    one, other = bars(FIRST, 5), bars(FIRST, 7, start=24_000.0)
    later = bars(FIRST + 2 * 60, 5, start=300.0)
    stored = await candles.upsert_many(
        Interval.MINUTE, [(ONE, one), (OTHER, other), (ONE, later), (OTHER, Candles.none())]
    )
    assert stored == 17
    assert same(await everything(candles, OTHER), other)
    head = Candles(**{n: getattr(one, n)[:2] for n in one.__slots__})
    assert same(await everything(candles), joined(head, later))


async def test_nothing_to_store_is_no_error(candles: CandleRepository) -> None:
    assert await candles.upsert_many(Interval.MINUTE, []) == 0
    assert await candles.upsert(ONE, Interval.MINUTE, Candles.none()) == 0
    assert await candles.count() == 0
    assert await candles.last_time(ONE, Interval.MINUTE) is None


async def test_the_latest_bars_are_oldest_first(candles: CandleRepository) -> None:
    given = bars(FIRST, 400)
    await candles.upsert(ONE, Interval.MINUTE, given)
    found = await candles.latest(ONE, Interval.MINUTE, 300)
    assert np.array_equal(found.time, given.time[100:])
    assert np.array_equal(found.close, given.close[100:])
    assert len(await candles.latest(ONE, Interval.MINUTE, 1_000)) == 400
    assert len(await candles.latest(ONE, Interval.MINUTE, 0)) == 0


async def test_a_span_contains_its_first_and_not_its_last_moment(
    candles: CandleRepository,
) -> None:
    await candles.upsert(ONE, Interval.MINUTE, bars(FIRST, 10))
    minute = timedelta(minutes=1)
    found = await candles.between(ONE, Interval.MINUTE, OPEN + 2 * minute, OPEN + 5 * minute)
    assert found.time.tolist() == [FIRST + 60 * i for i in (2, 3, 4)]
    nearly = OPEN + 2 * minute + timedelta(microseconds=1)
    found = await candles.between(ONE, Interval.MINUTE, nearly, OPEN + 5 * minute)
    assert found.time.tolist() == [FIRST + 60 * i for i in (3, 4)]


async def test_days_and_minutes_do_not_mix(candles: CandleRepository) -> None:
    days = bars(FIRST, 3, step=86_400)
    await candles.upsert(ONE, Interval.DAY, days)
    assert len(await everything(candles)) == 0
    assert await candles.last_time(ONE, Interval.DAY) == OPEN + timedelta(days=2)
    assert same(await candles.latest(ONE, Interval.DAY, 10), days)


async def test_each_length_is_kept_for_itself(candles: CandleRepository) -> None:
    quarters, hours = Interval.parse("15m"), Interval.parse("1h")
    given = bars(FIRST, 26, step=900)
    await candles.upsert(OTHER, hours, bars(FIRST, 7, step=3_600, start=24_000.0))
    assert await candles.upsert_many(quarters, [(ONE, given), (OTHER, bars(FIRST, 3))]) == 29
    assert same(await candles.between(ONE, quarters, *EVER), given)
    assert len(await candles.latest(ONE, hours, 10)) == 0
    assert len(await candles.latest(OTHER, hours, 10)) == 7
    assert len(await everything(candles)) == 0
    assert await candles.count() == 36


async def test_bars_are_counted_by_day_in_india(candles: CandleRepository) -> None:
    late = int(datetime(2026, 8, 31, 18, 29, tzinfo=UTC).timestamp())  # 23:59 in India
    await candles.upsert(ONE, Interval.MINUTE, joined(bars(FIRST, 375), bars(late, 2)))
    await candles.upsert(ONE, Interval.parse("15m"), bars(FIRST, 25, step=900))
    await candles.upsert(OTHER, Interval.MINUTE, bars(late + 86_400, 5))
    monday, days = date(2026, 8, 31), [date(2026, 8, 31), date(2026, 9, 1)]
    unknown = InstrumentKey("NSE_EQ|INE000X01010")
    found = await candles.by_day([ONE, OTHER, unknown], Interval.MINUTE, *days)
    assert found == {
        ONE: {monday: 376, days[1]: 1},
        OTHER: {days[1]: 1},
        unknown: {},
    }
    before = await candles.by_day([ONE], Interval.MINUTE, *days, until=time(15, 15))
    assert before == {ONE: {monday: 360, days[1]: 1}}
    assert await candles.by_day([ONE], Interval.parse("15m"), *days) == {ONE: {monday: 25}}
    assert await candles.keys(Interval.MINUTE) == [ONE, OTHER]
    assert await candles.keys(Interval.parse("15m")) == [ONE]
    assert await candles.keys(Interval.DAY) == []


async def test_a_length_is_found_again_by_any_desk(database: Database) -> None:
    await SqlCandles(database).upsert(ONE, Interval.parse("60m"), bars(FIRST, 3, step=3_600))
    await SqlCandles(database).upsert(ONE, Interval.parse("1h"), bars(FIRST, 3, start=7.0))
    found = await SqlCandles(database).between(ONE, Interval.parse("1h"), *EVER)
    assert found.time.tolist() == [FIRST, FIRST + 60, FIRST + 120, FIRST + 3_600, FIRST + 7_200]
    assert found.open[0] == 7.0


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), 1e300])
async def test_a_price_that_is_no_number_is_refused_and_nothing_is_stored(
    database: Database, wrong: float
) -> None:
    candles = SqlCandles(database)
    given = bars(FIRST, 3)
    given.close[1] = wrong
    with pytest.raises(BadData):
        await candles.upsert_many(Interval.MINUTE, [(OTHER, bars(FIRST, 3)), (ONE, given)])
    assert await candles.count() == 0


async def test_a_time_beyond_all_calendars_is_refused(database: Database) -> None:
    candles = SqlCandles(database)
    with pytest.raises(BadData):  # milliseconds taken for seconds
        await candles.upsert(ONE, Interval.MINUTE, bars(FIRST * 1_000, 3))


async def test_two_desks_on_one_database_agree_on_the_keys(database: Database) -> None:
    one, other = SqlCandles(database), SqlCandles(database)
    assert len(await other.latest(ONE, Interval.MINUTE, 5)) == 0
    await one.upsert(ONE, Interval.MINUTE, bars(FIRST, 5))
    await other.upsert_many(
        Interval.MINUTE, [(OTHER, bars(FIRST, 2)), (ONE, bars(FIRST, 1, start=7.0))]
    )
    found = await everything(one)
    assert len(found) == 5
    assert found.open[0] == 7.0
    assert len(await everything(one, OTHER)) == 2
