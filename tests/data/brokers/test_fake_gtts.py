"""The fake door for GTTs keeps to the contract of every door."""

from decimal import Decimal

import pytest

from core.clock import SetClock
from core.ids import BrokerGttId
from core.trading.gtt import Gtt, RuleStatus
from core.trading.gtt_terms import Role, Trigger
from tests.core.trading.samples import NOW
from tests.core.trading.test_gtt import rule, wanted
from tests.data.brokers.gtt_contract import GttBench, GttDoorContract, bracket_around
from tests.fake_exchange import FakeExchange
from tests.fake_gtts import FakeGtts


class Eager(FakeGtts):
    """Fills an entry as soon as it is placed, as a market would."""

    async def place(self, gtt: Gtt) -> BrokerGttId:
        id = await super().place(gtt)
        entry = self.book[id].entry
        if entry.order_id is not None:
            self._exchange.trade(entry.order_id, gtt.request.quantity, str(entry.price))
            self.tell(id, Role.ENTRY, RuleStatus.COMPLETED)
            self.fire(id, Role.TARGET)
            self.tell(id, Role.STOPLOSS, RuleStatus.OPEN)
        return id


class TestFakeGtts(GttDoorContract):
    @pytest.fixture
    def bench(self) -> GttBench:
        clock = SetClock(NOW)
        exchange = FakeExchange(clock)
        waiting = wanted(rule(Role.ENTRY, 300, Trigger.ABOVE))
        return GttBench(
            door=Eager(exchange, clock),
            broker=exchange,
            waiting=waiting,
            at_once=bracket_around(waiting, Decimal(150), Decimal(200), Decimal(100)),
            lot=65,
            tick=Decimal("0.05"),
        )
