"""Suggestions for a view: the chains it needs opened, the candidates judged in a thread."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from core.clock import IST
from core.errors import RuleBroken
from core.strategies.candidates import View
from core.strategies.chain_view import ChainView
from core.strategies.costs import entry_charges, margin
from core.strategies.curve import horizon
from core.strategies.legs import Leg
from core.strategies.suggest import Suggestion, suggest
from core.strategies.valuation import Market, evaluate
from ui.builder.icons import EDGE, WIDE, Icon, drawn
from ui.builder.open_chains import OpenChains
from ui.builder.positions import LEAST, spots_over
from ui.builder.state import BuilderState

LOOKS: Final = 40
PAUSE: Final = 0.25
"""A chain that is opened is looked at so often, so many seconds apart, until it is known."""
QUOTED: Final = 6
"""Volatilities that a chain has at least when it is known."""


@dataclass(frozen=True, slots=True)
class Found:
    """Best first; judged at `at` in `seconds` of a thread."""

    suggestions: tuple[Suggestion, ...]
    icons: tuple[Icon, ...]
    at: datetime
    seconds: float


class Suggesting:
    """Made in the part of the page that it ends with."""

    def __init__(self, state: BuilderState) -> None:
        self._state = state
        self._chains = OpenChains(state.services)

    async def find(self, view: View, tell: Callable[[str], object]) -> Found:
        """`tell` hears how far it is; raises RuleBroken where there is nothing to judge by."""
        tell("Opening the chain …")
        try:
            chain = await self._chain(view)
        finally:
            self._chains.close()
        tell("Judging positions …")
        return await asyncio.to_thread(_work, view, chain)

    async def _chain(self, view: View) -> ChainView:
        await self._chains.turn(self._state.symbol)
        now = self._state.services.clock.now()
        days = self._days(now + timedelta(days=view.days))
        await self._chains.hold(days)
        for _ in range(LOOKS):
            chain = self._chains.view()
            if chain is not None and chain.spot > 0 and _known(chain):
                return chain
            await asyncio.sleep(PAUSE)
        raise RuleBroken(f"No prices of {self._state.symbol} have come yet; try again.")

    def _days(self, goal: datetime) -> list[date]:
        """The first expiry that lives as long as the view, else the last; and the next one."""
        listed, day = self._chains.listed, goal.astimezone(IST).date()
        at = next((n for n, each in enumerate(listed) if each >= day), len(listed) - 1)
        return listed[max(at, 0) : at + 2]


def _work(view: View, chain: ChainView) -> Found:
    started = time.perf_counter()
    market = chain.market()
    day = chain.now.astimezone(IST).date()
    found = suggest(
        view,
        chain,
        charges=lambda legs: float(entry_charges(legs, day).total),
        margin=lambda legs: margin(legs, market).total,
    )
    seconds = time.perf_counter() - started
    icons = tuple(_icon(each.legs, market) for each in found)
    return Found(tuple(found), icons, chain.now, seconds)


def _icon(legs: Sequence[Leg], market: Market) -> Icon:
    spots = spots_over(legs, market, LEAST * market.spot)
    even = np.linspace(spots[0], spots[-1], 121)
    values = evaluate(legs, market, even, [horizon(legs, market)])[0]
    return drawn(np.linspace(EDGE, WIDE - EDGE, len(even)), values)


def _known(chain: ChainView) -> bool:
    return all(
        each.forward > 0 and int(np.isfinite(each.iv).sum()) >= QUOTED for each in chain.expiries
    )
