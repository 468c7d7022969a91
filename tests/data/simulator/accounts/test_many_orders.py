"""Random acts: whatever is done, the book and the money stay true."""

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from data.simulator.accounts.changes import Change
from data.simulator.accounts.opening import open_trading
from data.simulator.accounts.orders import FINAL, Ask
from data.simulator.accounts.trading import Trading
from data.simulator.faults import Faults
from data.simulator.market import Market
from tests.data.simulator.running import MORNING
from tests.data.simulator.trader import option

START = int(MORNING.timestamp() * 1000)
CASH = 50_000_000


def opened(market: Market) -> Trading:
    return open_trading(market, START, Faults(enabled=False), cash=CASH, first=0)


def act(trading: Trading, market: Market, chance: random.Random, now: int) -> None:
    """Place, change or cancel something."""
    account, kind = trading.account, chance.random()
    trading.advance(now)
    alive = [order for order in account.orders.values() if order.status not in FINAL]
    if alive and kind < 0.2:
        account.cancel(chance.choice(alive), now)
    elif alive and kind < 0.35:
        order = chance.choice(alive)
        price = order.ask.price + Decimal(chance.randint(-40, 40)) / 20
        change = Change(validity="DAY", price=price, type=order.ask.type, trigger=order.ask.trigger)
        account.modify(order, change, now)
    else:
        account.process(account.receive(_ask(market, chance, now), now), now)


def _ask(market: Market, chance: random.Random, now: int) -> Ask:
    contract = option(market, chance.randint(-2, 2), chance.choice(["CE", "PE"]))
    last = round(market.last_price(contract.key, now) * 20)
    price, buy = Decimal(max(last + chance.randint(-60, 60), 1)) / 20, chance.random() < 0.5
    at_market = chance.random() < 0.3
    return Ask(
        contract=contract,
        quantity=65 * chance.randint(1, 40),
        product=chance.choice(["I", "D"]),
        validity=chance.choice(["DAY", "DAY", "IOC"]),
        price=Decimal(0) if at_market else price,
        type="MARKET" if at_market else "LIMIT",
        buy=buy,
        sliced=True,
    )


def played(market: Market, seed: int, extra_looks: int = 0) -> tuple[Trading, list[Any]]:
    heard: list[Any] = []
    trading, chance, now = opened(market), random.Random(seed), START
    trading.account.listen(heard.append)
    for _ in range(150):
        pause = chance.randint(0, 4_000)
        for look in range(extra_looks):
            trading.advance(now + pause * look // extra_looks)
        now += pause
        act(trading, market, chance, now)
    return trading, heard


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_filled_is_what_is_held_and_what_was_paid(market: Market, seed: int) -> None:
    trading, _ = played(market, seed)
    portfolio = trading.account.portfolio
    assert len(portfolio.fills) > 60
    units: dict[tuple[str, str], int] = {}
    paid, filled = 0, {}
    for fill in portfolio.fills:
        ask, way = fill.order.ask, 1 if fill.order.ask.buy else -1
        key = ask.contract.key, ask.product
        units[key] = units.get(key, 0) + way * fill.quantity
        paid += way * fill.quantity * fill.paise
        filled[fill.order.id] = filled.get(fill.order.id, 0) + fill.quantity
        good = fill.paise <= ask.price * 100 if ask.buy else fill.paise >= ask.price * 100
        assert good or ask.at_market or fill.order.request > 1
    assert units == {key: p.open for key, p in portfolio.positions.items()}
    assert portfolio.cash.now == CASH * 100 - paid
    cost = sum(p.cost for p in portfolio.positions.values())
    earned = sum((p.realised for p in portfolio.positions.values()), Fraction(0))
    assert cost - earned == paid
    for order in trading.account.orders.values():
        assert order.filled == filled.get(order.id, 0) <= order.ask.quantity
        assert order.blocked >= 0


def test_nobody_gets_more_than_is_shown(market: Market) -> None:
    trading, _ = played(market, 5)
    taken: dict[tuple[str, int, bool, int], int] = {}
    for fill in trading.account.portfolio.fills:
        key, buy = fill.order.key, fill.order.ask.buy
        book = market.ladder(key, fill.at_ms)
        prices, shown = (book.ask, book.ask_qty) if buy else (book.bid, book.bid_qty)
        reach = prices * 100 <= fill.paise + 0.5 if buy else prices * 100 >= fill.paise - 0.5
        printed = market.prints(key, fill.at_ms - 1, fill.at_ms)
        most = int(shown[reach & (prices > 0)].sum()) + int(printed.quantity.sum())
        name = key, book.slot, buy, fill.at_ms
        taken[name] = taken.get(name, 0) + fill.quantity
        assert taken[name] <= most or _deeper(market, name, taken[name])


def _deeper(market: Market, name: tuple[str, int, bool, int], taken: int) -> bool:
    """Several orders at several prices: all that the side shows is the bound."""
    book = market.ladder(name[0], name[3])
    return taken <= int((book.ask_qty if name[2] else book.bid_qty).sum())


def test_the_same_acts_have_the_same_fate_however_often_somebody_looks(market: Market) -> None:
    _, once = played(market, 6)
    _, often = played(market, 6, extra_looks=5)
    assert len(once) > 300
    assert once == often
