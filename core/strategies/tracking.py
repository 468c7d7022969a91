"""Drafts at live prices: what a virtual position has made, and its candles of profit and loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import nan

import numpy as np
from numpy.typing import NDArray

from core.ids import InstrumentKey
from core.strategies.legs import Leg, in_play

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """`pnl` in rupees before charges, nan while a price is missing; `missing` names those legs."""

    at: datetime
    pnl: float
    spot: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMinute:
    """Profit or loss of a draft over a minute, in rupees, and the spot at its end."""

    draft: str
    minute: datetime
    open: float
    high: float
    low: float
    close: float
    spot: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PnlCandles:
    """Oldest first; `time` is the minute's start in epoch seconds, rupees else. May be negative."""

    time: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    spot: Floats

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def of(cls, minutes: Sequence[DraftMinute]) -> "PnlCandles":
        columns = ("open", "high", "low", "close", "spot")
        return cls(
            time=np.array([int(each.minute.timestamp()) for each in minutes], np.int64),
            **{n: np.array([getattr(each, n) for each in minutes], np.float64) for n in columns},
        )

    def minutes(self, draft: str) -> list[DraftMinute]:
        """One by one, as those of this draft."""
        rows = zip(self.time, self.open, self.high, self.low, self.close, self.spot, strict=True)
        return [
            DraftMinute(
                draft=draft,
                minute=datetime.fromtimestamp(int(time), UTC),
                open=float(first),
                high=float(high),
                low=float(low),
                close=float(close),
                spot=float(spot),
            )
            for time, first, high, low, close, spot in rows
        ]


def mark(
    legs: Sequence[Leg], prices: Mapping[InstrumentKey, float], spot: float, at: datetime
) -> Mark:
    """At what the contracts can be had for now; an exited leg counts at its exit."""
    total, missing = 0.0, []
    for leg in in_play(legs):
        price = prices.get(leg.key, nan) if leg.exit_price is None else leg.exit_price
        result = leg.quantity * (price - leg.price)
        if result != result:
            missing.append(leg.title)
        total += result
    return Mark(at=at, pnl=total, spot=spot, missing=tuple(missing))


class MinuteOfPnl:
    """The candle of a draft that is being made; it holds one minute at a time."""

    def __init__(self, draft: str) -> None:
        self._draft = draft
        self._open: DraftMinute | None = None

    def add(self, mark: Mark) -> DraftMinute | None:
        """Take in a mark; gives the candle of the minute before when a new one begins."""
        if mark.pnl != mark.pnl:
            return None
        minute = mark.at.astimezone(UTC).replace(second=0, microsecond=0)
        before = self._open
        if before is not None and before.minute == minute:
            self._open = DraftMinute(
                draft=self._draft,
                minute=minute,
                open=before.open,
                high=max(before.high, mark.pnl),
                low=min(before.low, mark.pnl),
                close=mark.pnl,
                spot=mark.spot,
            )
            return None
        self._open = _first(self._draft, minute, mark)
        return before

    def close_before(self, minute: datetime) -> DraftMinute | None:
        """The candle, if its minute is over."""
        if self._open is None or self._open.minute >= minute:
            return None
        done, self._open = self._open, None
        return done

    def take(self) -> DraftMinute | None:
        """The candle as it stands, at the end."""
        done, self._open = self._open, None
        return done


def _first(draft: str, minute: datetime, mark: Mark) -> DraftMinute:
    return DraftMinute(
        draft=draft,
        minute=minute,
        open=mark.pnl,
        high=mark.pnl,
        low=mark.pnl,
        close=mark.pnl,
        spot=mark.spot,
    )
