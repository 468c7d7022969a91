"""Baskets, exits, rolls and slices on their tickets, as a user meets them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from decimal import Decimal

from nicegui import ui
from nicegui.element import Element
from nicegui.testing import User

from core.ids import InstrumentKey
from core.instruments.instrument import Kind
from core.risk.limits import Limits
from core.settings import Mode
from core.trading.baskets import Basket, BasketKind, Leg, Policy
from core.trading.executions import Phase, begun
from core.trading.exits import Which
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NEXT_EXPIRY, option_key
from tests.ui.waiting import say, until
from ui.components.exits import open_exit, open_reverse, open_roll
from ui.components.slicer_ticket import open_slicer

CALL, FAR_CALL = option_key(24_200.0, Kind.CALL), option_key(24_400.0, Kind.CALL)
NEXT_CALL = option_key(24_200.0, Kind.CALL, NEXT_EXPIRY)
LOT, CARRY = 65, Product.CARRY
WIDE = Limits(duplicate_seconds=0, naked_lots=None)


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def named(visitor: User, testid: str) -> list[Element]:
    return [e for e in elements(visitor) if e.props.get("data-testid") == testid]


def texts(visitor: User, testid: str) -> str:
    """All that is written in an element, in one line."""
    found: list[str] = []

    def walk(element: Element) -> None:
        if isinstance(element, ui.label):
            found.append(element.text)
        for slot in element.slots.values():
            for child in slot.children:
                walk(child)

    for element in named(visitor, testid):
        walk(element)
    return " | ".join(found)


def press(visitor: User, testid: str) -> None:
    (element,) = named(visitor, testid)
    say(element, "click", None)


def able(visitor: User) -> bool:
    return any("disabled" not in e.props for e in named(visitor, "basket-send"))


@asynccontextmanager
async def market(desk: FakeDesk) -> AsyncIterator[None]:
    """An exchange that fills everything at its price."""

    async def run() -> None:
        while True:
            await desk.listen()
            for order in list(desk.exchange.book.values()):
                if order.standing.is_working:
                    price = order.price or Decimal(100)
                    desk.exchange.trade(order.id, order.quantity - order.filled, str(price))
            await asyncio.sleep(0.01)

    desk.trading.state.limits = WIDE
    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await desk.trading.baskets.close()
        await desk.trading.slicer.close()


async def hold(desk: FakeDesk, key: InstrumentKey, signed: int, price: str) -> None:
    request = OrderRequest(
        key=key,
        side=Side.BUY if signed > 0 else Side.SELL,
        quantity=abs(signed),
        product=CARRY,
        type=OrderType.LIMIT,
        price=Decimal(price),
    )
    await desk.trading.desk.place(request)
    await until(lambda: desk.trading.state.held(key, CARRY) == signed)


async def opened(visitor: User, act: Awaitable[object]) -> None:
    """On a page of its own, as from a button on it."""
    await visitor.open("/risk")
    assert visitor.client is not None
    with visitor.client:
        await act


def sent(desk: FakeDesk) -> list[tuple[str, str]]:
    book = sorted(desk.exchange.book.values(), key=lambda order: order.id)
    return [(order.side, order.key) for order in book]


async def phase(desk: FakeDesk, wanted: Phase) -> None:
    await until(lambda: [r.phase for r in desk.trading.executions.runs.values()] == [wanted])


async def test_the_builders_legs_are_traded_hedge_first_and_once(
    visitor: User, desk: FakeDesk
) -> None:
    async with market(desk):
        await visitor.open("/builder?symbol=NIFTY&add=24200CE:-1,24400CE:1")
        await until(lambda: bool(named(visitor, "trade-position")), seconds=8)
        await asyncio.sleep(0.6)
        press(visitor, "trade-position")
        await until(lambda: able(visitor))
        plan = texts(visitor, "basket-plan")
        assert "1. buy 1 lot (65) NIFTY 24400 CE" in plan
        assert "2. only after all before is filled: sell 1 lot (65) NIFTY 24200 CE" in plan
        assert "no order is ever sent again" in plan
        assert "SIMULATED" in texts(visitor, "basket-ticket")
        assert "Send 2 orders · SIMULATED" in texts(visitor, "basket-send")
        await until(lambda: texts(visitor, "basket-margin").startswith("₹"))
        for name in ("premium", "charges", "worst"):
            assert texts(visitor, f"basket-{name}").startswith("₹"), name
        for _ in range(3):
            press(visitor, "basket-send")
        await phase(desk, Phase.DONE)
        assert sent(desk) == [("buy", FAR_CALL), ("sell", CALL)]


async def test_an_exit_closes_what_is_chosen_and_says_what_stays(
    visitor: User, desk: FakeDesk
) -> None:
    async with market(desk):
        await hold(desk, CALL, -LOT, "100")
        await hold(desk, FAR_CALL, 2 * LOT, "40")
        await opened(visitor, open_exit(desk.services, percent=50))
        await until(lambda: able(visitor))
        assert "50 % of 1 lots is less than a lot" in texts(visitor, "basket-note")
        assert "sell out 1 lot (65) NIFTY 24400 CE" in texts(visitor, "basket-plan")
        select = next(e for e in named(visitor, "exit-percent") if isinstance(e, ui.select))
        select.value = 100
        await until(lambda: "buy back 1 lot (65) NIFTY 24200" in texts(visitor, "basket-plan"))
        await until(lambda: able(visitor))
        press(visitor, "basket-send")
        await phase(desk, Phase.DONE)
        assert sent(desk)[2:] == [("buy", CALL), ("sell", FAR_CALL)]
        assert not desk.trading.state.holdings()


async def test_winners_alone_leave_a_loser_where_it_is(visitor: User, desk: FakeDesk) -> None:
    async with market(desk):
        await hold(desk, CALL, LOT, "100")
        await opened(visitor, open_exit(desk.services, [(CALL, CARRY)], which=Which.WINNERS))
        await until(lambda: "Stays: NIFTY 24200 CE" in texts(visitor, "basket-note"))
        assert not able(visitor)


async def test_a_roll_closes_and_reopens_in_one_ticket(visitor: User, desk: FakeDesk) -> None:
    async with market(desk):
        await hold(desk, CALL, -LOT, "100")
        await opened(visitor, open_roll(desk.services, [(CALL, CARRY)]))
        await until(lambda: able(visitor))
        assert "1. buy back 1 lot (65) NIFTY 24200 CE 23 NOV" in texts(visitor, "basket-plan")
        assert "sell 1 lot (65) NIFTY 24200 CE 01 DEC" in texts(visitor, "basket-plan")
        assert "received" in texts(visitor, "basket-premium")
        press(visitor, "basket-send")
        await phase(desk, Phase.DONE)
        assert sent(desk)[1:] == [("buy", CALL), ("sell", NEXT_CALL)]
        assert desk.trading.state.holdings() == {(NEXT_CALL, CARRY): -LOT}


async def test_a_reversal_closes_before_it_opens(visitor: User, desk: FakeDesk) -> None:
    async with market(desk):
        await hold(desk, CALL, -LOT, "100")
        await opened(visitor, open_reverse(desk.services, [(CALL, CARRY)]))
        await until(lambda: able(visitor))
        press(visitor, "basket-send")
        await phase(desk, Phase.DONE)
        assert desk.trading.state.holdings() == {(CALL, CARRY): LOT}


async def test_no_holding_named_is_none_to_roll_or_to_reverse(
    visitor: User, desk: FakeDesk
) -> None:
    async with market(desk):
        await hold(desk, CALL, LOT, "100")
        await opened(visitor, open_roll(desk.services, []))
        await opened(visitor, open_reverse(desk.services, []))
        assert not named(visitor, "basket-ticket")


async def test_what_the_gate_refuses_is_said_and_cannot_be_sent(
    visitor: User, desk: FakeDesk
) -> None:
    async with market(desk):
        await hold(desk, CALL, LOT, "100")
        desk.trading.state.limits = replace(WIDE, naked_lots=0)
        await opened(visitor, open_reverse(desk.services, [(CALL, CARRY)]))
        await until(lambda: "buy the hedge first" in texts(visitor, "basket-problems"))
        assert not able(visitor)
        press(visitor, "basket-send")
        await asyncio.sleep(0.1)
        assert len(sent(desk)) == 1


async def test_nothing_held_and_no_orders_wired_are_said(user: User) -> None:
    from ui.shell import build

    desk = make_desk(mode=Mode.READONLY)
    build(desk.services)
    await user.open("/health")
    assert user.client is not None
    with user.client:
        await open_exit(desk.services)
        await open_roll(desk.services, [(CALL, CARRY)])
    await user.should_see("Nothing can be ordered in this mode.")


async def test_an_order_in_slices_is_started_watched_and_paused(
    visitor: User, desk: FakeDesk
) -> None:
    desk.trading.state.limits = WIDE
    request = OrderRequest(
        key=CALL,
        side=Side.BUY,
        quantity=10 * LOT,
        product=CARRY,
        type=OrderType.LIMIT,
        price=Decimal("101"),
    )
    await opened(visitor, open_slicer(desk.services, request))
    press(visitor, "slicing-iceberg")
    await until(lambda: "1 lot at a time" in texts(visitor, "slicer-plan"))
    assert "limit order at 101.00" in texts(visitor, "slicer-plan")
    await until(lambda: "disabled" not in named(visitor, "slicer-send")[0].props)
    for _ in range(2):
        press(visitor, "slicer-send")
    await until(lambda: len(sent(desk)) == 1)
    (id,) = desk.trading.executions.runs
    await until(lambda: texts(visitor, f"{id}-at-the-exchange") == "65 at 101.00")
    press(visitor, f"pause-{id}")
    await phase(desk, Phase.PAUSED)
    await until(lambda: texts(visitor, f"phase-{id}") == "paused")
    await desk.listen()
    await desk.trading.slicer.close()


async def test_a_single_lot_is_not_cut(visitor: User, desk: FakeDesk) -> None:
    request = OrderRequest(
        key=CALL, side=Side.BUY, quantity=LOT, product=CARRY, type=OrderType.MARKET
    )
    await opened(visitor, open_slicer(desk.services, request))
    await visitor.should_see("a single lot is not cut")


async def test_an_interrupted_basket_is_put_away_from_the_panel(
    visitor: User, desk: FakeDesk
) -> None:
    from ui.components.executions_panel import ExecutionsPanel

    request = OrderRequest(
        key=CALL, side=Side.BUY, quantity=LOT, product=CARRY, type=OrderType.MARKET
    )
    leg = Leg(request=request, title="NIFTY 24200 CE", lot_size=LOT)
    basket = Basket(
        id="b",
        title="Left over",
        kind=BasketKind.BASKET,
        legs=(leg,),
        policy=Policy(),
        made_at=desk.clock.now(),
    )
    run = replace(begun(basket, desk.clock.now()), phase=Phase.INTERRUPTED)
    desk.trading.executions.put(run)
    await visitor.open("/risk")
    assert visitor.client is not None
    with visitor.client:
        ExecutionsPanel(desk.services, desk.trading, running=True)
    assert "Left over" in texts(visitor, "running")
    press(visitor, "stop-b")
    await phase(desk, Phase.STOPPED)
    await until(lambda: "Nothing is running." in texts(visitor, "running"))


async def test_lots_and_prices_are_typed_and_nonsense_is_refused(
    visitor: User, desk: FakeDesk
) -> None:
    async with market(desk):
        await hold(desk, CALL, 3 * LOT, "100")
        await opened(visitor, open_exit(desk.services, [(CALL, CARRY)]))
        await until(lambda: able(visitor))
        name = "NIFTY-24200-CE-23-NOV-26-exit"

        def type_in(field: str, text: str) -> None:
            (element,) = named(visitor, f"{field}-{name}")
            assert isinstance(element, ui.input)
            element.set_value(text)

        type_in("lots", "2")
        type_in("typed", "91.05")
        await until(lambda: "sell out 2 lots (130)" in texts(visitor, "basket-plan"))
        assert "at 91.05" in texts(visitor, "basket-plan")
        for field, text, problem in (
            ("typed", "91.07", "not a multiple of the tick"),
            ("typed", "cheap", "is no price"),
            ("lots", "4", "more than close what is held"),
            ("lots", "-1", "0 lots cannot be ordered"),
        ):
            type_in(field, text)
            await until(lambda problem=problem: problem in texts(visitor, "basket-problems"))
            assert not able(visitor)
            type_in("typed", "91.05") if field == "typed" else None
