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


@dataclass(frozen=True, slots=True, kw_only=True)
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
                   quotes against the best other offer: the future, or another strike (a box)
    `executable`   where the edge is above the costs
    `buy`          true where that is buying the synthetic
    """

    strikes: Floats
    bid: Floats
    ask: Floats
    mispricing: Floats
    edge: Floats
    executable: NDArray[np.bool_]
    buy: NDArray[np.bool_]

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
    costs: float = 0.0,
) -> Synthetics:
    """`future`: bid and ask of the future of the same expiry, nan where there is none.

    `costs`: charges per unit of the whole trade, in rupees.
    """
    sound = call.sound & put.sound
    ask = np.where(sound, strikes + (call.ask - put.bid) / discount, np.nan)
    bid = np.where(sound, strikes + (call.bid - put.ask) / discount, np.nan)
    sell_at = np.nanmax([*bid[sound], future[0]]) if _any(bid, future[0]) else np.nan
    buy_at = np.nanmin([*ask[sound], future[1]]) if _any(ask, future[1]) else np.nan
    buying, selling = sell_at - ask, bid - buy_at
    edge = np.fmax(buying, selling) * discount
    return Synthetics(
        strikes=strikes,
        bid=bid,
        ask=ask,
        mispricing=(bid + ask) / 2 - forward,
        edge=edge,
        executable=edge > max(costs, LEAST),
        buy=buying > selling,
    )


def _any(strikes: Floats, future: float) -> bool:
    return bool(np.isfinite(strikes).any() or np.isfinite(future))
