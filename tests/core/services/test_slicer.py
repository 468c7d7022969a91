"""TWAP and iceberg: what is sent when, and never two at once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import RuleBroken
from core.state.market import Col
from core.trading.broker_orders import BrokerOrder
from core.trading.executions import Phase
from core.trading.requests import OrderType, Side
from core.trading.slices import SlicePlan, Slicing
from tests.core.services.basket_desk import BasketDesk, make_baskets
from tests.core.services.test_risk import controls
from tests.core.services.trading_desk import make_trading, soon
from tests.core.trading.samples import CALL, KEY, LOT, ask
from tests.fake_exchange import Fault
from tests.fake_trading import MemoryExecutions


def plan(slicing: Slicing = Slicing.ICEBERG, lots: int = 5, **more: object) -> SlicePlan:
    given: dict[str, object] = {
        "id": "slices-1",
        "title": CALL.symbol,
        "slicing": slicing,
        "request": ask(quantity=lots * LOT),
        "lot_size": LOT,
        "tick_size": CALL.tick_size,
        "freeze_quantity": CALL.freeze_quantity,
    }
    own = {"shown": 2 * LOT} if slicing is Slicing.ICEBERG else {"seconds": 30.0, "children": 5}
    return SlicePlan(**(given | own | more))  # type: ignore[arg-type]


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.trading.slices.SHORTEST", 0.01)


def nothing(_: BrokerOrder) -> int:
    return 0


def sizes(desk: BasketDesk) -> list[int]:
    return [order.request.quantity for order in desk.sent]


async def ended(desk: BasketDesk) -> Phase:
    async with asyncio.timeout(3):
        return (await desk.slicer.settled("slices-1")).phase


def at_the_exchange(desk: BasketDesk) -> int:
    return sum(order.standing.is_working for order in desk.trading.broker.book.values())


async def test_an_iceberg_shows_one_order_at_a_time_until_all_is_filled() -> None:
    most = 0

    async with make_baskets().market() as desk:

        def slowly(order: BrokerOrder) -> int:
            nonlocal most
            most = max(most, at_the_exchange(desk))
            return LOT

        desk.rule = slowly
        await desk.slicer.start(plan())
        assert await ended(desk) is Phase.DONE
        assert sizes(desk) == [2 * LOT, 2 * LOT, LOT]
        assert most == 1
        assert desk.held(KEY) == 5 * LOT
        run = desk.slicer.run("slices-1")
        assert (run.filled, run.sent, run.left) == (5 * LOT, 3, 0)
        assert not desk.subscriptions.owners


async def test_the_next_waits_until_the_one_before_is_filled_wholly() -> None:
    async with make_baskets().market() as desk:
        desk.rule = lambda order: LOT - order.filled
        await desk.slicer.start(plan())
        await soon(lambda: desk.held(KEY) == LOT)
        await asyncio.sleep(0.05)
        assert sizes(desk) == [2 * LOT]
        assert desk.slicer.now("slices-1").filled == LOT


async def test_it_is_written_down_before_its_first_order() -> None:
    async with make_baskets().market() as desk:
        desk.kept.problem = OSError("disk full")
        with pytest.raises(OSError, match="disk full"):
            await desk.slicer.start(plan())
        assert not desk.trading.broker.asked
        assert not desk.runs.runs


async def test_the_same_plan_twice_is_one() -> None:
    async with make_baskets().market() as desk:
        await asyncio.gather(*(desk.slicer.start(plan()) for _ in range(4)))
        assert await ended(desk) is Phase.DONE
        assert len(desk.sent) == 3


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.SILENT])
async def test_a_lost_answer_stops_all_until_the_broker_has_told(fault: Fault) -> None:
    async with make_baskets().market() as desk:
        desk.trading.broker.faults, desk.trading.broker.quiet = [fault], True
        desk.rule = nothing
        await desk.slicer.start(plan())
        await soon(lambda: "an answer got lost" in desk.slicer.now("slices-1").waits)
        await asyncio.sleep(0.1)
        assert desk.trading.broker.asked == ["place"]
        desk.trading.broker.quiet, desk.rule = False, lambda o: o.quantity - o.filled
        await desk.trading.reconciler.reconcile()
        assert await ended(desk) is Phase.DONE
        assert sizes(desk) == [2 * LOT, 2 * LOT, LOT]


async def test_an_order_that_never_arrived_pauses_it() -> None:
    async with make_baskets().market() as desk:
        desk.trading.broker.faults = [Fault.LOST_BEFORE]
        await desk.slicer.start(plan())
        await soon(lambda: bool(desk.slicer.now("slices-1").waits))
        await desk.trading.reconciler.reconcile()
        await soon(lambda: desk.slicer.run("slices-1").phase is Phase.PAUSED)
        assert desk.trading.broker.asked == ["place"]
        await desk.slicer.go_on("slices-1")
        assert await ended(desk) is Phase.DONE
        assert desk.held(KEY) == 5 * LOT


async def test_a_refusal_half_way_pauses_it_with_the_reason() -> None:
    async with make_baskets().market() as desk:
        desk.trading.broker.faults = [None, Fault.REFUSED]
        await desk.slicer.start(plan())
        await soon(lambda: desk.slicer.run("slices-1").phase is Phase.PAUSED)
        assert desk.slicer.run("slices-1").reason == "no"
        assert desk.held(KEY) == 2 * LOT
        await asyncio.sleep(0.05)
        assert len(desk.sent) == 2, "nothing is tried again by itself"


async def test_an_order_that_somebody_cancels_pauses_it() -> None:
    async with make_baskets().market() as desk:
        desk.rule = nothing
        await desk.slicer.start(plan())
        await soon(lambda: at_the_exchange(desk) == 1)
        await desk.trading.desk.cancel(desk.sent[0].id)
        await soon(lambda: desk.slicer.run("slices-1").phase is Phase.PAUSED)
        assert "cancelled" in desk.slicer.run("slices-1").reason


async def test_a_pause_cancels_what_works_and_resuming_sends_the_rest() -> None:
    async with make_baskets().market() as desk:
        desk.rule = lambda order: LOT - order.filled
        await desk.slicer.start(plan())
        await soon(lambda: desk.held(KEY) == LOT)
        await asyncio.gather(*(desk.slicer.pause("slices-1") for _ in range(2)))
        await soon(lambda: at_the_exchange(desk) == 0)
        await asyncio.sleep(0.05)
        assert len(desk.sent) == 1
        desk.rule = lambda order: order.quantity - order.filled
        await asyncio.gather(*(desk.slicer.go_on("slices-1") for _ in range(2)))
        assert await ended(desk) is Phase.DONE
        assert sizes(desk) == [2 * LOT] * 3
        assert desk.held(KEY) == 5 * LOT


async def test_a_stop_keeps_what_is_filled_and_it_may_go_on_later() -> None:
    async with make_baskets().market() as desk:
        desk.rule = lambda order: LOT - order.filled
        await desk.slicer.start(plan())
        await soon(lambda: desk.held(KEY) == LOT)
        await asyncio.gather(*(desk.slicer.stop("slices-1") for _ in range(3)))
        assert await ended(desk) is Phase.STOPPED
        assert (at_the_exchange(desk), desk.held(KEY)) == (0, LOT)
        with pytest.raises(RuleBroken, match="nothing is going on"):
            await desk.slicer.stop("slices-1")
        desk.rule = lambda order: order.quantity - order.filled
        await desk.slicer.go_on("slices-1")
        assert await ended(desk) is Phase.DONE


async def test_the_kill_switch_pauses_it() -> None:
    async with make_baskets().market() as desk:
        desk.rule = nothing
        await desk.slicer.start(plan())
        await soon(lambda: at_the_exchange(desk) == 1)
        await controls(desk.trading).halt("enough")
        await soon(lambda: desk.slicer.run("slices-1").phase is Phase.PAUSED)
        assert "halted: enough" in desk.slicer.run("slices-1").reason
        assert at_the_exchange(desk) == 0


async def test_a_twap_spreads_its_lots_over_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    async with make_baskets().market() as desk:
        began = asyncio.get_running_loop().time()
        await desk.slicer.start(plan(Slicing.TWAP, lots=6, seconds=0.3, children=3))
        assert await ended(desk) is Phase.DONE
        assert sizes(desk) == [2 * LOT] * 3
        assert asyncio.get_running_loop().time() - began >= 0.2
        assert {order.request.type for order in desk.sent} == {OrderType.LIMIT}


async def test_what_a_step_leaves_is_cancelled_and_added_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick(monkeypatch)
    async with make_baskets().market() as desk:
        desk.rule = lambda order: order.quantity - order.filled if len(desk.sent) > 1 else 0
        await desk.slicer.start(plan(Slicing.TWAP, lots=6, seconds=0.3, children=3))
        assert await ended(desk) is Phase.DONE
        assert sizes(desk) == [2 * LOT, 4 * LOT, 2 * LOT]
        assert desk.held(KEY) == 6 * LOT


async def test_a_twap_that_is_not_filled_ends_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    async with make_baskets().market() as desk:
        desk.rule = nothing
        await desk.slicer.start(plan(Slicing.TWAP, lots=2, seconds=0.1, children=2))
        assert await ended(desk) is Phase.DONE
        assert "130 units are left" in desk.slicer.run("slices-1").reason
        assert at_the_exchange(desk) == 0


async def test_the_time_of_a_twap_stands_still_in_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    async with make_baskets().market() as desk:
        await desk.slicer.start(plan(Slicing.TWAP, lots=2, seconds=0.3, children=2))
        await soon(lambda: desk.held(KEY) == LOT)
        await desk.slicer.pause("slices-1")
        before = desk.slicer.now("slices-1").remaining
        await asyncio.sleep(0.3)
        assert desk.slicer.now("slices-1").remaining == before
        assert len(desk.sent) == 1
        await desk.slicer.go_on("slices-1")
        assert await ended(desk) is Phase.DONE
        assert desk.held(KEY) == 2 * LOT


async def test_a_twap_pays_the_ask_and_never_more_than_its_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick(monkeypatch)
    async with make_baskets().market() as desk:
        desk.trading.quote(KEY, 148.0, 149.01)
        await desk.slicer.start(plan(Slicing.TWAP, lots=2, seconds=0.2, children=2))
        await soon(lambda: len(desk.sent) == 1)
        desk.trading.quote(KEY, 151.0, 152.0)
        assert await ended(desk) is Phase.DONE
        assert [o.request.price for o in desk.sent] == [Decimal("149.05"), Decimal("150")]


async def test_no_more_than_a_share_of_what_the_market_trades() -> None:
    async with make_baskets().market() as desk:
        row = desk.trading.market.row(KEY)
        desk.trading.market.write_some(row, [Col.VOLUME], [1000.0])
        await desk.slicer.start(plan(participation=Decimal(10)))
        await asyncio.sleep(0.05)
        assert not desk.sent
        assert "to trade more" in desk.slicer.now("slices-1").waits
        desk.trading.market.write_some(row, [Col.VOLUME], [1000.0 + 1400])
        await soon(lambda: desk.held(KEY) == 2 * LOT)
        await asyncio.sleep(0.05)
        assert sizes(desk) == [2 * LOT]


async def test_after_a_restart_it_is_interrupted_and_goes_on_only_by_hand() -> None:
    kept = MemoryExecutions()
    async with make_baskets(kept=kept).market() as first:
        first.rule = lambda order: LOT - order.filled
        await first.slicer.start(plan())
        await soon(lambda: first.held(KEY) == LOT)
    before = first.trading
    again = make_trading(broker=before.broker, memory=before.memory)
    async with make_baskets(again, kept).market() as desk:
        desk.rule = nothing
        await desk.slicer.load()
        await again.reconciler.load()
        await again.reconciler.reconcile()
        assert desk.slicer.run("slices-1").phase is Phase.INTERRUPTED
        await asyncio.sleep(0.05)
        assert len(desk.sent) == 1
        desk.rule = lambda order: order.quantity - order.filled
        await desk.slicer.go_on("slices-1")
        assert await ended(desk) is Phase.DONE
        assert sizes(desk) == [2 * LOT, 2 * LOT, LOT]
    later = make_baskets(kept=kept)
    kept.rows["slices-1"] = replace(kept.rows["slices-1"], phase=Phase.RUNNING)  # type: ignore[type-var]
    later.trading.clock.set(later.trading.clock.now() + timedelta(days=3))
    await later.slicer.load()
    with pytest.raises(RuleBroken, match="earlier day"):
        await later.slicer.go_on("slices-1")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"shown": 5 * LOT}, "fewer than all"),
        ({"shown": 64}, "whole lots"),
        ({"request": ask(quantity=64)}, "multiple of the lot"),
        ({"request": ask(quantity=2 * LOT, amo=True)}, "within the session"),
        ({"participation": Decimal(101)}, "at most 100"),
        ({"freeze_quantity": LOT}, "freeze quantity"),
        ({"slicing": Slicing.TWAP, "seconds": 30.0, "children": 6}, "2 to 5 slices"),
        ({"slicing": Slicing.TWAP, "seconds": 9.0, "children": 2}, "at least 5 s"),
        ({"slicing": Slicing.TWAP, "seconds": 30_000.0, "children": 2}, "within the session"),
    ],
)
def test_what_cannot_be_done_is_refused(more: dict[str, object], problem: str) -> None:
    with pytest.raises(RuleBroken, match=problem):
        plan(**more)  # type: ignore[arg-type]


def test_an_exit_in_slices_says_what_it_will_do() -> None:
    words = " ".join(plan(request=ask(Side.SELL, quantity=5 * LOT)).words())
    assert "2 lots at a time" in words
    assert "limit order at 150" in words
