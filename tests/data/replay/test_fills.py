import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.trading.exit_rules import ExitRules, Goal
from core.trading.requests import OrderRequest, OrderType, Product, Side
from data.replay.assembly import ReplayDesk
from tests.fake_universe import RELIANCE, option_key
from tests.replay import Runs, at, bars, chain_day, keep

CALL = option_key(24_200.0, Kind.CALL)
PUT = option_key(24_100.0, Kind.PUT)
Told = tuple[InstrumentKey, Side, int, Decimal, datetime]


@pytest.fixture
async def runs(tmp_path: Path) -> AsyncIterator[Runs]:
    url = await keep(tmp_path, [chain_day()], [(RELIANCE, Interval.MINUTE, bars())])
    made = Runs(tmp_path, url, [], [])
    yield made
    await made.end()


def order(key: InstrumentKey, side: Side, quantity: int, **more: Decimal) -> OrderRequest:
    kinds = {(): OrderType.MARKET, ("price",): OrderType.LIMIT}
    kind = kinds.get(tuple(sorted(more)), OrderType.SL)
    return OrderRequest(
        key=key, side=side, quantity=quantity, product=Product.INTRADAY, type=kind, **more
    )


def script() -> list[tuple[datetime, OrderRequest]]:
    """At the market, limits that rest, and a stop; by their times."""
    return [
        (at(9, 18, 20), order(CALL, Side.BUY, 65)),
        (at(9, 18, 40), order(RELIANCE, Side.BUY, 10)),
        (at(9, 19, 5), order(PUT, Side.BUY, 65, price=Decimal("61.50"))),
        (at(9, 20), order(CALL, Side.SELL, 65, price=Decimal(90), trigger_price=Decimal(100))),
        (at(9, 31, 7), order(RELIANCE, Side.SELL, 10, price=Decimal(1319))),
        (at(9, 37, 30), order(PUT, Side.SELL, 65)),
    ]


async def fills(run: ReplayDesk, step: timedelta, rest: float) -> list[Told]:
    """What the script's orders got, with time passing in steps, and a rest after each."""
    services = run.desk.services
    assert services.trading is not None
    services.subscriptions.hold("test", dict.fromkeys((CALL, PUT, RELIANCE), FeedMode.FULL))
    for moment, request in [*script(), (at(9, 40), None)]:
        while run.replay.now < moment:
            await run.replay.advance(min(run.replay.now + step, moment))
            await asyncio.sleep(rest)
        if request is not None:
            await services.trading.desk.place(request)
    ledger = services.trading.state.ledger
    return [(each.key, each.side, each.quantity, each.price, each.at) for each in ledger.fills]


async def test_the_same_orders_get_the_same_fills_at_any_speed(runs: Runs) -> None:
    """Steps of 30 s are those of 600 times; a second, with a turn for all others, stands for
    the day's own pace."""
    fast = await fills(await runs.open(), timedelta(seconds=30), 0.003)
    slow = await fills(await runs.open(), timedelta(seconds=1), 0.0)
    assert len(fast) == 6
    assert fast == slow


async def guarded(run: ReplayDesk, rules: ExitRules, step: timedelta, rest: float) -> list[Told]:
    """A call that a strategy's rules sell again, with nobody looking on."""
    services = run.desk.services
    assert services.trading is not None
    services.subscriptions.hold("test", {CALL: FeedMode.FULL})
    await run.replay.advance(at(9, 18, 20))
    await services.trading.desk.place(order(CALL, Side.BUY, 65))
    await run.replay.advance(at(9, 18, 40))
    (group,) = await services.trading.strategies.create_automatically()
    await services.trading.strategies.set_rules(group.id, rules)
    await services.trading.strategies.arm(group.id)
    while run.replay.now < at(9, 36):
        await run.replay.advance(run.replay.now + step)
        await asyncio.sleep(rest)
    ledger = services.trading.state.ledger
    return [(each.key, each.side, each.quantity, each.price, each.at) for each in ledger.fills]


@pytest.mark.parametrize(
    ("rules", "sold_at"),
    [
        (ExitRules(stop=Goal(800)), at(9, 34)),
        (ExitRules(square_off=at(9, 30, 20).time()), at(9, 30, 20)),
    ],
    ids=["stop", "hour"],
)
async def test_a_strategy_ends_at_the_same_second_at_any_speed(
    runs: Runs, rules: ExitRules, sold_at: datetime
) -> None:
    fast = await guarded(await runs.open(), rules, timedelta(seconds=30), 0.003)
    slow = await guarded(await runs.open(), rules, timedelta(seconds=1), 0.0)
    assert fast == slow
    assert [each[4] for each in fast] == [at(9, 18, 20), sold_at]
