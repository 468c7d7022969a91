"""What every door for GTTs keeps to, whatever stands behind it: the tests of one suite for all.

A door's own test file names a subclass `Test…` and gives it the fixture `bench`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from core.errors import BrokerRejected
from core.ids import BrokerGttId
from core.ports.broker import Broker
from core.ports.gtt import GttDoor
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.gtt import BrokerGtt, Gtt, GttStatus, RuleStatus
from core.trading.gtt_terms import GttRequest, Role, Rule, Trigger, new_gtt_id
from core.trading.requests import Side
from tests.core.trading.samples import NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class GttBench:
    """`waiting` is a single far from its trigger; `at_once` a bracket that is bought at once, with
    target and stop far from the market; `lot` and `tick` of their contract."""

    door: GttDoor
    broker: Broker
    waiting: GttRequest
    at_once: GttRequest
    lot: int
    tick: Decimal


class GttDoorContract:
    async def place(self, bench: GttBench, request: GttRequest | None = None) -> BrokerGttId:
        wanted = request or bench.waiting
        return await bench.door.place(Gtt(id=new_gtt_id(NOW), request=wanted, placed_at=NOW))

    async def told(self, bench: GttBench, id: BrokerGttId) -> BrokerGtt:
        (found,) = [each for each in await bench.door.all() if each.id == id]
        return found

    async def until(
        self, bench: GttBench, id: BrokerGttId, true: Callable[[BrokerGtt], bool]
    ) -> BrokerGtt:
        async with asyncio.timeout(10):
            while not true(now := await self.told(bench, id)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return now

    async def children(self, bench: GttBench, id: BrokerGttId) -> list[BrokerOrder]:
        return [each for each in await bench.broker.orders() if each.born_of == id]

    async def test_one_is_listed_with_its_terms(self, bench: GttBench) -> None:
        id = await self.place(bench)
        told, asked = await self.told(bench, id), bench.waiting
        assert (told.key, told.product, told.quantity) == (asked.key, asked.product, asked.quantity)
        assert told.asked == asked.rules
        assert (told.entry.side, told.entry.status) == (asked.side, RuleStatus.SCHEDULED)
        assert told.status is GttStatus.WAITING
        assert told.created_at < told.expires_at
        assert await self.children(bench, id) == []

    async def test_two_of_the_same_terms_are_two(self, bench: GttBench) -> None:
        one, two = await self.place(bench), await self.place(bench)
        assert one != two
        assert len(await bench.door.all()) == 2

    async def test_new_terms_take_the_place_of_the_old(self, bench: GttBench) -> None:
        id, asked = await self.place(bench), bench.waiting
        entry = replace(asked.entry, price=asked.entry.price + bench.tick)
        changed = replace(asked, quantity=asked.quantity + bench.lot, rules=(entry,))
        await bench.door.modify(id, changed)
        told = await self.told(bench, id)
        assert (told.quantity, told.asked, told.status) == (
            changed.quantity,
            (entry,),
            GttStatus.WAITING,
        )

    async def test_a_cancelled_one_is_gone_and_cannot_be_changed(self, bench: GttBench) -> None:
        id = await self.place(bench)
        await bench.door.cancel(id)
        assert await bench.door.all() == []
        with pytest.raises(BrokerRejected):
            await bench.door.cancel(id)
        with pytest.raises(BrokerRejected):
            await bench.door.modify(id, bench.waiting)

    async def test_nothing_can_be_done_with_one_that_is_not_there(self, bench: GttBench) -> None:
        nobody = BrokerGttId("GTT-C99999999999999")
        for call in (bench.door.cancel(nobody), bench.door.modify(nobody, bench.waiting)):
            with pytest.raises(BrokerRejected):
                await call

    async def test_a_bracket_enters_and_its_exits_become_active(self, bench: GttBench) -> None:
        id = await self.place(bench, bench.at_once)
        told = await self.until(bench, id, lambda now: now.status is GttStatus.GUARDING)
        entry, target, stop = (told.rule(role) for role in Role)
        assert entry is not None
        assert target is not None
        assert stop is not None
        assert entry.status is RuleStatus.COMPLETED
        assert (target.status, stop.status) == (RuleStatus.OPEN, RuleStatus.OPEN)
        assert stop.order_id is None
        children = {each.id: each for each in await self.children(bench, id)}
        assert set(children) == {entry.order_id, target.order_id}
        resting = next(each for each in children.values() if each.id == target.order_id)
        assert (resting.standing, resting.side) == (Status.OPEN, Side.SELL)
        assert resting.price == target.price
        (held,) = [p for p in await bench.broker.positions() if p.key == bench.at_once.key]
        assert held.quantity == bench.at_once.quantity

    async def test_the_exits_of_a_bracket_can_be_moved(self, bench: GttBench) -> None:
        id = await self.place(bench, bench.at_once)
        await self.until(bench, id, lambda now: now.status is GttStatus.GUARDING)
        entry, *exits = bench.at_once.rules
        moved = tuple(replace(each, price=each.price + bench.tick) for each in exits)
        await bench.door.modify(id, replace(bench.at_once, rules=(entry, *moved)))
        told = await self.told(bench, id)
        assert [r.price for r in told.rules[1:]] == [r.price for r in moved]
        target = told.rule(Role.TARGET)
        assert target is not None
        (order,) = [o for o in await self.children(bench, id) if o.id == target.order_id]
        assert order.price == target.price

    async def test_ending_a_bracket_ends_its_resting_target_and_keeps_what_is_held(
        self, bench: GttBench
    ) -> None:
        id = await self.place(bench, bench.at_once)
        await self.until(bench, id, lambda now: now.status is GttStatus.GUARDING)
        await bench.door.cancel(id)
        assert await bench.door.all() == []
        standings = {each.standing for each in await self.children(bench, id)}
        assert standings == {Status.FILLED, Status.CANCELLED}
        (held,) = [p for p in await bench.broker.positions() if p.key == bench.at_once.key]
        assert held.quantity == bench.at_once.quantity

    async def test_a_gap_below_a_tenth_of_the_way_to_the_stop_is_refused(
        self, bench: GttBench
    ) -> None:
        entry, target, stop = bench.at_once.rules
        tight = replace(stop, trailing_gap=bench.tick)
        with pytest.raises(BrokerRejected):
            await self.place(bench, replace(bench.at_once, rules=(entry, target, tight)))
        wide = replace(stop, trailing_gap=entry.price)
        id = await self.place(bench, replace(bench.at_once, rules=(entry, target, wide)))
        told = (await self.told(bench, id)).rule(Role.STOPLOSS)
        assert told is not None
        assert told.trailing_gap == wide.trailing_gap


def bracket_around(
    waiting: GttRequest, entry: Decimal, target: Decimal, stop: Decimal
) -> GttRequest:
    """A purchase at once, up to `entry`, with its exits."""
    at_once = Trigger.IMMEDIATE
    rules = (
        Rule(role=Role.ENTRY, trigger=at_once, price=entry),
        Rule(role=Role.TARGET, trigger=at_once, price=target),
        Rule(role=Role.STOPLOSS, trigger=at_once, price=stop),
    )
    return replace(waiting, side=Side.BUY, rules=rules)
