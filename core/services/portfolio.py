"""Portfolio: what is held and what it is worth now, for whoever looks; it keeps its prices coming.

Greeks need the forward and the volatility of an expiry: of what is held the chains are kept open.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import exp, nan
from typing import Final

import numpy as np
import structlog

from core.clock import Clock
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.expiries import years_left
from core.instruments.instrument import Instrument, Kind
from core.ports.feed import FeedMode
from core.ports.repositories import InstrumentRepository
from core.pricing.implied_vol import implied_vol
from core.services.chain_keeper import ChainKeeper
from core.services.chain_views import chain_view
from core.services.day_books import DayBooks
from core.services.portfolio_names import Names
from core.services.portfolio_picture import Line, PortfolioPicture, strategies_of
from core.services.subscriptions import Subscriptions
from core.state.chains import LiveChain
from core.state.market import Col, MarketState
from core.state.trading import TradingState
from core.strategies.held import leg_of, of_shares, sense
from core.strategies.valuation import Market
from core.trading.ledger import Holding
from core.trading.orders import Order
from core.trading.requests import Source
from core.trading.results import Result

log = structlog.get_logger(__name__)

OWNER: Final = "portfolio"
PACE: Final = 1.0
"""Seconds between two looks at what is held."""
STILL: Final = 0.2
"""A picture serves for so many seconds, however fast prices move."""
AGEING: Final = timedelta(seconds=30)
"""Time alone moves the greeks."""
AGAIN: Final = timedelta(minutes=1)
"""After which a chain that could not be opened is tried again."""
MOST_CHAINS: Final = 4
"""Kept open for what is held: a feed carries so many contracts. Of other expiries the forward is
the carried spot, and a contract's volatility is that of its own price."""
ChainId = tuple[str, date]


class Portfolio:
    """`names` tell which strategies own parts of a holding; without, its orders' groups do."""

    def __init__(
        self,
        *,
        state: TradingState,
        market: MarketState,
        instruments: InstrumentRepository,
        chain_keeper: ChainKeeper,
        subscriptions: Subscriptions,
        calendar: MarketCalendar,
        clock: Clock,
        rate: float,
        still: float = STILL,
    ) -> None:
        self._state, self._market, self._instruments = state, market, instruments
        self._chain_keeper, self._subscriptions = chain_keeper, subscriptions
        self._calendar, self._clock, self._rate, self._still = calendar, clock, rate, still
        self._books = DayBooks(state, market)
        self._chains: dict[ChainId, LiveChain] = {}
        self._not_before: dict[ChainId, datetime] = {}
        self._picture: PortfolioPicture | None = None
        self._seen: tuple[object, ...] = ()
        self._made = -1e9
        self._market_revision = 0
        self.known: dict[InstrumentKey, Instrument] = {}
        """Contracts that are held, worked at or were traded today."""
        self.names: Names | None = None

    async def run(self) -> None:
        """Keep prices and chains of what is held; runs until cancelled."""
        try:
            while True:
                try:
                    await self.look()
                except AppError as problem:
                    log.warning("portfolio.look_failed", problem=str(problem))
                await asyncio.sleep(PACE)
        finally:
            self.close()

    async def look(self) -> None:
        """Learn the contracts, and hold subscriptions and chains for what is open."""
        wanted = self._keys()
        if missing := [key for key in wanted if key not in self.known]:
            self.known |= await self._instruments.get_many(missing)
        self._subscribe()
        await self._hold_chains()

    def forget(self) -> None:
        """A new day lists anew."""
        self.known.clear()
        self._not_before.clear()
        self._picture = None

    def close(self) -> None:
        for name in list(self._chains):
            self._release(name)
        self._subscriptions.release(OWNER)

    def picture(self) -> PortfolioPicture:
        """As of now; the same object while nothing has moved."""
        now, kept = self._clock.now(), self._picture
        named = self.names.revision if self.names is not None else 0
        signs = (self._state.revision, named, len(self.known), len(self._chains))
        if kept is not None and signs == self._seen and not self._moved(kept, now):
            return kept
        self._seen, self._made = signs, time.monotonic()
        self._market_revision = self._market.revision
        revision = kept.revision + 1 if kept else 1
        self._picture = PortfolioPicture(at=now, revision=revision, lines=self._lines(now))
        return self._picture

    def market_of(self, symbol: str) -> Market | None:
        """What contracts of an underlying are valued against now; None without its price."""
        chains = [chain for (name, _), chain in self._chains.items() if name == symbol]
        ours = [each for each in self.known.values() if each.underlying_symbol == symbol]
        futures = [each for each in ours if each.kind is Kind.FUTURE and each.expiry is not None]
        if chains:
            found = self._from_chains(chains, futures)
            return found and self._with_own_vols(found, ours)
        key = next((each.underlying_key for each in ours if each.underlying_key), None)
        spot = nan if key is None else self._market.get(key, Col.LTP)
        if not spot > 0:
            return None
        last = {each.key: self._market.get(each.key, Col.LTP) for each in futures}
        bare = Market(
            spot=spot,
            now=self._clock.now(),
            rate=self._rate,
            forwards={f.expiry: last[f.key] for f in futures if f.expiry and last[f.key] > 0},
            prices=last,
        )
        return self._with_own_vols(bare, ours)

    def _from_chains(
        self, chains: Sequence[LiveChain], futures: Sequence[Instrument]
    ) -> Market | None:
        for chain in chains:
            self._chain_keeper.refresh(chain)
        view = chain_view(
            chains,
            self._market,
            now=self._clock.now(),
            rate=self._rate,
            futures=futures,
            close_of=self._calendar.close_of,
        )
        return view.market() if view.spot > 0 else None

    def _with_own_vols(self, market: Market, ours: Sequence[Instrument]) -> Market:
        """With the volatilities of options whose chain is not open, from their own prices."""
        ivs, prices = dict(market.ivs), dict(market.prices)
        for each in ours:
            if not each.is_option or each.key in prices or each.expiry is None or not each.strike:
                continue
            prices[each.key] = price = self._mid(each.key)
            years = years_left(self._calendar.close_of(each.expiry), market.now)
            forward, discount = market.forward(each.expiry, years), exp(-market.rate * years)
            call = each.kind is Kind.CALL
            solved, _ = implied_vol(price, forward, each.strike, years, discount, call)
            ivs[each.key] = float(solved)
        return replace(market, ivs=ivs, prices=prices)

    def _mid(self, key: InstrumentKey) -> float:
        """The middle of the quotes, else the last price."""
        bid, ask = self._price(key, Col.BID), self._price(key, Col.ASK)
        return (bid + ask) / 2 if bid <= ask else self._price(key, Col.LTP)

    def _moved(self, kept: PortfolioPicture, now: datetime) -> bool:
        if time.monotonic() - self._made < self._still:
            return False
        if abs(now - kept.at) >= AGEING:
            return True
        rows = self._market.rows_of(self._watched())
        return bool(self._market.changed_since(self._market_revision, rows).any())

    def _watched(self) -> dict[InstrumentKey, FeedMode]:
        """What is open or may become so, and what it is derived from."""
        wishes: dict[InstrumentKey, FeedMode] = {}
        keys = [at[0] for at in self._state.holdings()]
        keys += [order.request.key for order in self._state.working()]
        for key in keys:
            wishes[key] = FeedMode.FULL
            listed = self.known.get(key)
            if listed is not None and listed.underlying_key is not None:
                wishes[listed.underlying_key] = FeedMode.FULL
        return wishes

    def _keys(self) -> set[InstrumentKey]:
        state = self._state
        traded = {position.key for position in state.ledger.positions()}
        working = {order.request.key for order in state.working()}
        differing = {each.key for each in state.differences.values()}
        return {*traded, *working, *differing, *(at[0] for at in state.holdings())}

    def _subscribe(self) -> None:
        wishes = self._watched()
        self._market.rows_of(wishes)  # so that a row is there before the first tick
        if wishes:
            self._subscriptions.hold(OWNER, wishes)
        else:
            self._subscriptions.release(OWNER)

    async def _hold_chains(self) -> None:
        held = Counter(self._chain_of(at[0]) for at in self._state.holdings())
        del held[None]
        ranked = sorted(held, key=lambda name: (-held[name], name or ()))
        wanted = {name for name in ranked[:MOST_CHAINS] if name is not None}
        for name in self._chains.keys() - wanted:
            self._release(name)
        now = self._clock.now()
        for name in sorted(wanted - self._chains.keys()):
            if self._not_before.get(name, now) > now:
                continue
            try:
                found = await self._chain_keeper.open(_viewer(name), *name)
            except AppError as problem:
                log.warning("portfolio.no_chain", symbol=name[0], problem=str(problem))
                self._not_before[name] = now + AGAIN
            else:
                self._chains[name] = found

    def _chain_of(self, key: InstrumentKey) -> ChainId | None:
        listed = self.known.get(key)
        if listed is None or not listed.is_option or listed.expiry is None:
            return None
        over = self._calendar.close_of(listed.expiry) <= self._clock.now()
        return None if over else (listed.underlying_symbol, listed.expiry)

    def _release(self, name: ChainId) -> None:
        del self._chains[name]
        self._chain_keeper.release(_viewer(name))

    def _lines(self, now: datetime) -> tuple[Line, ...]:
        results = self._books.results(self.known)
        orders = list(self._state.orders.values())
        named = self.names.names() if self.names is not None else strategies_of(orders)
        working = _by_holding(self._state.working())
        foreign = {_at(o) for o in orders if o.filled and o.request.source is Source.EXTERNAL}
        lines = [
            self._line(each, named.get(each.at, ()), working.get(each.at, ()), each.at in foreign)
            for each in results
        ]
        sensed = self._sensed(lines)
        return tuple(sorted(sensed, key=_order))

    def _line(
        self, found: Result, names: Sequence[str], working: Sequence[Order], foreign: bool
    ) -> Line:
        listed, last = self.known.get(found.key), self._price(found.key, Col.LTP)
        price = nan if found.average is None else float(found.average)
        leg = None
        if listed is not None and listed.expiry is not None:
            leg = leg_of(listed, found.units, price, self._calendar.close_of(listed.expiry))
        underlying = listed.underlying_key if listed is not None else None
        return Line(
            result=found,
            instrument=listed,
            leg=leg,
            spot=last if underlying is None else self._price(underlying, Col.LTP),
            bid=self._price(found.key, Col.BID),
            ask=self._price(found.key, Col.ASK),
            last=last,
            heard_at=self._heard(found.key),
            strategies=tuple(names),
            working=tuple(working),
            external=foreign or self._from_elsewhere(found.key),
            difference=self._state.blocked(found.key),
        )

    def _sensed(self, lines: Sequence[Line]) -> list[Line]:
        """With greeks, underlying by underlying; of what is closed none."""
        found = [_bare(line) for line in lines]
        for symbol in {line.symbol for line in lines if line.leg is not None and line.is_open}:
            places = [i for i, x in enumerate(found) if x.symbol == symbol and x.leg and x.is_open]
            market = self.market_of(symbol)
            if market is None:
                why = f"There is no price of {symbol}, so there are no greeks."
                for i in places:
                    found[i] = replace(found[i], no_greeks=why)
                continue
            legs = [leg for i in places if (leg := found[i].leg) is not None]
            for i, each in zip(places, sense(legs, market), strict=True):
                unknown = not np.isfinite(each.sensitivity.delta)
                found[i] = replace(
                    found[i],
                    iv=each.iv,
                    sensitivity=each.sensitivity,
                    no_greeks="Its price gives no volatility, so no greeks." if unknown else "",
                )
        return found

    def _from_elsewhere(self, key: InstrumentKey) -> bool:
        """Units of a contract came or went that nobody here ordered; a conversion is none such."""
        moved = self._state.adjustments
        return bool(sum(units for at, units in moved.items() if at[0] == key))

    def _price(self, key: InstrumentKey, col: Col) -> float:
        found = self._market.get(key, col)
        return found if found > 0 else nan

    def _heard(self, key: InstrumentKey) -> datetime | None:
        received = self._market.get(key, Col.RECEIVED)
        return datetime.fromtimestamp(received / 1000, UTC) if received > 0 else None


def _bare(line: Line) -> Line:
    if not line.is_open or line.leg is not None:
        return line
    if line.instrument is not None and line.instrument.kind is Kind.EQUITY:
        return replace(line, sensitivity=of_shares(line.units, line.last))
    return replace(line, no_greeks="It is not listed, so its terms are not known.")


def _order(line: Line) -> tuple[object, ...]:
    """Open before closed; by underlying, expiry and strike, calls first."""
    listed = line.instrument
    return (
        not line.is_open,
        line.symbol,
        line.expiry or date.max,
        (listed.strike if listed else None) or 0.0,
        listed.kind if listed else "",
        line.product,
        line.key,
    )


def _at(order: Order) -> Holding:
    return order.request.key, order.request.product


def _by_holding(orders: Sequence[Order]) -> dict[Holding, list[Order]]:
    found: dict[Holding, list[Order]] = {}
    for order in orders:
        found.setdefault(_at(order), []).append(order)
    return found


def _viewer(name: ChainId) -> str:
    return f"{OWNER} {name[0]} {name[1]}"
