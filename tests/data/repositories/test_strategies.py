"""The contract of strategy groups, in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

import numpy as np
from sqlmodel import Session

from core.ports.strategies import StrategyRepository
from core.strategies.tracking import DraftMinute
from core.trading.exit_rules import (
    ExitRules,
    Goal,
    Measure,
    Phase,
    Reentry,
    RuleState,
    Strikes,
    Trail,
    Trigger,
)
from core.trading.groups import Doing, Lot, Run, RunState, StrategyGroup, by_hand, lot_of
from core.trading.requests import Product
from data.db.database import Database, driver
from data.repositories.strategies import SqlStrategies
from tests.core.trading.samples import KEY, NOW, OTHER, fill

DAY = timedelta(days=1)


def open_lots() -> tuple[Lot, ...]:
    other = by_hand((OTHER, Product.CARRY), -65, Decimal("149.9501"), NOW)
    return lot_of(fill(1, -65, "150.05")), replace(other, id="hand-1")


def strategy(id: str, days: int = 0, **more: object) -> StrategyGroup:
    given: dict[str, object] = {
        "id": id,
        "account": "paper",
        "name": f"{id} ₹",
        "lots": open_lots(),
        "created_at": NOW + days * DAY,
        "edited_at": NOW + days * DAY,
    }
    return StrategyGroup(**(given | more))  # type: ignore[arg-type]


def rich(id: str) -> StrategyGroup:
    """One with everything that a group may have."""
    rules = ExitRules(
        stop=Goal(4_500.5),
        target=Goal(25, Measure.PREMIUM_PERCENT),
        trail=Trail(Goal(10, Measure.PNL_PERCENT), starts_at=20.5),
        square_off=time(15, 15),
        reentry=Reentry(times=2, wait=timedelta(minutes=7), strikes=Strikes.AT_THE_MONEY),
    )
    state = RuleState(
        phase=Phase.EXITING,
        armed_at=NOW,
        base=19_500.25,
        baseline=-12.5,
        money=24_210.05,
        best=30.1,
        shape="-1×a",
        fired=Trigger.TRAIL,
        why="é",
        reentries=1,
        reenter_at=NOW + timedelta(minutes=7),
    )
    run = Run(
        id="r",
        doing=Doing.EXIT,
        trigger=Trigger.TRAIL,
        words="₹",
        legs=((KEY, Product.CARRY, -65), (OTHER, Product.INTRADAY, 65)),
        began_at=NOW,
        state=RunState.INTERRUPTED,
        why="the desk ended",
        ended_at=NOW,
    )
    return strategy(id, rules=rules, state=state, run=run)


def minute(id: str, number: int, close: float = -12.5) -> DraftMinute:
    return DraftMinute(
        draft=id,
        minute=NOW + timedelta(minutes=number),
        open=1.25,
        high=1e7,
        low=-1e7,
        close=close,
        spot=float("nan"),
    )


async def test_a_group_comes_back_as_it_was(strategies: StrategyRepository) -> None:
    given = [rich("a"), strategy("b", dissolved=True), strategy("c", lots=())]
    await strategies.save(*given)
    await strategies.save()
    found = await strategies.all("paper", NOW)
    assert found == given
    assert [each.is_open for each in found] == [True, False, False]


async def test_open_groups_stay_in_sight_and_closed_ones_for_a_while(
    strategies: StrategyRepository,
) -> None:
    old, new = strategy("old", lots=()), strategy("new", 2, lots=())
    await strategies.save(old, new, strategy("open"), strategy("other", account="live"))
    assert [each.id for each in await strategies.all("paper", NOW + DAY)] == ["open", "new"]
    assert [each.id for each in await strategies.all("live", NOW + DAY)] == ["other"]


async def test_a_group_saved_again_takes_the_place_of_the_first(
    strategies: StrategyRepository,
) -> None:
    await strategies.save(strategy("a"))
    after = strategy("a", 3, name="Other", lots=())
    await strategies.save(strategy("a", 1), after)
    assert await strategies.all("paper", NOW) == [after]


async def test_minutes_of_profit_are_kept_in_order_and_overwritten(
    strategies: StrategyRepository,
) -> None:
    await strategies.save(strategy("a"))
    await strategies.save_minutes([minute("a", 2), minute("a", 0), minute("a", 1)])
    await strategies.save_minutes([minute("a", 2, 7.0), minute("a", 3), minute("nobody", 0)])
    await strategies.save_minutes([])
    found = await strategies.minutes("a", NOW, NOW + timedelta(minutes=3))
    assert found.close.tolist() == [-12.5, -12.5, 7.0]
    assert (found.high[0], found.low[0], found.open[0]) == (1e7, -1e7, 1.25)
    assert np.isnan(found.spot).all()
    assert len(await strategies.minutes("nobody", NOW, NOW + DAY)) == 0


async def test_a_group_of_another_version_is_passed_over_and_kept(database: Database) -> None:
    strategies = SqlStrategies(database)
    await strategies.save(strategy("old"), strategy("good"))

    def spoil(session: Session) -> None:
        driver(session).execute("UPDATE strategies SET body = '{}' WHERE id = 'old'")

    await database.write(spoil)
    assert [each.id for each in await strategies.all("paper", NOW)] == ["good"]
