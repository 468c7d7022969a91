"""Freshness: whether a number on the screen can be believed now."""

from datetime import datetime
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.state.health import FeedHealth, Link
from core.state.market import Col, MarketState
from core.state.session import SessionState

SILENCE: Final = 10.0
"""Seconds without any frame in trading hours after which the whole feed is old."""


class Freshness(IntEnum):
    LIVE = 0
    STALE = 1
    UNKNOWN = 2
    REFUSED = 3  # the newest value made no sense: the last good one stands


def freshness(
    market: MarketState,
    health: FeedHealth,
    session: SessionState,
    rows: NDArray[np.int64],
    now: datetime,
) -> NDArray[np.int8]:
    """`Freshness` per row (negative row = absent, UNKNOWN); shaped as `rows`.

    A quiet key on a live link is live: nothing happened. It is stale when the link is not up, when
    nothing was heard of it since the link came up, or when the whole feed is silent in trading
    hours. While the index is frozen, an index is rightly silent.
    """
    heard = market.values[rows, Col.RECEIVED]
    unknown = (rows < 0) | ~np.isfinite(market.values[rows, Col.LTP]) | ~np.isfinite(heard)
    refused = market.values[rows, Col.QUARANTINED] >= heard
    if health.link is not Link.UP or health.connected_at is None:
        stale = np.ones(rows.shape, np.bool_)
    else:
        stale = heard < health.connected_at.timestamp() * 1000
        if is_silent(health, session, now):
            stale |= ~_standing(market, session, rows)
    states = [Freshness.UNKNOWN, Freshness.STALE, Freshness.REFUSED]
    return np.select([unknown, stale, refused], states, Freshness.LIVE).astype(np.int8)


def is_silent(health: FeedHealth, session: SessionState, now: datetime) -> bool:
    """Nothing at all has come for long, at a time when something should."""
    last = health.last_frame or health.connected_at
    return session.trading and last is not None and (now - last).total_seconds() > SILENCE


def why(market: MarketState, health: FeedHealth, row: int, state: Freshness) -> str:
    """The reason in words, for a hover; empty for a live value."""
    if state is Freshness.LIVE:
        return ""
    if state is Freshness.UNKNOWN:
        return "Nothing has been heard of this contract yet"
    if health.link is not Link.UP:
        return f"The feed is {health.link}: this is the last value heard"
    if state is Freshness.REFUSED:
        return "The newest value made no sense and was refused: this is the last good one"
    values = market.values[row]
    if health.connected_at and values[Col.RECEIVED] < health.connected_at.timestamp() * 1000:
        return "Nothing has been heard since the feed came back: this is the last value heard"
    return f"The whole feed has been silent for more than {SILENCE:.0f} s"


def _standing(
    market: MarketState, session: SessionState, rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Rows that rightly stand still: indices in the closing auction."""
    still = np.zeros(rows.shape, np.bool_)
    if session.index_frozen:
        for at, row in np.ndenumerate(rows):
            still[at] = row >= 0 and "_INDEX|" in market.key(int(row))
    return still
