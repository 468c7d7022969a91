"""The page of downloads in a real browser: a gap is seen, filled, and gone."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.screens import PATIENCE, overflow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_gap_is_filled_with_one_click_and_its_download_is_listed(page: Page) -> None:
    await page.goto("/downloads?view=coverage")
    row = page.get_by_test_id("cover-SENSEX")
    await expect(row.locator("i.missing").first).to_be_attached(timeout=PATIENCE)
    await page.get_by_test_id("fill-SENSEX").click()
    await expect(row.locator("i.missing")).to_have_count(0, timeout=PATIENCE)
    await expect(row).to_contain_text(re.compile(r"\d+ days"), timeout=PATIENCE)
    await page.get_by_test_id("downloads-view-downloads").click()
    done = page.get_by_test_id(re.compile("^ended-.*-what$")).first
    await expect(done).to_contain_text("SENSEX · 1m", timeout=PATIENCE)
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await overflow(page) <= 0
