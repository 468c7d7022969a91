"""Figures 2, 3 and 7: a desk at work, looked at through a real Chromium."""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Final

import httpx
import numpy as np
import psutil
from playwright.async_api import Page, async_playwright

from tests.bench.latency import COLLECT, PROBE, any_tick, newest, percentile
from tests.bench.processes import Usage, browser_of_ours, exchange_of
from tests.bench.rows import Row
from tests.bench.witness import Steps, Witness
from tests.browsers import launch
from tests.desk import PROJECT, Desk, clean_environment
from tests.e2e.screens import DESKTOP, cells_in_view, chosen_expiry, open_chain
from tests.exchange import start_exchange
from tests.network import take_port

LOAD: Final = 5_000
ASKED: Final = 1_500
"""Of the exchange, to be sent `LOAD` or more: the desk wants other keys than it reckons with."""
OPENS: Final = time_of_day(9, 15)
CALM: Final = 120
"""Seconds of the day until the rush of the opening is over and the rate is steady."""
VISITORS: Final = 9
SLICE: Final = 3
"""Seconds of a stretch that is compared with others."""
HIDE: Final = """hidden => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@dataclass
class Seen:
    """What one measured stretch gave; times in milliseconds, rates a second."""

    newest: float
    any: float
    ticks: float
    redraws: float
    lag: float
    usages: dict[str, Usage]
    shares: dict[str, float]


def run(quick: bool) -> list[Row]:
    seconds = int(os.environ.get("BENCH_SECONDS", 12 if quick else 60))
    return asyncio.run(_run(seconds))


async def _run(seconds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return [
            *await _under_load(Path(folder) / "load", seconds),
            *await _by_default(Path(folder) / "default", seconds),
        ]


# --- figure 2 -----------------------------------------------------------------------------------


async def _under_load(home: Path, seconds: int) -> list[Row]:
    with start_exchange(underlyings=None, ticks_per_second=ASKED, faults=False) as exchange:
        desk = Desk(home, take_port(), environment={"STRIKEDESK_UPSTOX__BASE_URL": exchange})
        with _started(desk):
            async with _page(desk) as page:
                await _calm(exchange)
                alone = await _watch(page, desk, exchange, _listener(exchange), seconds)
                with _visitors(desk, VISITORS):
                    await asyncio.sleep(5)
                    crowd = await _watch(page, desk, exchange, _listener(exchange), seconds)
    _tell(alone, f"{LOAD:,} ticks/s wanted, one browser")
    _tell(crowd, f"the same and {VISITORS} more visitors")
    rate = f"{alone.ticks:,.0f} ticks/s"
    grown = alone.usages["desk"].growth()
    return [
        _row("2", f"newest tick, socket to painted cell, p99, {rate}", alone.newest, 100, "ms"),
        _row("2", f"any tick, socket to painted cell, p99, {rate}", alone.any, 180, "ms"),
        _row("2", "event loop lag, p99, the same run", alone.lag, 25, "ms"),
        _row("2", f"memory that the desk gained in {seconds} s", grown, 20, "MB"),
        _row("2", f"newest tick, p99, with {VISITORS} more visitors", crowd.newest, 300, "ms"),
        _row(
            "2",
            f"memory gained with {VISITORS} more visitors",
            crowd.usages["desk"].growth(),
            20,
            "MB",
        ),
    ]


async def _calm(exchange: str) -> None:
    async with httpx.AsyncClient(base_url=exchange, trust_env=False) as client:
        while True:
            told = datetime.fromisoformat((await client.get("/sim/clock")).json()["now"])
            since = told - datetime.combine(told.date(), OPENS, told.tzinfo)
            if since.total_seconds() >= CALM:
                return
            await asyncio.sleep(2)


def _row(figure: str, what: str, ours: float, most: float, unit: str) -> Row:
    return Row(
        figure=figure,
        what=what,
        ours=ours,
        peer=None,
        unit=unit,
        ratio=None,
        target=f"≤ {most:g} {unit}",
        ok=bool(ours <= most),
    )


# --- figures 3 and 7 ----------------------------------------------------------------------------


async def _by_default(home: Path, seconds: int) -> list[Row]:
    desk = Desk(home, take_port())
    with _started(desk):
        assert desk.process is not None
        exchange = exchange_of(desk.process.pid)
        async with _page(desk) as page:
            await _calm(desk.exchange_url)  # what follows is compared: one rate for all of it
            seen = await _watch(page, desk, desk.exchange_url, exchange, seconds)
            await page.evaluate(HIDE, True)
            await asyncio.sleep(2)
            hidden = await _desk_share(seen, seconds // 2)
        await asyncio.sleep(3)
        nobody = await _desk_share(
            seen, min(24, seconds // 2)
        )  # the chain stays open for a while after its page
    _tell(seen, "default run")
    both = seen.shares["desk"] + seen.shares["exchange"]
    memory = sum(max(seen.usages[name].memory) for name in ("desk", "exchange"))
    cost = 1000 * (seen.shares["desk"] - hidden) / seen.redraws
    print(f"  desk {100 * hidden:.1f} % hidden, {100 * nobody:.1f} % with the page closed")
    return [
        _row("3", f"server time of a redraw, {seen.redraws:.0f} redraws/s", cost, 6, "ms"),
        _row("3", "server time of a hidden page", 1000 * max(0.0, hidden - nobody), 10, "ms/s"),
        _row("7", f"desk and exchange, {seen.ticks:,.0f} ticks/s", 100 * both, 60, "% of a core"),
        _row("7", "memory of both", memory, 600, "MB"),
        _row("7", f"memory gained by both in {seconds} s", _growth(seen), 20, "MB"),
    ]


def _growth(seen: Seen) -> float:
    return seen.usages["desk"].growth() + seen.usages["exchange"].growth()


async def _desk_share(seen: Seen, seconds: int) -> float:
    """The median of short stretches: a minute's record or a collection falls into few of them."""
    usage, shares = seen.usages["desk"], []
    for _ in range(max(3, seconds // SLICE)):
        usage.begin()
        await asyncio.sleep(SLICE)
        shares.append(usage.share())
    return float(np.median(shares))


# --- how it is measured -------------------------------------------------------------------------


async def _watch(
    page: Page, desk: Desk, exchange_url: str, exchange: psutil.Process, seconds: int
) -> Seen:
    """Note what arrives and what is painted for a while, and what that costs."""
    assert desk.process is not None
    cells = [c for c in await cells_in_view(page) if c.field in ("ltp", "bid", "ask")]
    keys = await _keys(exchange_url, await chosen_expiry(page))
    at = {f"chain-{c.strike}-{c.side}-{c.field}": (keys[c.strike, c.side], c.field) for c in cells}
    usages = {
        "desk": Usage("desk", psutil.Process(desk.process.pid)),
        "exchange": Usage("exchange", exchange),
        "browser": Usage("browser", browser_of_ours(), whole=True),
    }
    async with Witness(exchange_url, sorted({key for key, _ in at.values()})) as witness:
        await asyncio.sleep(2)
        await page.evaluate(PROBE)
        before = await _figures(desk)
        for usage in usages.values():
            usage.begin()
        begun = time.time()
        lags = await _sample(desk, usages, seconds)
        shares = {name: usage.share() for name, usage in usages.items()}
        took = time.time() - begun
        after = await _figures(desk)
        redraws = await page.evaluate("window.benchRedraws")
        offset = await _clock_offset(page)
        painted = _steps(await page.evaluate(COLLECT), at, offset)
    arrived = witness.arrivals()
    ages, waits = list[float](), list[float]()
    for place, steps in painted.items():
        came = [step for step in arrived[place] if step[0] >= begun - 2]
        ages += newest(came, steps)
        waits += any_tick([s for s in came if begun <= s[0] <= begun + took - 1], steps)
    ticks = after["strikedesk_feed_ticks_total"] - before["strikedesk_feed_ticks_total"]
    return Seen(
        newest=percentile(ages, 0.99),
        any=percentile(waits, 0.99),
        ticks=ticks / took,
        redraws=redraws / took,
        lag=float(np.quantile(lags, 0.99)) if lags else float("nan"),
        usages=usages,
        shares=shares,
    )


async def _sample(desk: Desk, usages: dict[str, Usage], seconds: int) -> list[float]:
    lags = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(2)
        for usage in usages.values():
            usage.look()
        lags.append(1000 * (await _figures(desk))["strikedesk_loop_lag_seconds"])
    return lags


async def _figures(desk: Desk) -> dict[str, float]:
    async with httpx.AsyncClient(base_url=desk.url, trust_env=False) as client:
        text = (await client.get("/metrics")).text
    return {name: float(x) for name, x in re.findall(r"^(\w+) ([\d.e+-]+)$", text, re.MULTILINE)}


async def _keys(exchange_url: str, day: date) -> dict[tuple[str, str], str]:
    async with httpx.AsyncClient(base_url=exchange_url, trust_env=False) as client:
        asked = {"underlying": "NIFTY", "expiry": day.isoformat()}
        state = (await client.get("/sim/state", params=asked)).json()
    return {
        (strike, side): option["instrument_key"]
        for strike, sides in state["strikes"].items()
        for side, option in sides.items()
    }


async def _clock_offset(page: Page) -> float:
    """Seconds that the page's clock is ahead of ours, by the quickest of some questions."""
    best = (1.0, 0.0)
    for _ in range(20):
        asked = time.time()
        theirs = await page.evaluate("performance.timeOrigin + performance.now()") / 1000
        took = time.time() - asked
        best = min(best, (took, theirs - asked - took / 2))
    return best[1]


def _steps(
    seen: list[tuple[float, str, str]], at: dict[str, tuple[str, str]], offset: float
) -> dict[tuple[str, str], Steps]:
    found: dict[tuple[str, str], Steps] = {}
    for when, testid, x in seen:
        if testid in at:
            found.setdefault(at[testid], []).append((when / 1000 - offset, float(x)))
    return found


def _tell(seen: Seen, what: str) -> None:
    print(
        f"  {what}: {seen.ticks:,.0f} ticks/s, {seen.redraws:.1f} redraws/s, newest p99"
        f" {seen.newest:.0f} ms, any p99 {seen.any:.0f} ms, loop lag p99 {seen.lag:.1f} ms"
    )
    for name, usage in seen.usages.items():
        share, memory = seen.shares[name], usage.memory
        print(f"    {name:8} {100 * share:5.1f} % of a core, {memory[0]:.0f} → {memory[-1]:.0f} MB")


# --- the parts ----------------------------------------------------------------------------------


@contextmanager
def _started(desk: Desk) -> Iterator[None]:
    try:
        desk.start()
        yield
    finally:
        desk.stop()


@asynccontextmanager
async def _page(desk: Desk) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page(**DESKTOP, base_url=desk.url)
        await open_chain(page)
        await asyncio.sleep(12)  # the lag of the last ten seconds is not that of opening the page
        yield page
        await browser.close()


@contextmanager
def _visitors(desk: Desk, count: int) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.drain", desk.url, str(count)],
        cwd=PROJECT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for _ in range(6):
            counts = process.stdout.readline().split()
        if not counts or min(map(int, counts)) == 0:
            raise AssertionError(f"the visitors see no chain: {counts}")
        yield
    finally:
        process.kill()
        process.communicate()


def _listener(url: str) -> psutil.Process:
    """The process that listens on an address of this machine."""
    port = int(url.rpartition(":")[2])
    for child in psutil.Process().children(recursive=True):
        ports = [c.laddr.port for c in child.net_connections("tcp") if c.status == "LISTEN"]
        if port in ports:
            return child
    raise LookupError(f"nobody listens on {url}")
