"""Adjusted on read: over what is stored, with the actions that are known."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from core.instruments.candle import Interval
from core.instruments.corporate_actions import ActionKind, CorporateAction, parsed_ratio
from core.services.adjusted_candles import AdjustedCandles
from tests.fake_broker import candles
from tests.fake_downloads import MemoryActions
from tests.fake_universe import NIFTY, RELIANCE
from tests.fakes import MemoryCandles

EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
MIDNIGHT = 1_730_053_800  # Monday 28 October 2024 in India
SPLIT = CorporateAction(
    isin="INE002A01018",
    kind=ActionKind.SPLIT,
    ex_day=date(2024, 10, 28),
    ratio=parsed_ratio("2:1"),
)


async def test_shares_are_adjusted_and_nothing_else() -> None:
    stored, actions = MemoryCandles(), MemoryActions()
    bars = candles(np.array([MIDNIGHT - 259_200, MIDNIGHT]), np.array([200.0, 101.0]))
    for key in (RELIANCE, NIFTY):
        await stored.upsert(key, Interval.DAY, bars)
    await actions.replace("INE002A01018", [SPLIT])
    reader = AdjustedCandles(stored, actions)
    found = await reader.between(RELIANCE, Interval.DAY, *EVER)
    assert found.close.tolist() == pytest.approx([100.0, 101.0])
    index = await reader.between(NIFTY, Interval.DAY, *EVER)
    assert index.close.tolist() == [200.0, 101.0]
    kept = await stored.between(RELIANCE, Interval.DAY, *EVER)
    assert kept.close.tolist() == [200.0, 101.0]
