"""Which strikes a template takes: by their distance, delta, premium or width."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np

from core.analytics.straddle import at_the_money
from core.errors import RuleBroken
from core.instruments.instrument import Right, strike_text
from core.strategies.chain_view import SIDES, ExpiryView, Fill


class By(StrEnum):
    """How the strikes out of the money are found."""

    OFFSET = "offset"
    DELTA = "delta"
    PREMIUM = "premium"


class Anchor(StrEnum):
    """Where a part of a template hangs."""

    MONEY = "money"  # the strike nearest the forward, `shift` strikes higher
    CALL = "call"  # a call out of the money, as the chooser says
    PUT = "put"


FARTHEST_DELTA: Final = 0.15
"""A strike whose delta is farther than this from what was asked for is not what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """`offset`, `shift` and `width` count listed strikes; `width_rupees` goes before `width`.

    `delta` is an absolute value (0.30), `premium` rupees per unit. `near` and `far` are expiries;
    None is the nearest, and the next after it.
    """

    by: By = By.OFFSET
    offset: int = 2
    delta: float = 0.30
    premium: float = 50.0
    shift: int = 0
    width: int = 2
    width_rupees: float | None = None
    near: date | None = None
    far: date | None = None
    lots: int = 1
    fill: Fill = Fill.MID

    def place(self, view: ExpiryView, anchor: Anchor) -> int:
        """Position of an anchor among the strikes; raises RuleBroken where there is none."""
        money = at_the_money(view.strikes, view.forward)
        if money < 0:
            raise RuleBroken(
                f"The forward of {view.symbol} {view.expiry:%d %b %Y} is not known yet."
            )
        if anchor is Anchor.MONEY:
            return money + self.shift
        right = Right.CALL if anchor is Anchor.CALL else Right.PUT
        if self.by is By.OFFSET:
            return money + (self.offset if right is Right.CALL else -self.offset)
        return self._nearest(view, right)

    def strike(self, view: ExpiryView, anchor: Anchor, steps: int) -> float:
        """`steps` widths above the anchor; raises RuleBroken beyond the listed strikes."""
        at = self.place(view, anchor)
        if self.width_rupees is None:
            at += steps * self.width
        if not 0 <= at < len(view.strikes):
            raise RuleBroken(
                f"{view.symbol} {view.expiry:%d %b %Y} lists no strikes that far from the money:"
                f" only {strike_text(view.strikes[0])} to {strike_text(view.strikes[-1])}."
            )
        found = float(view.strikes[at])
        return found if self.width_rupees is None else found + steps * self.width_rupees

    def _nearest(self, view: ExpiryView, right: Right) -> int:
        side = SIDES[right]
        known = view.delta[side] if self.by is By.DELTA else view.mid[side]
        goal = self.delta if self.by is By.DELTA else self.premium
        out = view.strikes >= view.forward if right is Right.CALL else view.strikes <= view.forward
        miss = np.where(out, np.abs(np.abs(known) - goal), np.nan)
        if not np.isfinite(miss).any():
            raise RuleBroken(f"No {right} of {view.expiry:%d %b %Y} has a {self.by} yet.")
        at = int(np.nanargmin(miss))
        if self.by is By.DELTA and miss[at] > FARTHEST_DELTA:
            raise RuleBroken(
                f"No {right} of {view.expiry:%d %b %Y} has a delta near {goal:.2f};"
                f" the nearest has {abs(known[at]):.2f}."
            )
        return at
