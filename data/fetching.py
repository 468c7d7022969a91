"""A desk without pages and without prices: only what a download by hand takes."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from core.downloads.plan import Download, Plan, What
from core.errors import AppError, LoginNeeded
from core.services.download_names import expired_on, named_plan
from core.state.downloads import DownloadProgress, Failure
from data.assembly import Assembled
from data.exchange_process import ExchangeProcess

SOURCE: Final = "command line"
LOOK_EVERY: Final = 0.2
HURRY: Final = 1.0
"""Seconds for an exchange that is busy with candles nobody waits for any more."""

Wish = Callable[[date], tuple[Plan, Iterable[str]]]
"""Given the newest day that is over: a plan without instruments, and what these are called."""

Tell = Callable[[DownloadProgress], None]
"""Called again and again while it runs."""


async def fetch(
    assembled: Assembled,
    exchange: ExchangeProcess | None,
    wish: Wish,
    tell: Tell,
) -> tuple[Download, list[Failure]]:
    """Download to the end; what was stopped in between goes on when it is asked for again."""
    downloads = assembled.desk.services.downloads
    try:
        if exchange is not None:
            await exchange.start()
        await _log_in(assembled, exchange is not None)
        plan = await _whole(assembled, *wish(downloads.last_whole_day()))
        id = await downloads.start(plan, source=SOURCE)
        return await _watched(assembled, id, tell)
    finally:
        await downloads.stop()
        ending = [exchange.stop(HURRY)] if exchange is not None else []
        await asyncio.gather(assembled.stop(), *ending)


async def _log_in(assembled: Assembled, simulated: bool) -> None:
    await assembled.begin()
    if simulated:
        await assembled.login.auto_login()
    elif assembled.login.expires_at is None:
        raise LoginNeeded("There is no login: start the desk, log in to the broker, try again.")


async def _whole(assembled: Assembled, plan: Plan, names: Iterable[str]) -> Plan:
    """With keys for names, which takes the instruments of the day, and with an expiry."""
    services = assembled.desk.services
    if plan.what is What.INSTRUMENTS:
        return plan
    if not await services.instruments.count():
        before = await services.downloads.start(Plan(what=What.INSTRUMENTS), source=SOURCE)
        ended = await services.downloads.ended(before)
        if ended is not None and ended.failed:
            problems = await services.downloads.failures(before)
            raise AppError(f"The instruments of the day could not be had: {problems[0].reason}")
    found = await named_plan(services.instruments, plan, names)
    if plan.what is not What.EXPIRED:
        return found
    if plan.expiry not in await services.instruments.expiries(found.names[0]):
        expiry = await expired_on(services.expired, found.keys[0], plan.expiry)
        found = replace(found, expiry=expiry)
    return found


async def _watched(assembled: Assembled, id: str, tell: Tell) -> tuple[Download, list[Failure]]:
    downloads = assembled.desk.services.downloads
    progress = downloads.state.progress[id]
    ending = asyncio.ensure_future(downloads.ended(id))
    try:
        while not ending.done():
            tell(progress)
            await asyncio.wait([ending], timeout=LOOK_EVERY)
    finally:
        ending.cancel()
    tell(progress)
    return progress.download, await downloads.failures(id)
