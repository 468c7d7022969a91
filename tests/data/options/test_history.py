"""The contract of option history, in memory and on disk; and what only a disk can do."""

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.clock import SetClock
from core.errors import BadData, StorageProblem
from core.ports.option_history import OptionHistory
from data.options.history import StoredOptionHistory
from tests.core.analytics.chain_minutes import EXPIRY, snapshot
from tests.fake_options import MemoryOptionHistory
from tests.fake_universe import NOW
from tests.fakes import MemorySnapshots

DAY = date(2026, 11, 18)
LATER = date(2026, 11, 30)
NOTHING = np.full((1, 2, 3), np.nan)


def day(
    first: int = 0, count: int = 3, *, level: float = 100.0, symbol: str = "NIFTY", on: date = DAY
) -> ChainDay:
    made = ChainDay.of([snapshot(first + n, level=level, symbol=symbol) for n in range(count)])
    ahead = (on - DAY).days
    return replace(made, day=on, minutes=made.minutes + ahead * 1440)


@pytest.fixture
def snapshots() -> MemorySnapshots:
    return MemorySnapshots()


@pytest.fixture(params=["memory", "files"])
def history(
    request: pytest.FixtureRequest, snapshots: MemorySnapshots, tmp_path: Path
) -> OptionHistory:
    if request.param == "memory":
        return MemoryOptionHistory(snapshots, SetClock(NOW))
    return StoredOptionHistory(tmp_path / "options", snapshots, SetClock(NOW))


@pytest.fixture
def files(snapshots: MemorySnapshots, tmp_path: Path) -> StoredOptionHistory:
    return StoredOptionHistory(tmp_path / "options", snapshots, SetClock(NOW))


async def test_nothing_is_there_before_the_first_day(history: OptionHistory):
    assert await history.symbols() == []
    assert await history.days("NIFTY") == []
    assert await history.expiries("NIFTY", DAY) == []
    assert await history.chain("NIFTY", EXPIRY, DAY) is None
    assert await history.load("NIFTY", DAY, DAY) == []
    assert await history.catalogue() == []


async def test_a_day_is_found_by_symbol_day_and_expiry(history: OptionHistory):
    await history.save(day(), "nse")
    await history.save(replace(day(), expiry=LATER), "nse")
    await history.save(day(symbol="M&M"), "nse")
    assert await history.symbols() == ["M&M", "NIFTY"]
    assert await history.days("NIFTY") == [DAY]
    assert await history.expiries("NIFTY", DAY) == [EXPIRY, LATER]
    found = await history.chain("NIFTY", EXPIRY, DAY)
    assert found is not None
    assert np.array_equal(found.ltp, day().ltp)


async def test_the_catalogue_says_what_there_is_and_whence(history: OptionHistory):
    await history.save(day(), "nse")
    (entry,) = await history.catalogue()
    assert (entry.symbol, entry.expiry, entry.day) == ("NIFTY", EXPIRY, DAY)
    assert (entry.minutes, entry.rows, entry.source, entry.saved_at) == (3, 18, "nse", NOW)


async def test_saving_again_adds_minutes_and_the_newer_number_counts(history: OptionHistory):
    await history.save(day(0, 3, level=100.0), "nse")
    await history.save(day(2, 2, level=200.0), "upstox")
    await history.save(day(2, 2, level=200.0), "upstox")
    found = await history.chain("NIFTY", EXPIRY, DAY)
    assert found is not None
    assert found.ltp[:, 0, 0].tolist() == [100.0, 100.0, 200.0, 200.0]
    (entry,) = await history.catalogue()
    assert (entry.minutes, entry.source) == (4, "nse + upstox")


async def test_what_the_recorder_has_is_there_too_and_counts_more(
    history: OptionHistory, snapshots: MemorySnapshots
):
    await history.save(day(0, 3, level=100.0), "nse")
    await snapshots.save([snapshot(2, level=300.0), snapshot(3, level=300.0)])
    await snapshots.save([snapshot(0, symbol="BANKNIFTY")])
    assert await history.symbols() == ["BANKNIFTY", "NIFTY"]
    assert await history.days("BANKNIFTY") == [DAY]
    assert await history.expiries("BANKNIFTY", DAY) == [EXPIRY]
    found = await history.chain("NIFTY", EXPIRY, DAY)
    assert found is not None
    assert found.ltp[:, 0, 0].tolist() == [100.0, 100.0, 300.0, 300.0]
    assert [each.source for each in await history.catalogue()] == ["recorder", "nse + recorder"]
    (loaded,) = await history.load("NIFTY", DAY, DAY)
    assert np.array_equal(loaded.ltp, found.ltp)


async def test_recorded_days_that_are_over_are_kept_for_good(
    history: OptionHistory, snapshots: MemorySnapshots
):
    await history.save(day(0, 2, level=100.0), "nse")
    await snapshots.save([snapshot(1, level=300.0), snapshot(2, level=300.0)])
    await snapshots.save([snapshot(0, symbol="BANKNIFTY")])
    assert await history.keep_recorded(DAY) == 0  # it is not over
    assert await history.keep_recorded(DAY + timedelta(days=1)) == 2
    assert await history.keep_recorded(DAY + timedelta(days=1)) == 0
    await snapshots.forget(NOW + timedelta(days=9))
    found = await history.chain("NIFTY", EXPIRY, DAY)
    assert found is not None
    assert found.ltp[:, 0, 0].tolist() == [100.0, 300.0, 300.0]
    sources = [each.source for each in await history.catalogue()]
    assert sources == ["recorder", "nse + recorder"]


async def test_a_span_is_loaded_in_order_with_what_was_asked_for(history: OptionHistory):
    days = [DAY + timedelta(days=n) for n in range(4)]
    await history.save_all([day(on=each) for each in reversed(days)], "nse")
    await history.save_all([replace(day(on=days[1]), expiry=LATER)], "nse")
    found = await history.load("NIFTY", days[1], days[2], fields=["ltp"])
    assert [(each.day, each.expiry) for each in found] == [
        (days[1], EXPIRY),
        (days[1], LATER),
        (days[2], EXPIRY),
    ]
    assert np.array_equal(found[0].ltp, day().ltp)
    assert np.isnan(found[0].oi).all()
    near = await history.load("NIFTY", days[0], days[3], nearest=True)
    assert [each.expiry for each in near] == [EXPIRY] * 4


async def test_of_an_expiry_that_is_over_nearest_does_not_speak(history: OptionHistory):
    await history.save(day(on=EXPIRY + timedelta(days=1)), "odd")
    await history.save(replace(day(on=EXPIRY + timedelta(days=1)), expiry=LATER), "nse")
    found = await history.load("NIFTY", DAY, LATER, nearest=True)
    assert [each.expiry for each in found] == [LATER]


# --- on disk ---------------------------------------------------------------------------------


async def test_another_desk_on_the_same_home_finds_it_all(
    files: StoredOptionHistory, snapshots: MemorySnapshots, tmp_path: Path
):
    await files.save(day(), "nse")
    entries = await files.catalogue()
    again = StoredOptionHistory(tmp_path / "options", snapshots, SetClock(NOW))
    assert await again.catalogue() == entries
    (tmp_path / "options" / "catalogue.json").write_text("{ half")
    third = StoredOptionHistory(tmp_path / "options", snapshots, SetClock(NOW))
    assert await third.catalogue() == entries


async def test_a_file_put_there_or_taken_away_by_hand_is_noticed(
    files: StoredOptionHistory, tmp_path: Path
):
    await files.save(day(), "nse")
    assert len(await files.catalogue()) == 1
    path = tmp_path / "options" / "NIFTY" / DAY.isoformat() / f"{EXPIRY}.parquet"
    path.unlink()
    assert await files.catalogue() == []


async def test_a_damaged_file_is_refused_by_its_name_and_said_so_in_the_catalogue(
    files: StoredOptionHistory, tmp_path: Path
):
    await files.save(day(), "nse")
    path = tmp_path / "options" / "NIFTY" / DAY.isoformat() / f"{EXPIRY}.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    name = f"options/NIFTY/{DAY}/{EXPIRY}.parquet"
    with pytest.raises(BadData, match=name):
        await files.chain("NIFTY", EXPIRY, DAY)
    with pytest.raises(BadData, match=name):
        await files.load("NIFTY", DAY, DAY)
    (entry,) = await files.catalogue()
    assert (entry.source, entry.minutes) == ("damaged", 0)


async def test_a_damaged_file_gives_way_to_a_new_one_and_is_put_aside(
    files: StoredOptionHistory, tmp_path: Path
):
    await files.save(day(), "nse")
    path = tmp_path / "options" / "NIFTY" / DAY.isoformat() / f"{EXPIRY}.parquet"
    path.write_bytes(b"nonsense")
    await files.save(day(), "upstox")
    assert path.with_suffix(".damaged").read_bytes() == b"nonsense"
    assert [each.source for each in await files.catalogue()] == ["upstox"]


async def test_a_file_of_another_day_under_this_name_is_refused(
    files: StoredOptionHistory, tmp_path: Path
):
    await files.save_all([day(), day(on=DAY + timedelta(days=1))], "nse")
    folder = tmp_path / "options" / "NIFTY"
    wrong = folder / (DAY + timedelta(days=1)).isoformat() / f"{EXPIRY}.parquet"
    wrong.write_bytes((folder / DAY.isoformat() / f"{EXPIRY}.parquet").read_bytes())
    with pytest.raises(BadData, match="another day"):
        await files.chain("NIFTY", EXPIRY, DAY + timedelta(days=1))


async def test_nothing_of_several_days_is_kept_when_one_cannot_be(
    files: StoredOptionHistory, tmp_path: Path
):
    bad = replace(day(on=DAY + timedelta(days=1)), spot=np.zeros(1))
    with pytest.raises(BadData):
        await files.save_all([day(), bad], "nse")
    assert await files.symbols() == []


async def test_a_full_disk_leaves_what_was_there(
    files: StoredOptionHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await files.save(day(), "nse")

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageProblem, match="No space left"):
        await files.save_all([day(0, 5), day(on=DAY + timedelta(days=1))], "upstox")
    monkeypatch.undo()
    assert [each.minutes for each in await files.catalogue()] == [3]
    left = [path for path in (tmp_path / "options").rglob("*") if path.name.endswith(".part")]
    assert left == []
