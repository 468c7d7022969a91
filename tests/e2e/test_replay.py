"""The time of a replay in a real browser: choose a day, play it, go to a time, and back."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, expect

from tests.desk import Desk
from tests.e2e.screens import DESKTOP, quiet_page
from tests.replay import DAY, chain_day, keep

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NOW = "replay-said"
LTP = "chain-24200-CE-ltp"


async def test_a_recorded_day_is_chosen_and_plays_in_the_chain(
    browser: Browser, new_desk: Desk
) -> None:
    chain = chain_day()
    column = int((chain.strikes == 24_200).argmax())
    await keep(new_desk.home, [chain])
    new_desk.words = ("--mode", "replay")
    new_desk.spawn()
    await asyncio.to_thread(new_desk.wait_for, "/healthz", 60)
    async with quiet_page(browser, new_desk.url, **DESKTOP) as page:
        await page.goto("/chain/NIFTY")
        await page.get_by_test_id(f"replay-day-{DAY}").click()
        await expect(page.get_by_test_id("replay-day")).to_have_text("Fri 20 Nov 2026")
        await expect(page.get_by_test_id("mode-banner")).to_contain_text("REPLAY")

        await page.get_by_test_id("replay-time").fill("9:20")
        await page.get_by_test_id("replay-time").press("Enter")
        await expect(page.get_by_test_id(NOW)).to_contain_text("09:20:00")
        await expect(page.get_by_test_id(LTP)).to_have_text(f"{chain.ltp[4, 0, column]:.2f}")

        await page.keyboard.press(".")
        await expect(page.get_by_test_id(NOW)).to_contain_text("09:21:00")
        await expect(page.get_by_test_id(LTP)).to_have_text(f"{chain.ltp[5, 0, column]:.2f}")

        await page.get_by_test_id("replay-speed").select_option("600")
        await page.keyboard.press("p")
        await expect(page.get_by_test_id(NOW)).to_contain_text(re.compile("09:[345]"))
        await page.keyboard.press("p")
        await expect(page.get_by_test_id(NOW)).to_contain_text("paused")

        await page.get_by_test_id("replay-time").fill("9:18")
        await page.get_by_test_id("replay-time").press("Enter")
        await expect(page.get_by_test_id(NOW)).to_contain_text("09:18:00", timeout=15_000)
        await expect(page.get_by_test_id(LTP)).to_have_text(f"{chain.ltp[2, 0, column]:.2f}")
        await page.goto("/guide")
        await expect(page.get_by_test_id(NOW)).to_contain_text("09:18:00")
