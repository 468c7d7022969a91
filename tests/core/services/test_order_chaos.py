"""A thousand sessions with every fault and deaths at any point: nothing lost, nothing twice."""

import asyncio
import random
from decimal import Decimal

from core.trading.broker_orders import Status
from core.trading.requests import Product, Side
from tests.core.services.trading_desk import Trading, make_trading
from tests.core.trading.samples import KEY, LOT, ask
from tests.fake_exchange import FakeExchange, Fault

RUNS = 1_000
FAULTS = [None, None, *(fault for fault in Fault if fault is not Fault.SILENT)]


async def die(trading: Trading) -> None:
    """Everything stops where it is, as when the process is killed."""
    tasks = list(trading.desk._tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def spoil(broker: FakeExchange, chance: random.Random) -> None:
    """The stream's words get lost, repeated and reordered."""
    said = [broker.told.get_nowait() for _ in range(broker.told.qsize())]
    said = [each for each in said if chance.random() < 0.7]
    said += [each for each in said if chance.random() < 0.3]
    chance.shuffle(said)
    for each in said:
        broker.told.put_nowait(each)


async def session(chance: random.Random) -> Trading:
    trading = make_trading(patience=0.5)
    broker = trading.broker
    broker.faults = [chance.choice(FAULTS) for _ in range(12)]
    wanted = [
        ask(chance.choice(list(Side)), LOT * chance.randint(1, 3), price=Decimal(140 + n))
        for n in range(3)
    ]
    sending = [asyncio.create_task(trading.desk.place(each)) for each in wanted]
    for _ in range(chance.randint(0, 12)):  # a point of the sending, in steps of the event loop
        await asyncio.sleep(0)
    if killed := chance.random() < 0.6:
        await die(trading)
    await asyncio.gather(*sending, return_exceptions=True)
    for id, order in list(broker.book.items()):
        if chance.random() < 0.6 and order.status.is_working:
            broker.trade(id, chance.choice([LOT, order.quantity]), "150")
    spoil(broker, chance)
    if killed:
        trading = make_trading(broker=broker, memory=trading.memory, reconciled=False)
        await trading.reconciler.load()
    await trading.listen()
    broker.faults.clear()
    await trading.reconciler.reconcile()
    return trading


async def test_nothing_is_lost_doubled_or_left_unknown() -> None:
    chance = random.Random(4)
    arrived, lost, refused = 0, 0, 0
    for _ in range(RUNS):
        trading = await session(chance)
        broker, state = trading.broker, trading.state
        assert len(broker.tags) == len(set(broker.tags))
        sizes = {str(order.id): order.request.quantity for order in state.orders.values()}
        for tag, units in broker.by_tag().items():
            assert units == sizes[tag], "twice, or not in our books"
        saved = trading.memory.orders.rows
        assert set(broker.tags) <= set(saved)
        assert saved == state.orders
        statuses = [order.status for order in state.orders.values()]
        assert Status.PENDING not in statuses
        assert Status.UNKNOWN not in statuses
        assert state.differences == {}
        theirs = sum(fill.signed for fill in broker.fills)
        assert state.held(KEY, Product.CARRY) == theirs
        assert await trading.memory.journal.first_break() == ""
        arrived += len(broker.tags)
        lost += statuses.count(Status.LOST)
        refused += statuses.count(Status.REJECTED)
    assert min(arrived, lost, refused) > RUNS / 10


async def test_the_check_would_notice_an_order_that_is_sent_again() -> None:
    trading = make_trading()
    trading.broker.faults = [Fault.LOST_AFTER]
    order = await trading.desk.place(ask())
    await trading.broker.place(order)
    assert trading.broker.by_tag()[order.id] == 2 * LOT
