"""The time of a replay in a real browser: choose a day, play it, go to a time, and back."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.desk import Desk
from tests.e2e.screens import DESKTOP, PATIENCE, quiet_page
from tests.replay import DAY, chain_day, keep

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NOW = "replay-said"
LTP = "chain-24200-CE-ltp"


async def says(page: Page, name: str, what: str | re.Pattern[str]) -> None:
    await expect(page.get_by_test_id(name)).to_contain_text(what, timeout=PATIENCE)


async def go_to(page: Page, time: str) -> None:
    field = page.get_by_test_id("replay-time")
    await field.fill(time)
    await field.press("Enter")


async def test_a_recorded_day_is_chosen_and_plays_in_the_chain(
    browser: Browser, new_desk: Desk
) -> None:
    chain = chain_day()
    column = int((chain.strikes == 24_200).argmax())
    await keep(new_desk.home / "simulated", [chain])
    new_desk.words = ("--mode", "replay")
    new_desk.spawn()
    await asyncio.to_thread(new_desk.wait_for, "/healthz", 60)
    async with quiet_page(browser, new_desk.url, **DESKTOP) as page:
        await page.goto("/chain/NIFTY")
        await page.get_by_test_id(f"replay-day-{DAY}").click()
        await says(page, "replay-day", "Fri 20 Nov 2026")
        await says(page, "mode-banner", "REPLAY")

        await go_to(page, "9:20")
        await says(page, NOW, "09:20:00")
        await says(page, LTP, f"{chain.ltp[4, 0, column]:.2f}")

        await page.keyboard.press(".")
        await says(page, NOW, "09:21:00")
        await says(page, LTP, f"{chain.ltp[5, 0, column]:.2f}")

        await page.get_by_test_id("replay-speed").select_option("600")
        await page.keyboard.press("p")
        await says(page, NOW, re.compile("09:[345]"))
        await page.keyboard.press("p")
        await says(page, NOW, "paused")

        await go_to(page, "9:18")
        await says(page, NOW, "09:18:00")
        await says(page, LTP, f"{chain.ltp[2, 0, column]:.2f}")
        await page.goto("/guide")
        await says(page, NOW, "09:18:00")
