"""Years of chains for sweeps: a cube that is made once, and anew when a day has changed."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from core.backtest.run import Over
from core.backtest.work import ChainData, Plan, run_plan
from core.clock import SetClock
from core.instruments.calendar import MarketCalendar
from data.db.migrate import upgrade
from data.options.history import StoredOptionHistory
from data.workers.option_days import days_of
from data.workers.option_years import chain_years
from tests.core.backtest.made_days import made_day, path
from tests.core.backtest.option_days import MONDAY, NEXT, TUESDAY, WEDNESDAY, at
from tests.fakes import MemorySnapshots

SPAN = (MONDAY, WEDNESDAY)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    upgrade(f"sqlite:///{tmp_path / 'desk.db'}")
    keep(tmp_path, 1)
    return tmp_path


def keep(home: Path, seed: int) -> None:
    history = StoredOptionHistory(home / "options", MemorySnapshots(), SetClock(at(16, 0)))
    days = [
        made_day(MONDAY, TUESDAY, path(seed, 75, sd=13.0), first=4, step=5),
        made_day(MONDAY, NEXT, path(seed, 75, sd=13.0), first=4, step=5),
        made_day(TUESDAY, TUESDAY, path(seed + 1, 75, sd=13.0), first=4, step=5),
        made_day(WEDNESDAY, NEXT, path(seed + 2, 75, sd=13.0), first=4, step=5),
    ]
    asyncio.run(history.save_all(days, "made"))


def test_the_nearest_of_each_day_is_kept_as_a_cube_until_a_day_changes(home: Path) -> None:
    url, cache = f"sqlite:///{home / 'desk.db'}", home / "cache"
    first = chain_years(home / "options", cache, url, "NIFTY", *SPAN)
    assert first is not None
    assert first.expiries == (TUESDAY, TUESDAY, NEXT)
    assert chain_years(home / "options", cache, url, "NIFTY", *SPAN) is not None
    assert len(list(cache.iterdir())) == 1
    keep(home, 5)
    changed = chain_years(home / "options", cache, url, "NIFTY", *SPAN)
    assert changed is not None
    assert changed.spot[0, 1] != first.spot[0, 1]
    nothing = chain_years(home / "options", cache, url, "NIFTY", NEXT, NEXT + timedelta(days=9))
    assert nothing is None


def test_a_full_disk_costs_only_time(home: Path) -> None:
    (home / "cache").write_text("in the way", encoding="utf-8")
    url = f"sqlite:///{home / 'desk.db'}"
    found = chain_years(home / "options", home / "cache", url, "NIFTY", *SPAN)
    assert found is not None
    assert len(found) == 3


def test_a_sweep_over_a_cube_finds_what_the_event_loop_does(home: Path) -> None:
    url = f"sqlite:///{home / 'desk.db'}"
    calendar = MarketCalendar(SetClock(at(16, 0)))
    plan = Plan(
        strategy="short_straddle",
        over=Over.CHAINS,
        sweep={"leg_stop": (10.0, 20.0, 40.0)},
        symbol="NIFTY",
        first=MONDAY,
        last=WEDNESDAY,
        objective="profit",
    )

    def data(*, cubes: bool) -> ChainData:
        def years(symbol, first, last):
            return chain_years(home / "options", home / "cache", url, symbol, first, last)

        return ChainData(
            days_of=lambda *asked: days_of(home / "options", url, *asked),
            years_of=years if cubes else None,
            calendar=calendar,
            rate=0.065,
        )

    quick, slow = (
        run_plan(plan, "", data(cubes=cubes), None, lambda share, words: None)
        for cubes in (True, False)
    )
    assert quick.metrics == pytest.approx(slow.metrics, rel=1e-4, nan_ok=True)
    assert quick.data_hash == slow.data_hash
