"""The table of jobs: what runs when."""

from datetime import time, timedelta
from functools import partial
from typing import Final

from core.clock import Clock
from core.instruments.calendar import MarketCalendar
from core.jobs.maintain_database import maintain_database
from core.jobs.refresh_holidays import refresh_holidays
from core.jobs.refresh_instruments import refresh_instruments
from core.ports.market_data import InstrumentSource, MarketData
from core.ports.repositories import (
    DatabaseCare,
    InstrumentRepository,
    JobRunRepository,
    SnapshotRepository,
)
from core.services.chain_keeper import ChainKeeper
from core.services.schedule import Daily
from core.services.scheduler import Job
from core.state.health import HealthState
from core.state.notices import Notices

INSTRUMENTS: Final = "instruments"
HOLIDAYS: Final = "holidays"
DATABASE: Final = "database"


def table(
    *,
    source: InstrumentSource,
    instruments: InstrumentRepository,
    market_data: MarketData,
    database: DatabaseCare,
    snapshots: SnapshotRepository,
    job_runs: JobRunRepository,
    calendar: MarketCalendar,
    chain_keeper: ChainKeeper,
    health: HealthState,
    notices: Notices,
    clock: Clock,
) -> tuple[Job, ...]:
    return (
        Job(
            name=INSTRUMENTS,
            title="Refresh instruments",
            schedule=Daily(at=time(6, 30)),  # the broker renews its file at about 06:00
            timeout=timedelta(minutes=5),
            run=partial(
                refresh_instruments,
                source=source,
                instruments=instruments,
                health=health,
                notices=notices,
                clock=clock,
                then=chain_keeper.remake,
            ),
        ),
        Job(
            name=HOLIDAYS,
            title="Refresh holidays and hours",
            schedule=Daily(at=time(7, 0)),
            timeout=timedelta(minutes=1),
            run=partial(
                refresh_holidays,
                market_data=market_data,
                calendar=calendar,
                notices=notices,
                clock=clock,
            ),
        ),
        Job(
            name=DATABASE,
            title="Tidy the database",
            schedule=Daily(at=time(17, 0), trading_days=True),
            timeout=timedelta(minutes=15),
            run=partial(
                maintain_database,
                database=database,
                snapshots=snapshots,
                job_runs=job_runs,
                clock=clock,
            ),
        ),
    )
