"""One market for all tests of the exchange, and an exchange that is called without sockets."""

from collections.abc import AsyncIterator

import httpx
import pytest

from data.simulator.limits import GENEROUS
from data.simulator.market import Contract, Market
from tests.data.simulator.running import DAY, StillClock, app_at, log_in


@pytest.fixture(scope="session")
def market() -> Market:
    return Market(7, ["NIFTY", "SENSEX", "RELIANCE"])


@pytest.fixture(scope="session")
def listed(market: Market) -> dict[str, Contract]:
    return dict(market.listed(DAY.date()))


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def exchange(market: Market, clock: StillClock) -> AsyncIterator[httpx.AsyncClient]:
    """A logged-in client of an exchange with a still clock, faults allowed."""
    app = app_at(market, clock, faults=True, rate_limits=GENEROUS, order_limits=GENEROUS)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
        await log_in(client)
        yield client
