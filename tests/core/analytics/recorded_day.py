"""The 102 recorded minutes of NIFTY's 25 Aug 2026 expiry on 19 Aug 2026: last prices only."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.analytics.chain_snapshot import ChainSnapshot
from core.analytics.forward import parity_forward
from core.analytics.open_interest import units
from core.instruments.expiries import years_left
from core.pricing.implied_vol import implied_vol

LOT_SIZE = 65
CLOSES = datetime(2026, 8, 25, 10, 0, tzinfo=UTC)  # 15:30 IST
IST_AHEAD = timedelta(hours=5, minutes=30)


def recorded_day(shared_data: Path) -> ChainDay:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = shared_data / "option_chain" / "nifty_option_minutes_20260819.parquet"
    columns = ["timestamp", "expiry", "strike", "option_type", "spot", "ltp", "volume", "oi"]
    lines = [
        line
        for line in parquet.read_table(file, columns=columns).to_pylist()
        if line["expiry"] == "25-Aug-2026"
    ]
    stamps: dict[str, list[dict]] = {}
    for line in lines:
        stamps.setdefault(line["timestamp"], []).append(line)
    return ChainDay.of([_snapshot(stamp, part) for stamp, part in stamps.items()])


def minute_of_day(hour: int, minute: int) -> int:
    """Epoch minute of a time of that day, IST."""
    moment = datetime(2026, 8, 19, hour, minute, tzinfo=UTC) - IST_AHEAD
    return int(moment.timestamp() // 60)


def _snapshot(stamp: str, lines: list[dict]) -> ChainSnapshot:
    # the file stamps a minute's end; a snapshot is named for its beginning
    now = datetime.strptime(stamp, "%Y%m%d%H%M").replace(tzinfo=UTC) - IST_AHEAD
    strikes = np.array(sorted({line["strike"] for line in lines}))
    ltp, volume, oi = np.full((3, 2, len(strikes)), np.nan)
    for line in lines:
        at = (
            0 if line["option_type"] == "CE" else 1,
            int(np.searchsorted(strikes, line["strike"])),
        )
        ltp[at], volume[at], oi[at] = line["ltp"], line["volume"], line["oi"]
    spot, years = float(lines[0]["spot"]), years_left(CLOSES, now)
    forward = parity_forward(strikes, ltp[0], ltp[1], spot)
    own, _ = implied_vol(ltp, forward, strikes, years, 1.0, [[True], [False]])
    outside = np.where(strikes < forward, own[1], own[0])
    nothing = np.full(ltp.shape, np.nan)
    return ChainSnapshot(
        symbol="NIFTY",
        expiry=date(2026, 8, 25),
        minute=now - timedelta(minutes=1),
        spot=spot,
        forward=forward,
        strikes=strikes,
        ltp=ltp,
        bid=nothing,
        ask=nothing,
        volume=units(volume, LOT_SIZE),
        oi=units(oi, LOT_SIZE),
        iv=np.array([outside, outside]),
    )
