"""The columns of a chain that is over: prices, sizes and greeks computed anew."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.sides import CALL, IS_CALL, PUT
from core.pricing.greeks import full_greeks
from core.services.chain_picture import ChainPicture
from ui.components.heat_grid import STRIKES, HeatColumn, HeatGroup

Floats = NDArray[np.float64]

UNTRADED: Final = "Not traded or not quoted in what was kept"
OF_A_SIDE: Final = (
    HeatColumn(name="oi", title="OI", tip="Open interest, units", format="lakh", missing=UNTRADED),
    HeatColumn(
        name="volume",
        title="Volume",
        tip="Traded since the morning, units",
        format="lakh",
        heat=False,
        missing=UNTRADED,
    ),
    HeatColumn(name="theta", title="Θ", tip="Change of the price in a calendar day", heat=False),
    HeatColumn(name="delta", title="Δ", tip="Of the contract for 1 of the forward", heat=False),
    HeatColumn(
        name="bid", title="Bid", tip="Best bid", format="price", heat=False, missing=UNTRADED
    ),
    HeatColumn(
        name="ask", title="Ask", tip="Best ask", format="price", heat=False, missing=UNTRADED
    ),
    HeatColumn(
        name="ltp", title="LTP", tip="Last trade", format="price", heat=False, missing=UNTRADED
    ),
)
OF_BOTH: Final = (
    HeatColumn(name="iv", title="IV", tip="Black 76 on the forward, per cent", format="percent"),
    HeatColumn(name="gamma", title="Γ", tip="Change of delta for 1 of the forward"),
    HeatColumn(name="vega", title="Vega", tip="Change of the price for one vol point"),
)
PUTS: Final = tuple(
    next(column for column in OF_A_SIDE if column.name == name)
    for name in ("ltp", "bid", "ask", "delta", "theta", "volume", "oi")
)
GROUPS: Final = (
    HeatGroup(title="Calls", side="CE", columns=tuple(replace(c, side="CE") for c in OF_A_SIDE)),
    STRIKES,
    HeatGroup(title="Puts", side="PE", columns=tuple(replace(c, side="PE") for c in PUTS)),
    HeatGroup(title="Call and put alike", columns=OF_BOTH),
)
HEADS: Final = (
    *("Time (IST)", "Underlying", "Expiry", "Strike (₹)", "Side", "Bid (₹)", "Ask (₹)", "LTP (₹)"),
    *("Volume (units)", "OI (units)", "IV (%)", "Delta", "Gamma", "Theta (₹/day)", "Vega (₹/pt)"),
    *("Spot (₹)", "Forward (₹)"),
)


def numbers(picture: ChainPicture) -> dict[str, Floats]:
    """Two-sided, by the names of the columns."""
    g = full_greeks(
        picture.forward, picture.strikes, picture.years, picture.iv, picture.discount, IS_CALL
    )
    found = {name: getattr(picture, name) for name in ("oi", "volume", "bid", "ask", "ltp", "iv")}
    return found | {name: getattr(g, name) for name in ("delta", "gamma", "theta", "vega")}


def cells(picture: ChainPicture) -> Floats:
    """(strikes, columns) in the order of `GROUPS`."""
    found = numbers(picture)
    both = [
        np.where(np.isfinite(v[CALL]), v[CALL], v[PUT]) for v in (found[c.name] for c in OF_BOTH)
    ]
    columns = [
        *(found[column.name][CALL] for column in OF_A_SIDE),
        *(found[column.name][PUT] for column in PUTS),
        *both,
    ]
    return np.stack(columns, axis=1)


def rows(picture: ChainPicture) -> list[list[object]]:
    """A line for each contract of which a price or a size is known."""
    found = numbers(picture)
    told = ("bid", "ask", "ltp", "volume", "oi")
    lines: list[list[object]] = []
    for place, strike in enumerate(picture.strikes.tolist()):
        for side, code in ((CALL, "CE"), (PUT, "PE")):
            values = {name: float(each[side, place]) for name, each in found.items()}
            if any(np.isfinite(values[name]) for name in told):
                lines.append(
                    [
                        picture.at,
                        picture.symbol,
                        picture.expiry,
                        strike,
                        code,
                        *(values[name] for name in told),
                        values["iv"] * 100,
                        *(values[name] for name in ("delta", "gamma", "theta", "vega")),
                        picture.spot,
                        picture.forward,
                    ]
                )
    return lines
