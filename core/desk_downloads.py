"""Downloads over the doors of a desk, and their hour after the close."""

from collections.abc import Awaitable, Callable

from core.clock import Clock
from core.desk_parts import Broker, Records, State
from core.instruments.calendar import MarketCalendar
from core.jobs.download_daily import DailyDownload
from core.jobs.refresh_instruments import refresh_instruments
from core.jobs.table import download_after_close
from core.services.download_side import DownloadDoors, make_downloads
from core.services.downloads import Downloads
from core.services.scheduler import Job, unheard


def downloads_of(
    records: Records,
    broker: Broker,
    state: State,
    calendar: MarketCalendar,
    clock: Clock,
    rate: float,
    renewed: Callable[[], Awaitable[None]],
) -> Downloads:
    """`renewed` is called when new instruments have been taken over."""

    async def refresh() -> int:
        await refresh_instruments(
            unheard(),
            source=broker.source,
            instruments=records.instruments,
            health=state.health,
            notices=state.notices,
            clock=clock,
            then=renewed,
        )
        return state.health.instruments_count

    doors = DownloadDoors(
        history=broker.history,
        expired=broker.expired,
        market_data=broker.market_data,
        action_source=broker.action_source,
        refresh=refresh,
        downloads=records.downloads,
        candles=records.candles,
        snapshots=records.snapshots,
        instruments=records.instruments,
        option_history=records.option_history,
        actions=records.actions,
    )
    return make_downloads(
        doors,
        state=state.downloads,
        calendar=calendar,
        clock=clock,
        notices=state.notices,
        rate=rate,
    )


def after_close(downloads: Downloads, records: Records, calendar: MarketCalendar) -> Job:
    return download_after_close(
        DailyDownload(
            downloads=downloads,
            instruments=records.instruments,
            preferences=records.preferences,
            calendar=calendar,
        )
    )
