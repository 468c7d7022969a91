"""Saved drafts as positions that count today, and one market that values them all."""

from collections.abc import Iterable, Sequence
from datetime import date
from math import nan
from typing import Final

import numpy as np

from core.clock import IST
from core.errors import AppError
from core.strategies.costs import entry_charges
from core.strategies.draft import Draft
from core.strategies.legs import Leg, in_play
from core.strategies.picture import Picture
from core.strategies.valuation import Floats, Market
from ui.builder.open_chains import OpenChains
from ui.builder.state import LOST, BuilderState

POINTS: Final = 161
LEAST: Final = 0.03
"""Of the spot, that is drawn to either side where nothing tells how far it moves."""


class Positions:
    """`legs` by draft: those that count, without what has expired or is not listed any more.

    Chains of other expiries than the table's are opened while they are needed; made in the part
    of the page that it ends with.
    """

    def __init__(self, state: BuilderState) -> None:
        self._state = state
        self._chains = OpenChains(state.services)
        self.legs: dict[str, list[Leg]] = {}
        self.lost: dict[str, int] = {}

    async def take(self, drafts: Sequence[Draft]) -> None:
        """These, and no others."""
        legs, lost = {}, {}
        for draft in drafts:
            problems = await self._state.services.draft_keeper.problems(draft)
            gone = {each.leg for each in problems if each.fault in LOST}
            legs[draft.id] = in_play(leg for at, leg in enumerate(draft.legs) if at not in gone)
            lost[draft.id] = len(gone - {None})
        self.legs, self.lost = legs, lost
        await self.reach()

    async def reach(self) -> None:
        """Have the chains that the table does not open itself."""
        if not self._farther:
            self._chains.close()
        elif self._state.symbol:
            await self._chains.turn(self._state.symbol)
            await self._chains.hold(self._days | {leg.expiry for leg in self._state.counted})

    @property
    def around(self) -> tuple[object, ...]:
        """When this is another, `take` has to be asked again."""
        view = self._state.view
        days = tuple(each.expiry for each in view.expiries) if view is not None else ()
        return self._state.symbol, days, self._state.services.drafts.revision

    @property
    def market(self) -> Market | None:
        """None until the first prices of the underlying are there."""
        if not self._farther:
            return self._state.market
        view = self._chains.view() if self._chains.symbol == self._state.symbol else None
        return view.market(self._state.sticky) if view is not None and view.spot > 0 else None

    @property
    def _days(self) -> set[date]:
        symbol = self._state.symbol
        return {leg.expiry for legs in self.legs.values() for leg in legs if leg.symbol == symbol}

    @property
    def _farther(self) -> bool:
        view = self._state.view
        return view is None or not self._days <= {each.expiry for each in view.expiries}


def reach_of(picture: Picture | None, market: Market) -> float:
    """Rupees around the spot that are worth a look: three standard deviations, where known."""
    if picture is None or not len(picture.sigmas):
        return LEAST * market.spot
    return 1.5 * (market.spot - float(picture.sigmas[0]))


def spots_over(legs: Iterable[Leg], market: Market, reach: float) -> Floats:
    """Even steps over all strikes and `reach` around the spot, with strikes and spot themselves."""
    strikes = sorted({leg.strike for leg in legs if leg.strike is not None})
    low, high = min([market.spot, *strikes]), max([market.spot, *strikes])
    beyond = 0.2 * (high - low)
    first = max(min(low - beyond, market.spot - reach), 0.01 * market.spot)
    even = np.linspace(first, max(high + beyond, market.spot + reach), POINTS)
    return np.unique(np.concatenate([even, strikes, [market.spot]]))


def fees_of(legs: Sequence[Leg], market: Market) -> float:
    """Rupees to enter; nan where they are not known, as without a price."""
    try:
        return float(entry_charges(legs, market.now.astimezone(IST).date()).total)
    except AppError:
        return nan
