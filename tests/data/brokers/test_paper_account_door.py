"""The paper account's own side: conversions, money line by line, shares, and what it has not."""

from datetime import date
from decimal import Decimal

import pytest

from core.errors import BrokerRejected
from core.ports.account import Conversion
from core.ports.broker import BrokerPosition
from core.state.market import Col
from core.trading.requests import Product, Side
from tests.core.trading.samples import KEY, LOT, ask
from tests.paper import SHARE, PaperDoor, at, paper_door

D = Decimal
CARRY, INTRADAY = Product.CARRY, Product.INTRADAY


def to_carry(quantity: int = LOT, side: Side = Side.BUY) -> Conversion:
    return Conversion(key=KEY, side=side, quantity=quantity, before=INTRADAY, after=CARRY)


async def held(door: PaperDoor) -> dict[Product, BrokerPosition]:
    return {each.product: each for each in await door.broker.positions()}


async def test_units_are_converted_with_what_they_cost() -> None:
    door = paper_door()
    await door.place(ask(quantity=2 * LOT, price=D("150.05"), product=INTRADAY))
    await door.broker.own.convert(to_carry())
    found = await held(door)
    assert [found[each].quantity for each in (INTRADAY, CARRY)] == [LOT, LOT]
    assert found[CARRY].average_price == found[INTRADAY].average_price == D("150.05")


async def test_more_than_is_held_or_against_the_other_way_is_not_converted() -> None:
    door = paper_door()
    await door.place(ask(price=D("150.05"), product=INTRADAY))
    with pytest.raises(BrokerRejected, match="65 units are held"):
        await door.broker.own.convert(to_carry(2 * LOT))
    with pytest.raises(BrokerRejected, match="65 units are held"):
        await door.broker.own.convert(to_carry(side=Side.SELL))
    await door.place(ask(Side.SELL, price=D("149.95")))
    with pytest.raises(BrokerRejected, match="go the other way"):
        await door.broker.own.convert(to_carry())


async def test_shares_that_cannot_be_paid_in_full_stay_within_the_day() -> None:
    door = paper_door()
    door.quote(2999, 3000, 6500, SHARE.key, ltp=3000.0, ltq=10.0, volume=9.0)
    buy = ask(quantity=600, key=SHARE.key, price=D(3000), product=INTRADAY)
    await door.place(buy)
    wish = Conversion(
        key=SHARE.key, side=Side.BUY, quantity=600, before=INTRADAY, after=Product.DELIVERY
    )
    before = await door.broker.own.funds()
    with pytest.raises(BrokerRejected, match="margin"):
        await door.broker.own.convert(wish)
    assert (await held(door))[INTRADAY].quantity == 600
    assert await door.broker.own.funds() == before


async def test_the_lines_of_money_add_up() -> None:
    door = paper_door()
    await door.place(ask(Side.SELL, price=D("149.95")))
    await door.place(ask(price=D("140")))
    detail = await door.broker.own.funds()
    cut = next(i for i, line in enumerate(detail.lines[1:], 1) if line.level == 0)
    for total, parts in (
        (detail.available, detail.lines[1:cut]),
        (detail.used, detail.lines[cut:]),
    ):
        assert sum(each.amount for each in parts if each.level == 1) == total
    assert detail.used > 100_000


async def test_shares_are_told_with_what_is_sold_of_them() -> None:
    door = paper_door()
    door.quote(2999, 3000, 650, SHARE.key, ltp=3000.0, ltq=10.0, volume=9.0)
    shares = {"key": SHARE.key, "product": Product.DELIVERY}
    await door.place(ask(quantity=10, price=D(3000), **shares))
    door.clock.set(at(10, day=date(2026, 8, 24)))
    door.feed.say(SHARE.key, {**door.feed.values[SHARE.key], Col.ASK: 3001.0})
    await door.place(ask(Side.SELL, 4, price=D(2999), **shares))
    (told,) = await door.broker.own.shares()
    assert (told.symbol, told.quantity, told.used, told.average_price) == ("TCS", 10, 4, 3000)
    assert await door.broker.own.borrowed() == []


async def test_there_is_no_switch_and_no_address_is_needed() -> None:
    door = paper_door()
    assert await door.broker.own.segments() == []
    assert (await door.broker.own.addresses()).primary
    with pytest.raises(BrokerRejected, match="kill switch"):
        await door.broker.own.switch(["NSE_FO"], stop=True)
