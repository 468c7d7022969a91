"""A chain over a day: every recorded minute in one block of arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_snapshot import ChainSnapshot
from core.analytics.forward import mids
from core.clock import IST
from core.errors import BadData
from core.instruments.expiries import MINUTES_A_YEAR

Floats = NDArray[np.float64]

PER_MINUTE: Final = ("spot", "forward", "future", "future_oi")
PER_STRIKE: Final = ("ltp", "bid", "ask", "volume", "oi", "iv")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainDay:
    """One expiry on one day (IST); only what was recorded, so minutes may be missing.

    `minutes` are epoch minutes, ascending; row i shows the chain at the end of its minute. Arrays
    by minute are (m,), arrays by minute, side and strike (m, 2, k) with calls first; nan = unknown,
    also where a strike was not yet listed. Prices in rupees, volume (of the day) and open interest
    in units, `iv` a fraction. Shared by all who look at the day: not to be written to.
    """

    symbol: str
    expiry: date
    day: date
    minutes: NDArray[np.int64]
    strikes: Floats
    spot: Floats
    forward: Floats
    future: Floats
    future_oi: Floats
    ltp: Floats
    bid: Floats
    ask: Floats
    volume: Floats
    oi: Floats
    iv: Floats

    @classmethod
    def of(cls, snapshots: Sequence[ChainSnapshot]) -> "ChainDay":
        """In any order; of a minute that comes twice, the later one given counts.

        Raises BadData for none, or for those of several chains or days.
        """
        by_minute = {minute_of(each.minute): each for each in snapshots}
        ordered = [by_minute[minute] for minute in sorted(by_minute)]
        chains = {(each.symbol, each.expiry, _day(each.minute)) for each in snapshots}
        if len(chains) != 1:
            raise BadData(f"a chain's day cannot be made of {len(chains)} chains or days")
        ((symbol, expiry, day),) = chains
        strikes = _union([each.strikes for each in ordered])
        numbers = {name: np.array([getattr(s, name) for s in ordered]) for name in PER_MINUTE}
        return cls(
            symbol=symbol,
            expiry=expiry,
            day=day,
            minutes=np.array(sorted(by_minute), dtype=np.int64),
            strikes=strikes,
            **numbers,
            **{name: _stacked(ordered, name, strikes) for name in PER_STRIKE},
        )

    def __len__(self) -> int:
        return len(self.minutes)

    def joined(self, more: "ChainDay") -> "ChainDay":
        """Both days' minutes and strikes; of a minute that both have, that of `more` counts."""
        if (more.symbol, more.expiry, more.day) != (self.symbol, self.expiry, self.day):
            raise BadData(f"a minute of another chain does not belong to {self.symbol}'s day")
        kept = ~np.isin(self.minutes, more.minutes)
        order = np.argsort(np.concatenate([self.minutes[kept], more.minutes]), kind="stable")
        strikes = _union([self.strikes, more.strikes])

        def both(name: str) -> Floats:
            old, new = getattr(self, name)[kept], getattr(more, name)
            if name in PER_STRIKE:
                old = _spread(old, self.strikes, strikes)
                new = _spread(new, more.strikes, strikes)
            whole: Floats = np.concatenate([old, new])
            return whole if np.all(np.diff(order) == 1) else whole[order]

        return ChainDay(
            symbol=self.symbol,
            expiry=self.expiry,
            day=self.day,
            minutes=np.concatenate([self.minutes[kept], more.minutes])[order],
            strikes=strikes,
            **{name: both(name) for name in (*PER_MINUTE, *PER_STRIKE)},
        )

    def at(self, minute: int) -> int:
        """Row of that epoch minute; -1 if it was not recorded."""
        row = self.latest(minute)
        return row if row >= 0 and self.minutes[row] == minute else -1

    def latest(self, minute: int) -> int:
        """Row of the newest minute that is not later; -1 before the first."""
        return int(np.searchsorted(self.minutes, minute, side="right")) - 1

    def moment(self, row: int) -> datetime:
        """The end of the row's minute: the time that its numbers are of."""
        return datetime.fromtimestamp((int(self.minutes[row]) + 1) * 60, UTC)

    def mid(self) -> Floats:
        """Middle of the quotes, (m, 2, k); nan unless quoted on both sides and not crossed."""
        return mids(self.bid, self.ask)

    def years(self, closes_at: datetime) -> Floats:
        """Time to the dated close at each minute's end, (m,): minutes over 525,600; 0 after it."""
        return years_at_end(self.minutes, closes_at)


def years_at_end(minutes: NDArray[np.int64], closes_at: datetime) -> Floats:
    """Years from the end of each epoch minute to a dated close; 0 after it."""
    left = closes_at.timestamp() / 60 - (minutes + 1.0)
    return np.asarray(np.maximum(left, 0.0) / MINUTES_A_YEAR)


def minute_of(moment: datetime) -> int:
    """The epoch minute that a moment is in."""
    return int(moment.timestamp() // 60)


def _day(moment: datetime) -> date:
    return moment.astimezone(IST).date()


def _union(several: Sequence[Floats]) -> Floats:
    """All strikes that occur, ascending; mostly they are the same every minute."""
    first = several[0]
    others = [each for each in several[1:] if not np.array_equal(each, first)]
    return reduce(np.union1d, others, first) if others else first


def _stacked(snapshots: Sequence[ChainSnapshot], name: str, strikes: Floats) -> Floats:
    whole = np.full((len(snapshots), 2, len(strikes)), np.nan)
    for row, each in enumerate(snapshots):
        if len(each.strikes) == len(strikes):
            whole[row] = getattr(each, name)
        else:
            whole[row][:, np.searchsorted(strikes, each.strikes)] = getattr(each, name)
    return whole


def _spread(values: Floats, have: Floats, strikes: Floats) -> Floats:
    """Values by strike (last axis) in their places among `strikes`."""
    if len(have) == len(strikes):
        return values
    whole = np.full((*values.shape[:-1], len(strikes)), np.nan)
    whole[..., np.searchsorted(strikes, have)] = values
    return whole
