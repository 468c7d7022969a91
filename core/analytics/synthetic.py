"""Synthetic futures: the forward that each strike's call and put make, and where two disagree.

Buying the call and selling the put of one strike K is the forward at K + (call - put)/D, D being
the discount factor to the expiry.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST: Final = 0.005
"""An edge of less than half a paisa is rounding."""
NEAR: Final = 0.02
"""Only strikes within 2 % of the forward count as the other side: deep in the money, quotes are
wide and old, and one of them would flag the whole chain."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """Rupees, (strikes,); nan or 0 = not quoted."""

    bid: Floats
    ask: Floats

    @property
    def sound(self) -> NDArray[np.bool_]:
        return (self.bid > 0) & (self.ask > 0) & (self.bid <= self.ask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthetics:
    """Per strike, rupees of forward; nan unless call and put are both quoted on both sides.

    `bid`, `ask`   where the forward can be sold and bought through this strike
    `mispricing`   its middle less the chain's forward: no profit by itself
    `edge`         what is left per unit, in rupees today, when its better side is traded at the
                   quotes against the best other offer: the future, or a strike near the money
    `buy`          true where that is buying the synthetic
    `against`      the strike of that other offer; nan where it is the future
    `executable`   where the edge is above the costs
    """

    strikes: Floats
    bid: Floats
    ask: Floats
    mispricing: Floats
    edge: Floats
    buy: NDArray[np.bool_]
    against: Floats
    executable: NDArray[np.bool_]

    @property
    def price(self) -> Floats:
        return (self.bid + self.ask) / 2


def synthetics(
    strikes: Floats,
    call: Quotes,
    put: Quotes,
    discount: float,
    forward: float,
    *,
    future: tuple[float, float] = (np.nan, np.nan),
    costs: float | Floats = 0.0,
) -> Synthetics:
    """`future`: bid and ask of the future of the same expiry, nan where there is none.

    `costs`: charges of the whole trade per unit, in rupees, one or by strike; 0 leaves them out.
    """
    sound = call.sound & put.sound
    ask = np.where(sound, strikes + (call.ask - put.bid) / discount, np.nan)
    bid = np.where(sound, strikes + (call.bid - put.ask) / discount, np.nan)
    near = np.abs(strikes - forward) <= NEAR * forward
    sell_at, sold = _best(strikes, np.where(near, bid, np.nan), future[0])
    buy_at, bought = _best(strikes, np.where(near, -ask, np.nan), -future[1])
    buying, selling = sell_at - ask, bid + buy_at
    buy = buying > selling
    edge = np.fmax(buying, selling) * discount
    return Synthetics(
        strikes=strikes,
        bid=bid,
        ask=ask,
        mispricing=(bid + ask) / 2 - forward,
        edge=edge,
        buy=buy,
        against=np.where(buy, sold, bought),
        executable=edge > np.maximum(costs, LEAST),
    )


def _best(strikes: Floats, offers: Floats, future: float) -> tuple[float, float]:
    """The highest of all offers, and the strike that makes it; nan for the future or none."""
    known = np.isfinite(offers)
    if not known.any():
        return future, np.nan
    at = int(np.where(known, offers, -np.inf).argmax())
    if future > offers[at]:
        return future, np.nan
    return float(offers[at]), float(strikes[at])
