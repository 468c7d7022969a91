"""Rows of a file as days of chains: each number put in its minute, side and strike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import PER_MINUTE, PER_STRIKE, ChainDay
from core.clock import IST

Floats = NDArray[np.float64]
Closes = Callable[[date], datetime]
"""When derivatives stop trading on a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """One entry for each contract and minute; `values` by the names of a chain's day.

    `minute` is epoch minutes, `expiry` dates. Numbers of a whole minute, like `spot`, may stand in
    any of its entries.
    """

    symbol: Sequence[str]
    expiry: Sequence[date]
    minute: NDArray[np.int64]
    strike: Floats
    put: NDArray[np.bool_]
    values: Mapping[str, Floats]


def days(found: Contracts) -> list[ChainDay]:
    """One for each symbol, expiry and day, in that order; a contract that comes twice counts as
    it stands last."""
    groups: dict[tuple[str, date, date], list[int]] = {}
    of_minute = {m: day_of(m) for m in np.unique(found.minute).tolist()}
    told = zip(found.symbol, found.expiry, found.minute.tolist(), strict=True)
    for place, (symbol, expiry, minute) in enumerate(told):
        groups.setdefault((symbol, of_minute[minute], expiry), []).append(place)
    return [_made(found, id, np.array(groups[id])) for id in sorted(groups)]


def last_minute(day: date, closes: Closes) -> int:
    """The epoch minute that ends with the session: that of a day's closing prices."""
    return int(closes(day).timestamp() // 60) - 1


def moment_minute(moment: datetime, closes: Closes) -> int:
    """The minute that a moment's numbers end; after the close, the session's last."""
    day = moment.astimezone(IST).date()
    return min(int(-(-moment.timestamp() // 60)) - 1, last_minute(day, closes))


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), IST)


def day_of(minute: int) -> date:
    """The day (IST) of an epoch minute."""
    return datetime.fromtimestamp(minute * 60, IST).date()


def _made(found: Contracts, id: tuple[str, date, date], places: NDArray[np.int64]) -> ChainDay:
    symbol, day, expiry = id
    minutes, rows = np.unique(found.minute[places], return_inverse=True)
    strikes, columns = np.unique(found.strike[places], return_inverse=True)
    sides = found.put[places].astype(int)

    def by_strike(name: str) -> Floats:
        whole = np.full((len(minutes), 2, len(strikes)), np.nan)
        if name in found.values:
            whole[rows, sides, columns] = found.values[name][places]
        return whole

    def by_minute(name: str) -> Floats:
        whole = np.full(len(minutes), np.nan)
        if name in found.values:
            values = found.values[name][places]
            known = np.isfinite(values)
            whole[rows[known]] = values[known]
        return whole

    return ChainDay(
        symbol=symbol,
        expiry=expiry,
        day=day,
        minutes=minutes,
        strikes=strikes,
        **{name: by_minute(name) for name in PER_MINUTE},
        **{name: by_strike(name) for name in PER_STRIKE},
    )
