"""Plans run over their data: the same again, swept, walked forward, and with own files."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.backtest.kinds import describe_file
from core.backtest.report import Report
from core.backtest.run import Outcome, Over, Plan
from core.backtest.work import BarData, ChainData, run_plan
from core.charges.rates import Segment
from core.clock import SetClock
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles
from tests.core.backtest.option_days import CE, MONDAY, NEXT, PE, TUESDAY, WEDNESDAY, day_of

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
CALENDAR = MarketCalendar(SetClock(datetime(2026, 11, 18, tzinfo=UTC)))
PLAN = Plan(
    strategy="sma_cross",
    parameters={"fast": 5, "slow": 20, "lots": 1, "below": "short"},
    key=NIFTY,
    symbol="NIFTY",
    interval="1d",
    first=FIRST,
    last=LAST,
    segment=Segment.FUTURE,
)


def bars(first: date = FIRST, last: date = LAST) -> Candles:
    """A year of days that swing, so that averages cross."""
    days = CALENDAR.trading_days(first, last)
    time = np.array([int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) for d in days])
    close = 24_000 + 900 * np.sin(np.arange(len(days)) / 9) + 3 * np.arange(len(days))
    open_ = np.concatenate([[24_000.0], close[:-1]])
    return Candles(
        time=time - 19_800,
        open=open_,
        high=np.maximum(open_, close) + 20,
        low=np.minimum(open_, close) - 20,
        close=close,
        volume=np.zeros(len(days), dtype=np.int64),
        open_interest=np.zeros(len(days), dtype=np.int64),
    )


DATA = BarData(
    candles=bars(), calendar=CALENDAR, tick=0.0, lot=0, underlying="NIFTY", said=("kept here",)
)


def silent(share: float, words: str) -> None:
    """Nobody listens."""


def done(plan: Plan = PLAN, file: str = "") -> tuple[Outcome, Report]:
    outcome = run_plan(plan, file, DATA, None, silent)
    return outcome, Report.from_json(outcome.report)


def test_the_same_plan_on_the_same_data_gives_the_same_again() -> None:
    (first, report), (again, other) = done(), done()
    assert len(report.result.closed) >= 5
    assert report.result.same_as(other.result)
    assert first.metrics == again.metrics
    assert (first.code_hash, first.data_hash) == (again.code_hash, again.data_hash)
    assert len(first.code_hash) == len(first.data_hash) == 32


def test_other_data_has_another_hash_and_what_is_assumed_is_said() -> None:
    _, report = done()
    candles = replace(DATA.candles, close=DATA.candles.close + 0.05, high=DATA.candles.high + 1)
    other = run_plan(PLAN, "", replace(DATA, candles=candles), None, silent)
    assert other.data_hash != report.result.data_hash
    assert report.result.assumptions[0] == "Bars: kept here."
    assert any("0.05 ₹ a unit worse" in text for text in report.result.assumptions)
    assert report.result.slippage > 0
    assert {abs(fill.units) for fill in report.result.fills} <= {75, 150}  # the lot of 2025
    assert not isnan(report.metrics["held_total_return"])


def test_a_sweep_keeps_every_combination_and_runs_its_best() -> None:
    told: list[float] = []
    plan = replace(PLAN, sweep={"fast": (3, 5, 8), "slow": (15, 20)}, objective="total_return")
    outcome = run_plan(plan, "", DATA, None, lambda share, words: told.append(share))
    report = Report.from_json(outcome.report)
    assert len(report.tried) == 6
    assert told == sorted(told)
    assert told[-1] == pytest.approx(6 / 7)  # the best is run once more, with all its records
    best = max(report.tried, key=lambda each: each.metrics["total_return"])
    assert dict(report.result.parameters) == dict(best.parameters)
    assert report.metrics["total_return"] == pytest.approx(best.metrics["total_return"])
    assert 0 <= report.deflated <= 1


def test_a_walk_forward_is_judged_only_where_nothing_was_chosen() -> None:
    plan = replace(PLAN, sweep={"fast": (3, 5, 8)}, folds=3)
    _, report = done(plan)
    assert len(report.stretches) == 3
    judged = report.stretches[0].judged_from
    start = datetime(judged.year, judged.month, judged.day, tzinfo=UTC) - timedelta(days=1)
    assert report.result.time[0] > start.timestamp()
    assert report.stretches[-1].judged_to == LAST
    assert report.objective == "sharpe"


OWN = """
from core.strategies.strategy import Strategy, parameter

class Mine(Strategy):
    title = "Mine"
    words = "Buys once."
    units: int = parameter("Units", 10, low=1)

    def on_bar(self, desk):
        if not desk.units:
            desk.buy(self.units)
"""


def test_an_own_file_is_described_and_run(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    found = describe_file("mine.py", str(file))
    assert (found.title, found.over, found.own, found.problem) == ("Mine", Over.BARS, True, "")
    assert found.parameters["units"].default == 10
    plan = replace(PLAN, strategy="mine.py", parameters={"units": 20})
    outcome, report = done(plan, str(file))
    assert report.result.fills[0].units == 20
    file.write_text(OWN + "\n# changed\n")
    assert done(plan, str(file))[0].code_hash != outcome.code_hash


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def broken(:\n    pass\n", r"mine\.py line 1"),
        ("import nothing_of_that_name\n", r"nothing_of_that_name.*mine\.py line 1"),
        ("x = 1 / 0\n", r"ZeroDivisionError.*mine\.py line 1"),
        ("x = 1\n", "it holds none"),
        (OWN + OWN.replace("Mine", "Other"), "Mine, Other"),
    ],
)
def test_a_file_that_cannot_be_run_says_why(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(RuleBroken, match=words):
        describe_file("mine.py", str(file))


def test_what_a_strategy_raises_is_told_with_its_line_and_the_moment(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        OWN.replace("if not desk.units:", "if desk.close > 24_500: 1 / 0\n        if 0:")
    )
    with pytest.raises(RuleBroken, match=r"ZeroDivisionError.*mine\.py line 10.*2025"):
        done(replace(PLAN, strategy="mine.py", parameters={}), str(file))


def three_days(symbol: str, first: date, last: date, expiries: int) -> list[ChainDay]:
    """Calls and puts that decay over three sessions to their expiry."""
    found = [
        day_of(
            day,
            TUESDAY if day <= TUESDAY else NEXT,
            [24_000.0] * 360,
            {
                (CE, 24_000.0): list(np.linspace(high, high - 40, 360)),
                (PE, 24_000.0): list(np.linspace(high, high - 30, 360)),
            },
        )
        for day, high in ((MONDAY, 150.0), (TUESDAY, 90.0), (WEDNESDAY, 160.0))
    ]
    return [each for each in found if first <= each.day <= last]


CHAINS = Plan(
    strategy="straddle.py",
    over=Over.CHAINS,
    symbol="NIFTY",
    interval="1m",
    first=MONDAY,
    last=WEDNESDAY,
)
STRADDLE = """
from core.instruments.instrument import Right
from core.strategies.strategy import Strategy

class Straddle(Strategy):
    def init(self, setup):
        setup.chains()

    def on_day(self, desk):
        self.sold = False

    def on_minute(self, desk):
        if not self.sold:
            self.sold = True
            chain = desk.chain()
            for right in (Right.CALL, Right.PUT):
                desk.order(chain.leg(right, 24_000.0, 1).key, -chain.lot_size)
        elif desk.now.hour == 15 and desk.held:
            for held in list(desk.held):
                desk.order(held.key, -held.units)
"""


def test_an_option_plan_is_run_over_the_days_that_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "straddle.py"
    file.write_text(STRADDLE)
    told: list[str] = []

    def again() -> tuple[Outcome, Report]:
        data = ChainData(days_of=three_days, calendar=CALENDAR, rate=0.065)
        outcome = run_plan(
            CHAINS, str(file), data, None, lambda share, words: told.append(f"{share:.1f} {words}")
        )
        return outcome, Report.from_json(outcome.report)

    (first, report), (second, other) = again(), again()
    assert len(report.result.closed) == 6
    assert report.result.profit > 0
    assert report.result.same_as(other.result)
    assert first.data_hash == second.data_hash
    assert told[0] == "0.0 01 Jun 2026"
    assert set(report.result.greeks) >= {"delta", "theta"}
    shorter = replace(CHAINS, last=TUESDAY)
    data = ChainData(days_of=three_days, calendar=CALENDAR, rate=0.065)
    assert run_plan(shorter, str(file), data, None, silent).data_hash != first.data_hash
