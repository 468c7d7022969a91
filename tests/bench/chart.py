"""Figure 4: a price chart of 50,000 bars, drawn and moved in a real Chromium."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from playwright.async_api import Page, async_playwright

from tests.bench.rows import Row
from tests.browsers import launch
from tests.desk import PROJECT, clean_environment
from tests.network import take_port

BARS: Final = 50_000
PATIENCE: Final = 60.0
WATCH: Final = """() => {
  window.bench = {};
  const frame = window.requestAnimationFrame.bind(window);
  window.worked = 0;
  window.requestAnimationFrame = (then) => frame((at) => {
    const begun = performance.now();
    then(at);
    window.worked += performance.now() - begun;
  });
  new MutationObserver(() => {
    const chart = document.querySelector(".price-chart"), now = performance.now();
    if (chart) window.bench.built ??= now;
    const count = Number(chart?.dataset.count ?? 0);
    if (count > 0 && !window.bench.drawn) {
      window.bench.drawn = -1;
      frame(() => frame(() => (window.bench.drawn = performance.now())));
    }
  }).observe(document, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-count"],
  });
}"""
"""Notes when the chart was built, and the second frame after its bars were in it; counts what
frames cost."""
MOVES: Final = """async (count) => {
  const chart = document.querySelector(".price-chart").__chart, took = [];
  const frame = () => new Promise((done) => setTimeout(done, 50));
  for (let i = 1; i <= count; i++) {
    const last = chart.store.time[chart.store.n - 1], c = 24000 + 40 * Math.sin(i);
    const t = last + (i % 10 ? 0 : 60);
    window.worked = 0;
    const begun = performance.now();
    chart.bars([[t, 24000, 24050, 23950, c, 1000 * i, 1e7]], chart.seq);
    const at_once = performance.now() - begun;
    await frame();
    took.push(at_once + window.worked);
  }
  return took;
}"""
"""Milliseconds of work for each move of the last bar, one in ten of which begins a new one."""


def run(quick: bool) -> list[Row]:
    return asyncio.run(_run(20 if quick else 60))


async def _run(moves: int) -> list[Row]:
    with _served() as address:
        async with async_playwright() as playwright:
            browser = await launch(playwright)
            opened = [await _opened(browser, address) for _ in range(3)]
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await page.add_init_script(f"({WATCH})()")
            await _open(page, address)
            near: list[float] = await page.evaluate(MOVES, moves)
            await page.evaluate("document.querySelector('.price-chart').__chart.fit()")
            await asyncio.sleep(1)
            far: list[float] = await page.evaluate(MOVES, moves)
            await browser.close()
    print(f"  from navigation to the picture {[round(sum(each)) for each in opened]} ms")
    print(f"  the slowest of {moves} moves {max(near):.1f} ms; of all in view {max(far):.1f}")
    return [
        _row("first picture, from the chart's start", [each[1] for each in opened], 0.5, 600),
        _row("live bar, nine in ten", near, 0.9, 16),
        _row("live bar, all bars in view, nine in ten", far, 0.9, 16),
    ]


def _row(what: str, took: list[float], share: float, most: float) -> Row:
    ours = float(np.quantile(took, share))
    return Row(
        figure="4",
        what=f"chart of {BARS:,} bars: {what}",
        ours=ours,
        peer=None,
        unit="ms",
        ratio=None,
        target=f"≤ {most:g} ms",
        ok=ours <= most,
    )


async def _opened(browser: Any, address: str) -> tuple[float, float]:
    """Milliseconds to the chart's start, and from there to its picture."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.add_init_script(f"({WATCH})()")
    await _open(page, address)
    told = await page.evaluate("window.bench")
    await page.close()
    return told["built"], told["drawn"] - told["built"]


async def _open(page: Page, address: str) -> None:
    await page.goto(address)
    await page.wait_for_function("window.bench.drawn > 0", timeout=1000 * PATIENCE)
    await page.wait_for_function(
        f"document.querySelector('.price-chart').dataset.count == '{BARS}'",
        timeout=1000 * PATIENCE,
    )
    await asyncio.sleep(1)


@contextmanager
def _served() -> Iterator[str]:
    port = take_port()
    command = [sys.executable, "-m", "tests.e2e.price_page", str(port), str(BARS), "bare"]
    process = subprocess.Popen(command, cwd=PROJECT, env=clean_environment())
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
