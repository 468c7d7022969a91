"""All that downloads are made of, put together over the doors of a desk."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from core.clock import Clock
from core.downloads.plan import Piece, Plan, What
from core.errors import AppError, RuleBroken, StorageProblem
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.ports.corporate_actions import ActionRepository, ActionSource
from core.ports.downloads import DownloadRepository
from core.ports.market_data import ExpiredContracts, History, MarketData
from core.ports.option_history import OptionHistory
from core.ports.repositories import CandleRepository, InstrumentRepository, SnapshotRepository
from core.services.download_chains import ChainDays
from core.services.download_contracts import ExpiryContracts
from core.services.download_drive import DownloadDrive
from core.services.download_planning import DownloadPlanner
from core.services.download_snapshots import SnapshotWork
from core.services.download_work import CandleWork, Work
from core.services.downloads import Downloads, Finish
from core.state.downloads import DownloadsState
from core.state.notices import Notices

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadDoors:
    """`refresh` takes over the instrument file of the day, and returns how many it lists."""

    history: History
    expired: ExpiredContracts
    market_data: MarketData
    action_source: ActionSource | None
    refresh: Callable[[], Awaitable[int]]
    downloads: DownloadRepository
    candles: CandleRepository
    snapshots: SnapshotRepository
    instruments: InstrumentRepository
    option_history: OptionHistory
    actions: ActionRepository


def make_downloads(
    doors: DownloadDoors,
    *,
    state: DownloadsState,
    calendar: MarketCalendar,
    clock: Clock,
    notices: Notices,
    rate: float,
) -> Downloads:
    candles = CandleWork(doors.history, doors.expired, doors.candles, calendar)
    chain_days = ChainDays(
        contracts=ExpiryContracts(doors.expired, doors.instruments),
        candles=doors.candles,
        option_history=doors.option_history,
        calendar=calendar,
        rate=rate,
    )
    return Downloads(
        planner=DownloadPlanner(
            history=doors.history,
            expired=doors.expired,
            candles=doors.candles,
            downloads=doors.downloads,
            instruments=doors.instruments,
            calendar=calendar,
            clock=clock,
        ),
        drive=DownloadDrive(doors.downloads, state),
        work={
            What.CANDLES: candles,
            What.EXPIRED: candles,
            What.CHAIN: SnapshotWork(doors.market_data, doors.snapshots, calendar, clock, rate),
            What.INSTRUMENTS: _instruments(doors),
            What.ACTIONS: _actions(doors),
        },
        finish={What.EXPIRED: chain_days.make, What.CANDLES: _beside_prices(doors)},
        downloads=doors.downloads,
        state=state,
        clock=clock,
        notices=notices,
    )


def _instruments(doors: DownloadDoors) -> Work:
    async def work(_: Piece) -> int:
        return await doors.refresh()

    return work


def _actions(doors: DownloadDoors) -> Work:
    """By the ISIN in a share's key; returns how many actions are known of it."""

    async def work(piece: Piece) -> int:
        if not is_share(piece.key):
            raise RuleBroken(f"{piece.name} is no share: only shares have corporate actions.")
        return await _keep_actions(doors, piece.key)

    return work


def _beside_prices(doors: DownloadDoors) -> Finish:
    """With the candles of shares come what happened to them; without it, they are there anyway."""

    async def keep(plan: Plan, say: Callable[[str], None]) -> str:
        shares = [key for key in plan.keys if is_share(key)]
        for done, key in enumerate(shares):
            say(f"Corporate actions: {done} of {len(shares)} shares")
            try:
                await _keep_actions(doors, key)
            except StorageProblem:
                raise
            except AppError as problem:
                log.warning("download.no_actions", key=key, problem=str(problem))
        return ""

    return keep


async def _keep_actions(doors: DownloadDoors, key: InstrumentKey) -> int:
    if doors.action_source is None:
        raise RuleBroken("Nobody can be asked for corporate actions here.")
    isin = key.partition("|")[2]
    found = await doors.action_source.actions(isin)
    await doors.actions.replace(isin, found)
    return len(found)


def is_share(key: InstrumentKey) -> bool:
    return key.partition("|")[0].endswith("_EQ")
