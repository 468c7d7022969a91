"""Smile keeper: the volatility surface of the chains that are open, fitted when they have moved."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from core.analytics.smile_quotes import quote_weights
from core.analytics.surface import Slice, Surface, fit_surface
from core.clock import Clock
from core.state.chains import LiveChain
from core.state.market import Col, MarketState

PACE: Final = timedelta(seconds=1)
"""A surface is fitted at most once in this time, however fast its chains move."""

MOST: Final = 16
"""Surfaces kept; the one that was fitted longest ago makes room."""

_Name = tuple[str, tuple[date, ...]]


@dataclass(frozen=True, slots=True)
class _Kept:
    surface: Surface | None
    revisions: tuple[int, ...]
    at: datetime


class SmileKeeper:
    """Asked by those who look; nothing is fitted for nobody."""

    def __init__(self, market: MarketState, clock: Clock) -> None:
        self._market = market
        self._clock = clock
        self._kept: dict[_Name, _Kept] = {}

    def surface(self, symbol: str, chains: Sequence[LiveChain]) -> Surface | None:
        """Of these chains of one underlying as they are now; None when no smile can be had.

        The same object comes back until a chain has moved and `PACE` is over, so that a viewer
        may tell by identity whether there is something new.
        """
        ours = [chain for chain in chains if chain.symbol == symbol]
        name, kept = self._known(symbol, ours)
        if kept is not None:
            return kept.surface
        revisions = _revisions(ours)
        return self._keep(name, fit_surface(self._slices(ours)), revisions)

    async def renewed(self, symbol: str, chains: Sequence[LiveChain]) -> Surface | None:
        """As `surface`, fitted in a thread: eight expiries take longer than the loop has."""
        ours = [chain for chain in chains if chain.symbol == symbol]
        name, kept = self._known(symbol, ours)
        if kept is not None:
            return kept.surface
        revisions = _revisions(ours)
        found = await asyncio.to_thread(fit_surface, self._slices(ours))
        return self._keep(name, found, revisions)

    def _known(self, symbol: str, ours: Sequence[LiveChain]) -> tuple[_Name, _Kept | None]:
        """The name of these chains, and what is kept of them unless it is to be fitted anew."""
        name = symbol, tuple(chain.expiry for chain in ours)
        kept = self._kept.get(name)
        if kept is None:
            return name, None
        early = timedelta() <= self._clock.now() - kept.at < PACE
        return name, kept if early or kept.revisions == _revisions(ours) else None

    def _keep(
        self, name: _Name, found: Surface | None, revisions: tuple[int, ...]
    ) -> Surface | None:
        self._kept.pop(name, None)
        self._kept[name] = _Kept(found, revisions, self._clock.now())
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        return found

    def _slices(self, ours: Sequence[LiveChain]) -> list[Slice]:
        return [self._slice(chain) for chain in ours if chain.computed_at]

    def _slice(self, chain: LiveChain) -> Slice:
        return Slice(
            years=chain.years,
            forward=chain.forward,
            strikes=chain.strikes,
            iv=chain.iv,
            weights=self._weights(chain),
            expiry=chain.expiry,
        )

    def _weights(self, chain: LiveChain) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """By the spread of the side out of the money, from which both sides have their IV."""
        bid, ask = self._market.read(chain.rows, [Col.BID, Col.ASK])
        return quote_weights(bid, ask, chain.vega)


def _revisions(chains: Sequence[LiveChain]) -> tuple[int, ...]:
    return tuple(chain.revision for chain in chains)
