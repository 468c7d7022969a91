"""What the gate knows of addresses and price bands."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import BrokerUnavailable, RuleBroken
from core.ports.account import RegisteredAddresses
from core.services.account_checks import AddressCheck, PriceBands
from core.state.gtts import GttState
from core.state.health import BrokerHealth
from core.state.market import Col
from core.state.session import Login, SessionState
from tests.core.services.trading_desk import Trading, make_trading
from tests.core.trading.samples import CALL, PUT, ask
from tests.fake_account import FakeAccount
from tests.fake_broker import FakeMarketData


class Bands:
    def __init__(self) -> None:
        self.trading: Trading = make_trading()
        self.market_data = FakeMarketData([CALL, PUT], self.trading.clock)
        for each in (CALL, PUT):
            self.market_data.values[each.key] = {Col.LTP: 150.0, Col.CLOSE: 150.0}
            self.market_data.limits[each.key] = (0.05, 400.0)
        session = SessionState()
        session.login = Login.OK
        self.bands = PriceBands(
            gate=self.trading.gate,
            trading=self.trading.state,
            gtts=GttState(),
            market_data=self.market_data,
            session=session,
            clock=self.trading.clock,
        )


async def test_the_band_of_what_is_ordered_is_read_and_kept_to() -> None:
    made = Bands()
    order = await made.trading.desk.place(ask())
    assert made.bands.band(CALL.key) is None
    await made.bands.look()
    assert made.bands.band(CALL.key) == (0.05, 400.0)
    with pytest.raises(RuleBroken, match="outside the day's band"):
        await made.trading.desk.place(ask(price=Decimal("400.05")))
    assert order.status.is_working


async def test_a_band_is_read_again_when_it_is_old_and_forgotten_when_nobody_asks() -> None:
    made = Bands()
    made.bands.want(CALL.key)
    await made.bands.look()
    await made.bands.look()
    assert made.market_data.calls.count("quotes") == 1
    made.trading.clock.advance(timedelta(minutes=6))
    await made.bands.look()
    assert made.market_data.calls.count("quotes") == 2
    made.bands.told(PUT.key, 1.0, 400.0)
    assert made.bands.band(PUT.key) == (1.0, 400.0)
    made.trading.clock.advance(timedelta(minutes=20))
    await made.bands.look()
    assert made.trading.gate.bands == {}


async def test_a_new_day_begins_without_bands() -> None:
    made = Bands()
    made.bands.told(CALL.key, 1.0, 400.0)
    made.bands.forget()
    assert made.bands.band(CALL.key) is None


@pytest.fixture
def check() -> AddressCheck:
    trading, session = make_trading(), SessionState()
    session.login = Login.OK
    return AddressCheck(
        door=FakeAccount(), health=BrokerHealth(), session=session, clock=trading.clock
    )


async def test_orders_go_where_an_address_is_registered(check: AddressCheck) -> None:
    assert check.not_ready() == []
    await check.read()
    assert check.not_ready() == []
    assert check.addresses is not None
    check.addresses = replace(check.addresses, primary="")
    (words,) = check.not_ready()
    assert "no address is registered" in words


async def test_after_a_refusal_of_our_address_nothing_is_sent_for_a_minute(
    check: AddressCheck,
) -> None:
    check.addresses = RegisteredAddresses(primary="203.0.113.10", secondary="203.0.113.11")
    check._health.address_refused_at = check._clock.now()
    (words,) = check.not_ready()
    assert "registered: 203.0.113.10, 203.0.113.11" in words
    check._clock.advance(timedelta(seconds=61))  # type: ignore[attr-defined]
    assert check.not_ready() == []


async def test_an_address_that_cannot_be_read_says_why_and_stops_nothing(
    check: AddressCheck,
) -> None:
    assert isinstance(check._door, FakeAccount)
    check._door.problem = BrokerUnavailable("the broker is busy")
    await check.read()
    assert (check.addresses, check.problem) == (None, "the broker is busy")
    assert check.not_ready() == []
