"""The paper broker keeps to what every order door keeps to, and forgets nothing."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from core.clock import SetClock
from core.errors import BadData, BrokerRejected, BrokerUnavailable, RuleBroken, StorageProblem
from core.ids import BrokerOrderId, InstrumentKey
from core.ports.broker import BrokerPosition, Funds, Reconnected, Update
from core.ports.feed import FeedMode
from core.state.market import Col
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.fills import Fill
from core.trading.gtt_terms import Role, Trigger
from core.trading.requests import Side, Validity
from tests.core.services.trading_desk import soon
from tests.core.trading.samples import KEY, LOT, ask
from tests.core.trading.test_gtt import rule, wanted
from tests.data.brokers.gtt_contract import GttBench, GttDoorContract, bracket_around
from tests.data.brokers.order_contract import Bench, OrderDoor
from tests.fake_broker import candles
from tests.paper import NIFTY, PaperDisk, PaperDoor, at, paper_door

D = Decimal


class TestPaperBroker(OrderDoor):
    @pytest.fixture
    def bench(self) -> Bench:
        door = paper_door()

        async def fill(id: BrokerOrderId, units: int) -> None:
            door.quote(139.0, 139.95, units)
            door.quote(149.95, 150.05)

        resting = ask(Side.BUY, 2 * LOT, price=D("140"))
        return Bench(broker=door.broker, resting=resting, fill=fill, freeze=1755)


class TestPaperGtts(GttDoorContract):
    @pytest.fixture
    def bench(self) -> GttBench:
        door = paper_door()
        waiting = wanted(rule(Role.ENTRY, 300, Trigger.ABOVE))
        return GttBench(
            door=door.broker.gtts,
            broker=door.broker,
            waiting=waiting,
            at_once=bracket_around(waiting, D("150.05"), D(200), D(100)),
            lot=LOT,
            tick=D("0.05"),
        )


async def said(door: PaperDoor, count: int) -> list[Update]:
    updates, found = door.broker.updates(), []
    async with asyncio.timeout(1):
        async for each in updates:
            found.append(each)
            if len(found) == count:
                break
    return found


async def test_an_order_subscribes_its_contract_with_depth_and_its_underlying() -> None:
    door = paper_door()
    await door.place(ask(price=D("140")))
    assert door.feed.wanted == {KEY: FeedMode.FULL, NIFTY: FeedMode.LTPC}


async def test_what_is_neither_held_nor_working_is_heard_no_more() -> None:
    door = paper_door()
    id = await door.place(ask(price=D("140")))
    await door.broker.cancel(id)
    await door.broker.live()
    assert door.feed.wanted == {}


async def test_an_order_waits_for_the_first_quote_of_its_contract() -> None:
    door = paper_door()
    quotes = door.feed.values.pop(KEY)
    id = await door.place(ask())
    assert (await door.order(id)).status is Status.ACCEPTED
    door.feed.say(KEY, quotes)
    assert (await door.order(id)).status is Status.OPEN


async def test_a_book_without_depth_is_not_believed_at_first() -> None:
    door = paper_door()
    quotes = door.feed.values.pop(KEY)
    id = await door.place(ask(price=D("151")))
    row = door.feed.market.row(KEY)
    door.feed.market.depth_rows.discard(row)
    door.feed.say(KEY, quotes)
    assert (await door.order(id)).status is Status.ACCEPTED
    door.clock.advance(timedelta(seconds=3))
    door.feed.say(KEY, quotes)
    assert (await door.order(id)).status is Status.FILLED


async def test_trades_of_others_are_heard_once_each_and_fill_what_they_pass() -> None:
    door = paper_door()
    id = await door.place(ask(quantity=2 * LOT, price=D("149")))
    door.quote(148.90, 150.05, ltp=148.95, ltq=65.0, volume=1_065.0)
    door.feed.say(KEY, {Col.LTT: door.clock.now().timestamp() * 1000})
    assert (await door.order(id)).filled == 65


async def test_all_is_on_the_disk_before_anybody_hears_of_it() -> None:
    door = paper_door()
    told = asyncio.create_task(said(door, 5))
    await asyncio.sleep(0)
    id = await door.place(ask(price=D("150.05")))
    first, *others = await told
    assert first == Reconnected()
    assert [type(each) for each in others] == [BrokerOrder, BrokerOrder, BrokerOrder, Fill]
    again = paper_door(door.store, door.clock)
    assert (await again.order(id)).status is Status.FILLED
    assert await again.broker.positions() == await door.broker.positions()
    assert await again.broker.trades() == await door.broker.trades()
    assert await again.broker.funds() == await door.broker.funds()


async def test_nobody_is_told_what_could_not_be_written_and_it_is_not_lost() -> None:
    door = paper_door()
    queue_of: list[Update] = []

    async def listen() -> None:
        async for each in door.broker.updates():
            queue_of.append(each)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    door.store.problem = StorageProblem("the disk is full")
    with pytest.raises(StorageProblem):
        await door.place(ask(price=D("150.05")))
    await asyncio.sleep(0)
    assert queue_of == [Reconnected()]
    door.store.problem = None
    await door.broker.live()
    await asyncio.sleep(0)
    assert [type(each) for each in queue_of[1:]][-1] is BrokerPosition
    listening.cancel()


async def test_a_contract_that_is_not_listed_is_refused() -> None:
    with pytest.raises(BrokerRejected, match="not listed"):
        await paper_door().place(ask(key=InstrumentKey("NSE_FO|1")))


async def test_a_memory_that_cannot_be_read_is_said_and_ended_by_a_reset() -> None:
    store = PaperDisk()
    store.body = "{}"
    door = paper_door(store)
    with pytest.raises(BadData, match="cannot be read"):
        await door.broker.funds()
    await door.broker.reset(D(500_000))
    assert (await door.broker.funds()).available == 500_000


async def test_a_reset_closes_everything_and_begins_with_the_capital_given() -> None:
    door = paper_door()
    await door.place(ask(price=D("150.05")))
    resting = await door.place(ask(price=D("140")))
    await door.broker.reset(D(250_000))
    assert (await door.order(resting)).status is Status.CANCELLED
    assert [each.quantity for each in await door.broker.positions()] == [0]
    assert await door.broker.funds() == Funds(available=D(250_000), used=D(0))
    assert len(await door.broker.trades()) == 2
    with pytest.raises(RuleBroken, match="capital"):
        await door.broker.reset(D(0))


async def test_exit_all_closes_what_is_held_at_the_market() -> None:
    door = paper_door()
    await door.place(ask(price=D("150.05")))
    (id,) = await door.broker.exit_all()
    assert (await door.order(id)).status is Status.FILLED
    assert [each.quantity for each in await door.broker.positions()] == [0]
    assert await door.broker.exit_all() == ()


async def test_it_lives_by_its_clock_and_by_what_it_hears() -> None:
    door = paper_door()
    running = asyncio.create_task(door.broker.run())
    id = await door.place(ask(price=D("140"), validity=Validity.DAY))
    door.clock.set(at(15, 41))
    await soon(lambda: "expired" in (door.store.body or ""))
    assert (await door.order(id)).status is Status.EXPIRED
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_expired_while_the_desk_was_away_is_settled_at_the_published_close() -> None:
    tuesday, wednesday = date(2026, 8, 25), date(2026, 8, 26)
    door = paper_door(clock=SetClock(at(10, day=tuesday)))
    await door.place(ask(price=D("150.05")))
    again = paper_door(door.store, SetClock(at(9, day=wednesday)))
    again.history.fails = BrokerUnavailable("not now")
    await again.broker.live()
    again.history.fails = None
    await again.broker.live()
    assert [each.quantity for each in await again.broker.positions()] == [LOT]
    midnight = int(at(0, day=tuesday).timestamp())
    again.history.candles[NIFTY] = candles(np.array([midnight]), np.array([24_300.0]))
    again.clock.set(at(9, 2, day=wednesday))
    await again.broker.live()
    assert [each.quantity for each in await again.broker.positions()] == [0]
    funds = (await again.broker.funds()).available
    assert 0 < D(1_000_000) - D("9753.25") + 6_500 - funds < 60  # the charges


async def test_a_price_outside_the_day_s_limits_is_refused_once_they_are_known() -> None:
    door, bands = paper_door(), dict[InstrumentKey, tuple[float, float]]()
    door.broker.bound_by(bands)
    kept = await door.place(ask(price=D("140")))
    assert (await door.order(kept)).status is Status.OPEN
    bands[KEY] = (145.0, 155.0)
    door.quote(149.90, 150.05)
    refused = await door.order(await door.place(ask(price=D("140"))))
    assert refused.status is Status.REJECTED
    assert "day's limits of ₹145.0 to ₹155.0" in refused.reason


async def test_after_a_silence_of_the_feed_nothing_is_filled_by_what_it_showed_before() -> None:
    door = paper_door()
    await door.place(ask(price=D("140")))
    door.clock.advance(timedelta(seconds=11))
    waiting = await door.place(ask(price=D("150.05")))
    assert (await door.order(waiting)).status is Status.ACCEPTED
    door.quote(150.95, 151.05, ltp=151.0)
    assert (await door.order(waiting)).status is Status.OPEN


async def test_what_a_contract_showed_when_it_was_last_held_is_not_believed_again() -> None:
    door = paper_door()
    await door.place(ask(price=D("151")))
    await door.place(ask(Side.SELL, price=D("149")))
    await door.broker.live()
    assert door.feed.wanted == {}, "it is flat, and nobody hears of it"
    quotes = door.feed.values.pop(KEY)  # nothing is known at first when it is wanted again
    id = await door.place(ask(price=D("151")))
    assert (await door.order(id)).status is Status.ACCEPTED
    door.feed.values[KEY] = quotes
    door.quote(150.50, 150.75)
    (*_, last) = await door.broker.trades()
    assert last.price == D("150.75")
