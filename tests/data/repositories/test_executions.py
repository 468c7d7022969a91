"""The contract of executions, in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import Session

from core.ids import OrderId
from core.ports.executions import ExecutionRepository
from core.trading.baskets import Basket, BasketKind, Leg, Policy
from core.trading.executions import BasketRun, Phase, SliceRun, begun
from core.trading.requests import Side
from core.trading.slices import SlicePlan, Slicing
from data.db.database import Database
from data.repositories.executions import SqlExecutions
from tests.core.trading.samples import CALL, LOT, NOW, ask

HOUR = timedelta(hours=1)


def basket_run(id: str, hours: int = 0, phase: Phase = Phase.RUNNING) -> BasketRun:
    leg = Leg(request=ask(Side.SELL, price=Decimal("150.05")), title="₹ é", lot_size=LOT)
    basket = Basket(
        id=id,
        title="Roll ₹",
        kind=BasketKind.ROLL,
        legs=(leg, replace(leg, closes=True)),
        policy=Policy(seconds=2.5),
        made_at=NOW,
    )
    run = replace(begun(basket, NOW + hours * HOUR), phase=phase, reason="é")
    legs = (replace(run.legs[0], filled=65, average=Decimal("0.1"), past=(OrderId("sd1"),)),)
    return replace(run, legs=(*legs, run.legs[1]), parent="p")


def slice_run(id: str, hours: int = 0, phase: Phase = Phase.PAUSED) -> SliceRun:
    plan = SlicePlan(
        id=id,
        title="NIFTY",
        slicing=Slicing.TWAP,
        request=ask(quantity=10 * LOT),
        lot_size=LOT,
        tick_size=CALL.tick_size,
        seconds=600.0,
        children=5,
        participation=Decimal("12.5"),
    )
    at = NOW + hours * HOUR
    return SliceRun(plan=plan, started_at=at, changed_at=at, phase=phase, spent=1.25, sent=2)


async def test_an_execution_comes_back_as_it_was(executions: ExecutionRepository) -> None:
    given = [basket_run("a"), slice_run("b", 1)]
    for each in given:
        await executions.save(each)
    assert await executions.between(NOW, NOW + 2 * HOUR) == given
    assert await executions.between(NOW, NOW + HOUR) == given[:1]


async def test_one_that_is_saved_again_takes_the_place_of_its_older_self(
    executions: ExecutionRepository,
) -> None:
    await executions.save(basket_run("a"))
    later = basket_run("a", phase=Phase.DONE)
    await executions.save(later)
    assert await executions.between(NOW, NOW + HOUR) == [later]


async def test_those_that_are_unfinished_are_found_oldest_first(
    executions: ExecutionRepository,
) -> None:
    for at, phase in enumerate(Phase):
        await executions.save(basket_run(f"{9 - at}", -at, phase))
    found = [run.phase for run in await executions.unfinished()]
    assert found == [
        Phase.INTERRUPTED,
        Phase.UNWINDING,
        Phase.STOPPING,
        Phase.PAUSED,
        Phase.RUNNING,
    ]


async def test_every_account_has_its_own(database: Database) -> None:
    paper, live = SqlExecutions(database, "paper"), SqlExecutions(database, "live")
    await paper.save(basket_run("a"))
    assert not await live.unfinished()
    assert not await live.between(NOW, NOW + HOUR)
    assert len(await paper.unfinished()) == 1


@pytest.mark.parametrize("body", ["{", "{}", '{"basket": 1}'])
async def test_one_that_another_version_has_written_is_passed_over(
    body: str, database: Database
) -> None:
    executions = SqlExecutions(database)
    await executions.save(basket_run("a"))
    await executions.save(slice_run("b"))

    def spoil(session: Session) -> None:
        session.connection().execute(
            text("UPDATE executions SET body = :body WHERE id = 'a'"), {"body": body}
        )

    await database.write(spoil)
    assert [run.id for run in await executions.unfinished()] == ["b"]
