"""Figure 3: smiles of eight expiries fitted without arbitrage, beside QuantLib's SVI fit in a loop.

QuantLib fits each expiry alone and asks nothing of arbitrage; its fit of the same volatilities is
the best SVI curve that there is, so that the misses may be compared.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import QuantLib as ql

from core.analytics.smile import Smile, fit
from core.analytics.smile_quotes import quote_weights
from core.analytics.surface import Slice, Surface, fit_surface
from core.analytics.svi import durrleman
from tests.bench.rows import Row
from tests.core.analytics import real_chains
from tests.core.analytics.real_chains import Snapshot

SHARED: Final = Path(__file__).parents[2].parent / "shared" / "data"
DAYS: Final = (2, 9, 16, 23, 30, 58, 86, 149)
STRIKES: Final = 22_000.0 + 50 * np.arange(80)
MOST, MOST_ONE = 20.0, 2.0
"""Milliseconds of eight expiries, and of one."""
K: Final = np.unique(np.concatenate([np.linspace(-3, 3, 4001), 3 * np.linspace(-1, 1, 2001) ** 5]))


def run(quick: bool) -> list[Row]:
    rounds = 5 if quick else 15
    made = [_noisy(days) for days in DAYS]
    rows = [_eight(made, rounds), _one(made[1], rounds)]
    if SHARED.is_dir():
        rows += [_eight_recorded(rounds), _recorded(quick)]
    return rows


def _eight(slices: Sequence[Slice], rounds: int) -> Row:
    ours, theirs = _turns(lambda: fit_surface(slices), lambda: _quantlib(slices), rounds)
    return _row("SVI fit, 8 expiries × 80 strikes, simulated", ours, theirs, MOST)


def _eight_recorded(rounds: int) -> Row:
    """Quotes that cross in their wings, which takes longest; on them QuantLib needs seconds."""
    slices = [_slice(quotes) for quotes in real_chains.nse_json(SHARED).expiries[:8]]
    ours, _ = _turns(lambda: fit_surface(slices), lambda: None, rounds)
    return _row("SVI fit, 8 expiries, NSE 5 Dec 2025", ours, None, MOST)


def _one(each: Slice, rounds: int) -> Row:
    ours, theirs = _turns(
        lambda: fit(each.strikes, each.iv, forward=each.forward, years=each.years),
        lambda: _quantlib([each]),
        rounds,
    )
    return _row("SVI fit, one expiry of 80 strikes", ours, theirs, MOST_ONE)


def _row(what: str, ours: float, theirs: float | None, most: float) -> Row:
    return Row(
        figure="3",
        what=what,
        ours=ours,
        peer=theirs,
        unit="ms",
        ratio=theirs / ours if theirs is not None else None,
        target=f"≤ {most:g} ms",
        ok=ours <= most,
    )


def _recorded(quick: bool) -> Row:
    """Every curve of every recorded chain, on a wide grid of log-moneyness."""
    snapshots: list[Snapshot] = [
        real_chains.nse_json(SHARED),
        *real_chains.nse_csvs(SHARED),
        real_chains.upstox(SHARED),
        *real_chains.minutes(SHARED)[:: 20 if quick else 1],
        *real_chains.bhavcopy(SHARED)[:: 10 if quick else 1],
    ]
    found = [fit_surface([_slice(quotes) for quotes in each.expiries]) for each in snapshots]
    known = [surface for surface in found if surface is not None]
    curves = sum(len(surface.smiles) for surface in known)
    return Row(
        figure="3",
        what=f"arbitrage in {curves} smiles of {len(known)} recorded chains",
        ours=sum(_arbitrage(surface) for surface in known),
        peer=None,
        unit="",
        ratio=None,
        target="0",
        ok=not any(_arbitrage(surface) for surface in known),
    )


def _arbitrage(surface: Surface) -> int:
    """Smiles with a negative density or too steep a wing, and expiries that cross."""
    totals = np.array([smile.variance(K) for smile in surface.smiles])
    crossed = int((np.diff(totals, axis=0) < 0).any(axis=1).sum())
    return crossed + sum(not _sound(smile) for smile in surface.smiles)


def _sound(smile: Smile) -> bool:
    steep = smile.b * (1 + abs(smile.rho)) > 2
    return not steep and bool((durrleman(K, *smile.shape(K)) >= 0).all())


def _turns(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Medians in milliseconds, taken in turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for work, times in zip((ours, theirs), taken, strict=True):
            begun = time.perf_counter()
            work()
            times.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(taken[0][1:]), statistics.median(taken[1][1:])


def _noisy(days: int) -> Slice:
    """A smile that grows with time as those of NIFTY do, in quotes rounded as if by their ticks."""
    years = days / 365
    s = 0.12 * years**0.5
    true = Smile(
        forward=24_000.0 * float(np.exp(0.065 * years)),
        years=years,
        a=0.3 * s * s,
        b=0.55 * s,
        rho=-0.3,
        m=0.1 * s,
        sigma=1.2 * s,
    )
    rng = np.random.default_rng(days)
    iv = true.vol(STRIKES) * (1 + rng.normal(0, 0.004, STRIKES.size))
    return Slice(years=years, forward=true.forward, strikes=STRIKES, iv=iv)


def _slice(quotes: real_chains.Quotes) -> Slice:
    return Slice(
        years=quotes.years,
        forward=quotes.forward,
        strikes=quotes.strikes,
        iv=np.stack([quotes.iv, quotes.iv]),
        weights=quote_weights(quotes.bid, quotes.ask, quotes.vega),
        expiry=quotes.expiry,
    )


def _quantlib(slices: Sequence[Slice]) -> None:
    for each in slices:
        _quantlib_fit(replace(each, iv=np.atleast_2d(np.asarray(each.iv))[0]))


def _quantlib_fit(each: Slice) -> float:
    today = ql.Settings.instance().evaluationDate
    iv, strikes = np.asarray(each.iv), np.asarray(each.strikes)
    known = np.isfinite(iv)
    s = float(np.nanmedian(iv)) * each.years**0.5
    section = ql.SviInterpolatedSmileSection(
        today + max(round(each.years * 365), 1),
        each.forward,
        strikes[known].tolist(),
        False,
        float(np.nanmedian(iv)),
        iv[known].tolist(),
        *(0.5 * s * s, 0.5 * s, s, -0.2, 0.0),
        *(False, False, False, False, False),
        True,
    )
    return float(section.rmsError())
