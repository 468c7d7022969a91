"""The broker's allowance."""

import asyncio

import pytest

from core.errors import BrokerUnavailable
from core.state.health import BudgetHealth
from data.brokers.upstox.budget import Priority, RateBudget


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_calls_beyond_the_share_wait_and_exits_use_the_head_room() -> None:
    watch, health = Watch(), BudgetHealth(name="standard")
    budget = RateBudget(health, (10, 100, 1000), share=0.8, now=watch)
    for _ in range(8):
        await budget.take()
    with pytest.raises(BrokerUnavailable, match="allowance"):
        await budget.take(patience=0.01)
    await budget.take(Priority.EXIT)
    assert health.used == (9, 9, 9)
    assert health.allowed == (8, 80, 800)
    await budget.close()


async def test_the_window_slides() -> None:
    watch, health = Watch(), BudgetHealth(name="standard")
    budget = RateBudget(health, (2, 100, 1000), share=1.0, now=watch)
    await budget.take()
    await budget.take()
    watch.now += 1.1
    await budget.take(patience=0.01)
    assert health.used == (1, 3, 3)


async def test_who_is_more_urgent_goes_first() -> None:
    health = BudgetHealth(name="standard")
    budget = RateBudget(health, (5, 100, 1000), share=0.8)
    for _ in range(5):
        await budget.take(Priority.EXIT)
    order: list[str] = []

    async def call(name: str, priority: Priority) -> None:
        await budget.take(priority)
        order.append(name)

    job = asyncio.create_task(call("job", Priority.JOB))
    await asyncio.sleep(0.01)
    screen = asyncio.create_task(call("screen", Priority.SCREEN))
    await asyncio.sleep(0.01)
    exit_ = asyncio.create_task(call("exit", Priority.EXIT))
    await asyncio.gather(job, screen, exit_)
    assert order == ["exit", "screen", "job"]


async def test_an_exit_does_not_wait_behind_those_who_may_not_use_the_head_room() -> None:
    watch, health = Watch(), BudgetHealth(name="orders")
    budget = RateBudget(health, (5, 100, 1000), share=0.8, now=watch)
    for _ in range(4):
        await budget.take()
    waiting = asyncio.create_task(budget.take())
    await asyncio.sleep(0.01)
    await budget.take(Priority.EXIT, patience=0.01)
    assert health.used[0] == 5
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await budget.close()


async def test_who_gave_up_waiting_uses_no_allowance() -> None:
    watch, health = Watch(), BudgetHealth(name="standard")
    budget = RateBudget(health, (1, 100, 1000), share=1.0, now=watch)
    await budget.take()
    waiting = asyncio.create_task(budget.take())
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    watch.now += 1.1
    await asyncio.sleep(1.1)
    budget.refresh()
    assert health.used == (0, 1, 1)
    await budget.close()
