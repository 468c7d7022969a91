"""A round trip as the journal tells it, in a real browser: bought and sold by a program."""

import asyncio
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.desk import Desk
from tests.e2e.screens import PATIENCE, overflow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def round_trip(desk: Desk) -> str:
    """A put bought and sold at the market; its symbol."""
    async with httpx.AsyncClient(trust_env=False, base_url=f"{desk.url}/api/v1") as client:
        chain: dict[str, Any] = {}
        while not chain.get("atm_strike"):
            answer = await client.get("/chain/NIFTY")
            chain = answer.json() if answer.status_code == 200 else {}
            await asyncio.sleep(0.2)
        row = next(s for s in chain["strikes"] if s["strike"] == chain["atm_strike"])
        asked = {"instrument_key": row["put"]["instrument_key"], "quantity": chain["lot_size"]}
        for side in ("buy", "sell"):
            answer = await client.post("/orders", json={**asked, "side": side, "type": "market"})
            assert answer.status_code == 200, answer.text
            await asyncio.sleep(1.0)
    return f"NIFTY {row['strike']:.0f} PE"


async def test_a_round_trip_is_told_with_its_charges_snapshots_and_notes(
    page: Page, desk: Desk
) -> None:
    symbol = await round_trip(desk)
    await page.goto("/journal?tab=trades")
    row = page.locator("[data-testid^='jt-'][data-id]").first
    await expect(row).to_contain_text(symbol, timeout=PATIENCE)
    await row.click()
    await expect(page.get_by_test_id("trade-charges")).not_to_have_text("0.00")
    assert "STT" in str(
        await page.locator(".kpi:has([data-testid=trade-charges])").get_attribute("title")
    )
    await expect(page.get_by_test_id("snap-entry-spot")).to_contain_text(",", timeout=PATIENCE)
    await expect(page.get_by_test_id("snap-exit-delta")).to_contain_text("-0.")
    await expect(page.get_by_test_id("part-total")).to_contain_text("gross")
    await page.get_by_test_id("note-setup").fill("Test of the day")
    await expect(page.get_by_test_id("note-said")).to_contain_text("kept", timeout=PATIENCE)
    await expect(row).to_contain_text("Test of the day")
    for tab in ("statistics", "calendar", "equity", "attribution", "tax"):
        await page.get_by_test_id(f"tab-{tab}").click()
        await expect(page.locator(f".journal-{tab}")).to_be_visible()
    await expect(page.get_by_test_id("tax-sum")).to_contain_text("F&O turnover ₹")
    await page.get_by_test_id("tab-audit").click()
    await expect(page.get_by_test_id("chain-state")).to_contain_text("unbroken", timeout=PATIENCE)
    await page.get_by_test_id("audit-find").fill("filled")
    await page.locator("[data-testid^='entry-'][data-id]").first.click()
    await expect(page.locator(".story-step").first).to_contain_text("wanted", timeout=PATIENCE)
    assert await overflow(page) <= 0
