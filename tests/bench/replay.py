"""Figure 6: a day replayed at 600 times: fills as at its own pace, and pages that stay alive."""

import asyncio
import tempfile
import time
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
from playwright.async_api import Browser, Page, async_playwright

from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.state.market import Col
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.bench.rows import Row
from tests.browsers import launch
from tests.desk import Desk
from tests.e2e.screens import DESKTOP
from tests.fake_universe import EXPIRY, NEXT_EXPIRY, NIFTY, RELIANCE, STRIKES, option_key
from tests.network import take_port
from tests.replay import DAY, Runs, at, bars, chain_day, keep

FAST: Final = 600
BEAT: Final = 0.05
"""Wall seconds between two steps, as the desk makes them."""
SLOWEST: Final = 0.9
"""The share of the wanted speed that must be reached."""
LAG: Final = 50.0
"""Milliseconds: the event loop's 99th percentile."""
FROZEN: Final = 500.0
"""Milliseconds that a page may show no new time; it is told five times a second."""
PAGES: Final = ("/chain/NIFTY", "/oi", "/positions", "/")
WATCH: Final = """() => {
  const said = document.querySelector("[data-testid=replay-said]"), cell =
    document.querySelector("[data-testid=spot]");
  window.seen = { said: [performance.now()], moves: 0 };
  new MutationObserver(() => window.seen.said.push(performance.now()))
    .observe(said, { characterData: true, subtree: true, childList: true });
  if (cell) new MutationObserver(() => window.seen.moves++)
    .observe(cell, { characterData: true, subtree: true, childList: true });
}"""
Told = tuple[str, str, int, Decimal, datetime]


def run(quick: bool) -> list[Row]:
    minutes = 60 if quick else 385
    with tempfile.TemporaryDirectory() as folder:
        fast, slow, reached = asyncio.run(_fills(Path(folder), minutes))
    with tempfile.TemporaryDirectory() as folder:
        alive = asyncio.run(_pages(Path(folder) / "home", 12 if quick else 36))
    other = _differing(fast, slow)
    return [
        _row(
            f"fills at 600×, of {len(slow)}: other than at 1×", other, "0", slow != [] and not other
        ),
        _row("speed reached with a scripted account", reached, "≥ 540×", reached >= SLOWEST * FAST),
        *alive,
    ]


def _row(what: str, ours: float, target: str, ok: bool, unit: str = "") -> Row:
    return Row(
        figure="6",
        what=what,
        ours=float(ours),
        peer=None,
        unit=unit,
        ratio=None,
        target=target,
        ok=ok if ours == ours else False,
    )


def _differing(fast: list[Told], slow: list[Told]) -> int:
    return sum(a != b for a, b in zip(fast, slow, strict=False)) + abs(len(fast) - len(slow))


def _script(minutes: int) -> list[tuple[datetime, InstrumentKey, bool]]:
    """About every two minutes a contract or a share to buy: at the market, or by a limit."""
    chance = np.random.default_rng(600)
    found = []
    for n in range(1, minutes - 3, 2):
        moment = at(9, 15) + timedelta(minutes=n, seconds=int(chance.integers(61, 119)))
        option = option_key(float(chance.choice(STRIKES[8:20])), Kind.PUT if n % 4 else Kind.CALL)
        key = RELIANCE if chance.random() < 0.2 else option
        found.append((moment, key, bool(chance.random() < 0.4)))
    return found


def _request(key: InstrumentKey, last: float, *, limit: bool) -> OrderRequest:
    """A limit rests two in a hundred below the last price."""
    return OrderRequest(
        key=key,
        side=Side.BUY,
        quantity=10 if key == RELIANCE else 65,
        product=Product.INTRADAY,
        type=OrderType.LIMIT if limit else OrderType.MARKET,
        price=Decimal(round(9.8 * last)) / 10 if limit else Decimal(0),
    )


async def _fills(home: Path, minutes: int) -> tuple[list[Told], list[Told], float]:
    """At 600 times by the wall's clock; then second by second, each with a turn for all others."""
    candles = [(RELIANCE, Interval.MINUTE, bars(count=minutes))]
    url = await keep(home, [chain_day(minutes=minutes)], candles)
    runs = Runs(home, url, [], [])
    try:
        fast, took = await _driven(runs, minutes, timedelta(seconds=FAST * BEAT), BEAT)
        slow, _ = await _driven(runs, minutes, timedelta(seconds=1), 0.0)
    finally:
        await runs.end()
    return fast, slow, (minutes + 2) * 60 / took


async def _driven(
    runs: Runs, minutes: int, step: timedelta, beat: float
) -> tuple[list[Told], float]:
    """The fills and the refusals, and the wall's seconds that it took."""
    run = await runs.open()
    services, replay = run.desk.services, run.replay
    trading = services.trading
    assert trading is not None
    script, told = _script(minutes), list[Told]()
    keys = {key for _, key, _ in script}
    services.subscriptions.hold("bench", dict.fromkeys(keys, FeedMode.FULL))
    begun = due = time.monotonic()
    end = at(9, 15) + timedelta(minutes=minutes)
    for moment, key, limit in [*script, (end, None, False)]:
        while replay.now < moment:
            before = replay.now
            await replay.advance(min(before + step, moment))
            due += beat * ((replay.now - before) / step)
            await asyncio.sleep(max(due - time.monotonic(), 0.0))
        if key is not None:
            last = services.market.get(key, Col.LTP)
            try:
                await trading.desk.place(_request(key, last, limit=limit))
            except AppError as refused:
                told.append((key, str(refused), 0, Decimal(0), replay.now))
    fills = trading.state.ledger.fills
    told += [(str(f.key), str(f.side), f.quantity, f.price, f.at) for f in fills]
    return told, time.monotonic() - begun


async def _pages(home: Path, seconds: int) -> list[Row]:
    """A desk of its own with four pages open."""
    chains = [chain_day(minutes=385, expiry=each) for each in (EXPIRY, NEXT_EXPIRY)]
    await keep(
        home / "simulated", chains, [(NIFTY, Interval.MINUTE, bars(count=385, start=24_200.0))]
    )
    desk = Desk(home, take_port(), ("--mode", "replay"))
    desk.spawn()
    try:
        await asyncio.to_thread(desk.wait_for, "/healthz", 60)
        async with async_playwright() as playwright:
            browser = await launch(playwright)
            pages = [await _opened(browser, desk.url, p, first=p == PAGES[0]) for p in PAGES]
            measured = await _played(pages, desk.url, seconds)
            await browser.close()
    finally:
        desk.stop()
    return measured


async def _opened(browser: Browser, url: str, path: str, *, first: bool) -> Page:
    page = await browser.new_page(**DESKTOP, base_url=url)
    await page.goto(path)
    if first:
        await page.get_by_test_id(f"replay-day-{DAY}").click()
    await page.get_by_text("paused").first.wait_for()
    return page


async def _played(pages: list[Page], url: str, seconds: int) -> list[Row]:
    await asyncio.sleep(4)
    for page in pages:
        await page.evaluate(WATCH)
    await pages[0].get_by_test_id("replay-time").fill("9:20")
    await pages[0].get_by_test_id("replay-time").press("Enter")
    await asyncio.sleep(3)
    await pages[0].get_by_test_id("replay-speed").select_option(str(FAST))
    await pages[0].get_by_test_id("replay-play").click()
    for page in pages:
        await page.evaluate("() => Object.assign(seen, { said: [performance.now()], moves: 0 })")
    lags, began = [], await _now(url)
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        await asyncio.sleep(2)
        lags.append(await _lag(url))
    ended, took = await _now(url), time.monotonic() - start
    frozen, moves = 0.0, 0
    for page in pages:
        seen: dict[str, Any] = await page.evaluate("() => window.seen")
        frozen = max(frozen, float(np.diff(seen["said"]).max()))
        moves = max(moves, seen["moves"])
    speed, lag = (ended - began).total_seconds() / took, max(lags[2:])
    return [
        _row("speed reached with four pages open", speed, "≥ 540×", speed >= SLOWEST * FAST),
        _row("lag of the event loop, worst p99", lag, f"≤ {LAG:g} ms", lag <= LAG, "ms"),
        _row("longest standstill of a page", frozen, f"≤ {FROZEN:g} ms", frozen <= FROZEN, "ms"),
        _row("spot shown anew, a second", moves / took, "≥ 2", moves / took >= 2),
    ]


async def _now(url: str) -> datetime:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        return datetime.fromisoformat((await client.get("/api/v1/status")).json()["now"])


async def _lag(url: str) -> float:
    """Milliseconds."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        lines = (await client.get("/metrics")).text.splitlines()
    said = next(each for each in lines if "loop_lag_seconds " in each and each[0] != "#")
    return 1000 * float(said.split()[1])
