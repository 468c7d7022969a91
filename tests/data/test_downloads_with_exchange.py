"""Downloads from the real simulated exchange, over sockets, by a desk that is killed."""

from datetime import date
from pathlib import Path

from core.downloads.plan import Status
from tests.exchange import start_exchange
from tests.killed_downloads import contracts, killed_twice, plan_of, stored, truth

DAY = date(2026, 11, 19)


def test_a_download_killed_twice_is_whole_without_a_gap_and_nothing_twice(tmp_path: Path) -> None:
    with start_exchange(underlyings=["NIFTY"]) as exchange:
        keys = contracts(exchange, 40)
        span = DAY, DAY
        told = killed_twice(exchange, tmp_path, plan_of(keys, *span))
        assert (told["status"], told["pieces"], told["failures"]) == (Status.DONE, 40, [])
        assert told["calls"] < 40  # it went on, and did not begin again
        found = stored(tmp_path)
        assert found == truth(exchange, keys, *span)
    assert sum(map(len, found.values())) > 8_000
