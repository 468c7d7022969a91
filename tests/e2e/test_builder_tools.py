"""The builder's tools in a real browser: asked, kept, followed, with a line under the hand."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.screens import NEVER_SHOWN, PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NAME = "Kept by a test"
LINE = """() => {
  const el = document.querySelector("[data-testid=tracked-chart]"), { chart, marked } = el.__chart;
  const box = el.querySelector("canvas").getBoundingClientRect();
  if (!marked.length) return null;
  return [box.x + box.width / 3, box.y + chart.convertToPixel({ yAxisIndex: 0 }, marked[0].at)];
}"""


async def tab(page: Page, title: str) -> None:
    await page.locator(".dv-tab", has_text=title).click()


async def test_a_position_is_asked_kept_and_followed(page: Page, tmp_path: Path) -> None:
    await page.goto("/builder?symbol=NIFTY&template=iron-condor")
    cell = page.locator("[data-testid=what-if] td[data-at]")
    await expect(cell.nth(9)).to_contain_text("₹", timeout=PATIENCE)
    for text in await cell.all_inner_texts():
        assert not NEVER_SHOWN.search(text), text
    await cell.nth(9).click()
    await expect(page.locator("[data-testid=what-if] td.here")).to_have_count(1, timeout=PATIENCE)

    await tab(page, "Drafts")
    await page.get_by_test_id("draft-name").fill(NAME)
    await page.keyboard.press("Control+s")
    await expect(page.get_by_test_id("draft-state")).to_have_text("saved", timeout=PATIENCE)
    row = page.locator("tr[data-testid^=drafts-]", has_text=NAME)
    async with page.expect_download() as download:
        await row.locator("[data-act=share]").click()
    file = tmp_path / "draft.json"
    await (await download.value).save_as(file)
    assert len(json.loads(file.read_text(encoding="utf-8"))["legs"]) == 4

    await tab(page, "Tracked")
    await page.get_by_test_id("track").click()
    await expect(page.locator("tr[data-testid^=tracked-]")).to_contain_text("₹", timeout=PATIENCE)
    await page.get_by_test_id("alert-add").click()
    alert = page.get_by_test_id("alert-0")
    await expect(alert).to_contain_text("P&L rises to", timeout=PATIENCE)
    before = await alert.inner_text()
    await page.wait_for_function(f"({LINE})() !== null", timeout=PATIENCE)
    x, y = await page.evaluate(LINE)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, y + 40, steps=4)
    await page.mouse.up()
    await expect(alert).not_to_have_text(before, timeout=PATIENCE)

    await tab(page, "Drafts")
    await row.locator("[data-act=delete]").click()
    await expect(row).to_have_count(0, timeout=PATIENCE)
