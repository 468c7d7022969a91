import asyncio

import pytest

from core.services import supervisor as module
from core.services.supervisor import Supervisor
from core.state.health import Condition, HealthState
from tests.fake_desk import make_desk


class Service:
    """Fails as often as told, then keeps running; notes when it was put away."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.starts = 0
        self.put_away = False

    async def run(self) -> None:
        self.starts += 1
        if self.starts <= self.failures:
            raise OSError("the line is cut")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.put_away = True


@pytest.fixture
def health() -> HealthState:
    return HealthState()


@pytest.fixture
def supervisor(health: HealthState) -> Supervisor:
    return Supervisor(health, make_desk().clock, pauses=(0.0, 0.01))


async def test_a_service_runs_and_is_put_away_at_the_end(
    supervisor: Supervisor, health: HealthState
):
    service = Service()
    supervisor.start("feed", service.run)
    await asyncio.sleep(0.01)
    assert health.services["feed"].condition is Condition.RUNNING
    assert health.services["feed"].since is not None
    await supervisor.stop()
    assert service.put_away
    assert health.services["feed"].condition is Condition.STOPPED


async def test_a_service_that_fails_is_started_again(supervisor: Supervisor, health: HealthState):
    service = Service(failures=3)
    supervisor.start("feed", service.run)
    await asyncio.sleep(0.1)
    now = health.services["feed"]
    assert (service.starts, now.restarts, now.condition) == (4, 3, Condition.RUNNING)
    await supervisor.stop()


async def test_between_two_starts_the_reason_is_told(health: HealthState):
    supervisor = Supervisor(health, make_desk().clock, pauses=(60.0,))
    supervisor.start("feed", Service(failures=1).run)
    await asyncio.sleep(0.01)
    now = health.services["feed"]
    assert (now.condition, now.detail) == (Condition.RESTARTING, "the line is cut")
    await supervisor.stop()


async def test_after_a_long_run_the_pauses_begin_anew(
    health: HealthState, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "SETTLED", -1.0)
    supervisor = Supervisor(health, make_desk().clock, pauses=(0.0, 60.0))
    service = Service(failures=4)
    supervisor.start("feed", service.run)
    await asyncio.sleep(0.05)
    assert service.starts == 5
    await supervisor.stop()


async def test_a_service_that_ends_by_itself_has_finished(
    supervisor: Supervisor, health: HealthState
):
    async def short() -> None:
        await asyncio.sleep(0)

    supervisor.start("once", short)
    await asyncio.sleep(0.01)
    assert health.services["once"].detail == "has finished"
    await supervisor.stop()


async def test_one_failing_service_leaves_the_others_alone(supervisor: Supervisor):
    good = Service()
    supervisor.start("good", good.run)
    supervisor.start("bad", Service(failures=5).run)
    await asyncio.sleep(0.05)
    assert good.starts == 1
    await supervisor.stop()
