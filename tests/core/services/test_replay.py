import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta

import pytest

from core.analytics.chain_snapshot import ChainSnapshot
from core.clock import IST, SetClock
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import Window
from core.ports.feed import FeedMode, FrameListener
from core.ports.replay import ReplayDay
from core.services.replay import Replay
from core.state.replay import ReplayState

DAY = date(2026, 11, 20)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, 20, hour, minute, second, tzinfo=IST)


class MinuteFeed:
    """Something is heard at each full minute."""

    gaps: Sequence[Window] = ()

    def move(self, now: datetime) -> bool:
        return now.second == 0

    def taken_down(self) -> list[ChainSnapshot]:
        return []

    def want(self, wishes: Mapping[InstrumentKey, FeedMode]) -> None: ...
    def bound(self, key: InstrumentKey, low: float, high: float) -> None: ...
    def listen(self, listener: FrameListener) -> None: ...
    async def run(self) -> None: ...


class NoDays:
    async def all(self) -> list[ReplayDay]:
        return []


class Bench:
    def __init__(self, day: date | None = DAY) -> None:
        self.clock = SetClock(at(9, 13))
        state = ReplayState()
        if day is not None:
            state = ReplayState(day=day, begins=at(9, 13), ends=at(9, 30))
        self.passed: list[tuple[datetime, bool]] = []
        self.anew: list[tuple[date, datetime | None]] = []
        self.replay = Replay(
            clock=self.clock,
            feed=MinuteFeed(),
            state=state,
            days=NoDays(),
            settle=self._settle,
            anew=lambda day, moment: self.anew.append((day, moment)),
        )

    async def _settle(self, heard: bool) -> None:
        self.passed.append((self.clock.now(), heard))

    @contextmanager
    def running(self) -> Iterator[None]:
        task = asyncio.create_task(self.replay.run())
        try:
            yield
        finally:
            task.cancel()

    async def until(self, moment: datetime) -> None:
        async with asyncio.timeout(20):
            while self.clock.now() < moment:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_every_second_is_passed_at_every_speed() -> None:
    fast, stepped = Bench(), Bench()
    with fast.running():
        fast.replay.speed(600)
        fast.replay.play()
        await fast.until(at(9, 20))
    while stepped.clock.now() < fast.clock.now():
        await stepped.replay.advance(stepped.clock.now() + timedelta(seconds=1))
    assert fast.passed == stepped.passed
    seconds = [moment for moment, _ in fast.passed]
    assert seconds == [at(9, 13) + timedelta(seconds=n + 1) for n in range(len(seconds))]
    assert next(moment for moment, heard in fast.passed if heard) == at(9, 14)


async def test_at_the_days_end_it_stands() -> None:
    bench = Bench()
    with bench.running():
        bench.replay.speed(600)
        bench.replay.play()
        async with asyncio.timeout(20):
            while bench.replay.state.playing:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert bench.clock.now() == at(9, 30)
    with pytest.raises(RuleBroken, match="over"):
        bench.replay.play()


async def test_a_pause_holds_the_time() -> None:
    bench = Bench()
    with bench.running():
        bench.replay.speed(300)
        bench.replay.play()
        await bench.until(at(9, 14))
        bench.replay.pause()
        await asyncio.sleep(0.12)  # what was under way has ended
        stood = bench.clock.now()
        await asyncio.sleep(0.12)
        assert bench.clock.now() == stood


async def test_a_jump_ahead_passes_all_between_and_stands_there() -> None:
    bench = Bench()
    await bench.replay.jump(at(9, 20, 30))
    assert bench.clock.now() == at(9, 20, 30)
    assert len(bench.passed) == 450
    assert not bench.replay.state.playing
    assert bench.anew == []


async def test_a_jump_beyond_the_end_goes_to_the_end() -> None:
    bench = Bench()
    await bench.replay.jump(at(18))
    assert bench.clock.now() == at(9, 30)


async def test_a_jump_back_begins_another_run() -> None:
    bench = Bench()
    await bench.replay.jump(at(9, 20))
    await bench.replay.jump(at(9, 18))
    assert bench.anew == [(DAY, at(9, 18))]
    assert bench.clock.now() == at(9, 20)


@pytest.mark.parametrize(
    ("now", "minutes", "to"),
    [
        (at(9, 20), 1, at(9, 21)),
        (at(9, 20, 30), 1, at(9, 21)),
        (at(9, 20), -1, at(9, 19)),
        (at(9, 20, 30), -1, at(9, 20)),
    ],
)
async def test_a_step_goes_to_the_full_minute(now: datetime, minutes: int, to: datetime) -> None:
    bench = Bench()
    await bench.replay.advance(now)
    await bench.replay.step(minutes)
    reached = bench.anew[0][1] if bench.anew else bench.clock.now()
    assert reached == to


async def test_others_have_their_turns_while_it_goes_fast() -> None:
    bench, turns = Bench(), 0

    async def slow_settle(heard: bool) -> None:
        end = asyncio.get_running_loop().time() + 0.001
        while asyncio.get_running_loop().time() < end:
            pass

    bench.replay._settle = slow_settle

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await bench.replay.advance(at(9, 18))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert turns >= 20


@pytest.mark.parametrize("speed", [0.0, 0.5, 601.0, float("nan")])
async def test_speeds_that_cannot_be_are_refused(speed: float) -> None:
    with pytest.raises(RuleBroken, match="1 to 600"):
        Bench().replay.speed(speed)


async def test_without_a_day_nothing_can_be_played() -> None:
    bench = Bench(None)
    with pytest.raises(RuleBroken, match="Choose"):
        bench.replay.play()
    with pytest.raises(RuleBroken, match="Choose"):
        await bench.replay.jump(at(10))
    bench.replay.begin(DAY)
    assert bench.anew == [(DAY, None)]
