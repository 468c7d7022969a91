"""The paper account begins anew: typed, journaled, and without a difference afterwards."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from core.errors import RuleBroken
from core.services.paper_account import PaperAccountControls
from core.trading.broker_orders import Status
from tests.core.services.trading_desk import Trading, make_trading, soon
from tests.core.trading.samples import KEY, LOT, ask
from tests.paper import PaperDoor, paper_door

D = Decimal


@dataclass
class Bench:
    trading: Trading
    door: PaperDoor
    controls: PaperAccountControls


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """An order desk over a paper account: one contract bought, one order resting."""
    door = paper_door()
    trading = make_trading(broker=door.broker)  # type: ignore[arg-type]
    hearing = asyncio.create_task(trading.desk.run())
    controls = PaperAccountControls(door.broker, trading.records, trading.reconciler)
    bought = await trading.desk.place(ask(price=D("150.05")))
    resting = await trading.desk.place(ask(price=D("140")))
    state = trading.state
    await soon(lambda: state.orders[bought.id].status is Status.FILLED)
    await soon(lambda: state.orders[resting.id].status is Status.OPEN)
    yield Bench(trading, door, controls)
    hearing.cancel()


async def test_beginning_anew_leaves_no_difference_between_us_and_the_account(
    bench: Bench,
) -> None:
    await bench.controls.reset(D(200_000), "RESET")
    assert await bench.trading.reconciler.reconcile() == []
    state = bench.trading.state
    assert state.holdings() == {}
    assert [order.status for order in state.orders.values()] == [
        Status.FILLED,
        Status.CANCELLED,
        Status.FILLED,
    ]
    assert await bench.controls.capital() == 200_000
    assert state.funds is not None
    assert (state.funds.available, state.funds.used) == (200_000, 0)
    assert "begins anew" in bench.trading.memory.journal.told


async def test_the_account_trades_on_after_it_began_anew(bench: Bench) -> None:
    await bench.controls.reset(D(200_000), "RESET")
    await bench.trading.reconciler.reconcile()
    order = await bench.trading.desk.place(ask(price=D("150.05")))
    await soon(lambda: bench.trading.state.orders[order.id].status is Status.FILLED)
    assert await bench.trading.reconciler.reconcile() == []
    (held,) = bench.trading.state.holdings().items()
    assert (held[0][0], held[1]) == (KEY, LOT)


@pytest.mark.parametrize(
    ("capital", "typed", "why"),
    [
        ("200000", "reset", "type RESET"),
        ("200000", "", "type RESET"),
        ("9999", "RESET", "capital is"),
        ("NaN", "RESET", "capital is"),
        ("-1", "RESET", "capital is"),
        ("1e12", "RESET", "capital is"),
    ],
)
async def test_another_word_or_an_absurd_amount_changes_nothing(
    bench: Bench, capital: str, typed: str, why: str
) -> None:
    before = await bench.door.broker.funds()
    with pytest.raises(RuleBroken, match=why):
        await bench.controls.reset(D(capital), typed)
    assert await bench.door.broker.funds() == before
    assert "begins anew" not in bench.trading.memory.journal.told


async def test_a_memory_that_cannot_be_read_has_no_capital_and_is_ended_by_a_reset() -> None:
    door = paper_door()
    door.store.body = "not a memory"
    trading = make_trading(broker=door.broker)  # type: ignore[arg-type]
    controls = PaperAccountControls(door.broker, trading.records, trading.reconciler)
    assert await controls.capital() is None
    await controls.reset(D(100_000), "RESET")
    assert await controls.capital() == 100_000
    assert await controls.flags() == []
