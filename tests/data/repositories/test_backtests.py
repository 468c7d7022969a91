"""The contract of kept backtests, in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import inf, isnan, nan

import pytest
from sqlmodel import Session

from core.backtest.run import Over, Plan, Run, RunState, plan_from_json, plan_to_json
from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.ports.backtests import BacktestRepository
from data.db.database import Database, driver
from data.repositories.backtests import SqlBacktests

AT = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
PLAN = Plan(
    strategy="sma_cross",
    parameters={"fast": 10, "slow": 30, "side": "both"},
    sweep={"fast": (5, 10, 15), "slow": (20.5, 30.0)},
    key=InstrumentKey("NSE_INDEX|Nifty 50"),
    symbol="NIFTY",
    interval="15m",
    first=date(2026, 1, 1),
    last=date(2026, 8, 25),
)


def backtest(id: str, minutes: int = 0, **more: object) -> Run:
    given: dict[str, object] = {
        "id": id,
        "name": f"Cross ₹ {id}",
        "plan": PLAN,
        "state": RunState.DONE,
        "created_at": AT + timedelta(minutes=minutes),
        "started_at": AT + timedelta(minutes=minutes, seconds=1),
        "code_hash": "c0de",
        "data_hash": "da7a",
        "metrics": {"sharpe": 1.25, "profit_factor": inf, "worst": -inf},
    }
    return Run(**(given | more))  # type: ignore[arg-type]


async def test_runs_come_back_newest_first(backtests: BacktestRepository) -> None:
    given = [backtest("b", 1), backtest("a", 1), backtest("c", 3)]
    for each in given:
        await backtests.save(each)
    assert await backtests.all() == [given[2], given[1], given[0]]
    assert await backtests.get("b") == given[0]
    assert await backtests.get("nobody") is None


async def test_a_result_stays_when_its_run_is_saved_again(backtests: BacktestRepository) -> None:
    await backtests.save(backtest("a", state=RunState.RUNNING))
    await backtests.save_result("a", '{"equity": "₹"}')
    done = replace(backtest("a"), finished_at=AT, name="Other")
    await backtests.save(done)
    assert await backtests.get("a") == done
    assert await backtests.result("a") == '{"equity": "₹"}'
    assert await backtests.result("b") is None


async def test_a_deleted_run_takes_its_result_along(backtests: BacktestRepository) -> None:
    await backtests.save(backtest("a"))
    await backtests.save_result("a", "{}")
    await backtests.delete("a")
    await backtests.delete("nobody")
    await backtests.save_result("a", "{}")  # it came too late
    await backtests.save(backtest("a"))
    assert await backtests.result("a") is None


async def test_an_unknown_metric_comes_back_unknown(backtests: BacktestRepository) -> None:
    await backtests.save(backtest("a", metrics={"calmar": nan}))
    found = await backtests.get("a")
    assert found is not None
    assert isnan(found.metrics["calmar"])


async def test_a_run_of_another_version_is_passed_over_and_its_result_refused(
    database: Database,
) -> None:
    backtests = SqlBacktests(database)
    for id in ("old", "good"):
        await backtests.save(backtest(id))
        await backtests.save_result(id, "{}")

    def spoil(session: Session) -> None:
        driver(session).execute("UPDATE backtests SET plan = '{}' WHERE id = 'old'")

    await database.write(spoil)
    assert [each.id for each in await backtests.all()] == ["good"]
    with pytest.raises(BadData, match="a plan cannot be read"):
        await backtests.get("old")


def test_a_plan_reads_back_as_it_was_written() -> None:
    assert plan_from_json(plan_to_json(PLAN)) == PLAN
    chains = replace(PLAN, over=Over.CHAINS, sweep={}, parameters={})
    assert plan_from_json(plan_to_json(chains)) == chains


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2}', plan_to_json(PLAN).replace("capital", "size")]
)
def test_a_plan_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadData):
        plan_from_json(text)


def test_a_plan_that_cannot_be_is_refused_with_words() -> None:
    for wrong, words in (
        ({"last": date(2025, 1, 1)}, "before it begins"),
        ({"capital": 0.0}, "capital"),
        ({"slippage_ticks": -1.0}, "Slippage"),
        ({"sweep": {}, "folds": 4}, "walk-forward"),
    ):
        with pytest.raises(RuleBroken, match=words):
            replace(PLAN, **wrong)


def test_a_plan_counts_its_runs() -> None:
    assert (PLAN.combinations, PLAN.kind) == (6, "sweep")
    assert replace(PLAN, folds=3).kind == "walk-forward"
    assert replace(PLAN, sweep={}).combinations == 1
