"""Volatility views: what the expiries of one underlying say together, live or recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.constant_maturity import Maturity, at_the_money_vol, constant_maturity
from core.analytics.sides import IS_CALL
from core.analytics.smile import Fitted, Smile
from core.analytics.smile_quotes import quote_weights
from core.analytics.surface import Slice, Surface, fit_surface
from core.analytics.vix import VixSide, india_vix
from core.instruments.calendar import MarketCalendar
from core.instruments.expiries import is_monthly
from core.pricing.greeks import greeks
from core.pricing.implied_vol import implied_vol
from core.services.chain_picture import ChainPicture

Floats = NDArray[np.float64]

ROLLED: Final = 3
"""Trading days left, today and that of the expiry among them, with which India VIX leaves a month.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityView:
    """Pictures of one underlying at one moment, nearest expiry first, and their surface."""

    symbol: str
    pictures: tuple[ChainPicture, ...]
    surface: Surface | None

    @property
    def at(self) -> datetime:
        return max(picture.at for picture in self.pictures)

    @property
    def now(self) -> datetime | None:
        return self.pictures[0].now

    @property
    def live(self) -> bool:
        return self.now is not None

    def picture(self, expiry: date) -> ChainPicture | None:
        return next((each for each in self.pictures if each.expiry == expiry), None)

    def smile(self, expiry: date) -> Smile | None:
        return self.surface.of(expiry) if self.surface is not None else None

    def fit(self, expiry: date) -> Fitted | None:
        """How well its smile fits; None without one."""
        surface = self.surface
        if surface is None or expiry not in surface.expiries:
            return None
        return surface.fits[surface.expiries.index(expiry)]

    def reason(self, expiry: date) -> str:
        """Why it has no smile; empty if it has one."""
        if self.smile(expiry) is not None:
            return ""
        if self.picture(expiry) is None:
            return "no numbers of it yet"
        missing = self.surface.missing if self.surface is not None else ()
        said = [each.reason for each in missing if each.expiry == expiry]
        return said[0] if said else "no expiry has enough quotes"

    def atm_vol(self, expiry: date) -> float:
        """On its smile at the forward, else between the quotes around it; nan if unknown."""
        smile, picture = self.smile(expiry), self.picture(expiry)
        if smile is not None:
            return float(smile.vol(smile.forward))
        return _quoted_vol(picture) if picture is not None else nan

    @property
    def iv30(self) -> float:
        """At-the-money volatility of thirty days by the quotes, as the history keeps it."""
        return constant_maturity(
            [
                Maturity(years=each.years, forward=each.forward, vol=_quoted_vol(each))
                for each in self.pictures
            ]
        )


def _quoted_vol(picture: ChainPicture) -> float:
    return at_the_money_vol(picture.strikes, picture.iv, picture.forward)


def surface_of(pictures: Sequence[ChainPicture]) -> Surface | None:
    """Fitted as live surfaces are, by the same weights; None when no smile can be had."""
    return fit_surface([_slice(picture) for picture in pictures])


def _slice(picture: ChainPicture) -> Slice:
    years, discount = picture.years, picture.discount
    with np.errstate(invalid="ignore", divide="ignore"):
        vega = greeks(picture.forward, picture.strikes, years, picture.iv, discount, IS_CALL).vega
    return Slice(
        years=years,
        forward=picture.forward,
        strikes=picture.strikes,
        iv=picture.iv,
        weights=quote_weights(picture.bid, picture.ask, vega),
        expiry=picture.expiry,
    )


def own_sides(picture: ChainPicture) -> Floats:
    """Volatility of every option by its own price, (2, strikes), calls first; nan if unknown.

    A picture's `iv` has that of the side out of the money on both sides of a strike.
    """
    found, _ = implied_vol(
        picture.price, picture.forward, picture.strikes, picture.years, picture.discount, IS_CALL
    )
    return found


def vix_months(listed: Sequence[date], calendar: MarketCalendar, day: date) -> tuple[date, ...]:
    """Near and next month of India VIX on a day; fewer than two if they are not listed.

    The NSE's paper on India VIX takes the near and the next month, and rolls to the next and the
    far one with three trading days left to the expiry: from memory, since only its parts on quotes
    and formula could be read again. Which days are the three is not known for sure; here they are
    the expiry's own and the two before it.
    """
    monthly = [expiry for expiry in listed if is_monthly(expiry, listed) and expiry >= day]
    usable = [each for each in monthly if len(calendar.trading_days(day, each)) > ROLLED]
    return tuple(usable[:2])


def vix_of(near: ChainPicture | None, following: ChainPicture | None) -> float:
    """By India VIX's method, in points; nan while a month's quotes are not known."""
    if near is None or following is None:
        return nan
    return india_vix(_vix_side(near), _vix_side(following), rate=near.rate)


def _vix_side(picture: ChainPicture) -> VixSide:
    forward = picture.future if picture.future > 0 else picture.forward
    return VixSide(
        years=picture.years,
        forward=forward,
        strikes=picture.strikes,
        bid=picture.bid,
        ask=picture.ask,
    )
