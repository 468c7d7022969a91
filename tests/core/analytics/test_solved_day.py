from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.analytics.solved_day import solved
from core.pricing.black76 import price

CLOSES = datetime(2026, 11, 24, 10, 10, tzinfo=UTC)
RATE, VOL, FORWARD = 0.065, 0.14, 24_060.0
STRIKES = 23_900.0 + 50 * np.arange(8)
NOTHING = np.full((3, 2, 8), np.nan)


def day() -> ChainDay:
    """Three minutes of last trades at one volatility, and nothing else."""
    first = int(datetime(2026, 11, 18, 4, 0, tzinfo=UTC).timestamp() // 60)
    minutes = np.arange(first, first + 3)
    blank = np.full(3, np.nan)
    made = ChainDay(
        symbol="NIFTY", expiry=CLOSES.date(), day=datetime(2026, 11, 18, tzinfo=UTC).date(),
        minutes=minutes, strikes=STRIKES, spot=np.full(3, 24_040.0), forward=blank, future=blank,
        future_oi=blank, ltp=NOTHING, bid=NOTHING, ask=NOTHING, volume=NOTHING, oi=NOTHING,
        iv=NOTHING,
    )  # fmt: skip
    years = made.years(CLOSES)[:, None, None]
    call = np.array([[True], [False]])[None]
    prices = price(FORWARD, STRIKES, years, VOL, np.exp(-RATE * years), call)
    return replace(made, ltp=prices)


def test_forward_and_volatility_are_found_from_last_trades_alone():
    found = solved(day(), CLOSES, RATE)
    assert found.forward == pytest.approx(np.full(3, FORWARD), abs=1e-6)
    assert found.iv == pytest.approx(np.full((3, 2, 8), VOL), abs=1e-9)


def test_quotes_count_before_trades():
    quoted = replace(day(), bid=day().ltp + 9.5, ask=day().ltp + 10.5)
    quoted.bid[:, 1] -= 10
    quoted.ask[:, 1] -= 10
    discount = np.exp(-RATE * day().years(CLOSES))
    assert solved(quoted, CLOSES, RATE).forward == pytest.approx(FORWARD + 10 / discount)


def test_what_is_known_is_left_alone():
    known = replace(day(), forward=np.full(3, 24_000.0), iv=np.full((3, 2, 8), 0.5))
    found = solved(known, CLOSES, RATE)
    assert np.all(found.forward == 24_000.0)
    assert np.all(found.iv == 0.5)


def test_without_trades_the_future_speaks_then_the_spot_grown():
    blank = replace(day(), ltp=NOTHING)
    ahead = solved(replace(blank, future=np.full(3, 24_077.0)), CLOSES, RATE)
    assert np.all(ahead.forward == 24_077.0)
    grown = solved(blank, CLOSES, RATE)
    assert grown.forward == pytest.approx(24_040 * np.exp(RATE * day().years(CLOSES)))
    assert np.isnan(grown.iv).all()
    assert np.isnan(solved(replace(blank, spot=np.full(3, np.nan)), CLOSES, RATE).forward).all()
