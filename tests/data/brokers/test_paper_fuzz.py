"""Ten thousand things that a trader may do on paper: no call of an order ever leaves the desk."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from core.clock import SetClock
from core.desk_parts import Conditions
from core.errors import AppError, BrokerUnavailable, RuleBroken
from core.ids import GttId, InstrumentKey
from core.instruments.instrument import Instrument, Kind
from core.instruments.tick import DepthLevel
from core.ports.account import Conversion
from core.risk.limits import Limits
from core.services.trading import Trading
from core.settings import Mode, Upstox
from core.state.market import WIDTH, Col
from core.state.session import Login
from core.trading.broker_orders import Status
from core.trading.gtt_terms import GttRequest, Role, Rule, Trigger
from core.trading.orders import Order
from core.trading.requests import (
    Change,
    OrderRequest,
    OrderType,
    Product,
    Side,
    Validity,
    new_order_id,
)
from data.assembly import Assembled, assemble
from data.brokers.upstox.orders import UpstoxBroker
from data.brokers.upstox.token_store import fixed_token
from tests import paper
from tests.core.trading import samples
from tests.core.trading.samples import PUT, ask
from tests.paper import NIFTY, SHARE, SPOT, at

LATE = date(2026, 9, 29)
"""The put ends on the third day; these outlive the rest."""
CALL = replace(samples.CALL, expiry=LATE)
FUTURE = replace(paper.FUTURE, expiry=LATE)
UNLIMITED = Limits(
    order_lots=None,
    order_value=None,
    open_lots=None,
    naked_lots=None,
    orders_a_day=None,
    fat_finger=None,
    duplicate_seconds=0,
)
INDEX = Instrument(
    key=NIFTY,
    segment="NSE_INDEX",
    exchange="NSE",
    symbol="NIFTY",
    name="Nifty 50",
    kind=Kind.INDEX,
    series="INDEX",
    lot_size=1,
    tick_size=Decimal("0.05"),
)
PRICES = {CALL.key: 150.0, PUT.key: 140.0, FUTURE.key: 24_210.0, SHARE.key: 3_000.0}
RICH = Decimal(50_000_000)
SPREAD = {CALL.key: 0.05, PUT.key: 0.05, FUTURE.key: 1.0, SHARE.key: 0.5}


@dataclass(slots=True)
class Wire:
    """Whatever is sent to the broker's address, counted by its first line."""

    asked: Counter[str] = field(default_factory=Counter)
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode()
        self.asked[line.rpartition(" ")[0]] += 1
        writer.write(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def wire() -> AsyncIterator[Wire]:
    made = Wire()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@asynccontextmanager
async def paper_desk(home: Path, port: int, clock: SetClock) -> AsyncIterator[Assembled]:
    """As the program puts it together; only its order side runs."""
    url = f"http://127.0.0.1:{port}"
    upstox = Upstox(
        api_key="key",
        api_secret=SecretStr("secret"),
        base_url=url,
        order_url=url,
        assets_url=url,
        feed_url=f"ws://127.0.0.1:{port}/feed",
    )
    conditions = Conditions(mode=Mode.PAPER, version="0", rate=0.065, environment=())
    made = assemble(conditions, clock, home, f"sqlite:///{home / 'desk.db'}", upstox)
    services = made.desk.services
    services.session.login = Login.OK
    await services.instruments.replace([CALL, PUT, FUTURE, SHARE, INDEX], clock.now())
    for name, run in made.desk.running().items():
        if name in ("orders", "paper account"):
            made.supervisor.start(name, run)
    try:
        yield made
    finally:
        await made.stop()


class Trader:
    def __init__(self, made: Assembled, clock: SetClock, chance: Random) -> None:
        self.made, self.clock, self.chance = made, clock, chance
        self.market = made.desk.services.market
        trading = made.desk.services.trading
        assert trading is not None
        self.trading: Trading = trading
        self.prices = dict(PRICES)
        self.done: Counter[str] = Counter()
        self.seen: Counter[Status] = Counter()

    async def act(self) -> None:
        acts = {
            self.place: 50,
            self.modify: 12,
            self.cancel: 12,
            self.flatten: 4,
            self.gtt: 6,
            self.end_gtt: 3,
            self.convert: 2,
            self.cancel_all: 1,
            self.reconcile: 1,
            self.stop: 0.2,
            self.begin_anew: 0.2,
        }
        doing = self.chance.choices(list(acts), list(acts.values()))[0]
        try:
            await doing()
        except AppError:
            self.done["refused"] += 1
        else:
            self.done[doing.__name__] += 1

    async def place(self) -> None:
        """Some of them by the second click of a double click."""
        click = f"click {sum(self.done.values()) // 3}"
        await self.trading.desk.place(self._request(), click=self.chance.choice(["", click]))

    def _request(self) -> OrderRequest:
        chance = self.chance
        key = chance.choice(list(PRICES))
        lot = 1 if key == SHARE.key else 65
        price = Decimal(str(round(self.prices[key] + chance.randint(-20, 20) * SPREAD[key], 1)))
        kind, side = chance.choice(list(OrderType)), chance.choice(list(Side))
        trigger = price + (-1 if side is Side.BUY else 1) * Decimal("0.5")
        return OrderRequest(
            key=key,
            side=side,
            quantity=lot * chance.choice([1, 1, 2, 5, 40]) + chance.choice([0, 0, 0, 0, 1]),
            product=self._product(key),
            type=kind,
            price=price if kind.has_price else Decimal(0),
            trigger_price=trigger if kind.has_trigger else Decimal(0),
            validity=chance.choice(list(Validity)),
            amo=chance.random() < 0.1,
            slice=chance.random() < 0.5,
        )

    def _product(self, key: InstrumentKey) -> Product:
        """One that the contract can be held as, most of the time."""
        keeps = Product.DELIVERY if key == SHARE.key else Product.CARRY
        return self.chance.choice([keeps, keeps, keeps, Product.INTRADAY, Product.MTF])

    async def gtt(self) -> None:
        key, side = self.chance.choice([CALL.key, PUT.key]), self.chance.choice(list(Side))
        entry = Decimal(str(round(self.prices[key], 1)))
        trigger = self.chance.choice(list(Trigger))
        way = 1 if side is Side.BUY else -1
        rules = [
            Rule(role=Role.ENTRY, trigger=trigger, price=entry),
            Rule(role=Role.TARGET, trigger=Trigger.IMMEDIATE, price=entry + way * 2),
            Rule(role=Role.STOPLOSS, trigger=Trigger.IMMEDIATE, price=entry - way * 2),
        ][: self.chance.choice([1, 3])]
        assert self.trading.gtts is not None
        await self.trading.gtts.desk.place(
            GttRequest(key=key, side=side, quantity=65, product=Product.CARRY, rules=tuple(rules))
        )

    async def end_gtt(self) -> None:
        assert self.trading.gtts is not None
        working = [each.id for each in self.trading.gtts.state.working()]
        await self.trading.gtts.desk.cancel(self.chance.choice(working or [GttId("none")]))

    async def convert(self) -> None:
        held = [at for at in self.trading.state.holdings() if at[1] is Product.INTRADAY]
        if not held:
            raise RuleBroken("nothing is held within the day")
        (key, _), units = held[0], self.trading.state.held(*held[0])
        wish = Conversion(
            key=key,
            side=Side.BUY if units > 0 else Side.SELL,
            quantity=abs(units),
            before=Product.INTRADAY,
            after=Product.DELIVERY if key == SHARE.key else Product.CARRY,
        )
        assert self.trading.account is not None
        await self.trading.account.convert(wish)

    async def stop(self) -> None:
        """The kill switch, with everything closed; then on again."""
        await self.trading.controls.halt("to try it", flatten=True)
        await self.trading.controls.release("RELEASE")

    async def begin_anew(self) -> None:
        assert self.trading.paper is not None
        await self.trading.paper.reset(RICH, "RESET")

    async def modify(self) -> None:
        orders = [each.id for each in self.trading.state.working()]
        wanted = Change(price=Decimal(self.chance.randint(100, 200)))
        await self.trading.desk.modify(self.chance.choice(orders or ["none"]), wanted)

    async def cancel(self) -> None:
        orders = [each.id for each in self.trading.state.working()]
        await self.trading.desk.cancel(self.chance.choice(orders or ["none"]))

    async def flatten(self) -> None:
        for (key, product), units in self.trading.state.holdings().items():
            side = Side.SELL if units > 0 else Side.BUY
            request = OrderRequest(
                key=key,
                side=side,
                quantity=abs(units),
                product=product,
                type=OrderType.MARKET,
                slice=True,
            )
            await self.trading.desk.flatten(request)

    async def cancel_all(self) -> None:
        await self.trading.desk.cancel_all()

    async def reconcile(self) -> None:
        await self.trading.reconciler.reconcile()

    def look(self) -> None:
        """Count what became of the day's orders, before they are forgotten."""
        self.seen.update(order.status for order in self.trading.state.orders.values())

    def quote(self) -> None:
        """The market moves; the desk hears it as it would hear a frame."""
        for key in PRICES:
            self.prices[key] = max(self.prices[key] + self.chance.gauss(0, 3) * SPREAD[key], 5.0)
        self.market.begin_frame()
        rows = [self._write(key, price) for key, price in self.prices.items()]
        rows.append(self._write(NIFTY, float(SPOT)))
        for listener in self.made.desk._broker.feed._listeners:
            listener(rows)

    def _write(self, key: InstrumentKey, price: float) -> int:
        row, now = self.market.row(key), self.clock.now().timestamp() * 1000
        bid, ask = (round(price + way * SPREAD.get(key, 0.0), 1) for way in (-1, 1))
        units = self.chance.choice([65, 650, 6500])
        values = [float("nan")] * WIDTH
        values[Col.LTP] = values[Col.CLOSE] = round(price, 1)
        values[Col.LTT], values[Col.LTQ] = now, 650.0
        values[Col.BID], values[Col.BID_QTY] = bid, units
        values[Col.ASK], values[Col.ASK_QTY] = ask, units
        values[Col.VOLUME], values[Col.RECEIVED] = now / 1e6, now
        self.market.write(row, values)
        if row in self.market.depth_rows:
            level = DepthLevel(bid_quantity=units, bid=bid, ask_quantity=units, ask=ask)
            self.market.depth[row] = (level,)
        return row


async def fuzz(home: Path, actions: int, seed: int) -> tuple[Trader, Wire]:
    """Days of five hundred actions each, twenty at a time."""
    clock, chance, day = SetClock(at(10)), Random(seed), at(10)
    async with wire() as line, paper_desk(home, line.port, clock) as made:
        trader = Trader(made, clock, chance)
        trader.trading.state.limits = UNLIMITED
        trader.trading.pace._allowed = (100_000, 100_000, 100_000)
        trader.quote()
        await trader.begin_anew()
        await trader.trading.reconciler.reconcile()
        for done in range(0, actions, 20):
            await asyncio.gather(*(trader.act() for _ in range(20)))
            clock.advance(timedelta(seconds=30))
            trader.quote()
            if done % 500 == 480 or done + 20 >= actions:
                trader.look()
                day += timedelta(days=3 if day.weekday() == 4 else 1)
                clock.set(day)
                trader.quote()
                await trader.trading.reconciler.reconcile()
        return trader, line


async def test_no_order_on_paper_leaves_the_desk(tmp_path: Path) -> None:
    trader, line = await fuzz(tmp_path, 300, 1)
    assert line.asked == Counter()
    assert trader.trading.broker == "paper"
    assert {Status.FILLED, Status.CANCELLED, Status.REJECTED} <= trader.seen.keys()
    assert trader.done["place"] > 40, trader.done
    assert not trader.trading.state.differences


async def test_the_wire_would_notice(tmp_path: Path) -> None:
    clock = SetClock(at(10))
    async with wire() as line, paper_desk(tmp_path, line.port, clock) as made:
        made.tokens.hold(fixed_token("token"))
        broker = UpstoxBroker(made.http, made.tokens, clock)
        order = Order(id=new_order_id(clock.now()), request=ask(), placed_at=clock.now())
        with pytest.raises(BrokerUnavailable):
            await broker.place(order)
        assert line.asked == Counter({"POST /v3/order/place": 1})
