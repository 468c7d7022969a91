"""Backtests by hand: a job is read, its data is taken from this home, and a worker runs it."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from core.backtest.described import Described
from core.backtest.job import Job, Wish, job_of
from core.backtest.kinds import describe_file, ready
from core.backtest.report import Report
from core.backtest.run import Over, Plan
from core.backtest.sweep import Crew
from core.backtest.work import BarData, ChainData, run_plan
from core.clock import IST, WallClock
from core.errors import BadData, RuleBroken, StorageProblem
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import Instrument, Kind
from core.instruments.resample import day_of, midnight, resample
from core.ports.backtests import Tell
from core.ports.imports import Choice
from data.db import migrate
from data.db.database import Database
from data.repositories.candles import SqlCandles
from data.repositories.instruments import SqlInstruments
from data.sources.found import Rules
from data.sources.importer import read
from data.workers.crew import ClusterCrew, ProcessCrew
from data.workers.option_days import days_of
from data.workers.processes import WorkerProcesses

YEAR: Final = timedelta(days=365)
LOOK_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Whose bars and option days are run over."""

    home: Path
    url: str
    rate: float


def job_from(file: Path, more: Mapping[str, Any], today: date) -> Job:
    """A job in TOML or JSON, a strategy's file, or the name of a ready one.

    `more` stands over what the file says. Raises BadData and RuleBroken.
    """
    ready_name = file.name if any(each.name == file.name for each in ready()) else ""
    told: dict[str, Any] = {}
    if file.suffix in (".toml", ".json"):
        told = _parsed(file)
    elif file.suffix == ".py" and file.is_file():
        told = {"strategy": file.name}
    elif ready_name:
        told = {"strategy": ready_name}
    else:
        raise RuleBroken(
            f"{file} is neither a job (.toml, .json) nor a strategy's file (.py), and none of the"
            f" ready ones: {', '.join(each.name for each in ready())}."
        )
    for name in ("parameters", "sweep"):
        if more.get(name):
            told[name] = {**told.get(name, {}), **more[name]}
    told |= {name: each for name, each in more.items() if name not in ("parameters", "sweep")}
    return job_of(told, file.parent, today - YEAR, today)


async def by_hand(desk: Desk, wish: Wish, tell: Tell) -> tuple[Plan, Report]:
    """In a process of its own, ended after so many seconds; raises as the work does."""
    today = WallClock().now().astimezone(IST).date()
    job = job_from(wish.file, wish.told, today)
    if wish.sweeps != bool(job.plan.sweep):
        raise RuleBroken(
            "A sweep needs values to try: --vary fast=5:50:5, or a table sweep in the job."
            if wish.sweeps
            else "The job sweeps values: use `backtest sweep`."
        )
    crew: Crew | None = None
    if wish.sweeps:
        crew = ClusterCrew(wish.cluster) if wish.cluster else ProcessCrew(wish.processes)
    return await backtest(job, desk, crew=crew, tell=tell, seconds=wish.seconds)


async def backtest(
    job: Job, desk: Desk, *, crew: Crew | None, tell: Tell, seconds: float
) -> tuple[Plan, Report]:
    """In a process of its own; raises as the work does."""
    workers = WorkerProcesses()
    described = await _described(job, workers)
    plan = replace(job.plan, over=described.over)
    calendar = MarketCalendar(WallClock())
    data: BarData | ChainData
    if plan.over is Over.CHAINS:
        if not plan.symbol:
            raise RuleBroken("It runs over option chains: whose? Name a symbol.")
        read_days = partial(days_of, desk.home / "options", desk.url)
        data = ChainData(days_of=read_days, calendar=calendar, rate=desk.rate)
    else:
        plan, data = await _bars(plan, job.candles, desk, calendar)
    own = str(job.own.resolve()) if job.own else ""
    done = await workers.run(run_plan, plan, own, data, crew, tell=tell, seconds=seconds)
    return plan, Report.from_json(done.report)


def save(home: Path, name: str, texts: Mapping[str, str]) -> list[Path]:
    """Write one file for each ending into the folder of reports; raises StorageProblem."""
    folder = home / "reports"
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for ending, text in texts.items():
            path = folder / f"{name}.{ending}"
            part = path.with_name(path.name + ".part")
            part.write_text(text, encoding="utf-8")
            written.append(part.replace(path))
    except OSError as problem:
        raise StorageProblem(
            f"The report cannot be written to {folder}: {problem.strerror}."
        ) from problem
    return written


async def _described(job: Job, workers: WorkerProcesses) -> Described:
    name = job.plan.strategy
    if job.own is None:
        for each in ready():
            if each.name == name:
                return each
        raise RuleBroken(f"There is no ready strategy {name}.")
    if not job.own.is_file():
        raise RuleBroken(f"{job.own} is not there.")
    path = str(job.own.resolve())
    found = await workers.run(describe_file, name, path, tell=_unheard, seconds=LOOK_SECONDS)
    assert isinstance(found, Described)
    return found


async def _bars(
    plan: Plan, file: Path | None, desk: Desk, calendar: MarketCalendar
) -> tuple[Plan, BarData]:
    if file is not None:
        return _of_file(plan, file, calendar)
    migrate.require_newest(desk.url)
    database = Database(desk.url)
    try:
        instrument = await _instrument(SqlInstruments(database), plan)
        plan = replace(plan, key=instrument.key, symbol=instrument.symbol)
        candles = await _stored(SqlCandles(database), plan, calendar)
    finally:
        await database.close()
    if not len(candles):
        raise RuleBroken(
            f"There are no bars of {plan.symbol} from {plan.first} to {plan.last} here. Fetch"
            f" them: download candles {plan.symbol} --interval {plan.interval} --from {plan.first}"
        )
    index = instrument.kind is Kind.INDEX
    return plan, BarData(
        candles=candles,
        calendar=calendar,
        tick=float(instrument.tick_size),
        lot=0 if index else max(instrument.lot_size, 1),
        underlying=instrument.underlying_symbol or instrument.symbol,
        said=("as they are in this home",),
    )


async def _stored(candles: SqlCandles, plan: Plan, calendar: MarketCalendar) -> Candles:
    """As stored in that length, else made of minutes, or of days."""
    span = [
        datetime.fromtimestamp(midnight(day), UTC)
        for day in (plan.first, plan.last + timedelta(days=1))
    ]
    asked = Interval.parse(plan.interval)
    found = await candles.between(plan.key, asked, *span)
    shorter = [Interval.MINUTE] if asked.intraday else [Interval.DAY, Interval.MINUTE]
    for each in shorter:
        if not len(found) and each != asked:
            bars = await candles.between(plan.key, each, *span)
            found = resample(bars, asked, calendar)
    return found


async def _instrument(instruments: SqlInstruments, plan: Plan) -> Instrument:
    if plan.key:
        found = await instruments.get(plan.key)
    elif plan.symbol:
        found = await instruments.underlying(plan.symbol)
        if found is None:
            hits = await instruments.search(plan.symbol, limit=1)
            found = hits[0] if hits else None
    else:
        raise RuleBroken("It runs over bars: of what? Name a symbol, a key, or a candle file.")
    if found is None:
        raise RuleBroken(f"{plan.key or plan.symbol} is not among the instruments of this home.")
    return found


def _of_file(plan: Plan, file: Path, calendar: MarketCalendar) -> tuple[Plan, BarData]:
    """All its bars, unless the plan's days leave some out; they are of nothing that the desk
    knows: one unit is a lot."""
    if not file.is_file():
        raise RuleBroken(f"{file} is not there.")
    key = plan.key or InstrumentKey(f"NSE_EQ|{file.stem[:40]}")
    rules = Rules(closes=calendar.close_of, lot=lambda symbol, expiry, day: None)
    found = read(file, Choice(key=key, symbol=plan.symbol or file.stem), rules)
    if found.needs or not found.candles:
        raise BadData(f"{file.name} holds no bars: {', '.join(found.needs) or found.title}")
    _, interval, candles = found.candles[0]
    asked = Interval.parse(plan.interval) if plan.interval else interval
    if asked != interval:
        candles = resample(candles, asked, calendar)
    days = [day_of(int(at)) for at in candles.time[[0, -1]]]
    plan = replace(
        plan,
        key=key,
        symbol=plan.symbol or file.stem,
        interval=str(asked),
        first=max(plan.first, days[0]),
        last=max(min(plan.last, days[1]), plan.first, days[0]),
    )
    return plan, BarData(candles=candles, calendar=calendar, said=(f"the file {file.name}",))


def _parsed(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        told = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except FileNotFoundError as problem:
        raise RuleBroken(f"{file} is not there.") from problem
    except (OSError, ValueError) as problem:
        raise BadData(f"{file.name} cannot be read: {problem}") from problem
    if not isinstance(told, dict):
        raise BadData(f"{file.name} is no job: it takes names with values")
    return told


def _unheard(share: float, words: str) -> None:
    """What a file prints of itself is not told."""
