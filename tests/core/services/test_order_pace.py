"""Calls keep their pace, and exits go first."""

import asyncio
import time

from core.services.order_pace import OrderPace, Urgency

ENTRY, EXIT = Urgency.ENTRY, Urgency.EXIT


def most_within(times: list[float], span: float) -> int:
    return max((sum(at <= other < at + span for other in times) for at in times), default=0)


async def test_no_second_ever_holds_more_than_eight_calls_and_entries_leave_room() -> None:
    pace, times = OrderPace(), []

    async def call(urgency: Urgency) -> None:
        await pace.turn(urgency)
        times.append(time.monotonic())

    await asyncio.gather(*(call(ENTRY) for _ in range(8)), *(call(EXIT) for _ in range(8)))
    assert len(times) == 16
    assert most_within(times, 0.99) <= 8


async def test_entries_leave_two_calls_a_second_to_exits() -> None:
    pace = OrderPace()
    entries = [asyncio.create_task(pace.turn(ENTRY)) for _ in range(30)]
    await asyncio.sleep(0.02)
    assert sum(each.done() for each in entries) == 6
    began = time.monotonic()
    await pace.turn(EXIT)
    await pace.turn(EXIT)
    assert time.monotonic() - began < 0.2
    assert sum(each.done() for each in entries) == 6
    for each in entries:
        each.cancel()


async def test_an_exit_overtakes_all_entries_that_wait() -> None:
    pace, order = OrderPace(), []

    async def call(urgency: Urgency, name: str) -> None:
        await pace.turn(urgency)
        order.append(name)

    waiting = [asyncio.create_task(call(ENTRY, f"entry {n}")) for n in range(7)]
    await asyncio.sleep(0.01)
    exits = [asyncio.create_task(call(EXIT, "exit")) for _ in range(3)]
    await asyncio.gather(*waiting, *exits)
    assert order[6:9] == ["exit", "exit", "exit"]
    assert order[9] == "entry 6"


async def test_the_longer_windows_count_too() -> None:
    now = [0.0]
    pace = OrderPace((8, 10, 12), now=lambda: now[0])
    for at in range(10):
        now[0] = float(at)
        await pace.turn(EXIT)
    now[0] = 30.0
    held = asyncio.create_task(pace.turn(EXIT))
    await asyncio.sleep(0.01)
    assert not held.done()
    assert pace.waiting == 0 or not held.done()
    now[0] = 60.0
    await asyncio.wait_for(held, 1)


async def test_a_smaller_number_is_kept_and_a_larger_one_is_not_taken() -> None:
    pace = OrderPace()
    pace.limit(3)
    done = [asyncio.create_task(pace.turn(EXIT)) for _ in range(6)]
    await asyncio.sleep(0.02)
    assert sum(each.done() for each in done) == 3
    for each in done:
        each.cancel()
    loose = OrderPace()
    loose.limit(50)
    done = [asyncio.create_task(loose.turn(EXIT)) for _ in range(20)]
    await asyncio.sleep(0.02)
    assert sum(each.done() for each in done) == 8
    for each in done:
        each.cancel()
