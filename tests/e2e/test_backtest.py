"""A backtest in a real browser: the demo, and one combination of a sweep on a phone."""

import pytest
from playwright.async_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = 60_000


async def test_a_demo_is_run_looked_at_and_found_again(page: Page, phone: Page) -> None:
    await page.goto("/backtest")
    await page.get_by_test_id("bt-demo").click(timeout=LONG)
    await expect(page.get_by_test_id("bt-net")).to_be_visible(timeout=LONG)
    await expect(page.get_by_test_id("bt-equity").locator("canvas").first).to_be_visible()
    await page.get_by_test_id("bt-tab-trades").click()
    await expect(page.get_by_test_id("btt-table")).to_be_visible()
    await page.get_by_test_id("bt-tab-words").click()
    await expect(page.get_by_test_id("bt-assumptions")).to_contain_text("Market orders are filled")
    await phone.goto("/backtest")
    await expect(phone.get_by_test_id("bt-net")).to_be_visible(timeout=LONG)
    overflow = "document.querySelector('.page-backtest').scrollWidth > innerWidth"
    assert not await phone.evaluate(overflow)
    await page.get_by_test_id("bt-delete").click()
    await expect(page.get_by_test_id("bt-empty")).to_be_visible(timeout=LONG)
