"""Puts a desk together over real doors: this database, this broker."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.clock import Clock
from core.desk import Desk
from core.desk_parts import Broker, Conditions, PaperMaker, Records, State
from core.errors import StorageProblem
from core.ids import UserId
from core.instruments.calendar import MarketCalendar
from core.ports import broker as orders
from core.ports.feed import Feed
from core.ports.market_data import History
from core.ports.repositories import PreferenceRepository
from core.services.subscriptions import Subscriptions
from core.services.supervisor import Supervisor
from core.settings import Mode, Upstox
from data.brokers.paper.broker import PaperBroker
from data.brokers.upstox.account import UpstoxAccount
from data.brokers.upstox.auth import UpstoxLogin, tell_session
from data.brokers.upstox.expired import UpstoxExpired
from data.brokers.upstox.feed import UpstoxFeed
from data.brokers.upstox.fundamentals import UpstoxFundamentals
from data.brokers.upstox.gtt import UpstoxGtts
from data.brokers.upstox.history import UpstoxHistory
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.instruments_file import UpstoxInstruments
from data.brokers.upstox.margin import UpstoxMargin
from data.brokers.upstox.market_data import UpstoxMarketData
from data.brokers.upstox.orders import UpstoxBroker
from data.brokers.upstox.spelling import spelt
from data.brokers.upstox.token_store import TokenStore, fixed_token
from data.db import schema_version
from data.db.database import Database
from data.records import records_of
from data.repositories.orders import SqlPaperStore

DESK: Final = UserId("desk")
MARKET: Final = "market"
ENDING: Final = 2.0
"""Seconds that orders on their way have to end; the others are UNKNOWN, and asked for later."""

MADE_UP: Final = (Mode.SIMULATED,)
"""Modes whose market is the built-in exchange's."""
OUTSIDE: Final = (Mode.SIMULATED, Mode.LIVE)
"""Orders of these leave the desk, in the broker's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A desk and what must be started before it and ended after it."""

    desk: Desk
    supervisor: Supervisor
    upstox: Upstox
    read_only: bool
    tokens: TokenStore
    http: UpstoxHttp
    login: UpstoxLogin
    database: Database

    async def begin(self) -> None:
        """Take up the login of before; without it nothing can be asked of the broker."""
        if self.read_only:
            self.tokens.hold(fixed_token(self.upstox.analytics_token.get_secret_value()))
        else:
            await self.tokens.load()

    async def start(self) -> None:
        await self.begin()
        await claim(self.desk.services.preferences, made_up=self.desk.services.mode in MADE_UP)
        self.supervisor.start("login", self.login.run)
        for name, run in self.desk.running().items():
            self.supervisor.start(name, run)

    async def stop(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.desk.close(), ENDING)
        await self.supervisor.stop()
        await self.http.close()
        await self.database.close()


def assemble(
    conditions: Conditions,
    clock: Clock,
    home: Path,
    database_url: str,
    upstox: Upstox,
    market_home: Path | None = None,
) -> Assembled:
    """Upgrades the database where due; nothing runs yet and nothing was asked of the broker.

    `market_home` is where the market's data is kept, if not in `home` itself.
    Raises StorageProblem for a database that cannot be used.
    """
    if not schema_version.is_newest(database_url):
        from data.db.migrate import upgrade  # loads Alembic, which few starts need

        upgrade(database_url, backups=home / "backups")
    database = Database(database_url)
    records = records_of(database, market_home or home, clock, conditions.account)
    state = State()
    tokens = TokenStore(home, f"upstox-{conditions.mode}")
    http = UpstoxHttp(upstox, tokens, clock, state.health.broker)
    login = UpstoxLogin(http, tokens, clock, tell_session(state.session), automatic=clock.simulated)
    feed = UpstoxFeed(http, tokens, state.market, state.health.feed, clock, state.session)
    history = UpstoxHistory(http)
    broker = Broker(
        feed=feed,
        login=login,
        market_data=UpstoxMarketData(http),
        history=history,
        expired=UpstoxExpired(http),
        action_source=UpstoxFundamentals(http),
        source=UpstoxInstruments(upstox.assets_url, _count_before(clock, records), clock),
        # the margin call is a POST, which a token for reading only is not let through
        margin=None if conditions.mode is Mode.READONLY else UpstoxMargin(http),
        orders=_order_door(conditions.mode, http, tokens, clock, state),
        paper=_paper_maker(conditions, database, records, feed, state, clock, history),
        spelling=spelt if conditions.mode in OUTSIDE else None,
        gtts=UpstoxGtts(http) if conditions.mode in OUTSIDE else None,
        account=UpstoxAccount(http) if conditions.mode in OUTSIDE else None,
    )
    return Assembled(
        desk=Desk(conditions, clock, state, records, broker),
        supervisor=Supervisor(state.health, clock),
        upstox=upstox,
        read_only=conditions.mode is Mode.READONLY,
        tokens=tokens,
        http=http,
        login=login,
        database=database,
    )


async def claim(preferences: PreferenceRepository, *, made_up: bool) -> None:
    """A database belongs to the first market that is kept in it.

    Raises StorageProblem for the other one: prices that nobody paid would lie among real ones.
    """
    mine, other = ("simulated", "real") if made_up else ("real", "simulated")
    kept = (await preferences.all(DESK)).get(MARKET)
    if kept == other:
        raise StorageProblem(
            f"This database keeps a {other} market's data, and this mode's market is {mine}: give"
            " each a database of its own (STRIKEDESK_DATABASE_URL)."
        )
    if kept is None:
        await preferences.set(DESK, MARKET, mine)


def _order_door(
    mode: Mode, http: UpstoxHttp, tokens: TokenStore, clock: Clock, state: State
) -> orders.Broker | None:
    """Who takes the orders: the only place that knows."""
    if mode in OUTSIDE:
        return UpstoxBroker(http, tokens, clock, is_exit=state.trading.closes)
    return None


def _paper_maker(
    conditions: Conditions,
    database: Database,
    records: Records,
    feed: Feed,
    state: State,
    clock: Clock,
    history: History,
) -> PaperMaker | None:
    """In mode paper the orders stay in this process: its account is given prices, and no login."""
    if conditions.mode is not Mode.PAPER:
        return None

    def make(calendar: MarketCalendar, subscriptions: Subscriptions) -> PaperBroker:
        return PaperBroker(
            store=SqlPaperStore(database, clock),
            instruments=records.instruments,
            market=state.market,
            subscriptions=subscriptions,
            feed=feed,
            calendar=calendar,
            clock=clock,
            history=history,
            rate=conditions.rate,
        )

    return make


def _count_before(clock: Clock, records: Records) -> Callable[[], Awaitable[int]]:
    """How many instruments were listed before: the measure of a truncated file.

    The simulated exchange lists what it was started with, so there any number is right.
    """

    async def any_number() -> int:
        return 0

    return any_number if clock.simulated else records.instruments.count
