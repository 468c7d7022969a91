"""A chain as templates and suggestions see it: what is listed, quoted and implied now."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from math import nan

import numpy as np
from numpy.typing import ArrayLike

from core.analytics.sides import CALL, PUT
from core.analytics.smile_quotes import outside
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Right, strike_text
from core.strategies.legs import Leg, future, option
from core.strategies.valuation import Floats, Market, Sticky, Vols

SIDES = {Right.CALL: CALL, Right.PUT: PUT}


class Fill(StrEnum):
    """At what price a leg is taken up."""

    MID = "mid"  # the middle of the quotes, else the last price
    TRADE = "trade"  # buys at the ask, sells at the bid


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryView:
    """One expiry. Two-sided arrays are (2, strikes), calls first, nan unknown; strikes rise.

    `mid` is the middle of the quotes, else the last price; `iv` a fraction; `years` from the
    view's moment.
    """

    symbol: str
    expiry: date
    closes_at: datetime
    years: float
    forward: float
    lot_size: int
    strikes: Floats
    keys: tuple[tuple[InstrumentKey | None, ...], tuple[InstrumentKey | None, ...]]
    bid: Floats
    ask: Floats
    mid: Floats
    iv: Floats
    delta: Floats
    bid_quantity: Floats | None = None  # units on offer at the best quotes
    ask_quantity: Floats | None = None

    def mid_at(self, side: int, at: int) -> float:
        """One of `mid`."""
        return float(self.mid[side, at])

    def index(self, right: Right, strike: float) -> int:
        """Position of a listed strike; raises RuleBroken, naming its neighbours, where unlisted."""
        at = int(np.searchsorted(self.strikes, strike))
        here = at < len(self.strikes) and self.strikes[at] == strike
        if here and self.keys[SIDES[right]][at] is not None:
            return at
        near = [strike_text(float(k)) for k in self.strikes[max(at - 1, 0) : at + 1 + here]]
        near = [text for text in near if text != strike_text(strike)]
        tell = f" Nearest: {' and '.join(near)}." if near else ""
        raise RuleBroken(
            f"{self.symbol} {strike_text(strike)} {right} of {self.expiry:%d %b %Y}"
            f" is not listed.{tell}"
        )

    def leg(self, right: Right, strike: float, lots: int, fill: Fill = Fill.MID) -> Leg:
        """Raises RuleBroken for a strike that is not listed; the price is nan where not quoted."""
        at, side = self.index(right, strike), SIDES[right]
        price = self.mid if fill is Fill.MID else self.ask if lots > 0 else self.bid
        return option(
            key=self.keys[side][at] or InstrumentKey(""),
            symbol=self.symbol,
            right=right,
            strike=float(self.strikes[at]),
            expiry=self.expiry,
            closes_at=self.closes_at,
            lot_size=self.lot_size,
            lots=lots,
            price=_known(price[side, at]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureView:
    symbol: str
    key: InstrumentKey
    expiry: date
    closes_at: datetime
    lot_size: int
    bid: float
    ask: float
    last: float

    @property
    def mid(self) -> float:
        quoted = 0 < self.bid <= self.ask
        return (self.bid + self.ask) / 2 if quoted else _known(self.last)

    def leg(self, lots: int, fill: Fill = Fill.MID) -> Leg:
        price = self.mid if fill is Fill.MID else self.ask if lots > 0 else self.bid
        return future(
            key=self.key,
            symbol=self.symbol,
            expiry=self.expiry,
            closes_at=self.closes_at,
            lot_size=self.lot_size,
            lots=lots,
            price=_known(price),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainView:
    """Expiries and futures nearest first; `surface` where the smile has been fitted."""

    symbol: str
    spot: float
    now: datetime
    rate: float
    expiries: tuple[ExpiryView, ...]
    futures: tuple[FutureView, ...] = ()
    surface: Vols | None = None

    def expiry(self, day: date | None = None) -> ExpiryView:
        """That one, or the nearest; raises RuleBroken where it is not in view."""
        for each in self.expiries:
            if day is None or each.expiry == day:
                return each
        what = f"of {day:%d %b %Y}" if day else "at all"
        raise RuleBroken(f"There is no chain of {self.symbol} {what}.")

    def later(self, than: date, day: date | None = None) -> ExpiryView:
        """The expiry `day`, or the first after `than`; raises RuleBroken where there is none."""
        for each in self.expiries:
            if each.expiry > than and day in (None, each.expiry):
                return each
        raise RuleBroken(f"This needs a second expiry of {self.symbol}, after {than:%d %b %Y}.")

    def future(self, since: date) -> FutureView:
        """The first that does not expire before `since`; raises RuleBroken where there is none."""
        for each in self.futures:
            if each.expiry >= since:
                return each
        raise RuleBroken(f"There is no future of {self.symbol} to go with {since:%d %b %Y}.")

    def market(self, sticky: Sticky = Sticky.STRIKE) -> Market:
        """What legs of this chain are valued against."""
        ivs, prices = self._by_key("iv"), self._by_key("mid")
        prices |= {each.key: each.mid for each in self.futures if each.mid > 0}
        forwards = {each.expiry: each.forward for each in self.expiries if each.forward > 0}
        for each in self.futures:
            if each.mid > 0:
                forwards.setdefault(each.expiry, each.mid)
        return Market(
            spot=self.spot,
            now=self.now,
            rate=self.rate,
            forwards=forwards,
            surface=self.surface or QuotedVols(self.expiries),
            ivs=ivs,
            prices=prices,
            sticky=sticky,
        )

    def _by_key(self, name: str) -> dict[InstrumentKey, float]:
        found: dict[InstrumentKey, float] = {}
        for each in self.expiries:
            for keys, values in zip(each.keys, getattr(each, name).tolist(), strict=True):
                found.update(
                    (key, x) for key, x in zip(keys, values, strict=True) if key and x == x
                )
        return found


class QuotedVols:
    """The quoted volatilities of each expiry, straight between strikes and flat beyond them.

    Stands in where no smile is fitted. Between expiries total variance is straight in time; before
    the first and after the last the volatility stays.
    """

    def __init__(self, expiries: tuple[ExpiryView, ...]) -> None:
        smiles = [(e.years, *_smile(e)) for e in expiries if e.years > 0]
        self._smiles = [smile for smile in smiles if len(smile[1])]
        self._years = np.array([smile[0] for smile in self._smiles])

    def vol(self, strike: ArrayLike, years: ArrayLike) -> Floats:
        k, t = np.broadcast_arrays(np.asarray(strike, np.float64), np.asarray(years, np.float64))
        if not self._smiles:
            return np.full(k.shape, nan)
        variance = np.stack([np.interp(k, x, v) ** 2 * y for y, x, v in self._smiles])
        held = np.clip(t, self._years[0], self._years[-1])
        after = np.clip(np.searchsorted(self._years, held), 1, max(len(self._years) - 1, 1))
        if len(self._years) == 1:
            return np.asarray(np.sqrt(variance[0] / self._years[0]))
        low, high = self._years[after - 1], self._years[after]
        share = (held - low) / (high - low)
        below = np.take_along_axis(variance, after[None] - 1, 0)[0]
        above = np.take_along_axis(variance, after[None], 0)[0]
        return np.asarray(np.sqrt((below + share * (above - below)) / held))


def _smile(view: ExpiryView) -> tuple[Floats, Floats]:
    iv = outside(view.iv, view.strikes, view.forward)
    good = iv > 0
    return view.strikes[good], iv[good]


def _known(price: float) -> float:
    return float(price) if price > 0 else nan
