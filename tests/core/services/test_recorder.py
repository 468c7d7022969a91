import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.clock import IST
from core.instruments.candle import Interval
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.services import recorder as module
from core.services.recorder import Recorder
from core.state.chains import CALL
from core.state.market import Col
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, FUTURE, NIFTY, NOW, option_key

ATM = option_key(24_250.0, Kind.CALL)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


@pytest.fixture
def recorder(desk: FakeDesk) -> Recorder:
    s = desk.services
    recorder = Recorder(
        market=s.market,
        chains=s.chains,
        chain_keeper=s.chain_keeper,
        calendar=s.calendar,
        feed=s.health.feed,
        snapshots=s.snapshots,
        candles=s.candles,
        clock=desk.clock,
    )
    desk.feed.listen(recorder.frame)
    recorder.look()
    return recorder


async def open_chain(desk: FakeDesk) -> None:
    await desk.services.chain_keeper.open("test", "NIFTY", EXPIRY)
    await desk.services.chain_keeper.settle()


async def pass_minute(desk: FakeDesk, recorder: Recorder, by: timedelta = MINUTE) -> None:
    desk.clock.advance(by)
    recorder.look()
    await recorder.flush()


async def minutes(desk: FakeDesk) -> list[datetime]:
    first, last = NOW - timedelta(days=1), NOW + timedelta(days=10)
    return await desk.services.snapshots.minutes("NIFTY", EXPIRY, first, last)


async def test_an_open_chain_is_taken_down_at_the_end_of_each_minute(
    desk: FakeDesk, recorder: Recorder
):
    await open_chain(desk)
    desk.feed.say(ATM, {Col.LTP: 123.0})
    await pass_minute(desk, recorder)
    snapshot = await desk.services.snapshots.at("NIFTY", EXPIRY, NOW.astimezone(UTC))
    assert snapshot is not None
    at = list(snapshot.strikes).index(24_250.0)
    assert snapshot.ltp[CALL, at] == 123.0
    assert snapshot.forward == pytest.approx(24_230, abs=0.1)
    assert snapshot.iv[CALL, at] == pytest.approx(0.12, abs=0.001)


async def test_the_future_beside_a_chain_is_taken_down_with_it(desk: FakeDesk, recorder: Recorder):
    await open_chain(desk)
    desk.feed.say(FUTURE, {Col.LTP: 24_255.5, Col.OI: 9_100_000.0})
    await pass_minute(desk, recorder)
    snapshot = await desk.services.snapshots.at("NIFTY", EXPIRY, NOW.astimezone(UTC))
    assert snapshot is not None
    assert (snapshot.future, snapshot.future_oi) == (24_255.5, 9_100_000.0)


async def test_a_chain_without_a_future_has_an_unknown_one(desk: FakeDesk, recorder: Recorder):
    await open_chain(desk)
    for chain in desk.services.chains:
        chain.future = None
    await pass_minute(desk, recorder)
    snapshot = await desk.services.snapshots.at("NIFTY", EXPIRY, NOW.astimezone(UTC))
    assert snapshot is not None
    assert np.isnan(snapshot.future)


async def test_listeners_are_told_of_a_minute_once_it_is_written(
    desk: FakeDesk, recorder: Recorder
):
    told: list[tuple[int, datetime]] = []
    rows = desk.services.snapshots.rows  # type: ignore[attr-defined]
    recorder.listen(lambda some: told.extend((len(rows), each.minute) for each in some))
    await open_chain(desk)
    store = BrokenStore(desk.services.snapshots)
    recorder._snapshots = store  # type: ignore[assignment]
    desk.clock.advance(MINUTE)
    recorder.look()
    with pytest.raises(OSError, match="disk full"):
        await recorder.flush()
    assert told == []
    store.broken = False
    await pass_minute(desk, recorder)
    await pass_minute(desk, recorder)
    assert [minute - NOW for _, minute in told] == [0 * MINUTE, MINUTE, 2 * MINUTE]
    assert [count for count, _ in told] == [2, 2, 3]


async def test_the_history_of_today_grows_as_the_recorder_writes(
    desk: FakeDesk, recorder: Recorder
):
    history = desk.services.chain_history
    recorder.listen(history.take)
    await open_chain(desk)
    for count in (1, 2, 3):
        await pass_minute(desk, recorder)
        day = await history.day("NIFTY", EXPIRY, NOW.date())
        assert day is not None
        assert len(day) == count
        assert day.moment(count - 1) == desk.clock.now()


async def test_within_a_minute_nothing_is_taken_down(desk: FakeDesk, recorder: Recorder):
    await open_chain(desk)
    for _ in range(5):
        await pass_minute(desk, recorder, timedelta(seconds=10))
    assert await minutes(desk) == []


async def test_outside_the_session_nothing_is_taken_down(desk: FakeDesk, recorder: Recorder):
    await open_chain(desk)
    desk.clock.set(datetime(2026, 11, 18, 15, 38, 30, tzinfo=IST))
    recorder.look()
    for _ in range(4):
        await pass_minute(desk, recorder)
    assert [m.astimezone(IST).strftime("%H:%M") for m in await minutes(desk)] == ["15:38", "15:39"]


async def test_a_chain_that_is_over_is_taken_down_no_more(desk: FakeDesk, recorder: Recorder):
    await open_chain(desk)
    for chain in desk.services.chains:
        chain.listed = False
    await pass_minute(desk, recorder)
    assert await minutes(desk) == []


async def test_a_cut_feed_leaves_a_gap_instead_of_old_numbers(desk: FakeDesk, recorder: Recorder):
    await open_chain(desk)
    desk.feed.drop()
    await pass_minute(desk, recorder)
    assert await minutes(desk) == []


async def test_a_leap_of_the_clock_leaves_a_gap(desk: FakeDesk, recorder: Recorder):
    await open_chain(desk)
    await pass_minute(desk, recorder, timedelta(hours=1))
    assert await minutes(desk) == []
    await pass_minute(desk, recorder)
    assert len(await minutes(desk)) == 1


async def before_the_close(desk: FakeDesk, recorder: Recorder) -> None:
    """An open chain, half a minute before the session is over."""
    await open_chain(desk)
    desk.clock.set(datetime(2026, 11, 18, 15, 39, 30, tzinfo=IST))
    desk.feed.say(ATM, {Col.LTP: 130.0})
    recorder.look()


async def test_the_last_minute_is_kept_when_the_clock_leaps_to_the_next_day(
    desk: FakeDesk, recorder: Recorder
):
    await before_the_close(desk, recorder)
    desk.feed.say(ATM, {Col.LTP: 99.0})  # the next day's price is there before its clock
    desk.clock.set(datetime(2026, 11, 19, 9, 15, 0, tzinfo=IST))
    recorder.look()
    await recorder.flush()
    last = datetime(2026, 11, 18, 15, 39, tzinfo=IST).astimezone(UTC)
    assert await minutes(desk) == [last]
    snapshot = await desk.services.snapshots.at("NIFTY", EXPIRY, last)
    assert snapshot is not None
    assert snapshot.ltp[CALL, list(snapshot.strikes).index(24_250.0)] == 130.0


async def test_a_feed_cut_in_the_last_minute_leaves_a_gap(desk: FakeDesk, recorder: Recorder):
    await before_the_close(desk, recorder)
    desk.feed.drop()
    await pass_minute(desk, recorder, timedelta(seconds=10))
    await pass_minute(desk, recorder)
    assert await minutes(desk) == []


async def trade_minutes(desk: FakeDesk, recorder: Recorder, count: int) -> None:
    desk.services.subscriptions.hold("watch", {NIFTY: FeedMode.LTPC})
    for n in range(count):
        desk.feed.say(NIFTY, {Col.LTP: 24_000.0 + n})
        desk.clock.advance(MINUTE)
        recorder.look()


async def test_what_is_watched_becomes_minute_candles(desk: FakeDesk, recorder: Recorder):
    await trade_minutes(desk, recorder, 4)
    desk.clock.advance(timedelta(seconds=3))
    recorder.look()
    await recorder.flush()
    bars = await desk.services.candles.latest(NIFTY, Interval.MINUTE, 10)
    assert bars.close.tolist() == [24_001.0, 24_002.0, 24_003.0]  # the first minute was not whole


async def test_a_reconnect_makes_the_minute_under_way_worthless(desk: FakeDesk, recorder: Recorder):
    await trade_minutes(desk, recorder, 3)
    desk.feed.drop()
    recorder.look()
    desk.feed.connect()
    recorder.look()
    await trade_minutes(desk, recorder, 1)
    desk.clock.advance(timedelta(seconds=3))
    recorder.look()
    await recorder.flush()
    bars = await desk.services.candles.latest(NIFTY, Interval.MINUTE, 10)
    assert bars.close.tolist() == [24_001.0]


class BrokenStore:
    """A repository that fails until it is mended."""

    def __init__(self, real: object) -> None:
        self.real = real
        self.broken = True

    def __getattr__(self, name: str) -> object:
        if self.broken:
            raise OSError("disk full")
        return getattr(self.real, name)


async def test_what_cannot_be_written_is_kept_until_it_can(desk: FakeDesk, recorder: Recorder):
    await open_chain(desk)
    store = BrokenStore(desk.services.snapshots)
    recorder._snapshots = store  # type: ignore[assignment]
    desk.clock.advance(MINUTE)
    recorder.look()
    with pytest.raises(OSError, match="disk full"):
        await recorder.flush()
    store.broken = False
    await pass_minute(desk, recorder)
    assert len(await minutes(desk)) == 2


async def test_the_memory_for_what_waits_has_an_end(
    desk: FakeDesk, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    await open_chain(desk)
    for _ in range(4):
        desk.clock.advance(MINUTE)
        recorder.look()
    desk.clock.advance(timedelta(seconds=3))
    recorder.look()
    await recorder.flush()
    assert [m - NOW for m in await minutes(desk)] == [2 * MINUTE, 3 * MINUTE]


async def test_being_stopped_it_writes_what_it_has(desk: FakeDesk, recorder: Recorder):
    await open_chain(desk)
    running = asyncio.create_task(recorder.run())
    await asyncio.sleep(0.01)
    desk.clock.advance(MINUTE)
    recorder.look()
    assert await minutes(desk) == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(await minutes(desk)) == 1
