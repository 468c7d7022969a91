"""The gate with what is true now, the controls, and a kill switch that is in time."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import isnan, nan

import pytest

from core.errors import RuleBroken
from core.ids import LOCAL_USER
from core.risk.limits import Limits, Standing
from core.services.order_pace import OrderPace
from core.services.risk_controls import LIMITS, RISK, STANDING, RiskControls
from core.state.market import Col
from core.trading.broker_orders import Status
from core.trading.requests import OrderType, Product, Side
from tests.core.services.trading_desk import WIDE, Trading, make_trading
from tests.core.trading.samples import KEY, LISTED, LOT, OTHER, ask
from tests.fake_exchange import Fault
from tests.fakes import MemoryPreferences

CARRY = Product.CARRY


def controls(
    trading: Trading, preferences: MemoryPreferences | None = None, between_rounds: float = 0.05
) -> RiskControls:
    return RiskControls(
        state=trading.state,
        desk=trading.desk,
        gate=trading.gate,
        pace=trading.pace,
        records=trading.records,
        preferences=preferences or MemoryPreferences(),
        clock=trading.clock,
        notices=trading.notices,
        between_rounds=between_rounds,
    )


async def bought(trading: Trading, units: int = LOT, price: str = "150") -> None:
    order = await trading.desk.place(ask(quantity=units))
    trading.broker.trade(order.broker_ids[0], units, price)
    await trading.listen()


async def test_an_order_waits_for_the_login_and_for_arming() -> None:
    reasons = ["this address is not registered with the broker"]
    trading = make_trading(ready=lambda: reasons, needs_arming=True)
    with pytest.raises(RuleBroken, match=r"not registered.*not armed"):
        await trading.desk.place(ask())
    reasons.clear()
    with pytest.raises(RuleBroken, match="type LIVE"):
        await controls(trading).arm("yes")
    await controls(trading).arm("LIVE")
    assert (await trading.desk.place(ask())).status is Status.ACCEPTED
    await controls(trading).disarm()
    with pytest.raises(RuleBroken, match="not armed"):
        await trading.desk.place(ask(price=Decimal(149)))


async def test_a_closed_market_takes_only_orders_for_tomorrow() -> None:
    trading = make_trading()
    trading.clock.advance(timedelta(hours=8))
    with pytest.raises(RuleBroken, match="market is closed"):
        await trading.desk.place(ask())
    assert (await trading.desk.place(ask(amo=True))).status is Status.ACCEPTED


async def test_the_days_band_and_the_ban_list_are_kept() -> None:
    trading = make_trading()
    trading.gate.bands[KEY] = (100.0, 160.0)
    with pytest.raises(RuleBroken, match="band of 100 to 160"):
        await trading.desk.place(ask(price=Decimal(161)))
    trading.state.limits = replace(trading.state.limits, banned=("NIFTY",))
    with pytest.raises(RuleBroken, match="ban period"):
        await trading.desk.place(ask())


async def test_exits_pass_while_only_exits_are_let_through() -> None:
    trading = make_trading()
    await bought(trading)
    await controls(trading).reduce_only("by hand")
    with pytest.raises(RuleBroken, match="by hand"):
        await trading.desk.place(ask())
    await trading.desk.place(ask(Side.SELL))
    with pytest.raises(RuleBroken, match="only exits"):
        await trading.desk.place(ask(Side.SELL, price=Decimal(151)))  # one closes it already


async def test_the_day_is_locked_once_it_has_lost_enough_and_stays_so() -> None:
    trading = make_trading(limits=replace(WIDE, day_loss=Decimal(1_000)))
    await bought(trading)
    trading.quote(KEY, 133.95, 134.05)
    paid = float(trading.state.ledger.charges(LISTED).total)
    assert trading.gate.day_pnl() == pytest.approx(-16 * LOT - paid)
    with pytest.raises(RuleBroken, match="has lost ₹1,068"):
        await trading.desk.place(ask(price=Decimal(134)))
    trading.quote(KEY, 149.95, 150.05)
    with pytest.raises(RuleBroken, match="has lost ₹1,068"):
        await trading.desk.place(ask())
    await trading.desk.place(ask(Side.SELL))
    trading.clock.advance(timedelta(days=3))
    trading.broker.fills.clear()
    trading.broker.book.clear()
    await trading.reconciler.reconcile()
    await trading.desk.place(ask(price=Decimal(149)))


async def test_a_profit_that_is_not_known_is_not_taken_for_none() -> None:
    trading = make_trading(limits=replace(WIDE, day_loss=Decimal(1_000)))
    trading.broker.overnight = {(OTHER, CARRY): LOT}
    await trading.reconciler.reconcile()
    assert isnan(trading.gate.day_pnl())  # yesterday's close is not known
    row = trading.market.row(OTHER)
    trading.market.write_some(row, [Col.CLOSE], [148.0])
    assert trading.gate.day_pnl() == 2 * LOT
    trading.market.write_some(row, [Col.CLOSE], [nan])
    with pytest.raises(RuleBroken, match="profit is not known"):
        await trading.desk.place(ask())


async def test_limits_are_kept_and_their_changes_are_journaled() -> None:
    trading, preferences = make_trading(), MemoryPreferences()
    await controls(trading, preferences).set_limits(replace(WIDE, order_lots=1, banned=("TCS",)))
    with pytest.raises(RuleBroken, match="2 lots are more than the 1"):
        await trading.desk.place(ask(quantity=2 * LOT))
    assert "order_lots: 20 → 1; banned: none → TCS" in trading.memory.journal.told
    again = make_trading()
    await controls(again, preferences).load()
    assert again.state.limits == replace(WIDE, order_lots=1, banned=("TCS",))
    entries = len(trading.memory.journal.told)
    await controls(trading, preferences).set_limits(replace(WIDE, order_lots=1, banned=("TCS",)))
    assert len(trading.memory.journal.told) == entries


@pytest.mark.parametrize(
    "spoilt",
    [{LIMITS: {"order_lots": "many"}}, {STANDING: {"standing": "fine"}}, {STANDING: []}],
)
async def test_limits_that_cannot_be_read_let_only_exits_through(spoilt: dict[str, object]) -> None:
    trading, preferences = make_trading(), MemoryPreferences()
    for name, value in spoilt.items():
        await preferences.set(RISK, name, value)
    await controls(trading, preferences).load()
    assert trading.state.standing is Standing.REDUCE_ONLY
    assert "cannot be read" in trading.state.standing_reason


async def test_a_halt_holds_over_a_restart_until_it_is_released_in_time() -> None:
    trading, preferences = make_trading(), MemoryPreferences()
    switch = controls(trading, preferences)
    await switch.halt("by hand", hold=timedelta(hours=1))
    again = make_trading()
    other = controls(again, preferences)
    await other.load()
    with pytest.raises(RuleBroken, match="halted: by hand"):
        await again.desk.place(ask())
    with pytest.raises(RuleBroken, match="type RELEASE"):
        await other.release("please")
    with pytest.raises(RuleBroken, match="held until 21 Aug 11:30 IST"):
        await other.release("RELEASE")
    with pytest.raises(RuleBroken, match="release it first"):
        await other.reduce_only("softer")
    await other.halt("again")  # does not shorten the hold
    again.clock.advance(timedelta(hours=1))
    await other.release("RELEASE")
    await again.desk.place(ask())


async def test_the_kill_switch_stops_what_waits_and_cancels_what_works_in_time() -> None:
    trading = make_trading(pace=OrderPace(), patience=5.0)
    for n in range(20):
        trading.broker.foreign(KEY if n % 2 else OTHER)
    await trading.reconciler.reconcile()
    assert len(trading.state.working()) == 20
    waiting = [
        asyncio.create_task(trading.desk.place(ask(price=Decimal(120 + n)))) for n in range(20)
    ]
    await asyncio.sleep(0.05)
    sent, began = trading.broker.asked.count("place"), time.monotonic()
    halting = asyncio.create_task(controls(trading).halt("by key"))
    await asyncio.sleep(0)
    with pytest.raises(RuleBroken, match="halted: by key"):
        await trading.desk.place(ask(price=Decimal(160)))
    assert time.monotonic() - began < 0.1

    async def listening() -> None:
        while trading.state.working():
            await trading.desk.hear([await trading.broker.told.get()])

    await asyncio.wait_for(listening(), 5.0)
    assert time.monotonic() - began < 5.0
    halting.cancel()
    done = await asyncio.gather(*waiting)
    assert trading.broker.asked.count("place") == sent
    assert sum(order.status is Status.REJECTED for order in done) == 20 - sent
    ends = {order.status for order in trading.state.orders.values()}
    assert ends <= {Status.CANCELLED, Status.REJECTED}
    times = trading.broker.sent_at
    assert max(sum(a <= b < a + 0.99 for b in times) for a in times) <= 8


async def test_a_lost_cancellation_is_asked_for_again_by_the_kill_switch() -> None:
    trading = make_trading()
    await trading.desk.place(ask())
    trading.broker.faults = [Fault.LOST_BEFORE]
    listening = asyncio.create_task(trading.desk.run())
    await controls(trading).halt("by hand")
    listening.cancel()
    assert trading.broker.asked == ["place", "cancel", "cancel"]
    assert trading.state.working() == []


async def test_flattening_closes_sold_options_first_and_opens_nothing() -> None:
    trading = make_trading()
    await bought(trading)
    sold = await trading.desk.place(ask(Side.SELL, 2 * LOT, key=OTHER))
    trading.broker.trade(sold.broker_ids[0], 2 * LOT, "150")
    await trading.listen()
    await controls(trading).halt("by hand", flatten=True)
    exits = [order.request for order in trading.state.orders.values()][2:]
    assert [(e.key, e.side, e.quantity, e.type) for e in exits] == [
        (OTHER, Side.BUY, 2 * LOT, OrderType.MARKET),
        (KEY, Side.SELL, LOT, OrderType.MARKET),
    ]
    with pytest.raises(RuleBroken, match="only an exit"):
        await trading.desk.flatten(ask())


async def test_what_was_sent_while_the_switch_fell_is_cancelled_when_its_answer_comes() -> None:
    trading = make_trading(patience=5.0)
    trading.broker.pause = 0.03
    sending = asyncio.create_task(trading.desk.place(ask()))
    await asyncio.sleep(0.01)
    listening = asyncio.create_task(trading.desk.run())
    await controls(trading, between_rounds=0.5).halt("by hand")
    await sending
    listening.cancel()
    assert trading.broker.asked == ["place", "cancel"]
    assert [o.status for o in trading.state.orders.values()] == [Status.CANCELLED]


async def test_the_limits_of_the_desk_begin_careful() -> None:
    trading = make_trading(limits=Limits())
    with pytest.raises(RuleBroken, match="buy the hedge first"):
        await trading.desk.place(ask(Side.SELL))


async def test_the_day_is_watched_without_an_order_and_told_once() -> None:
    trading = make_trading(limits=replace(WIDE, day_loss=Decimal(1_000)))
    preferences = MemoryPreferences()
    await bought(trading)
    watching = controls(trading, preferences)
    await watching.watch()
    assert trading.state.lock_reason == ""
    trading.quote(KEY, 133.95, 134.05)
    await watching.watch()
    await watching.watch()
    assert "has lost" in trading.state.lock_reason
    assert sum("locked for the day" in text for text in trading.memory.journal.told) == 1
    trading.quote(KEY, 149.95, 150.05)
    await watching.watch()
    assert "has lost" in trading.state.lock_reason


async def test_what_the_user_forgets_are_not_his_limits() -> None:
    trading, preferences = make_trading(), MemoryPreferences()
    await controls(trading, preferences).set_limits(replace(WIDE, order_lots=1))
    assert await preferences.all(LOCAL_USER) == {}
