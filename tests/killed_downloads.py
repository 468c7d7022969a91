"""A download that is killed again and again, and what is there when it has come to its end."""

import gzip
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import numpy as np
import orjson

from core.downloads.plan import Plan, What
from core.ids import InstrumentKey
from data.db.migrate import upgrade
from tests.desk import clean_environment
from tests.exchange import PROJECT

PATIENCE: Final = 300.0


def contracts(exchange: str, count: int) -> list[InstrumentKey]:
    """Options of NIFTY that were listed on the day before, the most traded ones first."""
    file = httpx.get(
        f"{exchange}/market-quote/instruments/exchange/complete.json.gz", trust_env=False
    )
    listed = [
        each
        for each in orjson.loads(gzip.decompress(file.content))
        if each["instrument_type"] in ("CE", "PE") and each["name"] == "NIFTY"
    ]
    expiries = sorted({each["expiry"] for each in listed})[1:]
    middle = float(np.median([each["strike_price"] for each in listed]))
    ranked = sorted(
        (each for each in listed if each["expiry"] in expiries),
        key=lambda each: (
            abs(each["strike_price"] - middle) // 500 + expiries.index(each["expiry"]),
            each["instrument_key"],
        ),
    )
    return [InstrumentKey(each["instrument_key"]) for each in ranked[:count]]


def plan_of(keys: Sequence[InstrumentKey], first: date, last: date) -> Plan:
    return Plan(what=What.CANDLES, keys=tuple(keys), names=tuple(keys), first=first, last=last)


def killed_twice(exchange: str, home: Path, plan: Plan) -> dict[str, Any]:
    """Killed when a third and when two thirds of its pieces are there; what the last run told."""
    file = home / "downloads.db"
    upgrade(f"sqlite:///{file}")
    for share in (1 / 3, 2 / 3):
        child = _start(exchange, file, home, plan)
        _until(lambda share=share: _done(file) >= share, child)  # type: ignore[misc]
        child.kill()
        child.communicate()
        assert _done(file) < 1, "it was over before it could be killed"
    child = _start(exchange, file, home, plan)
    told, _ = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


def stored(home: Path) -> dict[InstrumentKey, list[int]]:
    """Times of all candles by key, as they stand in the file."""
    with closing(sqlite3.connect(home / "downloads.db")) as connection:
        rows = connection.execute(
            "SELECT key, time FROM minute_candles JOIN candle_keys ON id = key_id "
            "ORDER BY key, time"
        ).fetchall()
    found: dict[InstrumentKey, list[int]] = {}
    for key, at in rows:
        found.setdefault(InstrumentKey(key), []).append(at)
    return found


def truth(
    exchange: str, keys: Sequence[InstrumentKey], first: date, last: date
) -> dict[InstrumentKey, list[int]]:
    """What the exchange itself answers, asked slowly enough."""
    found = {}
    with httpx.Client(base_url=exchange, trust_env=False, timeout=30) as client:
        for key in keys:
            path = f"/v3/historical-candle/{quote(key, safe='')}/minutes/1/{last}/{first}"
            while (answer := client.get(path)).status_code == 429:
                time.sleep(1)
            rows = answer.raise_for_status().json()["data"]["candles"]
            stamps = np.array([row[0][:19] for row in rows[::-1]], dtype="datetime64[s]")
            if len(stamps):
                found[key] = (stamps.astype(np.int64) - 19_800).tolist()
    return found


def _start(exchange: str, file: Path, home: Path, plan: Plan) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.download_child", exchange, f"sqlite:///{file}", str(home)],
        cwd=PROJECT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    child.stdin.write(plan.to_json())
    child.stdin.close()
    child.stdin = None
    return child


def _done(file: Path) -> float:
    """The share of the pieces that are done."""
    with closing(sqlite3.connect(file)) as connection:
        whole, done = connection.execute(
            "SELECT count(*), coalesce(sum(status = 'done'), 0) FROM download_pieces"
        ).fetchone()
    return done / whole if whole else 0.0


def _until(true: Any, child: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert child.poll() is None, "it ended before it was killed"
        assert time.monotonic() < end, "in vain"
        time.sleep(0.01)
