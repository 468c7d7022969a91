"""The same quotes and the same orders give the same fills on paper and at the simulated exchange.

The exchange's own market is recorded quote by quote and trade by trade, and played to both. The
exchange shows its orders thirty levels; where the paper account is given all of them too, every
fill is the same. A broker's feed gives paper orders five: then the two agree as long as nobody asks
for more than five levels show, and the last test says what happens beyond.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from core.clock import SetClock
from core.errors import BrokerRejected
from core.ids import BrokerOrderId, InstrumentKey, OrderId
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument, Kind
from core.paper.account import PaperAccount
from core.paper.memory import fresh
from core.trading.orders import Order as Intent
from core.trading.requests import OrderRequest, OrderType, Product, Side, Validity
from data.simulator.accounts.account import Account
from data.simulator.accounts.changes import Change
from data.simulator.accounts.orders import Ask, Order
from data.simulator.accounts.trading import Trading
from data.simulator.market import Contract, Market
from tests.data.simulator.running import MORNING
from tests.data.simulator.trader import option

START = int(MORNING.timestamp() * 1000)
END = START + 70_000
RICH = 10_000_000_000
KINDS = {"CE": Kind.CALL, "PE": Kind.PUT, "FUT": Kind.FUTURE}
TYPES = {
    "MARKET": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "SL": OrderType.SL,
    "SL-M": OrderType.SL_M,
}
Trade = tuple[int, int, Decimal, int]
"""The order's place in the sequence, units, rupees, epoch milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that a trader does: a new order, or a change or the end of an earlier one."""

    at: int
    type: str = "LIMIT"
    buy: bool = True
    quantity: int = 65
    price: Decimal = Decimal(0)
    trigger: Decimal = Decimal(0)
    ioc: bool = False
    of: int | None = None
    ends: bool = False


class Shallow:
    """A market that shows its orders no more levels than a broker's feed does."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def __getattr__(self, name: str) -> Any:
        return getattr(self._market, name)

    def ladder(self, key: str, now_ms: int, levels: int) -> Any:
        return self._market.ladder(key, now_ms, min(levels, 5))


class Exchange:
    """The simulated exchange's account, as the REST calls drive it."""

    def __init__(self, market: Market, contract: Contract) -> None:
        self.account = Account(market, cash=RICH)
        self.trading = Trading(market, self.account, START)
        self.contract = contract
        self.orders: list[Order] = []

    def act(self, act: Act) -> None:
        self.trading.advance(act.at)
        if act.of is None:
            ask = Ask(
                contract=self.contract,
                quantity=act.quantity,
                product="D",
                validity="IOC" if act.ioc else "DAY",
                price=act.price,
                type=act.type,
                buy=act.buy,
                trigger=act.trigger,
            )
            found = self.account.receive(ask, act.at)
            self.orders += found
            self.account.process(found, act.at)
        elif not (order := self.orders[act.of]).final:
            self._change(order, act)

    def _change(self, order: Order, act: Act) -> None:
        if act.ends:
            self.account.cancel(order, act.at)
        else:
            change = Change(
                validity=order.ask.validity,
                price=act.price,
                type=order.ask.type,
                trigger=order.ask.trigger,
                quantity=act.quantity,
            )
            self.account.modify(order, change, act.at)

    def trades(self) -> list[Trade]:
        places = {order.id: i for i, order in enumerate(self.orders)}
        return [
            (places[f.order.id], f.quantity, f.rupees, f.at_ms)
            for f in self.account.portfolio.fills
        ]

    def left(self) -> list[int]:
        return [0 if order.final else order.left for order in self.orders]


class Paper:
    """The paper account, told what the market shows event by event."""

    def __init__(self, market: Market, contract: Contract, levels: int) -> None:
        self.market, self.levels = market, levels
        self.key = InstrumentKey(contract.key)
        self.instrument = listed(contract)
        self.account = PaperAccount(
            fresh(moment(START), Decimal(RICH)), MarketCalendar(SetClock(moment(START)))
        )
        self.account.memory.instruments[self.key] = self.instrument
        self.ids: list[BrokerOrderId] = []
        self.heard = START
        spot = Decimal(str(market.spot(contract.underlying, START)))
        now, last = moment(START), Decimal(str(market.last_price(contract.key, START)))
        self.account.exchange.saw(InstrumentKey(contract.underlying_key), now, last=spot)
        self.account.exchange.saw(self.key, now, last=last, traded=True)
        self._quote(START)

    def hear(self, until: int) -> None:
        """First a moment's quote, then its trades, as the exchange has them."""
        tops = self.market.tops(self.key, self.heard, until)
        prints = self.market.prints(self.key, self.heard, until)
        events = [(int(at), 0, i) for i, at in enumerate(tops.at)]
        events += [(int(at), 1, i) for i, at in enumerate(prints.at)]
        for at, kind, i in sorted(events):
            if kind:
                price = Decimal(str(round(float(prints.price[i]), 2)))
                self.account.trade(self.key, price, int(prints.quantity[i]), moment(at))
            else:
                self._quote(at)
        self.heard = until

    def act(self, act: Act) -> None:
        self.hear(act.at)
        now = moment(act.at)
        if act.of is None:
            request = OrderRequest(
                key=self.key,
                side=Side.BUY if act.buy else Side.SELL,
                quantity=act.quantity,
                product=Product.CARRY,
                type=TYPES[act.type],
                price=act.price,
                trigger_price=act.trigger,
                validity=Validity.IOC if act.ioc else Validity.DAY,
            )
            intent = Intent(id=OrderId(f"sd{len(self.ids)}"), request=request, placed_at=now)
            self.ids += self.account.place(intent, self.instrument, now)
            return
        order = self.account.memory.orders[self.ids[act.of]]
        if order.status.is_working:
            self._change(order.id, order.terms, act, now)

    def _change(self, id: BrokerOrderId, terms: OrderRequest, act: Act, now: datetime) -> None:
        try:
            if act.ends:
                self.account.cancel(id, now)
            else:
                wanted = replace(terms, price=act.price, quantity=act.quantity)
                self.account.modify(id, wanted, now)
        except BrokerRejected:
            return  # the exchange refuses it too: the order stays as it is

    def trades(self) -> list[Trade]:
        places = {id: i for i, id in enumerate(self.ids)}
        return [
            (places[f.order_id], f.quantity, f.price, int(f.at.timestamp() * 1000))
            for f in self.account.memory.fills
        ]

    def left(self) -> list[int]:
        orders = [self.account.memory.orders[id] for id in self.ids]
        return [each.left if each.status.is_working else 0 for each in orders]

    def _quote(self, at: int) -> None:
        book = self.market.ladder(self.key, at, self.levels)
        bids = levels(book.bid, book.bid_qty)
        self.account.quote(self.key, bids, levels(book.ask, book.ask_qty), moment(at))


def levels(prices: Any, units: Any) -> list[tuple[Decimal, int]]:
    pairs = zip(prices.tolist(), units.tolist(), strict=True)
    return [(Decimal(str(round(p, 2))), n) for p, n in pairs if p > 0 and n > 0]


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def listed(contract: Contract) -> Instrument:
    return Instrument(
        key=InstrumentKey(contract.key),
        segment=contract.segment,
        exchange=contract.exchange,
        symbol=contract.trading_symbol,
        name=contract.name,
        kind=KINDS[contract.type],
        series=contract.type,
        lot_size=contract.lot_size,
        tick_size=Decimal(str(contract.tick)),
        freeze_quantity=contract.freeze_quantity,
        expiry=contract.expiry,
        strike=contract.strike or None,
        underlying_key=InstrumentKey(contract.underlying_key),
        underlying_symbol=contract.underlying,
    )


def acts(market: Market, contract: Contract, seed: int, *, most_lots: int) -> Iterator[Act]:
    """A nervous trader, a minute long, around the market of each moment."""
    chance, at, kinds = Random(seed), START, list[str]()
    tick = Decimal(str(contract.tick))
    while at < END - 10_000:
        at += chance.randint(50, 2_000)
        last = Decimal(str(market.last_price(contract.key, at)))
        near = (last / tick).to_integral_value() * tick + chance.randint(-12, 12) * tick
        near = max(near, tick)
        size, buy = 65 * chance.randint(1, most_lots), chance.random() < 0.5
        if kinds and chance.random() < 0.35:
            of = chance.randrange(len(kinds))
            ends = kinds[of] != "LIMIT" or chance.random() < 0.4
            yield Act(at=at, of=of, ends=ends, price=near, quantity=size)
            continue
        kind = chance.choice(["LIMIT", "LIMIT", "LIMIT", "MARKET", "SL"])
        if kind == "SL" and contract.type == "FUT" and chance.random() < 0.5:
            kind = "SL-M"
        kinds.append(kind)
        way = tick if buy else -tick
        trigger = last + way * chance.randint(1, 8) if kind in ("SL", "SL-M") else Decimal(0)
        price = {"LIMIT": near, "SL": trigger + way * chance.randint(0, 6)}.get(kind, Decimal(0))
        ioc = kind == "LIMIT" and chance.random() < 0.2
        yield Act(at=at, type=kind, buy=buy, quantity=size, price=price, trigger=trigger, ioc=ioc)


def future(market: Market) -> Contract:
    found = market.listed(MORNING.date()).values()
    return min(
        (c for c in found if (c.underlying, c.type) == ("NIFTY", "FUT")),
        key=lambda c: str(c.expiry),
    )


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(7, ["NIFTY"])


def played(
    market: Any, contract: Contract, seed: int, levels: int, most_lots: int = 20
) -> tuple[Exchange, Paper]:
    exchange, paper = Exchange(market, contract), Paper(market, contract, levels)
    for act in acts(market, contract, seed, most_lots=most_lots):
        exchange.act(act)
        paper.act(act)
    exchange.trading.advance(END)
    paper.hear(END)
    return exchange, paper


@pytest.mark.parametrize(("which", "seed"), [(option, 1), (future, 2)])
def test_with_all_levels_every_fill_is_the_same(
    market: Market, which: Callable[[Market], Contract], seed: int
) -> None:
    exchange, paper = played(market, which(market), seed, 30)
    assert paper.trades() == exchange.trades()
    assert paper.left() == exchange.left()
    assert len(paper.trades()) > 15


def test_with_five_levels_on_both_sides_every_fill_is_the_same(market: Market) -> None:
    exchange, paper = played(Shallow(market), option(market), 3, 5)
    assert paper.trades() == exchange.trades()
    assert paper.left() == exchange.left()


def test_an_order_for_more_than_five_levels_waits_where_the_exchange_fills_it(
    market: Market,
) -> None:
    call = option(market)
    book = market.ladder(call.key, START, 30)
    shown, dear = int(book.ask_qty[:5].sum()), Decimal(str(round(float(book.ask[9]), 2)))
    act = Act(at=START, quantity=shown + 65, price=dear)
    exchange, paper = Exchange(market, call), Paper(market, call, 5)
    exchange.act(act)
    paper.act(act)
    assert (exchange.left(), paper.left()) == ([0], [65])
    assert paper.trades() == exchange.trades()[:5]
