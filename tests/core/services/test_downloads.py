"""Downloads on fakes: planned, worked off, killed, gone on with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from core.clock import IST, SetClock
from core.downloads.coverage import DayState
from core.downloads.plan import UNFINISHED, Download, Piece, PieceStatus, Plan, Status, What
from core.errors import BrokerRejected, BrokerUnavailable, LoginNeeded, RuleBroken, StorageProblem
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.services.download_drive import TRIES, DownloadDrive
from core.services.download_planning import DownloadPlanner
from core.services.download_work import CandleWork
from core.services.downloads import Downloads
from core.state.downloads import DownloadsState
from core.state.notices import Notices
from tests.fake_broker import FakeExpired, FakeHistory, candles
from tests.fake_downloads import MemoryDownloads
from tests.fake_universe import NIFTY, RELIANCE, VIX, universe
from tests.fakes import MemoryCandles, MemoryInstruments

EVENING = datetime(2026, 11, 20, 16, 30, tzinfo=IST)
MONDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 20)
OCTOBER = date(2026, 10, 1)


def minutes(calendar: MarketCalendar, first: date, last: date) -> Candles:
    """Every minute of every session."""
    times = [
        np.arange(int(a.timestamp()), int(b.timestamp()), 60)
        for day in calendar.trading_days(first, last)
        for a, b in calendar.session_of(day).windows  # type: ignore[union-attr]
    ]
    whole = np.concatenate(times)
    return candles(whole, 24_000.0 + np.arange(len(whole)) / 100)


class HaltingHistory(FakeHistory):
    """Answers only so many calls; the others wait for ever, as at a desk that is killed."""

    answers = 10**6

    async def bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        if self.answers == 0:
            await asyncio.Event().wait()
        self.answers -= 1
        return await super().bars(key, interval, first, last)


@dataclass
class Bench:
    """What outlives a desk; `desk()` makes one anew over it."""

    clock: SetClock = field(default_factory=lambda: SetClock(EVENING))
    records: MemoryDownloads = field(default_factory=MemoryDownloads)
    candles: MemoryCandles = field(default_factory=MemoryCandles)
    notices: Notices = field(default_factory=Notices)
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.calendar = MarketCalendar(self.clock)
        self.history, self.expired = HaltingHistory({}, self.clock), FakeExpired()
        whole = minutes(self.calendar, OCTOBER, FRIDAY)
        self.history.candles = {key: whole for key in (NIFTY, RELIANCE, VIX)}
        self.desks: list[Downloads] = []

    def desk(self) -> Downloads:
        state = DownloadsState()
        work = CandleWork(self.history, self.expired, self.candles, self.calendar)

        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)
            await asyncio.sleep(0)

        made = Downloads(
            planner=DownloadPlanner(
                history=self.history,
                expired=self.expired,
                candles=self.candles,
                downloads=self.records,
                instruments=MemoryInstruments(universe()),
                calendar=self.calendar,
                clock=self.clock,
            ),
            drive=DownloadDrive(self.records, state, pause=pause),
            work={What.CANDLES: work, What.EXPIRED: work},
            finish={},
            downloads=self.records,
            state=state,
            clock=self.clock,
            notices=self.notices,
        )
        self.desks.append(made)
        return made

    def asked(self) -> list[str]:
        """Spans asked of the broker, in order."""
        return [call for call in self.history.calls if call.startswith(("bars", "today"))]

    def done(self, id: str) -> list[Piece]:
        pieces = self.records.of.get(id, {}).values()
        return [each for each in pieces if each.status is PieceStatus.DONE]

    async def held(self, key: InstrumentKey) -> Candles:
        return await self.candles.latest(key, Interval.MINUTE, 10**6)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  (each turn lets the others run)
            await asyncio.sleep(0)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    for desk in made.desks:
        await desk.stop()


def plan(*keys: InstrumentKey, first: date = MONDAY, last: date = FRIDAY, **more: object) -> Plan:
    return Plan(what=What.CANDLES, keys=keys, names=keys, first=first, last=last, **more)  # type: ignore[arg-type]


async def test_candles_of_several_instruments_are_all_there_once(bench: Bench) -> None:
    desk = bench.desk()
    id = await desk.start(plan(NIFTY, RELIANCE, first=OCTOBER))
    ended = await desk.ended(id)
    assert ended is not None
    assert (ended.status, ended.failed) == (Status.DONE, 0)
    whole = minutes(bench.calendar, OCTOBER, FRIDAY)
    for key in (NIFTY, RELIANCE):
        assert np.array_equal((await bench.held(key)).time, whole.time)
    assert ended.bars == 2 * len(whole)
    assert ended.pieces == ended.done == 6  # two months and today, of each
    states = (await desk.coverage([NIFTY], Interval.MINUTE, OCTOBER, FRIDAY))[NIFTY]
    assert set(states.values()) == {DayState.HAVE, DayState.NO_SESSION}


async def test_asking_again_asks_the_broker_nothing(bench: Bench) -> None:
    desk = bench.desk()
    await desk.ended(await desk.start(plan(NIFTY)))
    bench.history.calls.clear()
    ended = await desk.ended(await desk.start(plan(NIFTY)))
    assert ended is not None
    assert (ended.status, ended.message, ended.pieces) == (Status.DONE, "nothing was missing", 0)
    assert bench.asked() == []
    await desk.ended(await desk.start(plan(NIFTY, again=True)))
    assert len(bench.asked()) == 2


async def test_only_gaps_are_asked_for(bench: Bench) -> None:
    tuesday, thursday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)
    for day in (MONDAY, thursday):
        await bench.candles.upsert(NIFTY, Interval.MINUTE, minutes(bench.calendar, day, day))
    part = minutes(bench.calendar, tuesday, tuesday)
    await bench.candles.upsert(NIFTY, Interval.MINUTE, part)
    del bench.candles.bars[NIFTY, Interval.MINUTE][int(part.time[100])]
    desk = bench.desk()
    await desk.ended(await desk.start(plan(NIFTY, last=thursday)))
    assert bench.asked() == [f"bars 1m {tuesday} {tuesday + timedelta(days=1)} {NIFTY}"]
    assert len(await bench.held(NIFTY)) == 4 * 385


async def test_a_killed_desk_goes_on_where_it_was(bench: Bench) -> None:
    first = bench.desk()
    bench.history.answers = 4
    id = await first.start(plan(NIFTY, RELIANCE, VIX, first=OCTOBER))
    await until(lambda: len(bench.done(id)) == 7)  # today's are asked in another way
    await first.stop()
    bench.history.answers = 10**6
    bench.history.calls.clear()
    second = bench.desk()
    going_on = asyncio.create_task(second.run())
    await until(lambda: id in second.state.progress)
    ended = await second.ended(id)
    going_on.cancel()
    await asyncio.gather(going_on, return_exceptions=True)
    assert ended is not None
    assert (ended.status, ended.done) == (Status.DONE, 9)
    assert len(bench.asked()) == 2
    whole = minutes(bench.calendar, OCTOBER, FRIDAY)
    for key in (NIFTY, RELIANCE, VIX):
        assert np.array_equal((await bench.held(key)).time, whole.time)


async def test_the_same_wish_joins_what_runs(bench: Bench) -> None:
    desk = bench.desk()
    one, other = await desk.start(plan(NIFTY)), await desk.start(plan(NIFTY))
    assert one == other
    assert await desk.start(plan(RELIANCE)) != one


async def test_a_cancelled_download_keeps_what_came_and_can_go_on(bench: Bench) -> None:
    desk = bench.desk()
    bench.history.fails = LoginNeeded("the token is dead")
    id = await desk.start(plan(NIFTY))
    await until(lambda: desk.state.progress[id].detail.startswith("Waiting for the login"))
    await desk.cancel(id)
    ended = await desk.ended(id)
    assert ended is not None
    assert (ended.status, ended.message) == (Status.CANCELLED, "stopped by hand")
    bench.history.fails = None
    await desk.again(id)
    ended = await desk.ended(id)
    assert ended is not None
    assert ended.status is Status.DONE
    assert len(await bench.held(NIFTY)) == 5 * 385


async def test_what_cannot_be_had_is_said_with_its_reason(bench: Bench) -> None:
    desk = bench.desk()
    bench.history.fails = BrokerRejected("the broker says no: wrong key", code="UDAPI100011")
    id = await desk.start(plan(NIFTY, last=MONDAY))
    ended = await desk.ended(id)
    assert ended is not None
    assert ended.status is Status.FAILED
    assert ended.message == "1 of 1 pieces could not be had"
    (failure,) = await desk.failures(id)
    assert failure.reason == "the broker says no: wrong key"
    assert "16 Nov 2026" in failure.what
    assert "could not be had" in bench.notices.since(0)[-1].text
    bench.history.fails = None
    await desk.again(id)
    ended = await desk.ended(id)
    assert ended is not None
    assert (ended.status, ended.failed) == (Status.DONE, 0)


async def test_a_broker_that_is_away_is_waited_for(bench: Bench) -> None:
    desk = bench.desk()
    bench.history.fails = BrokerUnavailable("busy")
    ended = await desk.ended(await desk.start(plan(NIFTY, last=MONDAY)))
    assert ended is not None
    assert ended.status is Status.FAILED
    assert len(bench.pauses) == TRIES - 1
    assert bench.pauses == sorted(bench.pauses)


async def test_without_the_plan_no_second_call_is_made(bench: Bench) -> None:
    desk = bench.desk()
    bench.history.fails = BrokerRejected("Plus plan only", code="UDAPI1149")
    id = await desk.start(plan(*(InstrumentKey(f"NSE_FO|{n}") for n in range(40))))
    ended = await desk.ended(id)
    assert ended is not None
    assert (ended.status, ended.message) == (Status.FAILED, "Plus plan only")
    assert len(bench.asked()) <= 12


async def test_a_full_disk_stops_it_with_the_reason_and_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = bench.desk()

    async def full(*_: object) -> int:
        raise StorageProblem("The database cannot be used: database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(bench.candles, "upsert", full)
        patch.setattr(bench.records, "save", full)
        patch.setattr(bench.records, "record", full)
        # written down before the disk was full
        await MemoryDownloads.save(bench.records, _written(bench))
        desk._begin(_written(bench))
        await desk.ended("d")
        progress = desk.state.progress["d"].download
        assert (progress.status, progress.failed) == (Status.FAILED, 0)
        assert "disk is full" in progress.message
    kept = await bench.records.get("d")
    assert kept is not None
    assert kept.status in UNFINISHED  # as it was: the next desk goes on
    await desk.again("d")
    ended = await desk.ended("d")
    assert ended is not None
    assert ended.status is Status.DONE
    assert len(await bench.held(NIFTY)) == 385


async def test_nothing_is_downloaded_of_days_that_are_not_over(bench: Bench) -> None:
    bench.clock.set(datetime(2026, 11, 20, 15, 42, tzinfo=IST))
    desk = bench.desk()
    assert desk.last_whole_day() == date(2026, 11, 19)
    with pytest.raises(RuleBroken, match="not over yet"):
        await desk.start(plan(NIFTY, first=FRIDAY))
    await desk.ended(await desk.start(plan(NIFTY)))
    assert bench.asked() == [f"bars 1m {MONDAY} {FRIDAY - timedelta(days=1)} {NIFTY}"]
    bench.clock.set(EVENING)
    assert desk.last_whole_day() == FRIDAY


async def test_bars_of_another_day_are_not_kept(bench: Bench) -> None:
    bench.history.candles[NIFTY] = minutes(bench.calendar, MONDAY, MONDAY)
    desk = bench.desk()
    await desk.ended(await desk.start(plan(NIFTY, first=FRIDAY)))  # asked as today's
    assert len(await bench.held(NIFTY)) == 0
    states = await desk.coverage([NIFTY], Interval.MINUTE, FRIDAY, FRIDAY)
    assert states[NIFTY] == {FRIDAY: DayState.NONE}


async def test_a_length_that_the_broker_does_not_serve_fails_with_words(bench: Bench) -> None:
    desk = bench.desk()
    ended = await desk.ended(await desk.start(plan(NIFTY, interval=Interval.parse("30s"))))
    assert ended is not None
    assert ended.status is Status.FAILED
    assert "no candles of 30s" in ended.message


async def test_rate_and_time_to_go_are_told(bench: Bench) -> None:
    desk = bench.desk()
    id = await desk.start(plan(NIFTY, RELIANCE, first=OCTOBER))
    await desk.ended(id)
    progress = desk.state.progress[id]
    progress._recent.clear()
    progress.total, progress.done, progress.bars = 100, 0, 0
    progress.download = _written(bench)
    for second in range(11):
        progress.done, progress.bars = 4 * second, 1_500 * second
        progress.mark(float(second))
    assert progress.rate(10.0) == pytest.approx(1_500)
    assert progress.eta(10.0) == pytest.approx(15)
    assert progress.rate(20.0) == pytest.approx(750)
    assert progress.fraction == pytest.approx(0.4)


def _written(bench: Bench) -> Download:
    return Download(
        id="d", plan=plan(NIFTY, last=MONDAY), source="by hand", created_at=bench.clock.now()
    )
