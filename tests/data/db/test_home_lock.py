"""One desk to a home."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import StorageProblem
from data.db.home_lock import HomeLock

HOLDER = """
import sys
from pathlib import Path
from data.db.home_lock import HomeLock
HomeLock(Path(sys.argv[1])).take()
print("taken", flush=True)
sys.stdin.read()
"""


def test_the_second_desk_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        text=True,
    )
    with first:
        assert first.stdout is not None
        assert first.stdout.readline() == "taken\n"
        with pytest.raises(StorageProblem, match=rf"process {first.pid}\).*--home"):
            HomeLock(tmp_path).take()
        first.kill()
        first.wait(10)
    with HomeLock(tmp_path):
        pass


def test_one_process_cannot_take_a_home_twice(tmp_path: Path) -> None:
    with HomeLock(tmp_path), pytest.raises(StorageProblem, match="Another desk"):
        HomeLock(tmp_path).take()
    HomeLock(tmp_path).take().release()


def test_two_homes_have_two_desks(tmp_path: Path) -> None:
    with HomeLock(tmp_path / "one"), HomeLock(tmp_path / "two"):
        pass


def test_a_home_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageProblem, match=r"cannot be written.*--home"):
        HomeLock(tmp_path / "file" / "home").take()
