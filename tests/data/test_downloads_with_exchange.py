"""Downloads from the real simulated exchange: by hand, and by a desk that is killed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.clock import FollowedClock
from core.desk_parts import Conditions
from core.downloads.plan import Download, Plan, Status, What
from core.instruments.candle import Interval
from core.settings import Mode, Upstox
from core.state.downloads import DownloadProgress, Failure
from data.assembly import assemble
from data.exchange_process import ExchangeProcess, demo_settings
from data.fetching import fetch
from tests.exchange import start_exchange
from tests.killed_downloads import contracts, killed_twice, plan_of, stored, truth

DAY = date(2026, 11, 19)


@pytest.fixture(scope="module")
def exchange() -> Iterator[str]:
    with start_exchange(underlyings=["NIFTY"]) as url:
        yield url


def test_a_download_killed_twice_is_whole_without_a_gap_and_nothing_twice(
    exchange: str, tmp_path: Path
) -> None:
    keys = contracts(exchange, 24)
    told = killed_twice(exchange, tmp_path, plan_of(keys, DAY, DAY))
    assert (told["status"], told["pieces"], told["failures"]) == (Status.DONE, 24, [])
    assert told["calls"] < 24  # it went on, and did not begin again
    found = stored(tmp_path)
    assert found == truth(exchange, keys, DAY, DAY)
    assert sum(map(len, found.values())) > 5_000


async def by_hand(
    exchange: str, home: Path, plan: Plan, *names: str
) -> tuple[Download, list[Failure], list[DownloadProgress]]:
    clock, told = FollowedClock(), list[DownloadProgress]()
    conditions = Conditions(mode=Mode.SIMULATED, version="0", rate=0.065, environment=())
    assembled = assemble(
        conditions, clock, home, f"sqlite:///{home / 'desk.db'}", demo_settings(Upstox(), exchange)
    )
    process = ExchangeProcess(clock, home, at=exchange)
    done, failures = await fetch(assembled, process, lambda _: (plan, names), told.append)
    return done, failures, told


async def test_by_hand_it_logs_in_finds_the_instruments_and_downloads(
    exchange: str, tmp_path: Path
) -> None:
    plan = Plan(what=What.CANDLES, interval=Interval.parse("1h"), first=DAY, last=DAY)
    done, failures, told = await by_hand(exchange, tmp_path, plan, "nifty", "RELIANCE")
    assert (done.status, done.bars, failures) == (Status.DONE, 14, [])
    assert done.source == "command line"
    assert told[-1].fraction == 1.0
    again, _, _ = await by_hand(exchange, tmp_path, plan, "NIFTY", "RELIANCE")
    assert (again.message, again.bars) == ("nothing was missing", 0)


async def test_an_expired_expiry_becomes_days_of_its_chain(exchange: str, tmp_path: Path) -> None:
    plan = Plan(what=What.EXPIRED, expiry=date(2026, 11, 17), first=date(2026, 11, 17))
    few = replace(plan, last=date(2026, 11, 17))
    done, failures, _ = await by_hand(exchange, tmp_path, few, "NIFTY")
    assert (done.status, failures) == (Status.DONE, [])
    assert done.message == "1 days of the chain"
    assert done.bars > 15_000
    assert list((tmp_path / "options").rglob("*.parquet"))


async def test_dividends_of_a_share_are_kept(exchange: str, tmp_path: Path) -> None:
    done, failures, _ = await by_hand(exchange, tmp_path, Plan(what=What.ACTIONS), "RELIANCE")
    assert (done.status, failures) == (Status.DONE, [])
    assert done.bars >= 4  # one a year since 2022
