"""The story of one order, told by the desk, the broker and the exchange."""

from datetime import timedelta

from core.services.order_story import OrderStory, Teller
from core.trading.orders import Order
from core.trading.requests import Change
from tests.core.services.trading_desk import Trading, make_trading
from tests.core.trading.samples import ask


def story(trading: Trading) -> OrderStory:
    memory = trading.memory
    return OrderStory(trading.broker, memory.journal, memory.fills, trading.clock)


async def filled(trading: Trading) -> Order:
    order = await trading.desk.place(ask(quantity=130))
    await trading.listen()
    trading.clock.advance(timedelta(seconds=2))
    await trading.desk.modify(order.id, Change(quantity=65))
    await trading.listen()
    trading.clock.advance(timedelta(seconds=3))
    trading.broker.trade(order.broker_ids[0], 65, "150.00")
    await trading.listen()
    return trading.state.orders[order.id]


async def test_it_tells_wish_reply_change_and_fill_in_the_order_of_time() -> None:
    trading = make_trading()
    order = await filled(trading)
    told = await story(trading).of(order)
    exact = [step.at for step in told.steps if step.exact]
    assert exact == sorted(exact)
    texts = [step.text for step in told.steps]
    number = order.broker_ids[0]
    assert texts[0] == "wanted"
    assert texts.index("taken") < texts.index(f"modify {number}") < texts.index("modified")
    (fill,) = [step for step in told.steps if step.teller is Teller.EXCHANGE]
    assert fill.text == "65 at 150.00"
    assert "filled" not in [s.text for s in told.steps if s.teller is Teller.DESK]
    assert [s.text for s in told.steps if s.teller is Teller.BROKER] == ["filled"]
    assert told.lacking == ""


async def test_a_broker_that_does_not_answer_leaves_the_rest_of_the_story() -> None:
    trading = make_trading()
    order = await filled(trading)

    async def cut(_: object) -> list[object]:
        trading.broker.down = "the line is cut"
        return await trading.broker._read([])

    trading.broker.order_history = cut  # type: ignore[assignment, method-assign]
    told = await story(trading).of(order)
    assert "the line is cut" in told.lacking
    assert any(step.teller is Teller.EXCHANGE for step in told.steps)


async def test_an_earlier_day_is_not_asked_of_the_broker() -> None:
    trading = make_trading()
    order = await filled(trading)
    trading.clock.advance(timedelta(days=1))
    told = await story(trading).of(order)
    assert "own day only" in told.lacking
    assert all(step.teller is not Teller.BROKER for step in told.steps)
