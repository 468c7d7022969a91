"""The table of jobs: what runs when."""

from datetime import time, timedelta
from functools import partial
from typing import Final

from core.clock import Clock
from core.instruments.calendar import MarketCalendar
from core.jobs.backfill_volatility import VolatilityBackfill
from core.jobs.download_daily import DailyDownload
from core.jobs.keep_volatility import VolatilityKeeping
from core.jobs.maintain_database import maintain_database
from core.jobs.refresh_holidays import refresh_holidays
from core.jobs.refresh_instruments import refresh_instruments
from core.ports.market_data import ExpiredContracts, History, InstrumentSource, MarketData
from core.ports.repositories import (
    DatabaseCare,
    InstrumentRepository,
    JobRunRepository,
    PreferenceRepository,
    SnapshotRepository,
    VolatilityRepository,
)
from core.services.chain_keeper import ChainKeeper
from core.services.schedule import BeforeClose, Daily
from core.services.scheduler import Job
from core.state.health import HealthState
from core.state.notices import Notices

INSTRUMENTS: Final = "instruments"
HOLIDAYS: Final = "holidays"
DATABASE: Final = "database"
VOLATILITY: Final = "volatility"
BACKFILL: Final = "backfill volatility"
DOWNLOAD: Final = "download"


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
    history: History,
    expired: ExpiredContracts,
    volatility_days: VolatilityRepository,
    preferences: PreferenceRepository,
    rate: float,
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
        *_volatility(
            history=history,
            expired=expired,
            days=volatility_days,
            snapshots=snapshots,
            instruments=instruments,
            preferences=preferences,
            market_data=market_data,
            calendar=calendar,
            clock=clock,
            rate=rate,
        ),
    )


def download_after_close(daily: DailyDownload) -> Job:
    return Job(
        name=DOWNLOAD,
        title="Download the session",
        schedule=Daily(at=time(16, 15), trading_days=True),
        timeout=timedelta(minutes=90),
        made_up=False,  # what one evening misses, the next one fills
        run=daily.run,
    )


def _volatility(
    *,
    history: History,
    expired: ExpiredContracts,
    days: VolatilityRepository,
    snapshots: SnapshotRepository,
    instruments: InstrumentRepository,
    preferences: PreferenceRepository,
    market_data: MarketData,
    calendar: MarketCalendar,
    clock: Clock,
    rate: float,
) -> tuple[Job, ...]:
    """The history behind rank and percentile: of today, and of sessions that are over."""
    return (
        Job(
            name=VOLATILITY,
            title="Keep the session's volatility",
            schedule=BeforeClose(by=timedelta(minutes=3)),
            timeout=timedelta(minutes=2),
            run=VolatilityKeeping(
                days=days,
                snapshots=snapshots,
                instruments=instruments,
                preferences=preferences,
                market_data=market_data,
                calendar=calendar,
                clock=clock,
                rate=rate,
            ).run,
        ),
        Job(
            name=BACKFILL,
            title="Back-fill volatility of past sessions",
            schedule=Daily(at=time(18, 30), trading_days=True),
            timeout=timedelta(minutes=45),
            made_up=False,  # it takes long, and costs the broker's allowance: not at a start
            run=VolatilityBackfill(
                days=days,
                instruments=instruments,
                preferences=preferences,
                history=history,
                expired=expired,
                calendar=calendar,
                rate=rate,
            ).run,
        ),
    )
