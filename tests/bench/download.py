"""100,000 candles from the simulated exchange within the broker's allowance, killed twice."""

import tempfile
import time
from datetime import date
from pathlib import Path

from data.brokers.upstox.budget import STANDARD
from tests.bench.rows import Row
from tests.exchange import start_exchange
from tests.killed_downloads import contracts, killed_twice, plan_of, stored, truth

DAY = date(2026, 11, 19)
WHOLE, QUICK = 330, 90
"""Contracts, of some 310 candles each on one day."""
CANDLES = 100_000
SHARE = 0.8
"""Of the allowance, which is what jobs may use."""


def run(quick: bool) -> list[Row]:
    count = QUICK if quick else WHOLE
    with tempfile.TemporaryDirectory() as folder, start_exchange(underlyings=["NIFTY"]) as exchange:
        home, keys, begun = Path(folder), contracts(exchange, count), time.monotonic()
        true = truth(exchange, keys, DAY, DAY)  # the exchange makes its candles now, and keeps them
        if 2 * count > STANDARD[1]:  # these calls count too, for a minute
            time.sleep(max(0.0, 62 - (time.monotonic() - begun)))
        told = killed_twice(exchange, home, plan_of(keys, DAY, DAY))
        found = stored(home)
    wrong = sum(found.get(key) != true.get(key) for key in keys)
    candles = sum(map(len, found.values()))
    wanted = CANDLES * count // WHOLE
    pace = told["calls"] / told["seconds"]
    ceiling = SHARE * STANDARD[0]
    return [
        Row(
            figure="5",
            what=f"candles downloaded, killed twice, of {len(keys)} contracts",
            ours=candles,
            peer=None,
            unit="",
            ratio=None,
            target=f">= {wanted:,}, each once, none missing",
            ok=candles >= wanted and not wrong and not told["failures"],
        ),
        Row(
            figure="5",
            what="contracts that differ from the exchange's own answer",
            ours=wrong,
            peer=None,
            unit="",
            ratio=None,
            target="0",
            ok=not wrong,
        ),
        Row(
            figure="5",
            what="calls a second, within the allowance",
            ours=pace,
            peer=None,
            unit="/s",
            ratio=None,
            limit=ceiling,
            target=f">= {0.8 * ceiling:.0f}, none refused",
            ok=pace >= 0.8 * ceiling and not told["refused"],
        ),
    ]
