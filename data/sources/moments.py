"""Days and times as files write them: epoch seconds UTC, nan where a text is none of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from core.errors import BadData

Floats = NDArray[np.float64]

DAYS: Final = ("%Y-%m-%d", "%Y%m%d", "%d-%b-%Y", "%d-%B-%Y", "%d %b %Y", "%Y/%m/%d", "%d%b%Y")
DAY_FIRST: Final = ("%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y")
MONTH_FIRST: Final = ("%m-%d-%Y", "%m/%d/%Y")
CLOCKS: Final = ("%H:%M:%S", "%H:%M", "%H%M%S", "%H%M")
GLUED: Final = ("%Y%m%d%H%M", "%Y%m%d%H%M%S")
EPOCHS: Final = {10: 1.0, 13: 1e-3, 16: 1e-6, 19: 1e-9}
"""Seconds, milli-, micro- and nanoseconds since 1970, by their digits: from 2001 to 2286."""


def days_of(texts: Sequence[str], *, month_first: bool = False) -> NDArray[np.object_]:
    """`date`s; None where a text is no day."""
    seconds = times_of(texts, "UTC", month_first=month_first)
    known = {value: _date(value) for value in np.unique(seconds[np.isfinite(seconds)]).tolist()}
    return np.array([known.get(value) for value in seconds.tolist()], dtype=object)


def times_of(texts: Sequence[str], zone: str, *, month_first: bool = False) -> Floats:
    """Texts with an offset or of an epoch count as they are, all others in the `zone`."""
    import pyarrow as pa

    coded = pa.array(texts, pa.string()).dictionary_encode()
    each = _of_different(coded.dictionary, zone, month_first=month_first)
    found: Floats = each[coded.indices.to_numpy(zero_copy_only=False)]
    return found


def _of_different(column: Any, zone: str, *, month_first: bool) -> Floats:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = _epochs(column.to_pylist())
    column = pc.replace_substring_regex(column, r"(\d)T(\d)", r"\1 \2")
    column = pc.replace_substring_regex(column, r"(\d)Z$", r"\1+0000")
    column = pc.replace_substring_regex(column, r"\.\d+", "")
    for pattern in _likeliest_first(column, month_first=month_first):
        left = np.isnan(found)
        if not left.any():
            break
        seconds = _parsed(column.filter(pa.array(left)), pattern)
        found[left] = seconds if "%z" in pattern else _to_utc(seconds, zone)
    return found


def _likeliest_first(column: Any, *, month_first: bool) -> list[str]:
    """Patterns that the first texts fit, before all others."""
    first = column.slice(0, 5)
    patterns = _patterns(month_first=month_first)
    return sorted(patterns, key=lambda each: not np.isfinite(_parsed(first, each)).any())


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise BadData(f"{name!r} is no time zone") from problem


def moment_of(text: str, zone: str) -> datetime | None:
    """One text; None where it is no time."""
    (seconds,) = times_of([text.strip()], zone)
    return datetime.fromtimestamp(seconds, zone_of(zone)) if np.isfinite(seconds) else None


def _patterns(*, month_first: bool) -> list[str]:
    days = [*DAYS, *(MONTH_FIRST if month_first else DAY_FIRST)]
    with_clock = [f"{day} {clock}" for day in days for clock in CLOCKS]
    return [*GLUED, *with_clock, *(f"{each}%z" for each in with_clock), *days]


def _parsed(column: Any, pattern: str) -> Floats:
    import pyarrow as pa
    import pyarrow.compute as pc

    parsed = pc.strptime(column, format=pattern, unit="s", error_is_null=True)
    whole = parsed.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return np.asarray(whole, dtype=np.float64)


def _to_utc(seconds: Floats, zone: str) -> Floats:
    """Local wall time to UTC, by the offset of each hour."""
    place = zone_of(zone)
    found = seconds.copy()
    known = np.isfinite(seconds)
    hours, back = np.unique(seconds[known] // 3600, return_inverse=True)
    offsets = [_offset(hour * 3600, place) for hour in hours.tolist()]
    found[known] = seconds[known] - np.array(offsets)[back]
    return found


def _offset(local: float, zone: ZoneInfo) -> float:
    wall = datetime.fromtimestamp(local, UTC).replace(tzinfo=zone)
    offset = wall.utcoffset()
    return offset.total_seconds() if offset else 0.0


def _epochs(texts: Sequence[str]) -> Floats:
    found = np.full(len(texts), np.nan)
    for place, text in enumerate(texts):
        whole = text.partition(".")[0]
        if len(whole) in EPOCHS and whole.isascii() and whole.isdigit():
            found[place] = int(whole) * EPOCHS[len(whole)]
    return found


def _date(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()
