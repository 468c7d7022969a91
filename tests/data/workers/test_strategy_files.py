"""The user's own strategies, and option days read in a worker."""

from datetime import date
from pathlib import Path

from core.clock import WallClock
from data.options.store import OptionDayFiles
from data.workers.option_days import days_of
from data.workers.strategy_files import FolderOfStrategies
from tests.core.backtest.option_days import CE, MONDAY, NEXT, TUESDAY, WEDNESDAY, day_of


async def test_files_of_a_folder_are_told_with_a_stamp_that_changes(tmp_path: Path) -> None:
    folder = tmp_path / "strategies"
    files = FolderOfStrategies(folder)
    assert await files.all() == []
    folder.mkdir()
    for name in ("b.py", "a.py", "_part.py", "notes.txt"):
        (folder / name).write_text("x = 1\n")
    found = await files.all()
    assert [each.name for each in found] == ["a.py", "b.py"]
    assert Path(found[0].path) == folder / "a.py"
    (folder / "a.py").write_text("x = 1  # changed\n")
    assert (await files.all())[0] != found[0]
    assert files.folder == str(folder)


def test_kept_days_are_read_in_order_with_so_many_expiries(tmp_path: Path, new_sqlite: str) -> None:
    mids = {(CE, 24_000.0): [100.0, 99.0]}
    days = [
        day_of(day, expiry, [24_000.0] * 2, mids)
        for day in (MONDAY, TUESDAY, WEDNESDAY)
        for expiry in ((TUESDAY, NEXT) if day <= TUESDAY else (NEXT,))
    ]
    OptionDayFiles(tmp_path, WallClock()).save(days, "a test")

    def found(last: date, expiries: int) -> list[tuple[date, date]]:
        kept = days_of(tmp_path, new_sqlite, "NIFTY", MONDAY, last, expiries)
        return [(each.day, each.expiry) for each in kept]

    assert found(WEDNESDAY, 1) == [(MONDAY, TUESDAY), (TUESDAY, TUESDAY), (WEDNESDAY, NEXT)]
    assert found(TUESDAY, 2) == [
        (MONDAY, TUESDAY),
        (MONDAY, NEXT),
        (TUESDAY, TUESDAY),
        (TUESDAY, NEXT),
    ]
    assert list(days_of(tmp_path, new_sqlite, "BANKNIFTY", MONDAY, WEDNESDAY, 1)) == []
