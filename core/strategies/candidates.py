"""Candidates for a view: every template that fits it, on several strikes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from core.clock import IST
from core.errors import RuleBroken
from core.strategies.chain_view import ChainView, ExpiryView, Fill
from core.strategies.chooser import Anchor, By, Chooser
from core.strategies.legs import Leg
from core.strategies.template import Template
from core.strategies.templates import TEMPLATES

DELTAS: Final = (0.16, 0.25, 0.35)
"""Where strikes out of the money are looked for."""
SHIFTS: Final = (-1, 0, 1)
"""How many widths the money anchor is moved, for templates that hang on nothing else."""
WIDTHS: Final = (0.35, 0.8)
"""Widths of wings, in standard deviations of the move to the near expiry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a trader expects: `direction` -2 (falls much) … 2 (rises much), `volatility` -1 (falls)
    … 1 (rises), in so many calendar days.

    `max_loss` in rupees bounds the loss at the near expiry, charges included where they are known;
    without it positions of unlimited loss are suggested only where `unlimited` allows.
    """

    direction: int
    volatility: int
    days: float
    max_loss: float | None = None
    unlimited: bool = False
    lots: int = 1

    def __post_init__(self) -> None:
        if self.direction not in range(-2, 3) or self.volatility not in range(-1, 2):
            raise RuleBroken("A view has a direction from -2 to 2 and a volatility from -1 to 1.")
        if not self.days > 0 or not self.lots > 0:
            raise RuleBroken("A view needs days and lots above 0.")
        if self.max_loss is not None and not self.max_loss > 0:
            raise RuleBroken("The largest loss must be above 0.")

    def fits(self, template: Template) -> bool:
        """Not against it: at most a step apart in direction, and no opposed volatility."""
        apart = abs(template.direction - self.direction)
        opposed = template.direction * self.direction < 0
        return apart <= 1 and not opposed and template.volatility * self.volatility >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    template: Template
    chooser: Chooser
    legs: tuple[Leg, ...]


def near_expiry(view: View, chain: ChainView) -> ExpiryView:
    """The first expiry that lives as long as the view, else the last; raises RuleBroken."""
    goal = chain.now + timedelta(days=view.days)
    alive = [each for each in chain.expiries if each.closes_at > chain.now]
    if not alive:
        raise RuleBroken(f"There is no chain of {chain.symbol} to choose from.")
    day = goal.astimezone(IST).date()
    return next((each for each in alive if each.expiry >= day), alive[-1])


def until(view: View, chain: ChainView, near: ExpiryView) -> datetime:
    """The moment that is judged: so many days on, or the close of the near expiry before that."""
    return min(chain.now + timedelta(days=view.days), near.closes_at)


def candidates(view: View, chain: ChainView) -> list[Candidate]:
    """With prices to trade at: bought at the ask, sold at the bid; those without are left out."""
    near = near_expiry(view, chain)
    steps = _widths(near)
    found: dict[tuple[tuple[str, int], ...], Candidate] = {}
    for template in TEMPLATES:
        if not view.fits(template):
            continue
        for chooser in _choosers(template, near.expiry, steps, view.lots):
            try:
                legs = template.build(chain, chooser)
            except RuleBroken:
                continue  # these strikes are not listed, others may be
            if all(leg.price == leg.price for leg in legs) and _distinct(legs):
                candidate = Candidate(template=template, chooser=chooser, legs=legs)
                found.setdefault(tuple((leg.key, leg.lots) for leg in legs), candidate)
    return list(found.values())


def _choosers(template: Template, near: date, steps: list[int], lots: int) -> Iterator[Chooser]:
    anchors = {part.anchor for part in template.parts if part.right is not None}
    widths = steps if any(part.steps for part in template.parts) else steps[:1]
    base = Chooser(by=By.DELTA, near=near, lots=lots, fill=Fill.TRADE)
    for width in widths:
        if anchors == {Anchor.MONEY}:
            for shift in SHIFTS:
                yield replace(base, width=width, shift=shift * width)
        else:
            for delta in DELTAS:
                yield replace(base, width=width, delta=delta)


def _widths(near: ExpiryView) -> list[int]:
    """In listed strikes, at least one, each once."""
    around = np.abs(near.strikes - near.forward)
    at = int(around.argmin()) if near.forward > 0 else 0
    step = float(np.median(np.diff(near.strikes[max(at - 5, 0) : at + 6])))
    known = near.iv[:, at][np.isfinite(near.iv[:, at])]
    move = near.forward * float(known.mean()) * near.years**0.5 if known.size else 0.0
    return sorted({max(round(part * move / step), 1) for part in WIDTHS}) if step > 0 else [1]


def _distinct(legs: tuple[Leg, ...]) -> bool:
    """No contract on both sides: what would be left is another template's position."""
    return len({leg.key for leg in legs}) == len(legs)
