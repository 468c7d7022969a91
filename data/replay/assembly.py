"""Puts a desk together on a recorded day: no login, no network, and books of its own.

What was recorded is read from the home's database and files; what the run does is written into a
database of its own, which goes with it. So nothing of a replay ever mixes with what is real.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import SetClock
from core.desk import Desk
from core.desk_parts import Broker, Conditions, PaperMaker, Records, Replaying, State
from core.ids import LOCAL_USER, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument
from core.paper.recorded import Slippage, shown
from core.ports.repositories import InstrumentRepository
from core.services.replay import Anew, Replay
from core.services.subscriptions import Subscriptions
from core.services.supervisor import Supervisor
from core.settings import SIMULATED
from core.state.market import Col
from core.state.replay import ReplayState
from core.state.session import Login
from data.brokers.paper.broker import PaperBroker
from data.brokers.paper.prices import Levels
from data.db import schema_version
from data.db.database import Database
from data.db.migrate import upgrade
from data.records import records_of
from data.replay.feed import ReplayFeed
from data.replay.library import RecordedDays, hours_of
from data.replay.market_data import ReplayHistory, ReplayMarketData
from data.replay.no_broker import NoExpired, NoSource, ReplayPreferences
from data.replay.past import (
    PastActions,
    PastCandles,
    PastOptions,
    PastSnapshots,
    PastVolatility,
)
from data.replay.recording import Recording
from data.repositories.orders import SqlPaperStore

ENDING: Final = 2.0
FOLDER: Final = "replay"
ACCOUNT: Final = "replay"
NOTES: Final = (
    "Chains were taken down once a minute: their prices step then, and not in between.",
    "Sizes of quotes were not recorded: any size is taken to be on offer at them.",
    "Inside a bar the price goes from the open to the extreme against the bar's direction, to the"
    " other extreme, to the close.",
    "Where no quotes were recorded, orders are filled a tick beside the last price.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDesk:
    """A run of a day: the desk, and what must be ended with it."""

    desk: Desk
    supervisor: Supervisor
    kept: Database
    own: Database

    @property
    def replay(self) -> Replay:
        found = self.desk.services.replay
        assert found is not None
        return found

    async def start(self) -> None:
        for name, run in self.desk.running().items():
            self.supervisor.start(name, run)

    async def stop(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.desk.close(), ENDING)
        await self.supervisor.stop()
        await self.own.close()
        await self.kept.close()
        if self.own.file is not None:
            _remove(self.own.file)


async def open_replay(
    conditions: Conditions, home: Path, database_url: str, day: date | None, anew: Anew
) -> ReplayDesk:
    """Nothing runs yet; without a day there is only the choice of one.

    Raises RuleBroken for a day that was not recorded, StorageProblem for a database that cannot be
    used.
    """
    if not schema_version.is_newest(database_url):
        await asyncio.to_thread(upgrade, database_url, backups=home / "backups")
    kept = Database(database_url)
    file = home / FOLDER / f"{conditions.run or 'run'}.db".replace(" ", "-")
    try:
        own = await asyncio.to_thread(_fresh_database, file)
        return await _open(conditions, home, kept, own, day, anew)
    except BaseException:
        await kept.close()
        _remove(file)
        raise


async def _open(
    conditions: Conditions,
    home: Path,
    kept: Database,
    own: Database,
    day: date | None,
    anew: Anew,
) -> ReplayDesk:
    clock, state = SetClock(datetime.now(UTC)), State()
    past = records_of(kept, home, clock, conditions.account)
    calendar = MarketCalendar(clock)
    days = RecordedDays(
        database=kept,
        options=past.option_history,
        candles=past.candles,
        instruments=past.instruments,
        calendar=calendar,
    )
    recording: Recording | None = None
    instruments: InstrumentRepository = past.instruments
    if day is not None:
        recording, instruments = await days.read(day)
        clock.set(recording.begins)
        calendar.apply_timings(day, hours_of(recording.session))
    feed = ReplayFeed(recording, state.market, state.health.feed, clock)
    candles = PastCandles(past.candles, clock, calendar)
    records = await _records(
        past, records_of(own, home, clock, conditions.account), clock, recording
    )
    records = replace(records, instruments=instruments, candles=candles)
    history = ReplayHistory(recording, candles, calendar, clock)
    broker = Broker(
        feed=feed,
        login=None,
        market_data=ReplayMarketData(recording, feed, clock),
        history=history,
        expired=NoExpired(),
        source=NoSource(),
        paper=_paper_maker(own, records, recording, feed, history, state, clock, conditions.rate),
        replaying=Replaying(
            feed=feed, clock=clock, state=_state(recording, feed, home), days=days, anew=anew
        ),
    )
    state.session.login, state.session.user = Login.OK, "Replay"
    desk = Desk(conditions, clock, state, records, broker)
    if recording is not None:
        desk.services.calendar.apply_timings(recording.session.day, hours_of(recording.session))
    return ReplayDesk(
        desk=desk,
        supervisor=Supervisor(state.health, clock),
        kept=kept,
        own=own,
    )


async def _records(
    past: Records, made: Records, clock: SetClock, recording: Recording | None
) -> Records:
    """What the run trades is its own and the past ends at its now; what the user makes for later
    (lists, drawings, backtests, imports) is kept."""
    for draft in await past.drafts.all(LOCAL_USER):
        await made.drafts.save(draft)
    chains = tuple(each.day for each in recording.chains) if recording is not None else ()
    return replace(
        made,
        snapshots=PastSnapshots(past.snapshots, clock, chains),
        option_history=PastOptions(past.option_history, clock),
        volatility_days=PastVolatility(past.volatility_days, clock),
        actions=PastActions(past.actions, clock),
        watchlists=past.watchlists,
        drawings=past.drawings,
        backtests=past.backtests,
        importer=past.importer,
        preferences=ReplayPreferences(past.preferences),
    )


def _state(recording: Recording | None, feed: ReplayFeed, home: Path) -> ReplayState:
    if recording is None:
        return ReplayState()
    names = sorted({each.day.symbol for each in recording.chains})
    words = f"{', '.join(names)} chains" if names else "bars only"
    return ReplayState(
        day=recording.session.day,
        words=f"{words} · {len(recording.bars)} instruments with bars",
        made_up=home.name == SIMULATED,
        begins=recording.begins,
        ends=recording.ends,
        windows=recording.session.windows,
        gaps=tuple(feed.gaps),
        notes=[*recording.left_out, *NOTES],
    )


def _paper_maker(
    own: Database,
    records: Records,
    recording: Recording | None,
    feed: ReplayFeed,
    history: ReplayHistory,
    state: State,
    clock: SetClock,
    rate: float,
) -> PaperMaker | None:
    if recording is None:
        return None

    def make(calendar: MarketCalendar, subscriptions: Subscriptions) -> PaperBroker:
        return PaperBroker(
            store=SqlPaperStore(own, clock, ACCOUNT),
            instruments=records.instruments,
            market=state.market,
            subscriptions=subscriptions,
            feed=feed,
            calendar=calendar,
            clock=clock,
            history=history,
            rate=rate,
            assume=Quotes(recording).levels,
            silent=recording.cadence * 1.5,
        )

    return make


class Quotes:
    """What the account may take: the recorded quotes, and beside the last price where there are
    none at all of a contract."""

    def __init__(self, recording: Recording) -> None:
        self._known: dict[InstrumentKey, Instrument] = {e.key: e for e in recording.instruments}
        unquoted = {each.key for each in recording.bars}
        for chain in recording.chains:
            if not chain.quoted:
                unquoted |= {key for side in chain.keys for key in side if key is not None}
        self._slippage = dict.fromkeys(unquoted, Slippage())

    def levels(self, key: InstrumentKey, row: NDArray[np.float64]) -> Levels:
        instrument = self._known.get(key)
        if instrument is None:
            return (), ()
        found = shown(
            bid=float(row[Col.BID]),
            ask=float(row[Col.ASK]),
            last=float(row[Col.LTP]),
            volume=float(row[Col.VOLUME]),
            tick=instrument.tick_size,
            slippage=self._slippage.get(key),
        )
        return found.bids, found.asks


def _fresh_database(file: Path) -> Database:
    file.parent.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{file.as_posix()}"
    upgrade(url)
    return Database(url)


def _remove(file: Path) -> None:
    for each in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        each.unlink(missing_ok=True)


def clear_away(home: Path) -> None:
    """What a run left behind that was cut off."""
    for left in (home / FOLDER).glob("*.db*"):
        left.unlink(missing_ok=True)
