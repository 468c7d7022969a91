"""Chain keeper: opens a chain for its viewers, keeps its numbers right, closes it after them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import nan
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from core.clock import Clock
from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument, Kind
from core.ports.feed import Feed, FeedMode
from core.ports.market_data import BrokerChain, ChainSide, MarketData
from core.ports.repositories import InstrumentRepository
from core.services.chain_numbers import compute
from core.services.subscriptions import Subscriptions
from core.state.chains import CALL, PUT, ChainState, LiveChain
from core.state.market import Col, MarketState

log = structlog.get_logger(__name__)

GRACE: Final = 30.0
"""Seconds that a chain stays open after its last viewer, so that a reload costs nothing."""
TRY_AGAIN: Final = 5.0
"""Seconds between attempts to get the first values of a chain."""
AGEING: Final = timedelta(minutes=1)
"""Time alone moves the greeks: without any tick they are computed again after this."""

ChainId = tuple[str, date]
_FILLED: Final = (
    Col.LTP,
    Col.CLOSE,
    Col.VOLUME,
    Col.OI,
    Col.BID,
    Col.BID_QTY,
    Col.ASK,
    Col.ASK_QTY,
    Col.IV,
    Col.DELTA,
    Col.GAMMA,
    Col.THETA,
    Col.VEGA,
    Col.RECEIVED,
)


Limits = Callable[[InstrumentKey, float, float], None]
"""Hears of the day's price limits of a contract, in rupees."""


def nobody(_key: InstrumentKey, _low: float, _high: float) -> None:
    pass


@dataclass(slots=True)
class _Opened:
    chain: LiveChain
    trigger: NDArray[np.int64]  # rows whose change calls for new numbers
    future_closes: datetime | None
    viewers: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    closing: asyncio.TimerHandle | None = None
    asked_at: float = -1e9


class ChainKeeper:
    """Viewers are named by their pages; each looks at one chain at a time."""

    def __init__(
        self,
        *,
        instruments: InstrumentRepository,
        market_data: MarketData,
        feed: Feed,
        market: MarketState,
        chains: ChainState,
        subscriptions: Subscriptions,
        calendar: MarketCalendar,
        clock: Clock,
        rate: float,
        grace: float = GRACE,
    ) -> None:
        self.tell_limits: Limits = nobody
        self._instruments = instruments
        self._market_data = market_data
        self._feed = feed
        self._market = market
        self._chains = chains
        self._subscriptions = subscriptions
        self._calendar = calendar
        self._clock = clock
        self._rate = rate
        self._grace = grace
        self._opened: dict[ChainId, _Opened] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, viewer: str, symbol: str, expiry: date) -> LiveChain:
        """The chain, shared with its other viewers; raises RuleBroken for what is not listed."""
        name = (symbol, expiry)
        if name not in self._opened:
            made = await self._make(symbol, expiry)
            if name not in self._opened:  # else another viewer was faster
                self._opened[name] = made
                self._chains.open[name] = made.chain
                log.info("chain.opened", symbol=symbol, expiry=str(expiry), keys=len(made.trigger))
        if self._of(viewer) is not self._opened[name]:
            self.release(viewer)
        opened = self._opened[name]
        opened.viewers.setdefault(viewer, None)
        if opened.closing is not None:
            opened.closing.cancel()
            opened.closing = None
        self._subscribe(opened)
        self._start_filling(opened)
        self.refresh(opened.chain)
        return opened.chain

    def focus(self, viewer: str, first: int, last: int) -> None:
        """Strikes `first` to `last` (indices, both included) are in view: they are sent in full."""
        opened = self._of(viewer)
        if opened is not None and opened.viewers[viewer] != (first, last):
            opened.viewers[viewer] = (first, last)
            self._subscribe(opened)

    def release(self, viewer: str) -> None:
        """The viewer looks no longer; the chain closes some time after its last viewer."""
        opened = self._of(viewer)
        if opened is None:
            return
        del opened.viewers[viewer]
        if opened.viewers:
            self._subscribe(opened)
        else:
            loop = asyncio.get_running_loop()
            opened.closing = loop.call_later(self._grace, self._close, opened)

    def refresh(self, chain: LiveChain) -> bool:
        """Compute the chain's numbers if anything has moved since; True if it did."""
        opened = self._opened.get((chain.symbol, chain.expiry))
        if opened is None or not chain.listed or not self._moved(opened):
            return False
        compute(chain, self._market, self._clock.now(), self._rate, opened.future_closes)
        return True

    async def remake(self) -> None:
        """Make every open chain anew, in place: a new day has new contracts and a new yesterday."""
        for opened in list(self._opened.values()):
            chain = opened.chain
            try:
                made = await self._make(chain.symbol, chain.expiry)
            except RuleBroken:
                chain.listed = False
                chain.generation += 1
                self._subscriptions.release(_owner((chain.symbol, chain.expiry)))
                continue
            _take_over(chain, made.chain)
            opened.trigger, opened.future_closes = made.trigger, made.future_closes
            opened.asked_at = -1e9
            self._subscribe(opened)
            self._start_filling(opened)

    async def run(self) -> None:
        """Ask again for what could not be had at the opening; runs until cancelled."""
        while True:
            for opened in list(self._opened.values()):
                self._start_filling(opened)
            await asyncio.sleep(1)

    async def settle(self) -> None:
        """Wait for the fillings that are under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)
            await asyncio.sleep(0)  # the loop takes out those that are done

    def _of(self, viewer: str) -> _Opened | None:
        return next((o for o in self._opened.values() if viewer in o.viewers), None)

    def _moved(self, opened: _Opened) -> bool:
        chain = opened.chain
        if chain.computed_at is None:
            return True
        if int(self._market.changed[opened.trigger].max()) > chain.market_revision:
            return True
        return self._clock.now() - chain.computed_at >= AGEING

    def _close(self, opened: _Opened) -> None:
        name = (opened.chain.symbol, opened.chain.expiry)
        if opened.viewers or self._opened.get(name) is not opened:
            return
        del self._opened[name], self._chains.open[name]
        self._subscriptions.release(_owner(name))
        log.info("chain.closed", symbol=name[0], expiry=str(name[1]))

    async def _make(self, symbol: str, expiry: date) -> _Opened:
        underlying = await self._instruments.underlying(symbol)
        if underlying is None:
            raise RuleBroken(f"There are no options on “{symbol}”.")
        options = await self._instruments.options(symbol, expiry)
        if not options:
            raise RuleBroken(f"{symbol} has no options that expire on {expiry:%d %b %Y}.")
        future = next(
            (f for f in await self._instruments.futures(symbol) if f.expiry and f.expiry >= expiry),
            None,
        )
        chain = self._lay_out(symbol, expiry, underlying, future, options)
        others = [underlying.key] + ([future.key] if future else [])
        rows = np.concatenate([chain.rows.ravel(), self._market.rows_of(others)])
        closes = self._calendar.close_of(future.expiry) if future and future.expiry else None
        return _Opened(chain=chain, trigger=rows[rows >= 0], future_closes=closes)

    def _lay_out(
        self,
        symbol: str,
        expiry: date,
        underlying: Instrument,
        future: Instrument | None,
        options: Sequence[Instrument],
    ) -> LiveChain:
        sides: tuple[dict[float, InstrumentKey], dict[float, InstrumentKey]] = ({}, {})
        for option in options:
            if option.strike is not None:
                sides[CALL if option.kind is Kind.CALL else PUT][option.strike] = option.key
        strikes = np.array(sorted({*sides[CALL], *sides[PUT]}))
        calls, puts = (tuple(side.get(float(k)) for k in strikes) for side in sides)
        return LiveChain(
            symbol=symbol,
            underlying=underlying.key,
            future=future.key if future else None,
            future_expiry=future.expiry if future else None,
            expiry=expiry,
            closes_at=self._calendar.close_of(expiry),
            lot_size=options[0].lot_size,
            tick_size=float(options[0].tick_size),
            strikes=strikes,
            keys=(calls, puts),
            rows=np.stack([self._market.rows_of(calls), self._market.rows_of(puts)]),
            oi_prev=np.full((2, len(strikes)), nan),
        )

    def _subscribe(self, opened: _Opened) -> None:
        """Full for what is in somebody's view, the smaller mode for the other strikes."""
        chain = opened.chain
        if not chain.listed:
            return
        wishes: dict[InstrumentKey, FeedMode] = {chain.underlying: FeedMode.FULL}
        if chain.future is not None:
            wishes[chain.future] = FeedMode.FULL
        seen = np.zeros(len(chain.strikes), np.bool_)
        for view in opened.viewers.values():
            if view is not None:
                seen[max(view[0], 0) : view[1] + 1] = True
        for side in chain.keys:
            for key, full in zip(side, seen, strict=True):
                if key is not None:
                    wishes[key] = FeedMode.FULL if full else FeedMode.OPTION_GREEKS
        self._subscriptions.hold(_owner((chain.symbol, chain.expiry)), wishes)

    def _start_filling(self, opened: _Opened) -> None:
        now = asyncio.get_running_loop().time()
        if opened.chain.filled or not opened.chain.listed or now - opened.asked_at < TRY_AGAIN:
            return
        opened.asked_at = now
        task = asyncio.create_task(self._fill(opened.chain))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fill(self, chain: LiveChain) -> None:
        """Yesterday's open interest, and first values of what the feed has not yet sent."""
        generation = chain.generation
        try:
            answer = await self._market_data.chain(chain.underlying, chain.expiry)
        except AppError as problem:
            chain.problem = str(problem)
            log.warning("chain.not_filled", symbol=chain.symbol, problem=str(problem))
            return
        if chain.generation == generation:
            self._take(chain, answer)
            chain.filled, chain.problem = True, ""
            chain.computed_at = None  # so that the next look computes
            await self._learn_limits(chain)

    async def _learn_limits(self, chain: LiveChain) -> None:
        """The day's circuit limits, so that the feed refuses what cannot have been traded."""
        keys = [key for side in chain.keys for key in side if key is not None]
        if chain.future is not None:
            keys.append(chain.future)
        try:
            quotes = await self._market_data.quotes(keys)
        except AppError as problem:
            log.warning("chain.no_limits", symbol=chain.symbol, problem=str(problem))
            return
        for key, quote in quotes.items():
            if quote.lower_circuit is not None and quote.upper_circuit is not None:
                self._feed.bound(key, quote.lower_circuit, quote.upper_circuit)
                self.tell_limits(key, quote.lower_circuit, quote.upper_circuit)

    def _take(self, chain: LiveChain, answer: BrokerChain) -> None:
        index = {float(strike): at for at, strike in enumerate(chain.strikes)}
        received = self._clock.now().timestamp() * 1000
        self._market.begin_frame()
        if answer.spot > 0:
            self._first(
                self._market.row(chain.underlying),
                (Col.LTP, Col.RECEIVED),
                (answer.spot, received),
            )
        for side, contracts in ((CALL, answer.calls), (PUT, answer.puts)):
            for strike, contract in zip(answer.strikes, contracts, strict=True):
                at = index.get(float(strike))
                if at is None or contract is None or chain.keys[side][at] != contract.key:
                    continue
                chain.oi_prev[side, at] = contract.oi_prev
                self._first(int(chain.rows[side, at]), _FILLED, _values(contract, received))

    def _first(self, row: int, columns: Sequence[int], values: Sequence[float]) -> None:
        """Write what the feed has not sent yet; what it has sent is newer."""
        if not self._market.values[row, Col.RECEIVED] > 0:
            self._market.write_some(row, columns, values)


def _owner(name: ChainId) -> str:
    return f"chain {name[0]} {name[1]}"


def _values(side: ChainSide, received: float) -> list[float]:
    """In the order of `_FILLED`; a last price of 0 is the broker's word for "never traded"."""
    return [
        side.ltp if side.ltp > 0 else nan,
        side.close if side.close > 0 else nan,
        side.volume,
        side.oi,
        side.bid,
        side.bid_quantity,
        side.ask,
        side.ask_quantity,
        nan if side.iv is None else side.iv,
        side.delta,
        side.gamma,
        side.theta,
        side.vega,
        received,
    ]


def _take_over(chain: LiveChain, made: LiveChain) -> None:
    """Make `chain` what `made` is, keeping its identity for those who hold it."""
    for name in (
        *("underlying", "future", "future_expiry", "closes_at", "lot_size", "tick_size"),
        *("strikes", "keys", "rows", "oi_prev", "iv", "delta", "gamma", "theta", "vega", "status"),
    ):
        setattr(chain, name, getattr(made, name))
    chain.listed, chain.filled, chain.problem, chain.computed_at = True, False, "", None
    chain.generation += 1
    chain.revision += 1
