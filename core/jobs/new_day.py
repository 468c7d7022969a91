"""A new trading day: other contracts, another yesterday, an empty day chart."""

from core.clock import IST
from core.instruments.calendar import MarketCalendar
from core.jobs.table import HOLIDAYS, INSTRUMENTS
from core.services.chain_keeper import ChainKeeper
from core.services.day_bars import DayBars
from core.services.scheduler import Scheduler
from core.state.health import HealthState


async def new_day(
    *,
    day_bars: DayBars,
    chain_keeper: ChainKeeper,
    scheduler: Scheduler,
    health: HealthState,
    calendar: MarketCalendar,
) -> None:
    """Open chains are made anew at once, and again when the day's instruments have come."""
    day_bars.clear()
    await chain_keeper.remake()
    known = health.instruments_date
    if known is None or known.astimezone(IST).date() < calendar.today():
        scheduler.run_now(INSTRUMENTS)
    scheduler.run_now(HOLIDAYS)
