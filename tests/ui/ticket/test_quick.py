"""Quick orders: armed for five minutes of use, refused on anything doubtful."""

import asyncio
from dataclasses import dataclass

import pytest

from core.errors import RuleBroken
from core.instruments.instrument import Kind
from core.settings import Mode
from core.state.market import Col
from core.trading.broker_orders import Status
from core.trading.requests import OrderType, Side
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_exchange import Fault
from tests.fake_universe import option_key
from tests.ui.ticket.test_form import made, placed
from ui.ticket.quick import IDLE, Quick

CALL = option_key(24_200.0, Kind.CALL)


@dataclass
class Seconds:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


async def armed(desk: FakeDesk, seconds: Seconds | None = None) -> Quick:
    form = await made(desk)
    await form.show(CALL, Side.BUY)  # so that its quote is there
    quick = Quick(desk.services, desk.trading, form, now=seconds or Seconds())
    quick.arm(True)
    return quick


async def test_five_idle_minutes_end_it_and_an_order_begins_them_anew() -> None:
    desk, seconds = make_desk(), Seconds()
    quick = await armed(desk, seconds)
    seconds.now = IDLE - 1
    await quick.send(CALL, Side.BUY)
    seconds.now += IDLE - 1
    assert quick.armed
    seconds.now += 1
    assert not quick.armed
    with pytest.raises(RuleBroken, match="not armed"):
        await quick.send(CALL, Side.BUY)
    assert placed(desk) == 1


async def test_it_is_a_limit_at_the_touch_with_the_lots_last_used() -> None:
    desk = make_desk()
    order = await (await armed(desk)).send(CALL, Side.BUY)
    assert (order.request.type, order.request.quantity) == (OrderType.LIMIT, 65)
    ask = desk.services.market.get(CALL, Col.ASK)
    assert abs(float(order.request.price) - ask) < 0.05


async def test_two_presses_at_once_send_one() -> None:
    desk = make_desk()
    quick = await armed(desk)
    desk.exchange.pause = 0.05
    sent = await asyncio.gather(
        *(quick.send(CALL, Side.BUY) for _ in range(3)), return_exceptions=True
    )
    assert placed(desk) == 1
    assert sum(isinstance(each, RuleBroken) for each in sent) == 2


async def test_after_a_lost_answer_and_on_old_prices_nothing_is_sent() -> None:
    desk = make_desk()
    quick = await armed(desk)
    desk.exchange.faults = [Fault.LOST_AFTER]
    assert (await quick.send(CALL, Side.BUY)).status is Status.UNKNOWN
    with pytest.raises(RuleBroken, match="is unknown: wait"):
        await quick.send(CALL, Side.BUY)
    desk.feed.drop()
    with pytest.raises(RuleBroken, match="old prices"):
        await quick.send(CALL, Side.SELL)
    assert placed(desk) == 1


async def test_where_real_money_goes_it_cannot_be_armed() -> None:
    quick = await armed(make_desk(mode=Mode.LIVE))
    assert not quick.armed
