"""Indicators and several charts in a real browser: added, drawn, remembered, side by side."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.screens import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def value(page: Page, name: str) -> str:
    """What the legend tells of a line; its id begins with the chart's name and the indicator's."""
    found = page.locator(f'[data-testid^="{name}"]').first
    await expect(found).to_have_text(NUMBER, timeout=PATIENCE)
    return await found.inner_text()


NUMBER = re.compile(r"^-?[\d,]+(\.\d+)?$")


async def test_indicators_are_added_by_hand_and_drawn_on_every_chart(page: Page) -> None:
    await page.goto("/chart/NIFTY?interval=1m")
    await page.wait_for_selector('[data-testid="chart-close"]', timeout=PATIENCE)
    await page.keyboard.press("i")
    search = page.get_by_test_id("indicator-search")
    for name in ("rsi", "supertrend"):
        await search.fill(name)
        await page.get_by_test_id(f"indicator-add-{name}").click()
        await expect(page.get_by_test_id(f"indicator-edit-{name}")).to_be_visible()
    await page.keyboard.press("Escape")
    strength = float(await value(page, "chart-rsi-"))
    assert 0 <= strength <= 100

    await page.get_by_test_id("chart-layout").click()
    await page.get_by_test_id("chart-layouts").get_by_text("2").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("chart-cell-1")).to_be_visible()
    assert 0 <= float(await value(page, "chart2-rsi-")) <= 100

    # as it was found
    await page.get_by_test_id("chart-layout").click()
    await page.get_by_test_id("chart-layouts").get_by_text("1").click()
    await page.keyboard.press("Escape")
    await page.get_by_test_id("chart-indicators").click()
    for name in ("rsi", "supertrend"):
        await page.get_by_test_id(f"indicator-remove-{name}").click()
    await expect(page.locator('[data-testid^="chart-rsi-"]')).to_have_count(0)
