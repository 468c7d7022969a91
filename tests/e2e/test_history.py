"""History in a real browser: a file is read, and its day looked at minute by minute."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.e2e.screens import NEVER_SHOWN, PATIENCE, number

LTP = '[data-testid=history-24100-CE-ltp]:text-is("{}")'

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def minutes_file(folder: Path) -> Path:
    """Three minutes of nine strikes; call and put are 100 at 24100 and grow by one a minute."""
    lines = ["timestamp,symbol,expiry,strike,option_type,spot,ltp,volume,oi"]
    for minute in range(3):
        for strike in range(23_900, 24_301, 50):
            for side, sign in (("CE", 1), ("PE", -1)):
                inside = max(0, sign * (24_100 - strike))
                price = inside + 100 - abs(24_100 - strike) / 4 + minute
                lines.append(
                    f"20260819{1200 + minute},NIFTY,25-Aug-2026,{strike},{side},24090,{price},9,80"
                )
    path = folder / "option_minutes.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


async def test_a_file_is_imported_and_its_day_looked_at(page: Page, tmp_path: Path) -> None:
    await page.goto("/history?view=import")
    await page.get_by_test_id("import-path").fill(str(minutes_file(tmp_path)))
    await page.get_by_test_id("import-look").click()
    await page.wait_for_selector('[data-testid="import-makes"]', timeout=PATIENCE)
    assert "3 minutes of 19 Aug 2026" in await page.get_by_test_id("import-makes").inner_text()
    await page.get_by_test_id("import-go").click()
    await page.wait_for_selector('[data-testid^="imported-"]', timeout=PATIENCE)

    await page.goto("/history?symbol=NIFTY&day=2026-08-19&expiry=2026-08-25")
    await page.wait_for_selector(LTP.format("102.00"), timeout=PATIENCE)
    assert await page.get_by_test_id("history-24100-CE-oi").inner_text() == "5,200"
    assert await number(page, "spot") == 24_090
    await page.get_by_test_id("time-range").fill("0")
    await page.wait_for_selector(LTP.format("100.00"), timeout=PATIENCE)
    await page.get_by_test_id("history-24200-PE-ltp").click()
    drawn = '[data-testid=history-contract][data-count]:not([data-count="0"])'
    await page.wait_for_selector(f"{drawn} >> text=24200 PE", timeout=PATIENCE)
    assert not NEVER_SHOWN.search(await page.locator("main.content").inner_text())
