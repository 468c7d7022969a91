"""Settle for the journal what has ended, at the closes that were published since."""

from datetime import time, timedelta
from typing import Final

from core.services.schedule import Daily
from core.services.scheduler import Job, Progress
from core.services.settling import Settling

SETTLE: Final = "settle"


def settle_expired(settling: Settling) -> Job:
    async def run(_: Progress) -> str:
        return await settling.publish()

    return Job(
        name=SETTLE,
        title="Settle expired contracts",
        schedule=Daily(at=time(7, 30)),  # daily bars of the session before are out by then
        timeout=timedelta(minutes=5),
        run=run,
    )
