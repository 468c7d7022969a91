"""Where a round trip's profit came from: delta, gamma, vega, theta, and what is left over.

Between two marks of a contract's forward and volatility, each greek at the first mark explains its
part: delta·dF, ½·gamma·dF², vega·dσ, theta·dt. `other` is the residual: what was paid to cross the
spread, higher orders, and moves between marks. The parts always add up to the profit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import isfinite

import numpy as np

from core.instruments.expiries import MINUTES_A_YEAR
from core.instruments.instrument import Instrument, Kind
from core.pricing.greeks import DAYS, greeks


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Of one contract at a moment: epoch seconds, rupees, a fraction."""

    at: float
    forward: float
    iv: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Rupees before charges, as an estimate; `marks` is how many moments it rests on."""

    delta: float
    gamma: float
    vega: float
    theta: float
    other: float
    marks: int

    @property
    def total(self) -> float:
        return self.delta + self.gamma + self.vega + self.theta + self.other


def attribute(
    contract: Instrument,
    quantity: int,
    entry: float,
    exit: float,
    marks: Sequence[Mark],
    *,
    closes_at: float,
    rate: float,
) -> Attribution | None:
    """Of `quantity` units (below 0 sold first) from `entry` to `exit`, rupees a unit.

    None for an option with fewer than two marks in which both numbers are known. `closes_at` is in
    epoch seconds. A future and a share move by delta alone.
    """
    profit = quantity * (exit - entry)
    if not contract.is_option or contract.strike is None:
        return Attribution(delta=profit, gamma=0.0, vega=0.0, theta=0.0, other=0.0, marks=2)
    known = sorted((m for m in marks if isfinite(m.forward + m.iv)), key=lambda mark: mark.at)
    if len(known) < 2:
        return None
    at, forward, iv = (np.array([getattr(m, n) for m in known]) for n in ("at", "forward", "iv"))
    years = np.maximum(closes_at - at, 0.0) / 60 / MINUTES_A_YEAR
    found = greeks(
        forward[:-1],
        contract.strike,
        years[:-1],
        iv[:-1],
        np.exp(-rate * years[:-1]),
        contract.kind is Kind.CALL,
    )
    moved = np.diff(forward)
    delta = quantity * float(np.sum(found.delta * moved))
    gamma = quantity * float(np.sum(0.5 * found.gamma * moved**2))
    vega = quantity * float(np.sum(found.vega * np.diff(iv) * 100))
    theta = quantity * float(np.sum(found.theta * -np.diff(years) * DAYS))
    return Attribution(
        delta=delta,
        gamma=gamma,
        vega=vega,
        theta=theta,
        other=profit - delta - gamma - vega - theta,
        marks=len(known),
    )


def added(parts: Sequence[Attribution]) -> Attribution:
    """Several round trips together; `marks` of the one with fewest."""
    names = [each.name for each in fields(Attribution) if each.name != "marks"]
    sums = {name: float(sum(getattr(part, name) for part in parts)) for name in names}
    return Attribution(**sums, marks=min((part.marks for part in parts), default=0))
