"""One strategy, one day: a backtest, a replay and a paper desk give it the same fills."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.analytics.chain_day import ChainDay
from core.backtest.option_engine import OptionTerms, run_options
from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind, Right
from core.instruments.recorded import option_key as recorded_key
from core.risk.limits import Limits
from core.services import Services
from core.services.catching_up import CatchingUp
from core.services.strategy_runner import StrategyRunner
from core.settings import Mode
from core.state.market import Col
from core.state.signals import Asked, Doing
from core.strategies.ready.registry import READY
from core.trading.fills import Fill
from data.brokers.paper.broker import PaperBroker
from tests.fake_desk import make_desk
from tests.fake_universe import EXPIRY, NIFTY, universe
from tests.replay import Runs, at, chain_day, keep, keys_of

Told = tuple[str, int, Decimal, datetime]
Keys = tuple[tuple[InstrumentKey, ...], tuple[InstrumentKey, ...]]
FREE = Limits(naked_lots=None, duplicate_seconds=0, orders_a_day=None, open_lots=None)
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "a straddle out at a stop, and in again": (
        "short_straddle",
        {"enter": "09:18", "leave": "09:50", "leg_stop": 3.0, "again": 2, "again_after": 1},
    ),
    "a condor out by the hour": (
        "iron_condor",
        {"enter": "09:20", "leave": "09:40", "lots": 2},
    ),
}
LISTED = {each.key: each for each in universe()}


def name(contract: Instrument) -> str:
    assert contract.strike is not None
    right = Right.CALL if contract.kind is Kind.CALL else Right.PUT
    return recorded_key("NIFTY", EXPIRY, right, contract.strike)


def told(fills: list[Fill]) -> list[Told]:
    """By moment; orders of one moment reach the account in no order that matters."""
    return sorted(
        (
            (name(LISTED[f.key]), f.signed, f.price, f.at.replace(second=0, microsecond=0))
            for f in fills
        ),
        key=lambda each: (each[3], each[0], each[1]),
    )


def in_backtest(strategy: str, parameters: dict[str, Any]) -> list[Told]:
    made = READY[strategy](**parameters)
    result = run_options(made, [chain_day()], OptionTerms(symbol="NIFTY"))
    found = [
        (str(f.key), f.units, Decimal(str(f.price)), datetime.fromtimestamp(f.at, IST))
        for f in result.fills
    ]
    return sorted(found, key=lambda each: (each[3], each[0], each[1]))


async def switched_on(services: Services, strategy: str, parameters: dict[str, Any]) -> str:
    assert services.trading is not None
    await services.trading.controls.set_limits(FREE)
    asked = Asked(strategy=strategy, parameters=parameters, key=InstrumentKey(""), symbol="NIFTY")
    run = await services.runner.start(asked)
    await services.runner.switch(run.id, trades=True)
    return run.id


def still_well(runner: StrategyRunner, id: str) -> None:
    run = runner.state.runs[id]
    assert run.doing is Doing.RUNNING, run.problem
    assert not [s for s in runner.state.signals if "refused" in s.outcome]


@pytest.fixture
async def runs(tmp_path: Path) -> AsyncIterator[Runs]:
    made = Runs(tmp_path, await keep(tmp_path, [chain_day()]), [], [])
    yield made
    await made.end()


async def in_replay(runs: Runs, strategy: str, parameters: dict[str, Any]) -> list[Told]:
    run = await runs.open()
    services = run.desk.services
    id = await switched_on(services, strategy, parameters)
    await run.replay.advance(at(9, 15) + timedelta(minutes=46))
    still_well(services.runner, id)
    assert services.trading is not None
    return told(list(services.trading.state.ledger.fills))


async def on_paper(strategy: str, parameters: dict[str, Any]) -> list[Told]:
    """The same quotes, heard by a paper desk at the end of each minute, and again 3 s later: a book
    without its depth is believed only then."""
    desk, day = make_desk(now=at(9, 15), mode=Mode.PAPER), chain_day()
    services, trading, keys = desk.services, desk.trading, keys_of(day)
    paper = trading.desk._broker
    assert isinstance(paper, PaperBroker)
    catching_up = CatchingUp(
        paper=paper,
        arrived=trading.desk.close,
        strategies=trading.strategies.keeper,
        watch=trading.controls.watch,
        under_way=lambda: 0,
    )
    hearing = asyncio.create_task(trading.desk.run())
    id = await switched_on(services, strategy, parameters)
    services.runner.look()

    async def orders_done() -> None:
        desk.clock.advance(timedelta(seconds=3))
        desk.feed.send(frame(day, row, keys))
        await catching_up.second(heard=True)

    for row in range(len(day)):
        desk.clock.set(day.moment(row))
        desk.feed.send(frame(day, row, keys))
        await catching_up.second(heard=True)
        await services.runner.second(orders_done)
    hearing.cancel()
    still_well(services.runner, id)
    return told(list(trading.state.ledger.fills))


def frame(day: ChainDay, row: int, keys: Keys) -> dict[InstrumentKey, dict[Col, float]]:
    found = {NIFTY: {Col.LTP: float(day.spot[row])}}
    for side in (0, 1):
        for place, key in enumerate(keys[side]):
            names = (Col.LTP, Col.BID, Col.ASK)
            arrays = (day.ltp, day.bid, day.ask)
            prices = {n: float(a[row, side, place]) for n, a in zip(names, arrays, strict=True)}
            found[key] = {**prices, Col.BID_QTY: 1e6, Col.ASK_QTY: 1e6}
    return found


@pytest.mark.parametrize("case", CASES)
async def test_a_replay_fills_as_the_backtest_does(case: str, runs: Runs) -> None:
    strategy, parameters = CASES[case]
    expected = in_backtest(strategy, parameters)
    assert len(expected) >= 4
    assert await in_replay(runs, strategy, parameters) == expected


@pytest.mark.parametrize("case", CASES)
async def test_a_paper_desk_fills_as_the_backtest_does(case: str) -> None:
    strategy, parameters = CASES[case]
    assert await on_paper(strategy, parameters) == in_backtest(strategy, parameters)
