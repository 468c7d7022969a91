"""The feed of a replay: a tape played into the market state by the replay's clock."""

import asyncio
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.chain_snapshot import ChainSnapshot
from core.clock import Clock
from core.ids import InstrumentKey
from core.instruments.calendar import Window
from core.ports.feed import FeedMode, FrameListener
from core.state.health import FeedHealth, Link
from core.state.market import Col, MarketState
from data.replay.recording import Recording, snapshot
from data.replay.tape import QUOTES, Frame, Part, Tape

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NO_DAY: Final = "no day is chosen"
SLACK: Final = timedelta(seconds=5)


class ReplayFeed:
    """Knows all rows of the day as they stand now; the market state gets those that are wanted."""

    def __init__(
        self,
        recording: Recording | None,
        market: MarketState,
        health: FeedHealth,
        clock: Clock,
    ) -> None:
        self._recording, self._market, self._health, self._clock = recording, market, health, clock
        self._tape = Tape(recording) if recording is not None else None
        self._frames: Sequence[Frame] = self._tape.frames if self._tape else ()
        self._next = 0
        self._rows: Floats = self._tape.first.copy() if self._tape else np.empty((0, 0))
        self._heard = np.zeros(len(self._rows), np.bool_)
        self._wanted = np.full(len(self._rows), -1, dtype=np.int64)
        """Of each of the tape's keys its row in the market state; -1 = not wanted."""
        self._listeners: list[FrameListener] = []
        self._minutes = _minutes(recording)
        self._told = 0
        self.gaps: Sequence[Window] = tuple(recording.gaps()) if recording else ()
        self._halts = recording.session.halts if recording else ()

    def want(self, wishes: Mapping[InstrumentKey, FeedMode]) -> None:
        before = self._wanted
        self._wanted = np.full(len(self._rows), -1, dtype=np.int64)
        for key in wishes:
            if self._tape is not None and (at := self._tape.index(key)) is not None:
                self._wanted[at] = self._market.row(key)
        self._health.wanted = len(wishes)
        new = np.flatnonzero((self._wanted >= 0) & (before < 0) & self._heard)
        if new.size:
            self._write([new])

    def listen(self, listener: FrameListener) -> None:
        self._listeners.append(listener)

    def bound(self, key: InstrumentKey, low: float, high: float) -> None:
        """What was recorded went through the limits of its day already."""

    async def run(self) -> None:
        """There is nothing to connect to; ends when cancelled."""
        health = self._health
        if self._recording is None:
            health.link, health.detail = Link.DOWN, NO_DAY
        else:
            health.link, health.detail = Link.UP, ""
            health.connected_at = health.connected_at or self._clock.now()
        await asyncio.Event().wait()

    def move(self, now: datetime) -> bool:
        """Show the frames up to `now`, one moment after the other."""
        moved, seconds = False, now.timestamp()
        while self._next < len(self._frames) and self._frames[self._next].at <= seconds:
            self._show(self._frames[self._next])
            self._next += 1
            moved = True
        if moved or self._is_alive(now):
            self._health.last_frame = now
        return moved

    def row(self, key: InstrumentKey) -> Floats | None:
        """What was heard of a key by now, in the order of `Col`; None before anything was."""
        at = self._tape.index(key) if self._tape is not None else None
        return self._rows[at] if at is not None and self._heard[at] else None

    def taken_down(self) -> list[ChainSnapshot]:
        """The minutes of chains that have ended since last asked."""
        until = bisect_right(self._minutes, self._clock.now().timestamp(), key=lambda m: m[0])
        new, self._told = self._minutes[self._told : until], until
        return [snapshot(day, row) for _, day, row in new]

    def _is_alive(self, now: datetime) -> bool:
        """Nothing is heard between two minutes, nor in a halt, and rightly so."""
        if any(first <= now < last for first, last in self._halts):
            return True
        if self._recording is None or self._next == 0:
            return True
        last = datetime.fromtimestamp(self._frames[self._next - 1].at, UTC)
        return now - last <= self._recording.cadence + SLACK

    def _show(self, frame: Frame) -> None:
        changed = [self._take(part, frame.at) for part in frame.parts]
        self._heard[np.concatenate(changed)] = True
        self._write(changed, at=frame.at)

    def _take(self, part: Part, at: int) -> Ints:
        """Write a part into our rows; which of them are not what they were."""
        columns = list(part.columns)
        cells = np.ix_(part.keys, np.array(columns, dtype=np.int64))
        old = self._rows[cells]
        keeps = np.array([column not in QUOTES for column in columns])
        new = np.where(np.isnan(part.values) & keeps, old, part.values)
        same = (new == old) | (np.isnan(new) & np.isnan(old))
        differs = ~same.all(axis=1)
        keys: Ints = part.keys[differs]
        if not keys.size:
            return keys
        self._rows[cells] = new
        self._rows[keys, Col.RECEIVED] = self._rows[keys, Col.EXCHANGE_TS] = at * 1000.0
        self._note_trades(part, columns, old, new, differs)
        return keys

    def _note_trades(
        self, part: Part, columns: list[Col], old: Floats, new: Floats, differs: NDArray[np.bool_]
    ) -> None:
        """When was traded: where the volume has grown, or the price of what has no volume moved."""
        assert self._tape is not None
        price = columns.index(Col.LTP)
        keys, moved = part.keys, new[:, price] != old[:, price]
        if Col.VOLUME in columns:
            volume = columns.index(Col.VOLUME)
            told, was = part.values[:, volume], old[:, volume]
            grew = (told > was) | (np.isnan(was) & (told > 0))
            # bars tell their volume at their end only: before it, another price is a trade
            traded = np.where(np.isnan(told), moved, grew)
            moved = np.where(self._tape.traded[keys], traded, moved)
        at = differs & moved & (new[:, price] > 0)
        self._rows[keys[at], Col.LTT] = part.traded[at] * 1000

    def _write(self, changed: Iterable[Ints], at: int | None = None) -> None:
        """Give the market state what is wanted of these keys, as one frame."""
        keys = np.concatenate(list(changed))
        keys = keys[self._wanted[keys] >= 0]
        health = self._health
        health.frames += at is not None
        if not keys.size:
            return
        rows = self._wanted[keys]
        self._market.begin_frame()
        self._market.write_block(rows.tolist(), Col.LTP, self._rows[keys])
        health.ticks += len(rows)
        told = rows.tolist()
        for listener in self._listeners:
            listener(told)


def _minutes(recording: Recording | None) -> list[tuple[int, ChainDay, int]]:
    """When each minute of each chain has ended, in time."""
    found = [
        ((int(minute) + 1) * 60, chain.day, row)
        for chain in (recording.chains if recording else ())
        for row, minute in enumerate(chain.day.minutes)
    ]
    return sorted(found, key=lambda each: each[0])
