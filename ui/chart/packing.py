"""Bars on their way to the browser: packed as whole numbers, 28 bytes a bar."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.instruments.candle import Candles

FINE: Final = 10_000
COARSE: Final = 100
"""Parts of a rupee in which prices travel: the finest that 32 bits hold."""
PRICES: Final = ("open", "high", "low", "close")
FIELDS: Final = ("time", *PRICES, "volume", "open_interest")


class Bar(NamedTuple):
    """One bar: `time` is its start in epoch seconds; prices in rupees, sizes in units."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0
    oi: float = 0.0


def message(candles: Candles, facts: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """What the browser's `unpack` reads: the facts with count and scale, and the packed bars."""
    prices = [getattr(candles, name) for name in PRICES]
    most = max((float(np.max(np.abs(each))) for each in prices if len(each)), default=0.0)
    scale = FINE if most * FINE < 2**31 else COARSE
    parts: list[NDArray[Any]] = [candles.time.astype("<u4")]
    parts += [np.rint(each * scale).astype("<i4") for each in prices]
    parts += [candles.volume.astype("<f4"), candles.open_interest.astype("<f4")]
    packed = base64.b64encode(b"".join(part.tobytes() for part in parts)).decode()
    return {**facts, "n": len(candles), "scale": scale}, packed


def packed_numbers(lines: NDArray[np.float64]) -> str:
    """Lines of one length, one after another, as the browser's `numbers` reads them."""
    return base64.b64encode(lines.astype("<f8").tobytes()).decode()


def first_difference(before: NDArray[np.float64], now: NDArray[np.float64]) -> int:
    """The first place at which lines (line, place) are other than before."""
    common = min(before.shape[1], now.shape[1])
    old, new = before[:, :common], now[:, :common]
    differs = ((old != new) & ~(np.isnan(old) & np.isnan(new))).any(axis=0)
    return int(np.argmax(differs)) if differs.any() else common


def known(rows: NDArray[np.float64]) -> list[list[float | None]]:
    """Rows of numbers as JSON has them: None for what is not known."""
    return [[None if v != v else v for v in row] for row in rows.tolist()]


def rows(candles: Candles, first: int) -> list[list[float]]:
    """The bars from `first` on, as plain numbers."""
    return [list(bar_at(candles, place)) for place in range(first, len(candles))]


def bar_at(candles: Candles, place: int) -> Bar:
    return Bar(
        time=int(candles.time[place]),
        open=float(candles.open[place]),
        high=float(candles.high[place]),
        low=float(candles.low[place]),
        close=float(candles.close[place]),
        volume=float(candles.volume[place]),
        oi=float(candles.open_interest[place]),
    )


def part(candles: Candles, first: int, after: int) -> Candles:
    """The bars from place `first` to the one before `after`."""
    return Candles(**{name: getattr(candles, name)[first:after] for name in FIELDS})


def joined(older: Candles, newer: Candles) -> Candles:
    """Two stretches as one; of what both have, the newer's."""
    if not len(older) or not len(newer):
        return newer if len(newer) else older
    kept = int(np.searchsorted(older.time, newer.time[0]))
    return Candles(
        **{n: np.concatenate([getattr(older, n)[:kept], getattr(newer, n)]) for n in FIELDS}
    )


def with_tail(candles: Candles, tail: Sequence[Bar]) -> Candles:
    """With bars that came after, the first of which may be the last one as it is now."""
    columns = list(zip(*tail, strict=True))
    return joined(
        candles,
        Candles(
            time=np.array(columns[0], dtype=np.int64),
            open=np.array(columns[1], dtype=np.float64),
            high=np.array(columns[2], dtype=np.float64),
            low=np.array(columns[3], dtype=np.float64),
            close=np.array(columns[4], dtype=np.float64),
            volume=np.array(columns[5]).astype(np.int64),
            open_interest=np.array(columns[6]).astype(np.int64),
        ),
    )
