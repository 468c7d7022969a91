import asyncio

import pytest

from core.services import database_watch as module
from core.services.database_watch import DatabaseWatch
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NOW, universe
from tests.fakes import MemoryInstruments


class Slow(MemoryInstruments):
    async def as_of(self) -> None:
        await asyncio.sleep(5)


class Broken(MemoryInstruments):
    broken = True

    async def as_of(self) -> None:
        if self.broken:
            raise OSError("gone")


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


async def test_a_database_that_answers_is_no_problem(desk: FakeDesk):
    await DatabaseWatch(desk.services.instruments, desk.services.health).look()
    assert desk.services.health.database_problem == ""


async def test_instruments_on_hand_are_enough_to_begin_with():
    desk = make_desk(instruments=[])
    watch = DatabaseWatch(desk.services.instruments, desk.services.health)
    await watch.look()
    assert desk.services.ready() == ["there are no instruments yet"]
    await desk.services.instruments.replace(universe(), NOW)
    await watch.look()
    assert desk.services.ready() == []
    assert desk.services.health.instruments_date == NOW


async def test_a_database_that_fails_is_said_until_it_is_back(desk: FakeDesk):
    health, broken = desk.services.health, Broken()
    watch = DatabaseWatch(broken, health)
    await watch.look()
    await watch.look()
    assert health.database_problem == "OSError: gone"
    assert desk.services.ready() == ["the database does not answer: OSError: gone"]
    broken.broken = False
    await watch.look()
    assert desk.services.ready() == []


async def test_a_database_that_does_not_answer_is_not_waited_for(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    await DatabaseWatch(Slow(), desk.services.health).look()
    assert "no answer" in desk.services.health.database_problem


async def test_it_looks_again_and_again(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PACE", 0.005)
    broken = Broken()
    running = asyncio.create_task(DatabaseWatch(broken, desk.services.health).run())
    await asyncio.sleep(0.02)
    assert desk.services.health.database_problem
    broken.broken = False
    await asyncio.sleep(0.03)
    assert not desk.services.health.database_problem
    running.cancel()
