"""A position from the builder to the exchange and back, in a real browser."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.desk import Desk
from tests.e2e.screens import DESKTOP, NEVER_SHOWN, PATIENCE, quiet_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHASE = ".basket-sheet .execution-phase"


async def traded(page: Page) -> None:
    """The builder's condor, at what can be had now; a leg that is late goes to the market."""
    await page.goto("/builder?symbol=NIFTY&template=iron-condor")
    await expect(page.get_by_test_id("margin")).to_contain_text("₹", timeout=PATIENCE)
    await page.get_by_test_id("trade-position").click()
    await page.get_by_test_id("price-all-market").click()
    plan = page.get_by_test_id("basket-plan")
    await expect(plan).to_contain_text("2. only after all before is filled: sell", timeout=PATIENCE)
    await expect(page.get_by_test_id("basket-margin")).to_contain_text("₹", timeout=PATIENCE)
    words = await page.get_by_test_id("basket-ticket").inner_text()
    assert "SIMULATED" in words
    assert not NEVER_SHOWN.search(words)
    await expect(page.get_by_test_id("basket-send")).to_be_enabled(timeout=PATIENCE)
    await page.get_by_test_id("basket-send").dblclick()


async def test_a_position_is_traded_hedges_first_and_unwound_again(
    browser: Browser, new_desk: Desk
) -> None:
    new_desk.start()
    async with quiet_page(browser, new_desk.url, **DESKTOP) as page:
        await traded(page)
        await expect(page.locator(PHASE)).to_have_text("done", timeout=PATIENCE)
        await page.locator("[data-testid^=unwind-basket]").click()
        await page.get_by_test_id("unwind-yes").click()
        await expect(page.locator(PHASE)).to_have_text("unwound", timeout=PATIENCE)
        await page.goto("/orders?tab=baskets")
        baskets = page.get_by_test_id("baskets").locator(".execution")
        await expect(baskets).to_have_count(1, timeout=PATIENCE)
        await expect(baskets.locator("tbody tr")).to_have_count(8)
