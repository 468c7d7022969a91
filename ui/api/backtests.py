"""Backtests for programs: asked for, looked at, and ended, as on their page."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from core.backtest.report import Report
from core.backtest.run import Over, Plan, Run
from core.charges.rates import Segment
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.services import Services
from ui.api.schemas import Number, Reply, Shape


class PlanAsked(BaseModel):
    """`sweep` names the values to be tried by parameter, `folds` makes it a walk-forward.

    `symbol` is an underlying; of bars, `instrument_key` names any other instrument.
    """

    model_config = ConfigDict(extra="forbid")

    strategy: str
    name: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    sweep: dict[str, list[Any]] = Field(default_factory=dict)
    folds: int = Field(default=0, ge=0, le=50)
    instrument_key: str = ""
    symbol: str = ""
    interval: str = "1d"
    first: date
    last: date
    capital: float = Field(default=1_000_000.0, gt=0)
    slippage_ticks: float = Field(default=1.0, ge=0)
    segment: Segment | Literal[""] = ""
    square_off: str = Field(default="", pattern=r"^([01]\d:[0-5]\d)?$")
    objective: str = "sharpe"


class BacktestShape(Shape):
    """`progress` is the share that is done, of one that runs."""

    id: str
    name: str
    kind: str
    state: str
    strategy: str
    instrument_key: str
    symbol: str
    interval: str
    first: date
    last: date
    created_at: datetime
    finished_at: datetime | None
    code_hash: str
    data_hash: str
    metrics: Mapping[str, Number]
    problem: str
    progress: Number


class TradeShape(Shape):
    instrument_key: str
    units: int
    entered_at: datetime
    entry: Number
    left_at: datetime
    exit: Number
    profit: Number
    charges: Number
    tag: str
    open: bool


class BacktestList(Reply):
    backtests: list[BacktestShape]


class BacktestReply(Reply):
    backtest: BacktestShape
    assumptions: list[str] = Field(default_factory=list)
    trades: list[TradeShape] = Field(default_factory=list)


def add_to(router: APIRouter, services: Services) -> None:
    @router.get("/backtests")
    async def backtests() -> BacktestList:
        """Runs that wait, run or are kept, the newest first."""
        runs = services.backtests.state.newest_first()
        return BacktestList(mode=services.mode, backtests=[_shape(services, r) for r in runs])

    @router.get("/backtests/{id}")
    async def backtest(id: str, trades: Annotated[bool, Query()] = False) -> BacktestReply:
        """One run, with what was assumed; its trades where they are asked for."""
        return await _reply(services, _known(services, id), trades=trades)

    @router.post("/backtests")
    async def start(asked: PlanAsked) -> BacktestReply:
        """Queue a run; its state and figures are read by its id."""
        run = await services.backtests.start(await _plan(services, asked), asked.name)
        return await _reply(services, run, trades=False)

    @router.post("/backtests/{id}/cancel")
    async def cancel(id: str) -> BacktestReply:
        """End one that waits or runs; nothing happens to one that is over."""
        await services.backtests.cancel(id)
        return await _reply(services, _known(services, id), trades=False)


async def _plan(services: Services, asked: PlanAsked) -> Plan:
    known = {each.name: each for each in await services.backtests.material.strategies()}
    what = known.get(asked.strategy)
    if what is None:
        raise RuleBroken(f"There is no strategy {asked.strategy[:60]}: {', '.join(known)}.")
    if what.problem:
        raise RuleBroken(f"{what.title} cannot be run: {what.problem}")
    key, symbol = InstrumentKey(asked.instrument_key), asked.symbol
    if what.over is Over.BARS:
        found = await (
            services.instruments.get(key) if key else services.instruments.underlying(symbol)
        )
        if found is None:
            raise RuleBroken(f"{key or symbol or 'Nothing'} is not listed.")
        key, symbol = found.key, found.symbol
    return Plan(
        **asked.model_dump(exclude={"name", "instrument_key", "symbol", "sweep"}),
        over=what.over,
        key=key,
        symbol=symbol,
        sweep={name: tuple(values) for name, values in asked.sweep.items()},
    )


def _known(services: Services, id: str) -> Run:
    run = services.backtests.state.runs.get(id)
    if run is None:
        raise RuleBroken(f"There is no backtest {id[:40]}.")
    return run


async def _reply(services: Services, run: Run, *, trades: bool) -> BacktestReply:
    text = await services.backtests.result(run.id)
    shape = _shape(services, run)
    if text is None:
        return BacktestReply(mode=services.mode, backtest=shape)
    result = (await asyncio.to_thread(Report.from_json, text)).result
    found = [
        TradeShape(
            instrument_key=each.key,
            units=each.units,
            entered_at=_moment(each.entered_at),
            entry=each.entry,
            left_at=_moment(each.left_at),
            exit=each.exit,
            profit=each.profit,
            charges=each.charges,
            tag=each.tag,
            open=each.open,
        )
        for each in (result.trades if trades else ())
    ]
    return BacktestReply(
        mode=services.mode, backtest=shape, assumptions=list(result.assumptions), trades=found
    )


def _shape(services: Services, run: Run) -> BacktestShape:
    progress = services.backtests.state.progress.get(run.id)
    return BacktestShape(
        id=run.id,
        name=run.name,
        kind=run.plan.kind,
        state=run.state,
        strategy=run.plan.strategy,
        instrument_key=run.plan.key,
        symbol=run.plan.symbol,
        interval=run.plan.interval,
        first=run.plan.first,
        last=run.plan.last,
        created_at=run.created_at,
        finished_at=run.finished_at,
        code_hash=run.code_hash,
        data_hash=run.data_hash,
        metrics=run.metrics,
        problem=run.problem,
        progress=progress.share if progress else None,
    )


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
