"""Figure 4, second half: from the builder's slider to the picture, in a real Chromium."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from playwright.async_api import async_playwright

from tests.bench.rows import Row
from tests.browsers import launch
from tests.desk import Desk
from tests.e2e.screens import DESKTOP, PATIENCE
from tests.network import take_port

MOST: Final = 150.0
"""Milliseconds."""
DRAWN: Final = "document.querySelector('[data-testid=payoff]')?.dataset.count > 300"
SLIDES: Final = """async (count) => {
  const chart = document.querySelector("[data-testid=payoff]").__chart;
  const input = document.querySelector("[data-testid=days-ahead]"), took = [];
  const frame = () => new Promise(requestAnimationFrame);
  for (let i = 1; i <= count; i++) {
    const before = JSON.stringify(chart.table.parts.chosen), start = performance.now();
    input.value = String(10 + (i * 37) % 230);
    input.dispatchEvent(new Event("input"));
    while (JSON.stringify(chart.table.parts.chosen) === before && performance.now() - start < 3000)
      await frame();
    await frame();
    took.push(performance.now() - start);
    await new Promise((done) => setTimeout(done, 80));
  }
  return took;
}"""
"""Milliseconds from each move to the frame after the curve's new numbers were drawn."""


def run(quick: bool) -> list[Row]:
    took = asyncio.run(_slides(15 if quick else 60))
    return [_row("half of the moves", 0.5, took), _row("nine in ten", 0.9, took)]


def _row(what: str, share: float, took: list[float]) -> Row:
    ours = float(np.quantile(took, share))
    return Row(
        figure="4",
        what=f"from slider to picture, 4 legs, {what} of {len(took)}",
        ours=ours,
        peer=None,
        unit="ms",
        ratio=None,
        target=f"≤ {MOST:g} ms",
        ok=ours <= MOST,
    )


async def _slides(count: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), take_port())
        desk.start()
        try:
            async with async_playwright() as playwright:
                browser = await launch(playwright)
                page = await browser.new_page(**DESKTOP, base_url=desk.url)
                await page.goto("/builder?symbol=NIFTY&template=iron-condor")
                await page.wait_for_function(DRAWN, timeout=PATIENCE)
                await asyncio.sleep(10)  # the rest of the page, and the chains of the recorder
                took: list[float] = await page.evaluate(SLIDES, count)
                await browser.close()
                return took
        finally:
            desk.stop()
