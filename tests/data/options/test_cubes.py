"""Cubes of option days: exactly the record, made anew when it changed, never half."""

from copy import copy
from pathlib import Path

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.backtest.chain_years import FIELDS, years_of
from core.backtest.fast_legs import run_fast
from core.backtest.option_engine import OptionTerms
from core.errors import StorageProblem
from core.strategies.ready.iron_fly import IronFly
from core.strategies.ready.short_straddle import ShortStraddle
from data.options.cubes import MOST, CubeFiles, name_of
from tests.core.backtest.made_days import made_day, path
from tests.core.backtest.option_days import MONDAY, NEXT, TUESDAY, WEDNESDAY

TERMS = OptionTerms(symbol="NIFTY", capital=2_000_000.0)


def days() -> list[ChainDay]:
    made = [
        made_day(MONDAY, TUESDAY, path(1, 75, sd=13.0), first=4, step=5),
        made_day(TUESDAY, TUESDAY, path(2, 60, sd=13.0), first=4, step=5),
        made_day(WEDNESDAY, NEXT, path(3, 75, sd=13.0), first=4, step=5),
    ]
    made[0].bid[3, 1, 2] = np.nan
    made[1].volume[:5, 0, 4] = 0.0
    made[2].volume[:, 1, 7] = np.nan
    made[2].volume[:, 0, 7] += 3e9  # beyond 31 bits
    return made


@pytest.fixture
def cubes(tmp_path: Path) -> CubeFiles:
    return CubeFiles(tmp_path / "cubes")


def test_a_cube_gives_back_the_very_numbers(cubes: CubeFiles) -> None:
    made = days()
    cubes.write("a", made)
    cube = cubes.read("a")
    assert cube is not None
    assert (cube.symbol, cube.days) == ("NIFTY", (MONDAY, TUESDAY, WEDNESDAY))
    for row, day in enumerate(made):
        again = cube.prices.day(row)
        for name in (*FIELDS, "volume", "minutes", "strikes", "spot", "forward"):
            np.testing.assert_array_equal(getattr(again, name), getattr(day, name))
        assert again.expiry == day.expiry


@pytest.mark.parametrize("strategy", [ShortStraddle(leg_stop=15), IronFly(stop=10)])
def test_a_run_over_a_cube_is_that_over_the_days(
    cubes: CubeFiles, strategy: ShortStraddle | IronFly
) -> None:
    made = days()
    cubes.write("a", made)
    cube = cubes.read("a")
    assert cube is not None
    found = run_fast(copy(strategy), cube, TERMS)
    assert found.same_as(run_fast(copy(strategy), years_of(made), TERMS))
    assert found.fills


def test_what_it_was_made_of_names_it() -> None:
    name = name_of("NIFTY", [(MONDAY, 1)])
    assert name == name_of("NIFTY", [(MONDAY, 1)])
    assert len({name, name_of("NIFTY", [(MONDAY, 2)]), name_of("SENSEX", [(MONDAY, 1)])}) == 3


@pytest.mark.parametrize("file", ["label.json", "lines.npy", "strikes.npy", "cube.npy"])
def test_a_cube_that_is_damaged_is_none(cubes: CubeFiles, tmp_path: Path, file: str) -> None:
    cubes.write("a", days())
    place = tmp_path / "cubes" / "a" / file
    place.write_bytes(place.read_bytes()[:50])
    assert cubes.read("a") is None
    cubes.write("a", days())
    assert cubes.read("a") is not None
    assert cubes.read("b") is None


def test_only_the_newest_are_kept(cubes: CubeFiles, tmp_path: Path) -> None:
    for n in range(MOST + 2):
        cubes.write(f"cube{n}", days()[:1])
    assert len(list((tmp_path / "cubes").iterdir())) == MOST


def test_a_disk_that_does_not_take_it_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "cubes").write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageProblem, match="cannot be written"):
        CubeFiles(tmp_path / "cubes").write("a", days())
