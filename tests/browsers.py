"""Which Chromium the tests look through: the first candidate that really starts."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Error, Playwright, async_playwright

ON_PATH = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "msedge"]
ELSEWHERE = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
]


class NoBrowser(Exception):
    """Nothing started; the text says what was tried."""


def candidates() -> list[dict[str, Any]]:
    """Launch options, preferred first: `TEST_BROWSER` (path or channel), else what is there."""
    if wanted := os.environ.get("TEST_BROWSER"):
        is_path = os.sep in wanted or Path(wanted).exists()
        return [{"executable_path": wanted} if is_path else {"channel": wanted}]
    found = [path for name in ON_PATH if (path := shutil.which(name))]
    found += [path for path in ELSEWHERE if Path(path).exists()]
    return [{}, *({"executable_path": path} for path in found)]


async def launch(playwright: Playwright) -> Browser:
    said = []
    for options in candidates():
        try:
            return await playwright.chromium.launch(**options)
        except Error as problem:
            said.append(f"{options or 'Playwright’s own'}: {problem.message.splitlines()[0]}")
    raise NoBrowser(
        "no Chromium starts: install one, or name it in TEST_BROWSER. " + " · ".join(said)
    )


async def _try() -> None:
    async with async_playwright() as playwright:
        await (await launch(playwright)).close()


if __name__ == "__main__":
    try:
        asyncio.run(_try())
    except Exception as problem:  # noqa: BLE001 - whatever keeps it from starting is the answer
        sys.exit(str(problem))
