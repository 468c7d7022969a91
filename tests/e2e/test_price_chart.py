"""The price chart in a real browser: bars come and move, drawings and orders are drawn and dragged.

One page serves all that is tried, since a browser's start costs more than the trying.
"""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.desk import PROJECT, clean_environment
from tests.e2e.screens import DESKTOP, quiet_page
from tests.network import take_port

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BARS = 4_000
PATIENCE = 20.0
CHART = "document.querySelector('[data-testid=price]').__chart"


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    port = take_port()
    command = [sys.executable, "-m", "tests.e2e.price_page", str(port), str(BARS)]
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


@pytest_asyncio.fixture(loop_scope="session")
async def chart(browser: Browser, served: str) -> AsyncIterator[Page]:
    async with quiet_page(browser, served, **DESKTOP) as page:
        await page.goto("/")
        await holds(page, f"c.store.n === {BARS} && c.studied.size === 2 && c.marks.given.length")
        yield page


async def asked(page: Page, what: str) -> Any:
    """An expression about the chart's component `c`."""
    return await page.evaluate(f"(c => {what})({CHART})")


async def holds(page: Page, what: str) -> None:
    await page.wait_for_function(f"(c => c?.chart && {what})({CHART})", timeout=1000 * PATIENCE)


async def drag(page: Page, from_x: float, from_y: float, to_x: float, to_y: float) -> None:
    box = await page.locator(".price-host").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + from_x, box["y"] + from_y)
    await page.mouse.down()
    await page.mouse.move(box["x"] + to_x, box["y"] + to_y, steps=4)
    await page.mouse.up()


async def test_bars_studies_drawings_and_orders(chart: Page, tmp_path: Path) -> None:
    await _bars_move(chart)
    await _drawings(chart)
    await _orders(chart)
    await _older_bars(chart)
    await _another_theme(chart)


async def _bars_move(page: Page) -> None:
    """The last bar grows, another begins, and the past stays where it is."""
    before = await asked(page, "c.store.close[c.store.n - 1]")
    await page.get_by_test_id("move").click()
    await holds(page, f"c.store.close[c.store.n - 1] !== {before}")
    for _ in range(2):
        await page.get_by_test_id("move").click()
    await holds(page, f"c.store.n === {BARS + 1}")
    await holds(page, f"c.price.now.data().at(-1).close === c.store.close[{BARS}]")
    close = await asked(page, "c.store.close[c.store.n - 1].toFixed(2)")
    said = page.get_by_test_id("price-close")
    await expect(said).to_have_text(f"{float(close):,.2f}")
    await expect(page.get_by_test_id("price-sma-sma")).to_be_visible()


async def _drawings(page: Page) -> None:
    heard = page.get_by_test_id("heard")
    await page.get_by_test_id("price-draw-trend").click()
    await drag(page, 300, 120, 520, 200)
    await expect(heard).to_have_text("drawn trend --accent")
    first = await asked(page, "c.pencil.all[0].points[0]")
    assert first["time"] == await asked(page, f"c.store.time[c.store.at({first['time']})]")
    await drag(page, 410, 160, 410, 190)  # its body: both ends go down alike
    await holds(page, f"c.pencil.all[0].points[0].price < {first['price']}")
    await page.get_by_test_id("price-undo").click()
    await holds(page, f"c.pencil.all[0].points[0].price === {first['price']}")
    await page.get_by_test_id("price-draw-text").click()
    await drag(page, 640, 240, 640, 240)
    await page.get_by_test_id("price-words").fill("Support")
    await page.keyboard.press("Enter")
    await expect(heard).to_have_text("drawn text --accent")
    await page.get_by_test_id("price-delete").click()
    await expect(heard).to_have_text("erased")
    assert await asked(page, "c.pencil.all.map((d) => d.kind)") == ["trend"]


async def _orders(page: Page) -> None:
    """A line goes where it is dragged, on a tick, and the chart does not scroll meanwhile."""
    at = await asked(page, "c.yOf(c.lines.given[1].price)")
    range_before = await asked(page, "c.chart.timeScale().getVisibleLogicalRange()")
    await drag(page, 800, at, 840, at + 40)
    heard = page.get_by_test_id("heard")
    await expect(heard).to_contain_text("line order")
    price = float((await heard.inner_text()).split()[-1])
    assert price == pytest.approx(round(price / 0.05) * 0.05)
    assert price == await asked(page, "c.lines.given[1].price")
    assert range_before == await asked(page, "c.chart.timeScale().getVisibleLogicalRange()")


async def _older_bars(page: Page) -> None:
    """Scrolled to the first bar, older ones are asked for, and what is looked at stays."""
    await page.locator(".price-chart").focus()
    await page.keyboard.press("0")
    await holds(page, f"c.store.n === {BARS + 501}")
    assert await asked(page, "c.studied.get('sma').values[0].length") >= BARS + 501
    await page.keyboard.press("End")
    await holds(page, "c.chart.timeScale().getVisibleLogicalRange().to > c.store.n")


async def _another_theme(page: Page) -> None:
    ink = "c.chart.options().layout.textColor"
    dark = await asked(page, ink)
    await page.evaluate("document.body.classList.replace('body--dark', 'body--light')")
    await holds(page, f"{ink} !== '{dark}'")
    assert await asked(page, "c.pencil.all.length") == 1
    assert await asked(page, "c.chart.panes().length") == 4
