"""Lines and marks of what is held, ordered and traded."""

from decimal import Decimal

import pytest

from core.backtest.results import Trade
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.trading.requests import Change, OrderType
from tests.fake_desk import FakeDesk, make_desk
from tests.ui.pages.order_visit import CALL, PUT, placed
from ui.chart.orders import fill_marks, lines, marks, moved


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


async def test_a_working_order_is_a_line_that_can_be_dragged(desk: FakeDesk) -> None:
    order = await placed(desk)
    (line,) = lines(desk.trading, CALL)
    assert (line.price, line.drag, line.title) == (80.05, True, "BUY 65 · LMT")
    assert lines(desk.trading, PUT) == []
    found, change = moved(desk.trading, line.id, 79.5)
    assert (found.id, change) == (order.id, Change(price=Decimal("79.5")))


async def test_a_stop_has_a_line_for_its_trigger_too(desk: FakeDesk) -> None:
    await placed(desk, type=OrderType.SL, price=Decimal(91), trigger_price=Decimal(90))
    price, trigger = lines(desk.trading, CALL)
    assert (price.price, price.dashed) == (91.0, False)
    assert (trigger.price, trigger.dashed) == (90.0, True)
    assert moved(desk.trading, trigger.id, 89.5)[1] == Change(trigger_price=Decimal("89.5"))


async def test_an_order_that_is_over_cannot_be_dragged(desk: FakeDesk) -> None:
    order = await placed(desk)
    (line,) = lines(desk.trading, CALL)
    await desk.trading.desk.cancel(order.id)
    await desk.listen()
    assert lines(desk.trading, CALL) == []
    with pytest.raises(RuleBroken, match="not working"):
        moved(desk.trading, line.id, 79.5)
    with pytest.raises(RuleBroken, match="not working"):
        moved(desk.trading, "held:CARRY", 79.5)


async def test_what_is_held_is_a_line_at_its_average_and_its_fills_are_marks(
    desk: FakeDesk,
) -> None:
    order = await placed(desk, price=Decimal("80.05"))
    desk.exchange.trade(order.broker_ids[0], 65, "80.05")
    await desk.listen()
    await desk.trading.portfolio.look()
    (line,) = lines(desk.trading, CALL)
    assert (line.price, line.drag) == (80.05, False)
    assert line.title.startswith("+65 NRML · ")
    (mark,) = fill_marks(desk.trading.state.ledger.fills, CALL)
    assert (mark.price, mark.side) == (80.05, "buy")
    assert fill_marks(desk.trading.state.ledger.fills, PUT) == []


def test_a_round_trip_of_a_backtest_is_two_marks_joined_by_a_line() -> None:
    key, other = InstrumentKey("NSE_INDEX|Nifty 50"), InstrumentKey("NSE_INDEX|Nifty Bank")
    sold = Trade(key, -75, 100, 120.5, 200, 90.0, 2_200.0, 87.5, "short")
    held = Trade(key, 75, 300, 95.0, 400, 97.0, 150.0, 0.0, "", True)
    came, left, still = marks([sold, sold._replace(key=other), held], key)
    assert (came.side, came.time, came.to) == ("sell", 100, (200, 90.0))
    assert came.text == "SELL 75 @ 120.50 · short"
    assert (left.side, left.time, left.price) == ("buy", 200, 90.0)
    assert "₹2,200" in left.text
    assert (still.side, still.time, still.gain) == ("buy", 300, 150.0)
