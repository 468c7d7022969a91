"""Crews work on the pieces of a sweep: processes of this machine, and a cluster of Dask's."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.backtest.sweep import sweep
from core.errors import RuleBroken
from data.workers.crew import ClusterCrew, ProcessCrew
from tests.core.backtest.test_sweep import DAYS, OWN, data, plan

assert data
assert DAYS


def doubled(number: int) -> int:
    if number < 0:
        raise RuleBroken("below nothing")
    return 2 * number


def test_processes_answer_every_piece() -> None:
    assert sorted(ProcessCrew(2).each(doubled, [1, 2, 3])) == [(0, 2), (1, 4), (2, 6)]
    with pytest.raises(RuleBroken, match="below nothing"):
        list(ProcessCrew(1).each(doubled, [1, -1]))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """One worker in this process, reached by TCP like one far away."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from distributed import LocalCluster

        with LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            local_directory=str(tmp_path),
        ) as found:
            yield found.scheduler_address


def test_a_cluster_finds_what_this_process_finds(
    cluster: str, tmp_path: Path, data: object
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    asked = plan(strategy="mine.py", sweep={"wait": (5, 20)})
    alone = sweep(asked, str(file), data)  # type: ignore[arg-type]
    crew = ClusterCrew(cluster)
    assert crew.size == 1
    assert sweep(asked, str(file), data, crew=crew).tried == alone.tried  # type: ignore[arg-type]


def test_a_cluster_that_does_not_answer_is_named() -> None:
    with pytest.raises(RuleBroken, match="No scheduler of a cluster answers at nonsense"):
        list(ClusterCrew("nonsense://x").each(doubled, [1]))
