"""Backtests by hand, end to end: from a file to a report, over a candle file or the desk's bars."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.backtest.job import Wish
from core.clock import IST
from core.errors import AppError, RuleBroken, StorageProblem
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import Instrument, Kind
from data import backtesting
from data.db import migrate
from data.db.database import Database
from data.repositories.candles import SqlCandles
from data.repositories.instruments import SqlInstruments
from tests.core.backtest.markets import MONDAY, minutes
from ui import terminal_backtest

KEY = InstrumentKey("NSE_EQ|INE002A01018")
ENDLESS = """
import time
from core.strategies.strategy import Strategy

class Endless(Strategy):
    def on_bar(self, desk):
        {act}
"""


def candle_file(folder: Path, bars: Candles) -> Path:
    rows = ["datetime,open,high,low,close,volume"]
    for i in range(len(bars)):
        at = datetime.fromtimestamp(int(bars.time[i]), UTC).astimezone(IST)
        prices = ",".join(f"{getattr(bars, n)[i]:.4f}" for n in ("open", "high", "low", "close"))
        rows.append(f"{at:%Y-%m-%d %H:%M:%S},{prices},{bars.volume[i]}")
    path = folder / "bars.csv"
    path.write_text("\n".join(rows))
    return path


def wish(file: Path, **more: Any) -> Wish:
    sweeps = bool(more.get("sweep"))
    return Wish(file=file, told=more, sweeps=sweeps, processes=1, seconds=60)


def by_hand(home: Path, wished: Wish) -> Any:
    desk = backtesting.Desk(home=home, url=f"sqlite:///{home / 'desk.db'}", rate=0.065)
    return asyncio.run(backtesting.by_hand(desk, wished, lambda share, words: None))


def test_a_ready_strategy_runs_over_a_candle_file_and_leaves_a_report(tmp_path: Path) -> None:
    bars = candle_file(tmp_path, minutes(days=3))
    job = tmp_path / "job.toml"
    job.write_text(
        'strategy = "sma_cross"\ncandles = "bars.csv"\ncapital = 20000.0\n'
        "[parameters]\nfast = 4\nslow = 30\n"
    )
    assert bars.exists()
    plan, report = by_hand(tmp_path, wish(job, parameters={"slow": 20}))
    assert (plan.interval, plan.first) == ("1m", MONDAY)
    assert report.result.parameters["slow"] == 20
    assert report.result.trades
    name, texts = terminal_backtest.files(plan, report)
    written = backtesting.save(tmp_path, name, texts)
    told = json.loads(written[0].read_text())
    assert len(told["trades"]) == len(report.result.trades)
    assert told["data_hash"] == report.result.data_hash != ""
    assert "<script" not in written[1].read_text()
    assert "Sharpe" in terminal_backtest.table(plan, report)


def test_the_bars_of_the_home_are_made_longer_where_need_be(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrate.upgrade(url)

    async def fill() -> None:
        database = Database(url)
        share = Instrument(
            key=KEY, segment="NSE_EQ", exchange="NSE", symbol="RELIANCE", name="Reliance",
            kind=Kind.EQUITY, series="EQ", lot_size=1, tick_size=Decimal("0.1"),
        )  # fmt: skip
        await SqlInstruments(database).replace([share], datetime.now(UTC))
        await SqlCandles(database).upsert(KEY, Interval.MINUTE, minutes(days=3))
        await database.close()

    asyncio.run(fill())
    asked = {"first": MONDAY, "last": MONDAY + timedelta(days=4), "interval": "5m"}
    swept = wish(Path("ema_cross"), symbol="RELIANCE", sweep={"fast": (3, 5)}, **asked)
    plan, report = by_hand(tmp_path, swept)
    assert (plan.key, report.result.bars) == (KEY, 3 * 75)
    assert len(report.tried) == 2
    assert "fast" in terminal_backtest.table(plan, report)
    with pytest.raises(RuleBroken, match="download candles RELIANCE --interval 1d"):
        by_hand(tmp_path, wish(Path("ema_cross"), symbol="RELIANCE", first=date(2024, 1, 1),
                               last=date(2024, 2, 1)))  # fmt: skip
    with pytest.raises(RuleBroken, match="NOBODY is not among the instruments"):
        by_hand(tmp_path, wish(Path("ema_cross"), symbol="NOBODY"))


@pytest.mark.parametrize("act", ["while True: pass", "time.sleep(600)"])
def test_a_strategy_that_never_ends_is_ended_with_its_line(tmp_path: Path, act: str) -> None:
    bars = candle_file(tmp_path, minutes(days=1, per_day=20))
    mine = tmp_path / "endless.py"
    mine.write_text(ENDLESS.format(act=act))
    wished = Wish(file=mine, told={"candles": str(bars)}, seconds=3)
    with pytest.raises(RuleBroken, match=r"was at endless.py line 7, in on_bar: (while|time)"):
        by_hand(tmp_path, wished)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("job.toml", "strategy = ", "cannot be read"),
        ("job.json", "[1]", "no job"),
        ("job.json", '{"strategy": "nobody"}', "no ready strategy nobody"),
        ("job.json", '{"strategy": "mine.py"}', "mine.py is not there"),
        ("job.json", '{"strategy": "sma_cross"}', "of what"),
        ("job.json", '{"strategy": "sma_cross", "candles": "none.csv"}', "is not there"),
        ("job.json", '{"strategy": "sma_cross", "sweep": {"fast": [1, 2]}}', "backtest sweep"),
        ("bad.py", "def", "bad.py line 1"),
        ("nothing.xls", "", "neither a job"),
    ],
)
def test_what_cannot_be_run_is_explained(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    migrate.upgrade(f"sqlite:///{tmp_path / 'desk.db'}")
    (tmp_path / name).write_text(text)
    with pytest.raises(AppError, match=problem):
        by_hand(tmp_path, Wish(file=tmp_path / name, told={}, seconds=30))


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("in the way")
    with pytest.raises(StorageProblem, match="cannot be written"):
        backtesting.save(tmp_path, "x", {"json": "{}"})
