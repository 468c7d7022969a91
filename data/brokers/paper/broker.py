"""The paper broker: fills the `Broker` port over the paper account, in this process.

What was asked for and what happened is on the disk before anybody is told of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

import structlog

from core.clock import Clock
from core.errors import AppError, BrokerRejected
from core.ids import BrokerOrderId, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument
from core.money import RUPEE_STEP
from core.paper.account import PaperAccount
from core.paper.books import Told
from core.paper.memory import CAPITAL, fresh
from core.paper.writing import Writer, read
from core.ports.account import AccountDoor
from core.ports.broker import BrokerPosition, Funds, Holding, Reconnected, Update
from core.ports.feed import Feed
from core.ports.gtt import GttDoor
from core.ports.market_data import History
from core.ports.orders import PaperStore
from core.ports.paper import Bands
from core.ports.repositories import InstrumentRepository
from core.services.subscriptions import Subscriptions
from core.state.market import MarketState
from core.trading.broker_orders import BrokerOrder
from core.trading.fills import Fill
from core.trading.orders import Order
from core.trading.positions import Position, decimal
from core.trading.requests import OrderRequest
from data.brokers.paper.account import PaperAccountDoor
from data.brokers.paper.gtts import PaperGttDoor
from data.brokers.paper.prices import Assume, PaperPrices
from data.brokers.paper.settling import PaperSettling

log = structlog.get_logger(__name__)
T = TypeVar("T")

TICK: Final = 0.25
"""Seconds between two looks at the clock."""
NOT_LISTED: Final = "PAPER_NOT_LISTED"
SILENT: Final = timedelta(seconds=10)
"""Without a frame of any contract for so long, no quote is believed until the next comes."""


class PaperBroker:
    """Hears of prices from the feed that it is given; it sends nothing to anybody."""

    name: Final = "paper"

    def __init__(
        self,
        *,
        store: PaperStore,
        instruments: InstrumentRepository,
        market: MarketState,
        subscriptions: Subscriptions,
        feed: Feed,
        calendar: MarketCalendar,
        clock: Clock,
        history: History | None = None,
        rate: float = 0.065,
        assume: Assume | None = None,
        silent: timedelta = SILENT,
    ) -> None:
        self._store, self._instruments = store, instruments
        self._calendar, self._clock, self._rate = calendar, clock, rate
        self._settling = PaperSettling(history) if history else None
        self._prices = PaperPrices(market, subscriptions, assume)
        self._silent = silent
        self._account: PaperAccount | None = None
        self._writer = Writer()
        self.gtts: GttDoor = PaperGttDoor(self)
        self.own: AccountDoor = PaperAccountDoor(self, clock)
        self._saved = -1
        self._unsaid: list[Told] = []
        self._listeners: list[asyncio.Queue[Update]] = []
        self._one_load, self._one_save = asyncio.Lock(), asyncio.Lock()
        self._stirred = asyncio.Event()
        self._heard: datetime | None = None
        self._sound_since: datetime | None = None
        """Since when the feed has not been silent; None while it is."""
        feed.listen(self._hear)

    def bound_by(self, bands: Bands) -> None:
        self._prices.bands = bands

    async def run(self) -> None:
        """Live with the clock and the market until cancelled."""
        await self.account()
        while True:
            await self.live()
            self._stirred.clear()
            try:
                await asyncio.wait_for(self._stirred.wait(), TICK)
            except TimeoutError:
                continue

    async def account(self) -> PaperAccount:
        """As it was left, or a new one; raises BadData for a memory that cannot be read."""
        async with self._one_load:
            if self._account is None:
                body = await self._store.load()
                now = self._clock.now()
                memory = read(body) if body is not None else fresh(now, CAPITAL)
                self._take_up(PaperAccount(memory, self._calendar, rate=self._rate))
                log.info("paper.loaded", new=body is None, orders=len(memory.orders))
            assert self._account is not None
            return self._account

    # Orders

    async def place(self, order: Order) -> tuple[BrokerOrderId, ...]:
        instrument = await self.listed(order.request.key)
        return tuple(await self.do(lambda account, now: account.place(order, instrument, now)))

    async def modify(self, id: BrokerOrderId, request: OrderRequest) -> None:
        await self.do(lambda account, now: account.modify(id, request, now))

    async def cancel(self, id: BrokerOrderId) -> None:
        await self.do(lambda account, now: account.cancel(id, now))

    async def exit_all(self) -> Sequence[BrokerOrderId]:
        return tuple(await self.do(lambda account, now: account.exit_all(now)))

    async def do(self, act: Callable[[PaperAccount, datetime], T]) -> T:
        """Something of the account, on the disk when it returns."""
        account = await self.account()
        self._doubt(account)
        done = act(account, self._clock.now())
        self._look_around(account)
        await self._save(account)
        return done

    async def listed(self, key: InstrumentKey) -> Instrument:
        """Raises BrokerRejected for a contract that is not."""
        found = await self._instruments.get(key)
        if found is None:
            raise BrokerRejected(f"{key} is not listed today", code=NOT_LISTED)
        return found

    async def capital(self) -> Decimal:
        return (await self.account()).memory.capital

    async def flags(self) -> list[str]:
        return list((await self.account()).memory.flags)

    async def reset(self, capital: Decimal = CAPITAL) -> None:
        """Begin anew; also the way out of a memory that cannot be read. Raises RuleBroken."""
        now = self._clock.now()
        memory = fresh(now, capital)
        try:
            account = await self.account()
        except AppError:
            account = PaperAccount(memory, self._calendar, rate=self._rate)
            self._take_up(account)
        account.reset(capital, now)
        await self._save(account)

    # What is asked

    async def orders(self) -> list[BrokerOrder]:
        return (await self.current()).orders()

    async def order_history(self, id: BrokerOrderId) -> list[BrokerOrder]:
        return (await self.current()).history(id)

    async def trades(self) -> list[Fill]:
        return list((await self.current()).memory.fills)

    async def positions(self) -> list[BrokerPosition]:
        account = await self.current()
        return [_told(account, each) for each in account.memory.positions]

    async def holdings(self) -> list[Holding]:
        shares = (await self.current()).memory.shares
        return [
            Holding(
                key=each.key,
                quantity=each.quantity,
                average_price=decimal(each.cost / each.quantity, RUPEE_STEP),
            )
            for each in shares
        ]

    async def funds(self) -> Funds:
        account = await self.current()
        money = account.money(self._clock.now())
        return Funds(available=money.available, used=money.used)

    async def updates(self) -> AsyncIterator[Update]:
        queue: asyncio.Queue[Update] = asyncio.Queue()
        self._listeners.append(queue)
        try:
            yield Reconnected()
            while True:
                yield await queue.get()
                queue.task_done()  # whoever listens came back for more
        finally:
            self._listeners.remove(queue)

    async def told(self) -> None:
        """Return once all who listen have taken in everything that was said."""
        for queue in list(self._listeners):
            await queue.join()

    async def current(self) -> PaperAccount:
        """The account, all of it on the disk: nobody reads what a crash could undo."""
        account = await self.account()
        await self._save(account)
        return account

    # Living

    def _take_up(self, account: PaperAccount) -> None:
        self._account, self._saved = account, -1
        self._want(account)

    def _hear(self, rows: Iterable[int]) -> None:
        """A frame is in the market state."""
        if self._account is not None:
            self._doubt(self._account)
            self._heard = self._clock.now()
            self._sound_since = self._sound_since or self._heard
            before = self._account.revision
            try:
                self._prices.give(rows, self._account, self._clock.now())
            except AppError as problem:
                log.error("paper.frame_failed", problem=str(problem))
            if self._account.revision != before:
                self._stirred.set()

    def _doubt(self, account: PaperAccount) -> None:
        """The feed was cut or is silent: what the market showed before is over."""
        if self._heard is not None and self._clock.now() - self._heard > self._silent:
            account.exchange.forget_books()
            self._heard = self._sound_since = None

    def _look_around(self, account: PaperAccount) -> None:
        """Subscribe what is wanted now, and look at what is known of it already."""
        now = self._clock.now()
        self._want(account)
        if self._sound_since is not None:
            self._prices.give_all(account, now, self._sound_since)

    def _want(self, account: PaperAccount) -> None:
        for key in self._prices.want(account.wanted(), self._clock.now()):
            account.exchange.forget_book(key)

    async def live(self) -> None:
        """Once: do what has its hour, hear of what is wanted now, write down what changed."""
        account = await self.account()
        self._doubt(account)
        account.advance(self._clock.now())
        if self._settling is not None:
            await self._settling.look(account, self._clock.now())
        self._want(account)
        await self._save(account)

    async def _save(self, account: PaperAccount) -> None:
        """To the disk, then to those who listen."""
        async with self._one_save:
            self._unsaid += account.take()
            if account.revision == self._saved:
                return
            revision, said = account.revision, len(self._unsaid)
            await self._store.save(self._writer.written(account.memory))
            self._saved = revision
            told, self._unsaid = self._unsaid[:said], self._unsaid[said:]
            for each in told:
                update = _told(account, each) if isinstance(each, Position) else each
                for queue in self._listeners:
                    queue.put_nowait(update)


def _told(account: PaperAccount, position: Position) -> BrokerPosition:
    return BrokerPosition(
        key=position.key,
        product=position.product,
        quantity=position.quantity,
        overnight=account.overnight(position.key, position.product),
        average_price=position.average_price if position.quantity else None,
    )
