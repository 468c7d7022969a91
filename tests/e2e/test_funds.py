"""The page of funds in a real browser, on the simulated exchange."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.screens import PATIENCE, overflow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_money_charges_and_margin_are_reckoned(page: Page) -> None:
    await page.goto("/funds")
    await expect(page.get_by_test_id("funds-available")).to_contain_text("₹", timeout=PATIENCE)
    await expect(page.get_by_test_id("funds-source")).to_contain_text("read", timeout=PATIENCE)
    await page.get_by_test_id("charge-price").fill("210.5")
    await expect(page.get_by_test_id("charge-turnover-total")).to_have_text(
        "₹13,682.50", timeout=PATIENCE
    )
    await page.get_by_test_id("margin-add").fill("nifty 24200 ce")
    await page.locator('[data-testid^="margin-found-"] button').first.click(timeout=PATIENCE)
    await expect(page.get_by_test_id("margin-final")).to_contain_text("₹", timeout=PATIENCE)
    await expect(page.get_by_test_id("state-NSE_FO")).to_have_text("open", timeout=PATIENCE)


async def test_the_funds_fit_a_phone(phone: Page) -> None:
    await phone.goto("/funds")
    await expect(phone.get_by_test_id("funds-available")).to_contain_text("₹", timeout=PATIENCE)
    assert await overflow(phone) <= 0
