import pytest

from data.simulator.market import Market


@pytest.fixture(scope="package")
def market() -> Market:
    """One market for all: nothing that a test asks can change what another one sees."""
    return Market(seed=7)
