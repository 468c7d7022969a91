"""Baskets: what is sent when, and what becomes of it when something goes wrong."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import RuleBroken
from core.ids import BrokerOrderId, InstrumentKey
from core.trading.baskets import Basket, Late, OnFailure, Policy
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.executions import Phase
from core.trading.requests import OrderType, Side
from tests.core.services.basket_desk import BasketDesk, basket, leg, make_baskets
from tests.core.services.test_risk import controls
from tests.core.services.trading_desk import WIDE, make_trading, soon
from tests.core.trading.samples import CALL, LOT, PUT, ask
from tests.fake_exchange import Fault
from tests.fake_trading import MemoryExecutions

SELL_CALL, BUY_PUT = f"sell {CALL.key}", f"buy {PUT.key}"
KEEP = Policy(late=Late.WAIT)
UNWIND = Policy(late=Late.WAIT, on_failure=OnFailure.UNWIND)
HEDGED = replace(WIDE, naked_lots=0)


def nothing(_: BrokerOrder) -> int:
    return 0


def only(side: Side, units: int | None = None) -> object:
    def rule(order: BrokerOrder) -> int:
        wanted = order.quantity if units is None else units
        return max(wanted - order.filled, 0) if order.side is side else 0

    return rule


def spread(policy: Policy = KEEP, id: str = "basket-1", lots: int = 1) -> Basket:
    """A sold call with its hedge, a bought call's place taken by one of the same kind: listed the
    wrong way round."""
    return basket(
        leg(ask(Side.SELL, lots * LOT)),
        leg(ask(key=PUT.key, quantity=lots * LOT)),
        id=id,
        policy=policy,
    )


async def ended(desk: BasketDesk, id: str = "basket-1") -> Phase:
    async with asyncio.timeout(3):
        return (await desk.runner.settled(id)).phase


async def test_the_hedge_is_bought_and_booked_before_anything_is_sold() -> None:
    async with make_baskets().market() as desk:
        desk.rule = nothing
        await desk.runner.start(spread())
        await soon(lambda: desk.asked == [BUY_PUT])
        await asyncio.sleep(0.05)
        assert desk.asked == [BUY_PUT], "nothing may be sold before its hedge is filled"
        desk.rule = lambda order: order.quantity - order.filled
        assert await ended(desk) is Phase.DONE
        assert desk.asked == [BUY_PUT, SELL_CALL]
        assert (desk.held(CALL.key), desk.held(PUT.key)) == (-LOT, LOT)
        assert not desk.subscriptions.owners


async def test_a_part_of_the_hedge_is_not_enough() -> None:
    async with make_baskets().market() as desk:
        desk.rule = only(Side.BUY, LOT)  # of two lots
        await desk.runner.start(spread(lots=2))
        await soon(lambda: desk.held(PUT.key) == LOT)
        await asyncio.sleep(0.05)
        assert desk.asked == [BUY_PUT]


async def test_it_is_written_down_before_its_first_order() -> None:
    async with make_baskets().market() as desk:
        desk.kept.problem = OSError("disk full")
        with pytest.raises(OSError, match="disk full"):
            await desk.runner.start(spread())
        assert not desk.trading.broker.asked
        assert not desk.runs.runs


async def test_the_same_basket_twice_is_one() -> None:
    async with make_baskets().market() as desk:
        await asyncio.gather(*(desk.runner.start(spread()) for _ in range(5)))
        assert await ended(desk) is Phase.DONE
        await desk.runner.start(spread())
        assert len(desk.asked) == 2


async def test_the_same_orders_in_another_tab_at_once_are_refused() -> None:
    trading = make_trading(limits=replace(WIDE, duplicate_seconds=2))
    async with make_baskets(trading).market() as desk:
        told = await asyncio.gather(
            desk.runner.start(spread()), desk.runner.start(spread(id="b2")), return_exceptions=True
        )
        assert sum(isinstance(each, RuleBroken) for each in told) == 1
        assert await ended(desk) is Phase.DONE
        trading.clock.set(trading.clock.now() + timedelta(seconds=3))
        await desk.runner.start(spread(id="b3"))
        assert await ended(desk, "b3") is Phase.DONE


async def test_what_the_gate_would_refuse_of_any_leg_stops_all_before_the_first() -> None:
    trading = make_trading(limits=replace(HEDGED, order_lots=3))
    async with make_baskets(trading).market() as desk:
        with pytest.raises(RuleBroken, match="more than the 3 allowed"):
            await desk.runner.start(
                basket(leg(ask(Side.SELL, 4 * LOT)), leg(ask(key=PUT.key, quantity=LOT)))
            )
        with pytest.raises(RuleBroken, match="buy the hedge first"):
            await desk.runner.start(spread())  # a put hedges no call
        assert not trading.broker.asked


async def test_a_hedge_of_the_same_basket_counts_for_the_gate() -> None:
    hedge = replace(PUT, kind=CALL.kind, series="CE", strike=24_300.0)
    trading = make_trading(limits=HEDGED)
    trading.gate._known |= {CALL.key: CALL, PUT.key: hedge}
    async with make_baskets(trading).market() as desk:
        await desk.runner.start(spread())
        assert await ended(desk) is Phase.DONE


async def test_a_leg_that_is_refused_half_way_keeps_what_was_filled() -> None:
    async with make_baskets().market() as desk:
        desk.trading.broker.faults = [None, Fault.REFUSED]
        await desk.runner.start(spread())
        assert await ended(desk) is Phase.FAILED
        assert (desk.held(CALL.key), desk.held(PUT.key)) == (0, LOT)
        run = desk.runner.run("basket-1")
        assert "no" in run.reason
        assert [each.filled for each in run.legs] == [0, LOT]
        assert "Filled and kept" in desk.trading.notices.all()[-1].text


async def test_a_leg_that_is_refused_half_way_is_unwound_where_that_was_chosen() -> None:
    async with make_baskets().market() as desk:
        desk.trading.broker.faults = [None, Fault.REFUSED]
        await desk.runner.start(spread(UNWIND))
        assert await ended(desk) is Phase.UNWOUND
        assert (desk.held(CALL.key), desk.held(PUT.key)) == (0, 0)
        back = desk.sent[-1].request
        assert (back.side, back.type, back.key) == (Side.SELL, OrderType.MARKET, PUT.key)
        assert [each.undone for each in desk.runner.run("basket-1").legs] == [0, LOT]


async def test_an_order_that_somebody_cancels_is_a_failure() -> None:
    async with make_baskets().market() as desk:
        desk.rule = only(Side.BUY)
        await desk.runner.start(spread())
        await soon(lambda: len(desk.asked) == 2)
        await desk.trading.desk.cancel(desk.sent[-1].id)
        assert await ended(desk) is Phase.FAILED
        assert "cancelled" in desk.runner.run("basket-1").reason


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.UNREADABLE, Fault.SILENT])
async def test_a_lost_answer_stops_all_until_the_broker_has_told(fault: Fault) -> None:
    async with make_baskets().market() as desk:
        desk.trading.broker.faults, desk.trading.broker.quiet = [fault], True
        desk.rule = nothing
        await desk.runner.start(spread(Policy(late=Late.GIVE_UP, seconds=0.01)))
        await soon(lambda: any(each.unknown for each in desk.runner.legs("basket-1")))
        await asyncio.sleep(0.1)
        assert desk.trading.broker.asked == ["place"], "neither sent again, nor given up"
        desk.trading.broker.quiet, desk.rule = False, lambda o: o.quantity - o.filled
        await desk.trading.reconciler.reconcile()
        assert await ended(desk) is Phase.DONE
        assert desk.asked == [BUY_PUT, SELL_CALL]


async def test_an_order_that_never_arrived_is_a_failure_and_not_sent_again() -> None:
    async with make_baskets().market() as desk:
        desk.trading.broker.faults = [Fault.LOST_BEFORE]
        await desk.runner.start(spread())
        await soon(lambda: any(each.unknown for each in desk.runner.legs("basket-1")))
        await desk.trading.reconciler.reconcile()
        assert await ended(desk) is Phase.FAILED
        assert desk.trading.broker.asked == ["place"]
        await desk.runner.go_on("basket-1")  # by hand, as a new order
        assert await ended(desk) is Phase.DONE
        assert desk.asked == [BUY_PUT, SELL_CALL]


async def test_a_late_leg_is_given_up() -> None:
    async with make_baskets().market() as desk:
        desk.rule = nothing
        await desk.runner.start(spread(Policy(late=Late.GIVE_UP, seconds=0.03)))
        assert await ended(desk) is Phase.FAILED
        assert desk.trading.broker.asked == ["place", "cancel"]
        assert not desk.trading.state.working()


async def test_a_late_leg_is_waited_for() -> None:
    async with make_baskets().market() as desk:
        desk.rule = nothing
        await desk.runner.start(spread(Policy(late=Late.WAIT, seconds=0.01)))
        await asyncio.sleep(0.1)
        assert desk.runner.run("basket-1").phase is Phase.RUNNING
        assert desk.trading.broker.asked == ["place"]


async def test_a_late_leg_is_chased_to_the_other_side_and_not_beyond() -> None:
    async with make_baskets().market() as desk:
        desk.trading.quote(PUT.key, 149.0, 150.10)
        desk.rule = nothing
        policy = Policy(late=Late.CHASE, seconds=0.03, ticks=1, steps=4)
        await desk.runner.start(spread(policy))
        assert await ended(desk) is Phase.FAILED
        assert desk.sent[0].terms.price == Decimal("150.10")
        assert desk.trading.broker.asked == ["place", "modify", "modify", "cancel"]
        assert "not filled in its time" in desk.runner.run("basket-1").reason


async def test_a_late_leg_becomes_a_market_order_once() -> None:
    async with make_baskets().market() as desk:
        desk.rule = lambda order: order.quantity if order.type is OrderType.MARKET else 0
        await desk.runner.start(spread(Policy(late=Late.MARKET, seconds=0.03)))
        assert await ended(desk) is Phase.DONE
        assert desk.trading.broker.asked == ["place", "modify"] * 2


async def test_a_pause_sends_nothing_and_moves_no_price() -> None:
    async with make_baskets().market() as desk:
        desk.rule = nothing
        await desk.runner.start(spread(Policy(late=Late.CHASE, seconds=0.03)))
        await soon(lambda: len(desk.asked) == 1)
        await asyncio.gather(*(desk.runner.pause("basket-1") for _ in range(2)))
        desk.rule = lambda order: order.quantity - order.filled
        await soon(lambda: desk.held(PUT.key) == LOT)
        await asyncio.sleep(0.08)
        assert desk.trading.broker.asked == ["place"]
        await asyncio.gather(*(desk.runner.go_on("basket-1") for _ in range(2)))
        assert await ended(desk) is Phase.DONE
        assert desk.asked == [BUY_PUT, SELL_CALL]


async def test_a_stop_cancels_what_works_and_keeps_what_is_filled() -> None:
    async with make_baskets().market() as desk:
        desk.rule = only(Side.BUY)
        await desk.runner.start(spread())
        await soon(lambda: len(desk.asked) == 2)
        await asyncio.gather(*(desk.runner.stop("basket-1") for _ in range(3)))
        assert await ended(desk) is Phase.STOPPED
        assert not desk.trading.state.working()
        assert desk.held(PUT.key) == LOT
        with pytest.raises(RuleBroken, match="nothing is going on"):
            await desk.runner.stop("basket-1")


async def test_stop_and_unwind_from_two_tabs_unwind_once() -> None:
    async with make_baskets().market() as desk:
        desk.rule = lambda order: order.quantity - order.filled if order.key == PUT.key else 0
        await desk.runner.start(spread())
        await soon(lambda: len(desk.asked) == 2)
        await asyncio.gather(
            desk.runner.stop("basket-1"), *(desk.runner.unwind("basket-1") for _ in range(3))
        )
        assert await ended(desk) is Phase.UNWOUND
        assert desk.held(PUT.key) == 0
        assert desk.asked == [BUY_PUT, SELL_CALL, f"sell {PUT.key}"]
        with pytest.raises(RuleBroken):
            await desk.runner.unwind("basket-1")


async def test_a_basket_that_is_done_can_be_unwound_sold_legs_first() -> None:
    async with make_baskets().market() as desk:
        await desk.runner.start(spread())
        assert await ended(desk) is Phase.DONE
        await desk.runner.unwind("basket-1")
        assert await ended(desk) is Phase.UNWOUND
        assert desk.asked[2:] == [f"buy {CALL.key}", f"sell {PUT.key}"]
        assert not desk.trading.state.holdings()


async def test_what_was_closed_by_hand_meanwhile_is_not_closed_again() -> None:
    async with make_baskets().market() as desk:
        await desk.runner.start(spread())
        assert await ended(desk) is Phase.DONE
        await desk.trading.desk.place(ask(Side.SELL, key=PUT.key))
        await soon(lambda: desk.held(PUT.key) == 0)
        await desk.runner.unwind("basket-1")
        assert await ended(desk) is Phase.UNWOUND
        assert not desk.trading.state.holdings()


async def test_what_a_basket_closed_stays_closed() -> None:
    async with make_baskets().market() as desk:
        await desk.trading.desk.place(ask(key=PUT.key))
        await soon(lambda: desk.held(PUT.key) == LOT)
        roll = basket(
            leg(ask(Side.SELL, key=PUT.key), closes=True), leg(ask(quantity=LOT)), policy=UNWIND
        )
        desk.trading.broker.faults = [None, Fault.REFUSED]
        await desk.runner.start(roll)
        assert await ended(desk) is Phase.UNWOUND
        assert not desk.trading.state.holdings()
        assert len(desk.asked) == 2


async def test_an_exit_that_is_asked_for_twice_closes_once() -> None:
    async with make_baskets().market() as desk:
        await desk.trading.desk.place(ask(key=PUT.key))
        await soon(lambda: desk.held(PUT.key) == LOT)
        exits = [
            basket(leg(ask(Side.SELL, key=PUT.key), closes=True), id=f"exit-{n}") for n in range(2)
        ]
        told = await asyncio.gather(
            *(desk.runner.start(each) for each in exits), return_exceptions=True
        )
        started = [each for each in told if not isinstance(each, BaseException)]
        for run in started:
            await ended(desk, run.id)
        assert desk.held(PUT.key) == 0
        assert desk.asked == [BUY_PUT, f"sell {PUT.key}"]
        assert sum(desk.runner.run(run.id).phase is Phase.DONE for run in started) == 1


async def test_the_kill_switch_ends_it_and_nothing_is_unwound_by_itself() -> None:
    async with make_baskets().market() as desk:
        desk.rule = only(Side.BUY)
        await desk.runner.start(spread(UNWIND))
        await soon(lambda: len(desk.asked) == 2)
        await controls(desk.trading).halt("enough")
        assert await ended(desk) is Phase.FAILED
        assert "halted: enough" in desk.runner.run("basket-1").reason
        assert desk.held(PUT.key) == LOT
        assert not desk.trading.state.working()


async def test_after_a_restart_it_is_interrupted_and_goes_on_only_by_hand() -> None:
    kept = MemoryExecutions()
    async with make_baskets(kept=kept).market() as first:
        first.rule = only(Side.BUY)
        await first.runner.start(spread())
        await soon(lambda: len(first.asked) == 2)
    before = first.trading
    again = make_trading(broker=before.broker, memory=before.memory)
    async with make_baskets(again, kept).market() as desk:
        desk.rule = nothing
        await desk.runner.load()
        await again.reconciler.load()
        await again.reconciler.reconcile()
        assert desk.runner.run("basket-1").phase is Phase.INTERRUPTED
        assert [each.filled for each in desk.runner.legs("basket-1")] == [0, LOT]
        await asyncio.sleep(0.05)
        assert len(desk.asked) == 2
        desk.rule = only(Side.SELL)
        await desk.runner.go_on("basket-1")
        assert await ended(desk) is Phase.DONE
        assert len(desk.asked) == 2, "the order that worked all along is waited for"


async def test_one_of_an_earlier_day_does_not_go_on_and_can_be_put_away() -> None:
    kept = MemoryExecutions()
    async with make_baskets(kept=kept).market() as first:
        first.rule = nothing
        await first.runner.start(spread())
    later = make_baskets(kept=kept)
    later.trading.clock.set(later.trading.clock.now() + timedelta(days=3))
    async with later.market() as desk:
        await desk.runner.load()
        with pytest.raises(RuleBroken, match="earlier day"):
            await desk.runner.go_on("basket-1")
        await desk.runner.stop("basket-1")
        assert await ended(desk) is Phase.STOPPED
        assert not await kept.unfinished()


async def test_a_crash_of_ours_while_sending_counts_as_a_lost_answer() -> None:
    async with make_baskets().market() as desk:
        desk.trading.broker.faults = [Fault.CRASH]
        await desk.runner.start(spread())
        await soon(lambda: any(each.unknown for each in desk.runner.legs("basket-1")))
        await desk.trading.reconciler.reconcile()
        assert await ended(desk) is Phase.DONE


async def test_an_order_that_arrives_after_it_was_given_up_is_cancelled() -> None:
    async with make_baskets().market() as desk:
        broker = desk.trading.broker
        desk.rule = nothing
        broker.faults, broker.quiet = [Fault.LOST_AFTER], True
        await desk.runner.start(spread())
        await soon(lambda: any(each.unknown for each in desk.runner.legs("basket-1")))
        hidden = dict(broker.book)
        broker.book.clear()
        await desk.trading.reconciler.reconcile()
        assert await ended(desk) is Phase.FAILED
        broker.quiet = False
        await desk.runner.go_on("basket-1")
        await soon(lambda: len(desk.sent) == 2)
        late = replace(next(iter(hidden.values())), id=BrokerOrderId("99"))
        broker.say(late)
        await soon(lambda: broker.book[late.id].status is Status.CANCELLED)
        desk.rule = lambda order: order.quantity - order.filled
        assert await ended(desk) is Phase.DONE
        assert (desk.held(CALL.key), desk.held(PUT.key)) == (-LOT, LOT)


@pytest.mark.parametrize("exits_first", [True, False])
def test_shorts_are_bought_back_first_and_nothing_is_sold_anew_before_all_else(
    exits_first: bool,
) -> None:
    legs = (
        leg(ask(Side.SELL)),
        leg(ask(Side.SELL, key=PUT.key), closes=True),
        leg(ask(key=PUT.key)),
        leg(ask(), closes=True),
    )
    stages = basket(*legs, policy=Policy(exits_first=exits_first)).stages
    assert stages == (((3,), (1,), (2,), (0,)) if exits_first else ((3,), (2,), (1,), (0,)))


def test_a_basket_of_twenty_one_legs_or_of_one_leg_twice_is_refused() -> None:
    every = [leg(ask(key=InstrumentKey(f"NSE_FO|{n}"))) for n in range(21)]
    basket(*every[:20])
    with pytest.raises(RuleBroken, match="20 legs at most"):
        basket(*every)
    with pytest.raises(RuleBroken, match="twice"):
        basket(every[0], every[0])
    with pytest.raises(RuleBroken, match="limit or a market order"):
        basket(leg(ask(amo=True)))


def test_a_policy_says_what_it_does_before_it_does_it() -> None:
    for late, told in (
        (Late.WAIT, "keeps its price"),
        (Late.CHASE, "2 ticks towards the other side, never beyond it, every 15 s and 5 times"),
        (Late.MARKET, "market order with the broker's protection"),
        (Late.GIVE_UP, "the basket has failed"),
    ):
        assert told in " ".join(spread(Policy(late=late)).words())
    assert "sold legs first" in " ".join(spread(UNWIND).words())
    assert "is kept" in " ".join(spread(KEEP).words())
    with pytest.raises(RuleBroken):
        Policy(seconds=0)


async def test_all_legs_belong_to_one_owner() -> None:
    async with make_baskets().market() as desk:
        await desk.runner.start(spread())
        assert await ended(desk) is Phase.DONE
        await desk.runner.unwind("basket-1")
        assert await ended(desk) is Phase.UNWOUND
        assert {order.request.owner for order in desk.sent} == {"basket-1"}
        assert len({order.request.group for order in desk.sent}) == 4
