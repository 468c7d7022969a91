"""What every test may use. With REQUIRE_ALL=1 a test that cannot run fails."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import postgres as servers
from tests.network import take_port

# Many desks in one process make a large heap: walking through it often would take minutes.
gc.set_threshold(50_000, 20, 50)

SHARED = Path(__file__).resolve().parents[2] / "shared"
NOT_HERE = "../shared is not here"

# how long an example takes says more of the machine than of the code
hypothesis.settings.register_profile("desk", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("desk")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("REQUIRE_ALL") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if NOT_HERE not in reason:
            report.outcome = "failed"
            report.longrepr = f"REQUIRE_ALL is set, yet this test was left out: {reason}"
    return report


@pytest.fixture
def free_port() -> int:
    return take_port()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recorded market data beside the project; not part of it, so not everywhere."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(NOT_HERE)
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Server]:
    """A PostgreSQL server for this run."""
    try:
        server = servers.start()
    except servers.NoPostgres as problem:
        pytest.skip(str(problem))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres(postgres_server: servers.Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of the test's own."""
    url = postgres_server.create()
    try:
        yield url
    finally:
        postgres_server.drop(url)
