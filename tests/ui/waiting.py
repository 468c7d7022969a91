"""Waiting for what a page does at its own pace, and saying what its browser would."""

import asyncio
from collections.abc import Callable

from nicegui.element import Element
from nicegui.testing import User


async def until(holds: Callable[[], bool], *, seconds: float = 4.0) -> None:
    """Return as soon as it holds; fail if it does not in time."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"did not come true within {seconds} s")


async def press(page: User, marker: str) -> None:
    """Click it as soon as it is there."""
    await page.should_see(marker=marker, retries=100)
    page.find(marker=marker).click()


def say(element: Element, event: str, args: object) -> None:
    """What the browser would send."""
    listener = next(e for e in element._event_listeners.values() if e.type == event)
    element._handle_event({"listener_id": listener.id, "args": args})
