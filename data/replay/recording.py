"""A recorded day: its session, its instruments, and what was heard of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from core.analytics.chain_day import ChainDay
from core.analytics.chain_snapshot import ChainSnapshot
from core.ids import InstrumentKey
from core.instruments.calendar import Session, Window
from core.instruments.candle import Candles
from core.instruments.instrument import Instrument

MINUTE: Final = timedelta(minutes=1)
BEFORE: Final = timedelta(minutes=2)
AFTER: Final = timedelta(minutes=5)
"""A replay begins so long before the session, and ends so long after it."""

Keys = tuple[tuple[InstrumentKey | None, ...], tuple[InstrumentKey | None, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChain:
    """A chain's day, and whose its columns are: `keys` by side (calls first) and strike."""

    day: ChainDay
    keys: Keys
    underlying: InstrumentKey
    future: InstrumentKey | None = None
    before: ChainDay | None = None
    """The session before, as far as it was recorded: yesterday's closes and open interest."""

    @property
    def quoted(self) -> bool:
        """Whether any quote was recorded; of a file of trades there is none."""
        return bool((self.day.bid > 0).any() or (self.day.ask > 0).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBars:
    """An instrument's bars of the day, all of them so many seconds long."""

    key: InstrumentKey
    bars: Candles
    seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything of one day. `closes` are those of the session before, in rupees; `left_out` says
    what of the day cannot be shown, and why."""

    session: Session
    instruments: tuple[Instrument, ...] = ()
    chains: tuple[RecordedChain, ...] = ()
    bars: tuple[RecordedBars, ...] = ()
    closes: Mapping[InstrumentKey, float] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def begins(self) -> datetime:
        return self.session.opens_at - BEFORE

    @property
    def ends(self) -> datetime:
        return self.session.closes_at + AFTER

    @property
    def cadence(self) -> timedelta:
        """How far apart, at most, two things heard are while nothing is missing."""
        longest = max((each.seconds for each in self.bars), default=0)
        return timedelta(seconds=60 if self.chains else max(longest, 60))

    def covered(self) -> list[Window]:
        """Spans of which something was recorded, in order, none touching the next."""
        spans: list[tuple[int, int]] = []
        for chain in self.chains:
            spans += [(int(m) * 60, int(m) * 60 + 60) for m in chain.day.minutes]
        for each in self.bars:
            spans += [(int(t), int(t) + each.seconds) for t in each.bars.time]
        return [(_utc(a), _utc(b)) for a, b in _merged(spans)]

    def gaps(self) -> list[Window]:
        """Times within the session of which nothing was recorded."""
        found: list[Window] = []
        covered = self.covered()
        for opens, closes in self.session.windows:
            at = opens
            for first, last in covered:
                if last <= opens or first >= closes:
                    continue
                if first > at:
                    found.append((at, first))
                at = max(at, last)
            if at < closes:
                found.append((at, closes))
        return found


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(set(spans)):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def within(session: Session, bars: Candles) -> Candles:
    """Bars that begin while the session trades; what lies outside of it was no trading."""
    inside = np.zeros(len(bars), np.bool_)
    for opens, closes in session.windows:
        inside |= (bars.time >= opens.timestamp()) & (bars.time < closes.timestamp())
    return Candles(
        **{
            name: getattr(bars, name)[inside]
            for name in ("time", "open", "high", "low", "close", "volume", "open_interest")
        }
    )


def snapshot(day: ChainDay, row: int) -> ChainSnapshot:
    """One minute of a chain's day."""
    return ChainSnapshot(
        symbol=day.symbol,
        expiry=day.expiry,
        minute=datetime.fromtimestamp(int(day.minutes[row]) * 60, UTC),
        spot=float(day.spot[row]),
        forward=float(day.forward[row]),
        future=float(day.future[row]),
        future_oi=float(day.future_oi[row]),
        strikes=day.strikes,
        ltp=day.ltp[row],
        bid=day.bid[row],
        ask=day.ask[row],
        volume=day.volume[row],
        oi=day.oi[row],
        iv=day.iv[row],
    )
