"""The term structure: volatility at the money by expiry, and forward volatility between them."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.analytics.surface import Surface

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPoint:
    """`forward_vol`: from the expiry before to this one; for the first its own."""

    expiry: date | None
    years: float
    forward: float
    atm: float
    forward_vol: float


def points(surface: Surface) -> tuple[TermPoint, ...]:
    """One per fitted expiry, by time."""
    years = np.array([smile.years for smile in surface.smiles])
    atm = np.array([float(smile.vol(smile.forward)) for smile in surface.smiles])
    expiries = surface.expiries or (None,) * len(years)
    return tuple(
        TermPoint(
            expiry=expiry, years=smile.years, forward=smile.forward, atm=float(vol), forward_vol=fwd
        )
        for expiry, smile, vol, fwd in zip(
            expiries, surface.smiles, atm, forward_vols(years, atm).tolist(), strict=True
        )
    )


def forward_vols(years: ArrayLike, vols: ArrayLike) -> Floats:
    """√((σ₂²T₂ - σ₁²T₁)/(T₂ - T₁)) of each against the one before; the first is its own.

    `years` ascending. nan where total variance falls: no forward volatility explains that.
    """
    times, vol = np.asarray(years, np.float64), np.asarray(vols, np.float64)
    total = np.concatenate([[0.0], vol * vol * times])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(np.diff(total) / np.diff(np.concatenate([[0.0], times]))))
