"""A recorded chain minute by minute: each view shows its own row of the day, and nothing after it.

Greeks are reckoned when they are asked for, of that minute's prices alone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from itertools import compress
from math import exp, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.chain_vols import chain_vols
from core.analytics.forward import carried, mids_or_last, parity_forward
from core.analytics.sides import CALL, IS_CALL, PUT
from core.ids import InstrumentKey
from core.instruments.expiries import years_left
from core.instruments.instrument import Right
from core.instruments.recorded import LotOf, option_key
from core.pricing.greeks import Greeks, greeks
from core.strategies.chain_view import ExpiryView

Floats = NDArray[np.float64]
Keys = tuple[InstrumentKey, ...]


class ChainMinutes:
    """One expiry's day; `quoted` tells whether any quote was recorded of it."""

    def __init__(self, day: ChainDay, closes_at: datetime, rate: float, lot_of: LotOf) -> None:
        self.day, self.closes_at, self.rate, self._lot_of = day, closes_at, rate, lot_of
        self.rows: Mapping[int, int] = {m: i for i, m in enumerate(day.minutes.tolist())}
        self._view: tuple[int, MinuteView] | None = None

    @cached_property
    def lot_size(self) -> int:
        return self._lot_of(self.day.symbol, self.day.expiry, self.day.day)

    @cached_property
    def quoted(self) -> bool:
        return bool(np.isfinite(self.day.bid).any() or np.isfinite(self.day.ask).any())

    @cached_property
    def keys(self) -> tuple[Keys, Keys]:
        """Of all strikes of the day, calls first."""
        symbol, expiry, strikes = self.day.symbol, self.day.expiry, self.day.strikes.tolist()
        calls, puts = (
            tuple(option_key(symbol, expiry, right, k) for k in strikes)
            for right in (Right.CALL, Right.PUT)
        )
        return calls, puts

    @cached_property
    def places(self) -> dict[InstrumentKey, tuple[int, int]]:
        """Side and position of each contract."""
        return {key: (s, i) for s in (CALL, PUT) for i, key in enumerate(self.keys[s])}

    @cached_property
    def _known_from(self) -> NDArray[np.int64] | None:
        """The row from which on each strike is known; None where all are from the first."""
        day = self.day
        first = np.isfinite(day.ltp[0]) | np.isfinite(day.bid[0]) | np.isfinite(day.ask[0])
        if first.any(axis=0).all():
            return None
        known = np.isfinite(day.ltp) | np.isfinite(day.bid) | np.isfinite(day.ask)
        seen = known.any(axis=1)
        return np.where(seen.any(axis=0), seen.argmax(axis=0), len(day))

    @cached_property
    def strikes(self) -> Floats:
        """All of the day, for views to share."""
        own = self.day.strikes.copy()
        own.flags.writeable = False
        return own

    def known(self, row: int) -> NDArray[np.bool_] | None:
        """Which strikes had been heard of by then; None for all."""
        since = self._known_from
        return None if since is None or (since <= row).all() else since <= row

    def view(self, row: int) -> "MinuteView":
        """Made once, for as long as the minute lasts."""
        if self._view is None or self._view[0] != row:
            self._view = row, MinuteView(self, row)
        return self._view[1]

    def mark(self, side: int, at: int, row: int) -> float:
        """The middle of a contract's quotes, else its last price; nan where there is neither."""
        day = self.day
        bid, ask = day.bid.item(row, side, at), day.ask.item(row, side, at)
        if 0 < bid <= ask:
            return float(bid + ask) / 2
        last = float(day.ltp.item(row, side, at))
        return last if last > 0 else nan


class MinuteView(ExpiryView):
    """What the contract shows of a chain; it holds this minute's numbers and no others."""

    __slots__ = ("_at", "_last", "_made", "_rate", "_recorded", "_spot")
    _at: datetime
    _last: Floats
    _made: dict[str, Any]
    _rate: float
    _recorded: float
    _spot: float

    def __init__(self, chain: ChainMinutes, row: int) -> None:
        day, known, put = chain.day, chain.known(row), object.__setattr__
        put(self, "symbol", day.symbol)
        put(self, "expiry", day.expiry)
        put(self, "closes_at", chain.closes_at)
        put(self, "lot_size", chain.lot_size)
        put(self, "bid_quantity", None)
        put(self, "ask_quantity", None)
        put(self, "_at", day.moment(row))
        put(self, "_made", {})
        put(self, "_rate", chain.rate)
        put(self, "_recorded", float(day.forward[row]))
        put(self, "_spot", float(day.spot[row]))
        whole = known is None
        put(self, "strikes", chain.strikes if whole else day.strikes[known])
        put(self, "keys", chain.keys if known is None else _known_keys(chain.keys, known))
        for name, values in (("bid", day.bid), ("ask", day.ask), ("_last", day.ltp)):
            put(self, name, values[row].copy() if whole else values[row][:, known])

    @property
    def years(self) -> float:
        return years_left(self.closes_at, self._at)

    def mid_at(self, side: int, at: int) -> float:
        bid, ask = self.bid.item(side, at), self.ask.item(side, at)
        if 0 < bid <= ask:
            return float(bid + ask) / 2
        last = float(self._last.item(side, at))
        return last if last > 0 else nan

    @property
    def mid(self) -> Floats:
        return self._kept("mid", lambda: mids_or_last(self.bid, self.ask, self._last))

    @property
    def forward(self) -> float:
        """As recorded; else by parity of this minute, else the spot grown at the rate."""
        if "forward" not in self._made:
            self._made["forward"] = self._recorded if self._recorded > 0 else self._reckoned()
        return float(self._made["forward"])

    @property
    def iv(self) -> Floats:
        return self._kept("iv", self._vols)

    @property
    def delta(self) -> Floats:
        return self.greeks.delta

    @property
    def greeks(self) -> Greeks:
        if "greeks" not in self._made:
            self._made["greeks"] = greeks(
                self.forward, self.strikes, self.years, self.iv, self.discount, IS_CALL
            )
        found: Greeks = self._made["greeks"]
        return found

    @property
    def discount(self) -> float:
        return exp(-self._rate * self.years)

    def _reckoned(self) -> float:
        found = parity_forward(
            self.strikes, self.mid[CALL], self.mid[PUT], self._spot, self.discount
        )
        return found if found > 0 else carried(self._spot, self._rate, self.years)

    def _vols(self) -> Floats:
        return chain_vols(self.mid, self.forward, self.strikes, self.years, self.discount)[0]

    def _kept(self, name: str, make: Callable[[], Floats]) -> Floats:
        if name not in self._made:
            self._made[name] = make()
        found: Floats = self._made[name]
        return found


def _known_keys(keys: tuple[Keys, Keys], known: NDArray[np.bool_]) -> tuple[Keys, Keys]:
    return tuple(compress(keys[CALL], known)), tuple(compress(keys[PUT], known))
