"""Charts in a real browser: drawn under the policy, renewed in place, read, moved, taken away."""

import csv
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, expect

from tests.desk import clean_environment
from tests.e2e.screens import DESKTOP, quiet_page
from tests.network import take_port

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PROJECT = Path(__file__).parents[2]
PATIENCE = 20.0
PNG = b"\x89PNG\r\n\x1a\n"
WIDTH, HEIGHT = slice(16, 20), slice(20, 24)
"""Where a PNG tells its size."""


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    port = take_port()
    command = [sys.executable, "-m", "tests.e2e.chart_page", str(port)]
    process = subprocess.Popen(command, cwd=PROJECT, env=clean_environment())
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the page of charts was not served in time")


@pytest_asyncio.fixture(loop_scope="session")
async def charts(browser: Browser, served: str) -> AsyncIterator[Page]:
    async with quiet_page(browser, served, **DESKTOP) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(_host(request)))
        await page.goto("/")
        await drawn(page, "smile")
        yield page
        assert set(asked) <= {served.removeprefix("http://")}


def _host(request: Request) -> str:
    return request.url.split("/")[2] if request.url.startswith("http") else ""


async def drawn(page: Page, name: str, count: str = "") -> None:
    """Scroll to a chart and wait until its numbers are in it."""
    await page.get_by_test_id(name).scroll_into_view_if_needed()
    wanted = f"[data-testid={name}][data-count" + (f'="{count}"]' if count else "]")
    await page.wait_for_selector(f"{wanted}:not([data-count='0'])", timeout=PATIENCE * 1000)


async def asked_of(page: Page, name: str, what: str) -> Any:
    """An expression about the chart's component `c`."""
    code = f"name => (c => {what})(document.querySelector(`[data-testid=${{name}}]`).__chart)"
    return await page.evaluate(code, name)


async def point_at(page: Page, name: str, across: float, down: float = 0.5) -> None:
    box = await page.get_by_test_id(name).locator(".chart-host").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])


async def test_every_kind_is_drawn(charts: Page) -> None:
    counts = {"smile": 42, "oi": 42, "payoff": 42, "heat": 30, "straddle": 30, "rank": 1}
    for name, count in counts.items():
        await drawn(charts, name, str(count))
        assert await asked_of(charts, name, "c.chart.getOption().series.length") >= 1


async def test_only_the_new_number_arrives_and_the_picture_stays(charts: Page) -> None:
    await charts.evaluate("() => { window.kept = document.querySelector('canvas'); }")
    before = await asked_of(charts, "smile", "c.revision")
    await charts.get_by_test_id("push").click()
    await charts.wait_for_function(
        "was => document.querySelector('[data-testid=smile]').__chart.revision > was", arg=before
    )
    assert await asked_of(charts, "smile", "c.revision") == before + 1
    moved = await asked_of(charts, "smile", "c.chart.getOption().series[0].data[3][1]")
    assert moved == pytest.approx(0.12 + (24_150 / 24_500 - 1) ** 2 + 0.01)
    assert await charts.evaluate("() => window.kept === document.querySelector('canvas')")


async def test_a_zoom_survives_new_numbers_and_a_key_ends_it(charts: Page) -> None:
    end = "c.chart.getOption().dataZoom[0].end - c.chart.getOption().dataZoom[0].start"
    await point_at(charts, "smile", 0.5)
    for _ in range(4):
        await charts.mouse.wheel(0, -200)
        await charts.wait_for_timeout(60)
    zoomed = await asked_of(charts, "smile", end)
    assert zoomed < 90
    await charts.get_by_test_id("push").click()
    await charts.wait_for_timeout(300)
    assert await asked_of(charts, "smile", end) == pytest.approx(zoomed)
    await point_at(charts, "smile", 0.5)
    await charts.keyboard.press("0")
    assert await asked_of(charts, "smile", end) == 100


async def test_the_pointer_reads_every_series_in_its_format(charts: Page) -> None:
    await drawn(charts, "oi")
    await point_at(charts, "oi", 0.5)
    tip = charts.get_by_test_id("oi").locator(".chart-tip-box")
    await expect(tip).to_contain_text("Calls")
    lines = (await tip.inner_text()).split("\n")
    assert lines[1::2] == ["Calls", "Puts"]
    strike = float(lines[0].replace(",", ""))
    assert lines[2] == f"{strike * 10 / 1e5:.2f}L"
    assert lines[4] == f"{(49_000 - strike) * 5 / 1e5:.2f}L"  # positive, though drawn downwards


async def test_a_chart_without_numbers_says_why(charts: Page) -> None:
    await charts.get_by_test_id("none").scroll_into_view_if_needed()
    await expect(charts.get_by_test_id("none-empty")).to_be_visible()
    await expect(charts.get_by_test_id("none-empty")).to_have_text("No open interest yet")
    await expect(charts.get_by_test_id("smile-empty")).to_be_hidden()


async def test_a_chart_out_of_view_is_not_even_built(charts: Page) -> None:
    assert await asked_of(charts, "rank", "!c.chart && c.seq === 0")
    await drawn(charts, "rank")
    assert await asked_of(charts, "rank", "c.seq") == 1


async def test_a_named_mark_can_be_dragged_and_nothing_pans(charts: Page) -> None:
    at = await asked_of(charts, "smile", "c.chart.convertToPixel({xAxisIndex: 0}, 24500)")
    box = await charts.get_by_test_id("smile").locator(".chart-host").bounding_box()
    assert box is not None
    await charts.mouse.move(box["x"] + at, box["y"] + 120)
    await charts.mouse.down()
    await charts.mouse.move(box["x"] + at + 200, box["y"] + 120, steps=4)
    await charts.mouse.up()
    to = await asked_of(charts, "smile", f"c.chart.convertFromPixel({{xAxisIndex: 0}}, {at + 200})")
    await expect(charts.get_by_test_id("dragged")).to_have_text(f"leg {to:.0f} True")
    assert await asked_of(charts, "smile", "c.chart.getOption().dataZoom[0].start") == 0


async def test_the_numbers_and_the_picture_can_be_taken_away(charts: Page, tmp_path: Path) -> None:
    for kind in ("csv", "png"):
        async with charts.expect_download() as download:
            await charts.get_by_test_id(f"smile-{kind}").click()
        got = await download.value
        assert got.suggested_filename == f"strikedesk-NIFTY-smile-2026-11-20-1142.{kind}"
        await got.save_as(tmp_path / kind)
    rows = list(csv.reader((tmp_path / "csv").read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["Strike (₹)", "Fit (%)", "Mid (%)"]
    assert rows[1][0] == "24000"
    picture = (tmp_path / "png").read_bytes()
    box = await charts.get_by_test_id("smile").locator(".chart-host").bounding_box()
    assert box is not None
    assert picture.startswith(PNG)
    assert int.from_bytes(picture[WIDTH]) == 2 * int(box["width"])
    assert int.from_bytes(picture[HEIGHT]) > 2 * int(box["height"])


async def test_another_theme_repaints_and_keeps_the_numbers(charts: Page) -> None:
    ink = "c.chart.getOption().xAxis[0].axisLabel.color"
    dark = await asked_of(charts, "smile", ink)
    await charts.evaluate("document.body.classList.replace('body--dark', 'body--light')")
    await charts.wait_for_timeout(200)
    assert cast(str, await asked_of(charts, "smile", ink)) != dark
    await expect(charts.get_by_test_id("smile")).to_have_attribute("data-count", "42")
