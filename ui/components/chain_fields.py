"""The columns of the option chain, and their numbers as one array."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.build_up import BuildUp, build_up
from core.analytics.liquidity import FORMULA, Liquidity, liquidity, score
from core.pricing.implied_vol import Status
from core.services import Services
from core.state.chains import LiveChain
from core.state.freshness import freshness
from core.state.market import Col

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of either side; `format` is a name in `assets/js/formats`, `width` in pixels."""

    name: str
    title: str
    tip: str
    format: str
    width: int = 52
    signed: bool = False
    bar: bool = False
    flash: bool = False
    quote: bool = False  # carries the flag of liquidity
    solved: bool = False  # comes out of the implied volatility
    tags: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()


SELL: Final = "Best bid; Shift-click to sell in the builder"
BUY: Final = "Best ask; Shift-click to buy in the builder"
FIELDS: Final = (
    Field(name="ltp", title="LTP", tip="Last traded price", format="price", width=63, flash=True),
    Field(
        name="change",
        title="Chg",
        tip="Change since the previous close, in rupees",
        format="change",
        width=57,
        signed=True,
    ),
    Field(name="bid", title="Bid", tip=SELL, format="price", width=63, quote=True),
    Field(name="ask", title="Ask", tip=BUY, format="price", width=63, quote=True),
    Field(name="bid-qty", title="Bid qty", tip="Units at the best bid", format="lakh", width=58),
    Field(name="ask-qty", title="Ask qty", tip="Units at the best ask", format="lakh", width=58),
    Field(
        name="delta",
        title="Delta",
        tip="Ours: change in price for one rupee of the forward",
        format="greek3",
        width=50,
        solved=True,
    ),
    Field(
        name="iv",
        title="IV",
        tip="Ours: Black-76 on the forward, of the strike's out-of-the-money side, per cent a year",
        format="percent",
        width=43,
        solved=True,
    ),
    Field(
        name="gamma",
        title="Gamma",
        tip="Ours: change in delta for one rupee of the forward",
        format="greek5",
        width=60,
        solved=True,
    ),
    Field(
        name="theta",
        title="Theta",
        tip="Ours: change in price in one calendar day",
        format="greek2",
        width=56,
        solved=True,
    ),
    Field(
        name="vega",
        title="Vega",
        tip="Ours: change in price for one point of volatility",
        format="greek2",
        width=50,
        solved=True,
    ),
    Field(
        name="liquidity-score",
        title="Liq.",
        tip=f"Liquidity, 0 to 100. {FORMULA}",
        format="rank",
        width=40,
    ),
    Field(name="volume", title="Volume", tip="Units traded today", format="lakh", width=56),
    Field(name="oi", title="OI", tip="Open interest, units", format="lakh", width=56, bar=True),
    Field(
        name="oi-change",
        title="OI chg",
        tip="Change in open interest since the previous session, units",
        format="changeLakh",
        width=58,
        signed=True,
        bar=True,
    ),
    Field(
        name="build-up",
        title="Build-up",
        tip="What price and open interest together say that traders did",
        format="quantity",
        width=46,
        tags=tuple(kind.short or "·" for kind in BuildUp),
        tips=tuple(
            kind.label or "Neither price nor open interest moved enough" for kind in BuildUp
        ),
    ),
)
CODES: Final = ("fresh", "liquidity", "status")
"""Follow the fields: how to show the side, not columns."""
NAMES: Final = (*(f.name for f in FIELDS), *CODES)
AT: Final = {name: i for i, name in enumerate(NAMES)}
CALL_ORDER: Final[tuple[str, ...]] = (
    "build-up",
    "oi-change",
    "oi",
    "volume",
    "liquidity-score",
    "vega",
    "theta",
    "gamma",
    "iv",
    "delta",
    "bid-qty",
    "bid",
    "ask",
    "ask-qty",
    "change",
    "ltp",
)
"""Left to right; the puts' side is its mirror image, but for bid and ask."""
DEFAULT: Final = ("oi-change", "oi", "volume", "iv", "delta", "bid", "ask", "change", "ltp")
NARROW: Final = ("oi", "iv", "ltp")
ABSENT: Final = 4  # after those of Freshness
REASONS: Final = {
    "absent": "No such contract is listed",
    "unknown": "Nothing has been heard of this contract yet",
    "stale": "The feed does not bring it now: this is the last value heard",
    "refused": "The newest value made no sense and was refused: this is the last good one",
    "solved": "No implied volatility yet",
    "ltp": "Not traded yet",
    "change": "No last price or no previous close",
    "bid": "Nobody bids",
    "ask": "Nobody offers",
    "bid-qty": "Nobody bids",
    "ask-qty": "Nobody offers",
    "liquidity-score": "Not quoted, or sizes or volume are not known",
    "volume": "No volume was sent",
    "oi": "No open interest was sent",
    "oi-change": "The previous session's open interest is not known",
    "build-up": "Needs a price and open interest of two sessions",
}
WORDS: Final = {
    "liquidity": [flag.label for flag in Liquidity],
    "status": [f"No implied volatility: {s.reason}" if s.reason else "" for s in Status],
}
# as many as their formats show: a cell is sent, and drawn, when it reads otherwise
DIGITS: Final = {"iv": 4, "delta": 3, "gamma": 5, "theta": 2, "vega": 2}


def orders(chosen: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The chosen columns left to right: of the calls, and of the puts."""
    calls = [name for name in CALL_ORDER if name in chosen]
    swap: dict[str, str] = {}
    for bid, ask in (("bid", "ask"), ("bid-qty", "ask-qty")):
        if bid in chosen and ask in chosen:
            swap |= {bid: ask, ask: bid}
    return calls, [swap.get(name, name) for name in reversed(calls)]


def numbers(services: Services, chain: LiveChain, now: datetime) -> Floats:
    """(strikes, 2, names): every number of the chain, nan where nothing is known."""
    heard = services.market.values[chain.rows]  # (2, strikes, columns)
    heard[chain.rows < 0] = np.nan
    table = np.full((len(chain.strikes), 2, len(NAMES)), np.nan)

    def put(name: str, values: NDArray[np.float64] | NDArray[np.int8]) -> None:
        table[:, :, AT[name]] = values.T

    ltp, close, oi = heard[..., Col.LTP], heard[..., Col.CLOSE], heard[..., Col.OI]
    bid, ask = heard[..., Col.BID], heard[..., Col.ASK]
    bid_quantity, ask_quantity = heard[..., Col.BID_QTY], heard[..., Col.ASK_QTY]
    put("ltp", ltp)
    put("change", np.round(ltp - close, 4))
    put("bid", np.where(bid > 0, bid, np.nan))
    put("ask", np.where(ask > 0, ask, np.nan))
    put("bid-qty", np.where(bid > 0, bid_quantity, np.nan))
    put("ask-qty", np.where(ask > 0, ask_quantity, np.nan))
    volume = heard[..., Col.VOLUME]
    put("volume", volume)
    scores = score(
        *(bid, ask, bid_quantity, ask_quantity, volume),
        lot_size=chain.lot_size,
        tick_size=chain.tick_size,
    )
    put("liquidity-score", np.round(scores))
    put("oi", oi)
    put("oi-change", oi - chain.oi_prev)
    put("build-up", build_up(ltp, close, oi, chain.oi_prev))
    put("liquidity", liquidity(bid, ask, bid_quantity, ask_quantity, lot_size=chain.lot_size))
    fresh = freshness(services.market, services.health.feed, services.session, chain.rows, now)
    put("fresh", np.where(chain.rows < 0, np.int8(ABSENT), fresh))
    if chain.iv.shape == chain.rows.shape:  # solved at least once
        put("status", chain.status)
        solved = {n: getattr(chain, n) for n in ("iv", "delta", "gamma", "theta", "vega")}
        for name, values in solved.items():
            put(name, np.round(values, DIGITS[name]))
    return table
