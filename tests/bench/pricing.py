"""Implied volatility and first-order greeks of whole chains: how fast beside peers, how good.

The peers live in environments of their own: one of them patches another at import.
"""

import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.pricing.black76 import price
from core.pricing.implied_greeks import implied_greeks
from tests.bench import accuracy
from tests.bench.peers import Peer, environment, peer
from tests.bench.rows import Row

Floats = NDArray[np.float64]
NAMES: Final = ("iv", "delta", "gamma", "theta", "vega", "rho")
TOLERANCE: Final = {
    "vectorized": dict.fromkeys(("iv", "delta", "gamma", "rho"), 1e-4),  # differences of prices,
    "vollib": dict.fromkeys(NAMES, 1e-10),  # theta and vega over a whole day and point
    "quantlib": dict.fromkeys(NAMES, 5e-4),  # stops at a millionth of a standard deviation
}
"""How far theirs may be from ours, against the largest of the column."""
RATE: Final = 0.065
MOST: Final = 0.25
"""Milliseconds of a chain of 400."""

PACKAGES: Final = {
    "vectorized": (
        "py_vollib_vectorized==0.1.1",
        "py_vollib==1.0.1",
        "py_lets_be_rational==1.0.1",
        "setuptools<81",
    ),
    "vollib": ("vollib==1.0.11", f"quantlib=={version('quantlib')}"),
}
HOMES: Final = {"vectorized": "vectorized", "vollib": "vollib", "quantlib": "vollib"}
TITLES: Final = {
    "vectorized": "py_vollib_vectorized",
    "vollib": "vollib's loop",
    "quantlib": "QuantLib's loop",
}
TARGETS: Final = {
    400: {"vectorized": 4.0, "vollib": 40.0, "quantlib": 8.0},
    20_000: {"vectorized": 10.0, "vollib": 200.0, "quantlib": 35.0},
}
PASSES: Final = {
    400: {"ours": 60, "vectorized": 20, "vollib": 1, "quantlib": 6},
    20_000: {"ours": 5, "vectorized": 2, "vollib": 1, "quantlib": 1},
}
"""Of each in a round, which then lasts some hundredth of a second, more only for the slow."""


def run(quick: bool) -> list[Row]:
    chains = {400: one_expiry(), 20_000: many_expiries()}
    times: dict[int, dict[str, list[float]]] = {n: {name: [] for name in PASSES[n]} for n in chains}
    with ExitStack() as stack:
        peers = {name: stack.enter_context(started(name, list(chains.values()))) for name in HOMES}
        apart = {
            (n, name): furthest(name, ours(chain), peers[name].ask("result", at, 0))
            for at, (n, chain) in enumerate(chains.items())
            for name in peers
        }
        for _ in range(9 if quick else 15):
            for at, (n, chain) in enumerate(chains.items()):
                for name, each in peers.items():
                    times[n][name].append(each.ask("time", at, PASSES[n][name]))
                times[n]["ours"].append(our_round(chain, PASSES[n]["ours"]))
    speed = [row for n in chains for row in rows(n, times[n], apart)]
    return speed + accuracy.run(quick)


def started(name: str, chains: list[dict[str, Any]]) -> AbstractContextManager[Peer]:
    python = environment(HOMES[name], PACKAGES[HOMES[name]])
    return peer(python, Path(__file__).with_name("pricing_peers.py"), name, chains)


def ours(c: dict[str, Any]) -> list[Floats]:
    discount = np.exp(-c["rate"] * c["years"])
    found = implied_greeks(c["price"], c["forward"], c["strike"], c["years"], discount, c["call"])
    g = found.greeks
    return [found.iv, g.delta, g.gamma, g.theta, g.vega, g.rho]


def our_round(chain: dict[str, Any], passes: int) -> float:
    gc.collect()
    begun = time.perf_counter()
    for _ in range(passes):
        ours(chain)
    return (time.perf_counter() - begun) / passes


def furthest(name: str, mine: list[Floats], theirs: list[list[float]]) -> float:
    """The largest difference in units of what is tolerated; NaN anywhere is as far as can be."""
    off = [
        np.max(np.abs(a - np.array(b))) / np.max(np.abs(a)) / TOLERANCE[name][column]
        for column, a, b in zip(NAMES, mine, theirs, strict=True)
        if column in TOLERANCE[name]
    ]
    return float(np.max(np.nan_to_num(off, nan=np.inf)))


def rows(
    n: int, times: dict[str, list[float]], apart: dict[tuple[int, str], float]
) -> Iterator[Row]:
    median = {name: 1e3 * statistics.median(seconds) for name, seconds in times.items()}
    for name, target in TARGETS[n].items():
        ratio = median[name] / median["ours"]
        same = apart[n, name] < 1
        yield Row(
            figure="P1",
            what=f"IV and greeks of {n:,} contracts, {TITLES[name]}"
            + ("" if same else " (RESULTS DIFFER)"),
            ours=median["ours"],
            peer=median[name],
            unit="ms",
            ratio=ratio,
            target=f"≥ {target:.0f}×",
            ok=same and ratio >= target,
        )
    if n == 400:
        yield Row(
            figure="P1",
            what="IV and greeks of 400 contracts",
            ours=median["ours"],
            peer=None,
            unit="ms",
            ratio=None,
            target=f"≤ {MOST} ms",
            ok=median["ours"] <= MOST,
        )


def one_expiry() -> dict[str, Any]:
    """200 strikes of an index, both sides, a month before their close, with a smile."""
    chain = _chain(np.full(1, 30 / 365), np.linspace(-5.0, 5.0, 200))
    return chain | {name: float(chain[name][0]) for name in ("forward", "years")}


def many_expiries() -> dict[str, Any]:
    """50 expiries from two days to two years, 200 strikes each."""
    return _chain(np.geomspace(2 / 365, 2.0, 50), np.linspace(-4.5, 4.5, 200))


def _chain(years: Floats, deviations: Floats) -> dict[str, Any]:
    t, far, side = (
        a.reshape(-1) for a in np.meshgrid(years, deviations, [True, False], indexing="ij")
    )
    forward = 24250.0 * np.exp(0.05 * t)
    vol = 0.13 - 0.01 * far + 0.004 * far**2
    strike = forward * np.exp(0.13 * far * np.sqrt(t))
    value = price(forward, strike, t, vol, np.exp(-RATE * t), side)
    return {
        "price": value,
        "forward": forward,
        "strike": strike,
        "years": t,
        "rate": RATE,
        "call": side,
    }
