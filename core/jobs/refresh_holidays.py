"""Holidays: the broker's calendar and today's hours, laid over our table."""

from core.clock import Clock
from core.instruments.calendar import MarketCalendar
from core.ports.market_data import MarketData
from core.services.scheduler import Progress
from core.state.notices import Level, Notices


async def refresh_holidays(
    progress: Progress,
    *,
    market_data: MarketData,
    calendar: MarketCalendar,
    notices: Notices,
    clock: Clock,
) -> str:
    progress.say("asking the broker for holidays")
    changed = calendar.apply(await market_data.holidays())
    today = calendar.today()
    progress.say("asking the broker for today's hours", 0.5)
    if calendar.apply_timings(today, await market_data.timings(today)):
        changed += 1
        notices.add(
            Level.INFO,
            f"The broker has other hours for today than our calendar: {_hours(calendar)}.",
            at=clock.now(),
            source="calendar",
        )
    if missing := calendar.missing_year(today):
        return f"{_days(changed)} changed; nobody has given the holidays of {missing}"
    return f"{_days(changed)} changed"


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _hours(calendar: MarketCalendar) -> str:
    session = calendar.session_of(calendar.today())
    if session is None:
        return "no session"
    return f"{session.opens_at:%H:%M} to {session.closes_at:%H:%M}"
