"""Implied volatility and greeks of whole chains at one go.

The last step to the volatility has evaluated the normal distribution next to where the greeks need
it: its Mills' ratio is carried over by the first terms of Taylor's series, M' = d·M - 1.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.pricing.greeks import FullGreeks, Greeks, Parts, every_order, first_order
from core.pricing.implied_vol import BLOCK, Contracts, contracts, roots
from core.pricing.normal import Floats, density

G = TypeVar("G", bound=Greeks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Implied(Generic[G]):
    """Volatility (a fraction), its `implied_vol.Status`, and greeks; NaN where there is none."""

    iv: Floats
    status: NDArray[np.int8]
    greeks: G


def implied_greeks(
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> Implied[Greeks]:
    """`implied_vol` and the `greeks` at it, from one evaluation of Black's formula."""
    return _in_blocks(first_order, price, forward, strike, years, discount, call)


def implied_full_greeks(
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> Implied[FullGreeks]:
    """`implied_vol` and the `full_greeks` at it."""
    return _in_blocks(every_order, price, forward, strike, years, discount, call)


def _in_blocks(kind: Callable[[Parts], G], *arguments: ArrayLike) -> Implied[G]:
    everything, shape = contracts(*arguments)
    size = everything.price.size
    with np.errstate(all="ignore"):
        blocks = [
            _block(kind, everything.part(slice(at, at + BLOCK)))
            for at in range(0, max(size, 1), BLOCK)
        ]
    if len(blocks) == 1 and blocks[0].iv.shape == shape:
        return blocks[0]
    kinds = type(blocks[0].greeks)
    columns = {f.name: [getattr(b.greeks, f.name) for b in blocks] for f in fields(kinds)}
    return Implied(
        iv=np.concatenate([b.iv for b in blocks]).reshape(shape),
        status=np.concatenate([b.status for b in blocks]).reshape(shape),
        greeks=kinds(**{n: np.concatenate(c).reshape(shape) for n, c in columns.items()}),
    )


def _block(kind: Callable[[Parts], G], c: Contracts) -> Implied[G]:
    root, x, status = roots(c)
    s = root.s
    side = np.where(c.call, 1.0, -1.0)
    d1, before = x / s + 0.5 * s, x / root.at + 0.5 * root.at
    size = np.abs(before)
    away = np.copysign(1.0, before) * d1 - size
    mills = np.where(x < 0, root.mills[0], root.mills[1])  # |ln(F/K)| ∓ s²/2 is the one of d1
    slope = size * mills - 1.0
    mills = mills + away * (slope + away * (0.5 * (mills + size * slope)))
    phi = density(d1)
    tail = phi * mills
    n1 = np.where(side * before > 0, 1.0 - tail, tail)
    vol = s / np.sqrt(c.t)
    value = c.price + 0.0 * s  # NaN without a volatility
    greeks = kind(Parts(c.f, c.t, vol, c.df, side, d1, s, n1, phi, value, None))
    return Implied(iv=vol, status=status, greeks=greeks)
