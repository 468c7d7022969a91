"""Snapshots at fills: what chain and chart looked like when a trade was opened or closed.

The numbers are those of the state at that moment; nothing is asked of the broker for them, and what
the state does not know stays unknown. Every contract that is traded is remembered for good.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from math import nan
from typing import Final

import structlog

from core.clock import Clock
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind
from core.journal.snaps import Snap
from core.ports.journal import ContractRepository, SnapRepository
from core.ports.repositories import InstrumentRepository
from core.services.day_bars import DayBars
from core.state.chains import CALL, PUT, ChainState, LiveChain
from core.state.market import Col, MarketState
from core.state.trading import TradingState
from core.trading.fills import Fill, FillId

log = structlog.get_logger(__name__)

PACE: Final = 0.25
FRESH: Final = timedelta(seconds=30)
"""A fill that is heard of later has no snapshot: the market has moved on."""
CHART: Final = 60
"""Minute closes that are kept with a snapshot."""


class TradeSnaps:
    def __init__(
        self,
        *,
        state: TradingState,
        chains: ChainState,
        market: MarketState,
        day_bars: DayBars,
        instruments: InstrumentRepository,
        contracts: ContractRepository,
        snaps: SnapRepository,
        clock: Clock,
    ) -> None:
        self._state, self._chains, self._market = state, chains, market
        self._day_bars, self._instruments = day_bars, instruments
        self._contracts, self._snaps, self._clock = contracts, snaps, clock
        self._seen = -1
        self._done: set[FillId] = set()
        self._keeping: set[asyncio.Task[None]] = set()
        self._known: dict[InstrumentKey, Instrument] = {}
        """Listed today."""

    async def run(self) -> None:
        """Runs until cancelled; no fill waits for the chart of another."""
        try:
            while True:
                try:
                    if taken := await self._take():
                        task = asyncio.create_task(self._keep(taken))
                        self._keeping.add(task)
                        task.add_done_callback(self._keeping.discard)
                except AppError as problem:
                    log.warning("trade_snaps.look_failed", problem=str(problem))
                await asyncio.sleep(PACE)
        finally:
            await asyncio.gather(*self._keeping)

    async def look(self) -> None:
        """Take a snapshot of every fill that is new, and keep it."""
        await self._keep(await self._take())

    def forget(self) -> None:
        """A new day lists anew."""
        self._known.clear()

    async def _take(self) -> list[Snap]:
        if self._state.revision == self._seen:
            return []
        revision, fills = self._state.revision, self._state.ledger.fills
        new = [fill for fill in fills if fill.id not in self._done]
        await self._learn({fill.key for fill in new})
        taken = self._taken(new)
        # those of yesterday are gone from the books; a contract may be listed a moment later
        self._done = {fill.id for fill in fills if fill.key in self._known}
        self._seen = revision
        return taken

    async def _keep(self, taken: Iterable[Snap]) -> None:
        try:
            await self._snaps.save([await self._with_charts(snap) for snap in taken])
        except AppError as problem:
            log.error("trade_snaps.not_kept", problem=str(problem))

    async def _learn(self, keys: Iterable[InstrumentKey]) -> None:
        missing = [key for key in keys if key not in self._known]
        if missing:
            found = await self._instruments.get_many(missing)
            await self._contracts.save(list(found.values()))
            self._known |= found

    def _taken(self, fills: Iterable[Fill]) -> list[Snap]:
        now = self._clock.now()
        return [
            self._snap(fill, self._known[fill.key])
            for fill in fills
            if fill.key in self._known and now - fill.at <= FRESH
        ]

    def _snap(self, fill: Fill, contract: Instrument) -> Snap:
        symbol = contract.underlying_symbol or contract.symbol
        chain = None
        if contract.expiry is not None:
            chain = self._chains.get(symbol, contract.expiry)
        under = contract.underlying_key or contract.key
        bare = Snap(
            fill=fill.id,
            key=fill.key,
            at=self._clock.now(),
            symbol=symbol,
            expiry=contract.expiry,
            spot=self._market.get(under, Col.LTP),
            ltp=self._market.get(fill.key, Col.LTP),
            bid=_quoted(self._market.get(fill.key, Col.BID)),
            ask=_quoted(self._market.get(fill.key, Col.ASK)),
        )
        if chain is None or chain.computed_at is None:
            return bare if contract.is_option else replace(bare, delta=1.0)
        return self._in_chain(bare, chain, contract)

    def _in_chain(self, bare: Snap, chain: LiveChain, contract: Instrument) -> Snap:
        around = replace(
            bare,
            chain_at=chain.computed_at,
            spot=chain.spot,
            forward=chain.forward,
            future=nan if chain.future is None else self._market.get(chain.future, Col.LTP),
            atm_iv=_at_the_money(chain),
            pcr=chain.pcr,
            max_pain=chain.max_pain,
        )
        if not contract.is_option:
            return replace(around, delta=1.0)
        side = CALL if contract.kind is Kind.CALL else PUT
        if contract.key not in chain.keys[side]:
            return around
        place = (side, chain.keys[side].index(contract.key))
        return replace(
            around,
            iv=float(chain.iv[place]),
            delta=float(chain.delta[place]),
            gamma=float(chain.gamma[place]),
            theta=float(chain.theta[place]),
            vega=float(chain.vega[place]),
        )

    async def _with_charts(self, snap: Snap) -> Snap:
        contract = self._known.get(snap.key)
        under = contract.underlying_key if contract else None
        own = await self._closes(snap.key)
        return replace(snap, closes=await self._closes(under) if under else own, own_closes=own)

    async def _closes(self, key: InstrumentKey) -> tuple[float, ...]:
        closes = await self._day_bars.closes(key)
        return tuple(float(close) for close in closes[-CHART:])


def _quoted(price: float) -> float:
    """Nobody bids 0."""
    return price if price > 0 else nan


def _at_the_money(chain: LiveChain) -> float:
    """Mean of call and put at the strike nearest the forward; nan where neither is known."""
    if chain.atm < 0:
        return nan
    known = [float(iv) for iv in chain.iv[:, chain.atm] if iv == iv]
    return sum(known) / len(known) if known else nan
