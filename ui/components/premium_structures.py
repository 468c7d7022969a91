"""Structures whose premium is looked at: how they are chosen, kept, named and linked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from core.analytics.premium import Pick, PremiumLeg, Rolling, Structure
from core.analytics.sides import CALL, PUT
from core.instruments.instrument import strike_text

Floats = NDArray[np.float64]

MOST: Final = 4
"""Structures side by side."""
MOST_LEGS: Final = 8
RIGHTS: Final = ("CE", "PE")
TARGETS: Final = {Pick.STEPS: 3.0, Pick.DELTA: 0.25, Pick.PREMIUM: 50.0}
"""What a rolling strangle starts with."""


class Kind(StrEnum):
    STRADDLE = "straddle"
    STRANGLE = "strangle"
    LEGS = "legs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """`rolling`: strikes chosen anew each minute by `by` and `target`; else those of `legs`."""

    kind: Kind = Kind.STRADDLE
    rolling: bool = True
    by: Pick = Pick.STEPS
    target: float = 0.0
    legs: tuple[PremiumLeg, ...] = ()

    @property
    def structure(self) -> Structure:
        if self.rolling:
            return Rolling(by=self.by, target=self.target)
        return self.legs

    @property
    def sides(self) -> list[int]:
        return [CALL, PUT] if self.rolling else [leg.side for leg in self.legs]

    @property
    def ratios(self) -> Floats:
        return np.ones(2) if self.rolling else np.array([leg.ratio for leg in self.legs])

    @property
    def moving(self) -> tuple[str, ...]:
        """What strikes that are chosen anew are called; none are for fixed legs."""
        if not self.rolling:
            return ()
        both = self.by is Pick.STEPS and not self.target
        return ("Strike",) if both else ("Call strike", "Put strike")

    @property
    def title(self) -> str:
        """For example `ATM straddle`, `Strangle 25Δ`, `Strangle 24,400/24,000`."""
        if self.rolling:
            return _rolling_title(self)
        strikes = [_strike(leg.strike) for leg in self.legs]
        if self.kind is Kind.STRADDLE and strikes:
            return f"Straddle {strikes[0]}"
        if self.kind is Kind.STRANGLE and len(strikes) == 2:
            return f"Strangle {strikes[0]}/{strikes[1]}"
        return " ".join(map(_leg_words, self.legs)) or "No legs"

    def to_json(self) -> dict[str, Any]:
        legs = [[leg.side, leg.strike, leg.ratio] for leg in self.legs]
        return {
            "kind": self.kind.value,
            "rolling": self.rolling,
            "by": self.by.value,
            "target": self.target,
            "legs": legs,
        }


def _rolling_title(chosen: Chosen) -> str:
    if chosen.by is Pick.DELTA:
        return f"{chosen.kind.capitalize()} {100 * chosen.target:g}Δ"
    if chosen.by is Pick.PREMIUM:
        return f"{chosen.kind.capitalize()} ₹{chosen.target:g}"
    return "ATM straddle" if not chosen.target else f"Strangle ±{chosen.target:g} strikes"


def _strike(strike: float) -> str:
    return f"{strike:,.0f}" if strike == round(strike) else f"{strike:,.2f}"


def _leg_words(leg: PremiumLeg) -> str:
    return f"{leg.ratio:+g} {_strike(leg.strike)} {RIGHTS[leg.side]}"


def from_json(kept: object) -> Chosen | None:
    """What was kept; None if it cannot be understood."""
    if not isinstance(kept, dict):
        return None
    try:
        return Chosen(
            kind=Kind(kept["kind"]),
            rolling=bool(kept["rolling"]),
            by=Pick(kept["by"]),
            target=float(kept["target"]),
            legs=tuple(
                PremiumLeg(side=(CALL, PUT)[int(side)], strike=float(strike), ratio=float(ratio))
                for side, strike, ratio in kept["legs"][:MOST_LEGS]
            ),
        )
    except (KeyError, TypeError, ValueError, IndexError):
        return None


def restored(kept: Sequence[object], others: Sequence[Chosen]) -> list[Chosen]:
    """What was looked at on an underlying; of another's, what has no strikes of its own."""
    known = [chosen for chosen in map(from_json, kept[:MOST]) if chosen is not None]
    return known or [chosen for chosen in others if chosen.rolling]


def parsed(text: str) -> tuple[PremiumLeg, ...]:
    """Legs of an address, `24200CE:1,24400CE:-1`; empty if any of it is none."""
    found = []
    for part in filter(None, text.split(",")):
        name, _, ratio = part.partition(":")
        try:
            side = RIGHTS.index(name[-2:].upper())
            found.append(PremiumLeg(side=side, strike=float(name[:-2]), ratio=float(ratio or "1")))
        except ValueError:
            return ()
    return tuple(found[:MOST_LEGS])


def legs_at(chosen: Chosen, strikes: Floats) -> tuple[PremiumLeg, ...]:
    """The legs as they stand with these strikes; none while one of them is unknown."""
    if not chosen.rolling:
        return chosen.legs
    if strikes.size != 2 or not np.isfinite(strikes).all():
        return ()
    return tuple(
        PremiumLeg(side=side, strike=float(strike))
        for side, strike in zip((CALL, PUT), strikes, strict=True)
    )


def address(symbol: str, expiry: str, legs: Sequence[PremiumLeg]) -> str:
    """Where the builder opens with these legs; it takes whole lots."""
    words = [f"{strike_text(leg.strike)}{RIGHTS[leg.side]}:{leg.ratio:g}" for leg in legs]
    return f"/builder?symbol={quote(symbol)}&expiry={expiry}&add={','.join(words)}"


def changed(chosen: Chosen, kind: Kind, *, rolling: bool, strikes: Floats, atm: int) -> Chosen:
    """The same structure as another kind, with strikes around the money where it needs some."""
    if kind is Kind.LEGS:
        start = chosen.legs or _fixed(Kind.STRADDLE, strikes, atm)
        return replace(chosen, kind=kind, rolling=False, legs=start)
    if rolling:
        straddle = kind is Kind.STRADDLE
        by = chosen.by if chosen.rolling and not straddle else Pick.STEPS
        target = chosen.target if by is chosen.by and chosen.target else TARGETS[by]
        return Chosen(kind=kind, by=by, target=0.0 if straddle else target)
    keep = chosen.kind is kind and not chosen.rolling
    return Chosen(
        kind=kind, rolling=False, legs=chosen.legs if keep else _fixed(kind, strikes, atm)
    )


def _fixed(kind: Kind, strikes: Floats, atm: int) -> tuple[PremiumLeg, ...]:
    if atm < 0 or not strikes.size:
        return ()
    away = round(TARGETS[Pick.STEPS]) if kind is Kind.STRANGLE else 0
    up, down = min(atm + away, len(strikes) - 1), max(atm - away, 0)
    return (
        PremiumLeg(side=CALL, strike=float(strikes[up])),
        PremiumLeg(side=PUT, strike=float(strikes[down])),
    )
