"""The fake exchange keeps to what every order door keeps to."""

import pytest

from core.clock import SetClock
from core.ids import BrokerOrderId
from tests.core.trading.samples import NOW, ask
from tests.data.brokers.order_contract import Bench, OrderDoor
from tests.fake_exchange import FakeExchange


class TestFakeExchange(OrderDoor):
    @pytest.fixture
    def bench(self) -> Bench:
        broker = FakeExchange(SetClock(NOW))

        async def fill(id: BrokerOrderId, units: int) -> None:
            broker.trade(id, units, "150")

        return Bench(broker=broker, resting=ask(), fill=fill, freeze=1755)
