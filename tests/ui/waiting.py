"""Waiting for what a page does at its own pace."""

import asyncio
from collections.abc import Callable


async def until(holds: Callable[[], bool], *, seconds: float = 4.0) -> None:
    """Return as soon as it holds; fail if it does not in time."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"did not come true within {seconds} s")
