"""What can be done to a leg: another strike, right, expiry, quantity, always a listed contract."""

from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from core.errors import RuleBroken
from core.instruments.instrument import Right
from core.strategies.chain_view import SIDES, ChainView, ExpiryView, Fill
from core.strategies.legs import Leg

MOST_LOTS: Final = 100_000


def contract(leg: Leg, view: ChainView, right: Right, strike: float, day: date) -> Leg:
    """The leg with another option: same quantity, today's price, the market's volatility.

    Raises RuleBroken, naming what is near, for one that is not listed.
    """
    return _instead(leg, view.expiry(day).leg(right, strike, _side(leg), Fill.TRADE))


def future(leg: Leg, view: ChainView) -> Leg:
    """The leg with the future that lives as long as it did; raises RuleBroken without one."""
    return _instead(leg, view.future(leg.expiry).leg(_side(leg), Fill.TRADE))


def option(leg: Leg, view: ChainView, right: Right) -> Leg:
    """The leg as an option of that right: a future becomes the strike at the money."""
    if leg.strike is not None:
        return contract(leg, view, right, leg.strike, leg.expiry)
    days = [each.expiry for each in view.expiries]
    near = view.expiry(leg.expiry if leg.expiry in days else None)
    return contract(leg, view, right, at_the_money(near, right), near.expiry)


def at_strike(leg: Leg, view: ChainView, strike: float) -> Leg:
    """Raises RuleBroken for a future, and for a strike that is not listed."""
    if leg.right is None:
        raise RuleBroken("A future has no strike.")
    return contract(leg, view, leg.right, strike, leg.expiry)


def nearest_strike(leg: Leg, view: ChainView, strike: float) -> Leg:
    """The listed strike nearest to `strike`: the same leg where that is its own."""
    if leg.right is None:
        return leg
    strikes = _listed(view.expiry(leg.expiry), leg.right)
    found = float(strikes[np.abs(strikes - strike).argmin()])
    return leg if found == leg.strike else at_strike(leg, view, found)


def stepped(leg: Leg, view: ChainView, by: int) -> Leg:
    """So many listed strikes on; the outermost where there are no more."""
    if leg.right is None or leg.strike is None:
        return leg
    strikes = _listed(view.expiry(leg.expiry), leg.right)
    at = int(np.searchsorted(strikes, leg.strike))
    if by < 0 or (at < len(strikes) and strikes[at] == leg.strike):
        at += by
    else:
        at += by - 1  # an unlisted strike: the next above it is a step
    return at_strike(leg, view, float(strikes[min(max(at, 0), len(strikes) - 1)]))


def at_expiry(leg: Leg, view: ChainView, day: date) -> Leg:
    """The same strike, or the same kind of contract, of another day; raises RuleBroken."""
    if leg.right is None or leg.strike is None:
        return _instead(leg, view.future(day).leg(_side(leg), Fill.TRADE))
    return contract(leg, view, leg.right, leg.strike, day)


def of_lots(leg: Leg, lots: int, view: ChainView | None) -> Leg:
    """Signed; another side has another price. Raises RuleBroken beyond what can be meant."""
    if abs(lots) > MOST_LOTS:
        raise RuleBroken(f"At most {MOST_LOTS:,} lots can be built with.")
    return _turned(leg, replace(leg, lots=lots, odd_units=0), view)


def of_units(leg: Leg, units: int, view: ChainView | None) -> Leg:
    """Signed units; those beyond whole lots are kept, and marked by the checks."""
    if abs(units) > MOST_LOTS * max(leg.lot_size, 1):
        raise RuleBroken(f"At most {MOST_LOTS:,} lots can be built with.")
    return _turned(leg, leg.of_quantity(units), view)


def reversed_leg(leg: Leg, view: ChainView | None) -> Leg:
    return _turned(leg, leg.reversed(), view)


def priced(leg: Leg, view: ChainView) -> Leg:
    """At what it can be traded for now: bought at the ask, sold at the bid; nan where nobody
    quotes. The same leg where its contract is not in view."""
    try:
        if leg.right is None or leg.strike is None:
            now = view.future(leg.expiry).leg(_side(leg), Fill.TRADE)
        else:
            now = view.expiry(leg.expiry).leg(leg.right, leg.strike, _side(leg), Fill.TRADE)
    except RuleBroken:
        return leg
    return replace(leg, price=now.price) if now.key == leg.key else leg


def at_the_money(near: ExpiryView, right: Right) -> float:
    """The listed strike nearest the forward; raises RuleBroken while that is unknown."""
    if not near.forward > 0:
        raise RuleBroken(f"The forward of {near.symbol} {near.expiry:%d %b} is not known yet.")
    strikes = _listed(near, right)
    return float(strikes[np.abs(strikes - near.forward).argmin()])


def _turned(before: Leg, after: Leg, view: ChainView | None) -> Leg:
    """A price at which one buys is not one at which one sells."""
    same = before.is_buy == after.is_buy or not after.quantity
    return after if same or view is None else priced(after, view)


def _side(leg: Leg) -> int:
    return 1 if leg.quantity >= 0 else -1


def _instead(leg: Leg, other: Leg) -> Leg:
    units = replace(other, lots=leg.lots, odd_units=leg.odd_units)
    return replace(units, enabled=leg.enabled, iv_shift=leg.iv_shift)


def _listed(view: ExpiryView, right: Right) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    keys = view.keys[SIDES[right]]
    there = np.array([key is not None for key in keys], np.bool_)
    if not there.any():
        raise RuleBroken(f"{view.symbol} {view.expiry:%d %b} lists no {right}.")
    return view.strikes[there]


def number_from(text: str, what: str) -> float:
    """Raises RuleBroken for what is no finite number."""
    try:
        found = float(text.replace(",", "").replace("₹", "").replace("%", "").strip())
    except ValueError:
        found = float("nan")
    if not np.isfinite(found):
        raise RuleBroken(f"“{text[:20]}” is not {what}.")
    return found
