"""A desk's downloads in a process of their own, to be killed; candles and books in SQLite.

`python -m tests.download_child EXCHANGE DATABASE HOME` reads a plan from its input and downloads
it, or goes on with it; it prints a line at its start and one at its end.
"""

import asyncio
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from core.clock import FollowedClock
from core.downloads.plan import Plan
from core.instruments.calendar import MarketCalendar
from core.services.download_side import DownloadDoors, make_downloads
from core.settings import Upstox
from core.state.downloads import DownloadsState
from core.state.health import BrokerHealth
from core.state.notices import Notices
from data.brokers.upstox.expired import UpstoxExpired
from data.brokers.upstox.fundamentals import UpstoxFundamentals
from data.brokers.upstox.history import UpstoxHistory
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.market_data import UpstoxMarketData
from data.brokers.upstox.token_store import TokenStore
from data.db.database import Database
from data.exchange_process import demo_settings
from data.options.history import StoredOptionHistory
from data.repositories.candles import SqlCandles
from data.repositories.corporate_actions import SqlActions
from data.repositories.downloads import SqlDownloads
from data.repositories.instruments import SqlInstruments
from data.repositories.snapshots import SqlSnapshots


def clock_of(exchange: str) -> FollowedClock:
    told = httpx.get(f"{exchange}/sim/clock", trust_env=False).json()
    clock = FollowedClock()
    clock.follow(datetime.fromisoformat(told["now"]), told["speed"])
    return clock


async def download(exchange: str, url: str, home: Path, plan: Plan) -> dict[str, Any]:
    clock, health, database = clock_of(exchange), BrokerHealth(), Database(url)
    tokens = TokenStore(home, "child", use_keyring=False)
    http = UpstoxHttp(demo_settings(Upstox(), exchange), tokens, clock, health)
    snapshots = SqlSnapshots(database)
    downloads = make_downloads(
        DownloadDoors(
            history=UpstoxHistory(http),
            expired=UpstoxExpired(http),
            market_data=UpstoxMarketData(http),
            action_source=UpstoxFundamentals(http),
            refresh=SqlInstruments(database).count,
            downloads=SqlDownloads(database),
            candles=SqlCandles(database),
            snapshots=snapshots,
            instruments=SqlInstruments(database),
            option_history=StoredOptionHistory(home / "options", snapshots, clock),
            actions=SqlActions(database),
        ),
        state=DownloadsState(),
        calendar=MarketCalendar(clock),
        clock=clock,
        notices=Notices(),
        rate=0.065,
    )
    begun = time.perf_counter()
    id = await downloads.start(plan)
    ended = await downloads.ended(id)
    assert ended is not None
    took = time.perf_counter() - begun
    failures = [each.reason for each in await downloads.failures(id)]
    await http.close()
    await database.close()
    return {
        "status": ended.status,
        "pieces": ended.pieces,
        "bars": ended.bars,
        "calls": health.calls,
        "refused": health.failures,
        "seconds": took,
        "failures": failures,
    }


def main() -> None:
    exchange, url, home = sys.argv[1:4]
    plan = Plan.from_json(sys.stdin.read())
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    told = asyncio.run(download(exchange, url, Path(home), plan))
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
