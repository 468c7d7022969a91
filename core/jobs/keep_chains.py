"""Recorded chains among the files of option history, where they stay and are read fastest."""

from datetime import time, timedelta
from typing import Final

from core.instruments.calendar import MarketCalendar
from core.ports.option_history import OptionHistory
from core.services.schedule import Daily
from core.services.scheduler import Job, Progress

KEEP_CHAINS: Final = "keep-chains"


def keep_chains(option_history: OptionHistory, calendar: MarketCalendar) -> Job:
    async def run(progress: Progress) -> str:
        progress.say("looking for days that are over")
        added = await option_history.keep_recorded(calendar.today())
        return f"{added:,} recorded chains kept as files"

    return Job(
        name=KEEP_CHAINS,
        title="Keep recorded chains as files",
        schedule=Daily(at=time(8, 0)),  # the session before is over in every segment
        timeout=timedelta(minutes=30),
        run=run,
    )
