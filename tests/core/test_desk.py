"""All services together, on fakes: what the command line starts."""

import asyncio
from datetime import timedelta

import pytest

from core.desk import Desk
from core.desk_parts import Broker, Conditions, Records, State
from core.ids import InstrumentKey
from core.ports.feed import FeedMode
from core.ports.repositories import RunResult
from core.services import standing_chains
from core.services.supervisor import Supervisor
from core.settings import Mode
from core.state.health import Condition
from core.state.market import Col
from tests.fake_backtests import backtest_doors
from tests.fake_desk import FakeDatabase, FakeDesk, make_desk
from tests.fake_downloads import FakeActions, MemoryDownloads
from tests.fake_gtts import MemoryGtts
from tests.fake_journal import memory_doors
from tests.fake_strategies import MemoryStrategies
from tests.fake_trading import MemoryExecutions, MemoryTrading
from tests.fake_universe import EXPIRY, NEXT_EXPIRY, NIFTY, NOW, universe
from tests.fakes import MemoryDrafts


class Database(FakeDatabase):
    async def maintain(self) -> str:
        return "nothing to do"


def assemble(fakes: FakeDesk) -> Desk:
    """A desk of the fakes' doors and state."""
    s, memory = fakes.services, MemoryTrading()
    state = State(
        market=s.market,
        chains=s.chains,
        drafts=s.drafts,
        session=s.session,
        health=s.health,
        notices=s.notices,
        jobs=s.jobs,
    )
    records = Records(
        database=Database(),
        instruments=s.instruments,
        candles=s.candles,
        snapshots=s.snapshots,
        option_history=s.option_history,
        exporter=s.exporter,
        importer=s.importer,
        downloads=MemoryDownloads(),
        actions=s.actions,
        volatility_days=s.volatility_days,
        watchlists=s.watchlists,
        drafts=MemoryDrafts(),
        drawings=s.drawings,
        preferences=s.preferences,
        job_runs=s.job_runs,
        orders=memory.orders,
        fills=memory.fills,
        journal=memory.journal,
        executions=MemoryExecutions(),
        gtts=MemoryGtts(),
        strategies=MemoryStrategies(),
        trade_journal=memory_doors(),
        backtests=backtest_doors(s.instruments, s.option_history),
    )
    broker = Broker(
        feed=fakes.feed,
        login=fakes.login,
        market_data=fakes.market_data,
        history=fakes.history,
        expired=fakes.expired,
        action_source=FakeActions(),
        source=fakes.source,
        margin=fakes.margin,
        orders=fakes.exchange,
        gtts=fakes.gtts,
        account=fakes.account,
    )
    conditions = Conditions(mode=Mode.SIMULATED, version="0", rate=0.065, environment=())
    return Desk(conditions, fakes.clock, state, records, broker)


@pytest.fixture
def fakes() -> FakeDesk:
    return make_desk()


async def test_every_service_starts_runs_and_stops(fakes: FakeDesk):
    desk, health = assemble(fakes), fakes.services.health
    supervisor = Supervisor(health, fakes.clock)
    for name, run in desk.running().items():
        supervisor.start(name, run)
    await asyncio.sleep(0.1)
    await desk.services.scheduler.until_idle()
    assert {service.condition for service in health.services.values()} == {Condition.RUNNING}
    assert {run.result for run in await desk.services.scheduler.history()} == {RunResult.OK}
    assert desk.services.ready() == []
    await supervisor.stop()
    assert {service.condition for service in health.services.values()} == {Condition.STOPPED}


def test_pages_are_given_the_doors_that_the_broker_has(fakes: FakeDesk):
    services = assemble(fakes).services
    assert services.margin is fakes.margin
    assert services.history is fakes.history


async def test_what_was_seen_before_a_stop_is_on_record_after_it(fakes: FakeDesk):
    desk = assemble(fakes)
    supervisor = Supervisor(fakes.services.health, fakes.clock)
    for name, run in desk.running().items():
        supervisor.start(name, run)
    await asyncio.sleep(0.05)
    await desk.services.chain_keeper.open("test", "NIFTY", EXPIRY)
    fakes.feed.say(NIFTY, {Col.LTP: 24_222.0})
    fakes.clock.advance(timedelta(minutes=1))
    await asyncio.sleep(0.6)  # the recorder looks twice a second
    await supervisor.stop()
    snapshot = await fakes.services.snapshots.at("NIFTY", EXPIRY, NOW)
    assert snapshot is not None
    assert snapshot.spot == 24_222.0


async def test_with_no_page_open_the_nearest_chains_have_a_history(
    fakes: FakeDesk, monkeypatch: pytest.MonkeyPatch
):
    for name in ("PACE", "SETTLED", "APART"):
        monkeypatch.setattr(standing_chains, name, 0.001)
    desk = assemble(fakes)
    supervisor = Supervisor(fakes.services.health, fakes.clock)
    for name, run in desk.running().items():
        supervisor.start(name, run)
    await asyncio.sleep(0.3)
    fakes.clock.advance(timedelta(minutes=1))
    await asyncio.sleep(0.6)  # the recorder looks twice a second
    days = [
        await desk.services.chain_history.day("NIFTY", e, NOW.date()) for e in (EXPIRY, NEXT_EXPIRY)
    ]
    await supervisor.stop()
    assert [len(day) for day in days if day] == [1, 1]


async def test_the_next_trading_day_brings_its_instruments_and_chains(fakes: FakeDesk):
    desk = assemble(fakes)
    supervisor = Supervisor(fakes.services.health, fakes.clock)
    for name, run in desk.running().items():
        supervisor.start(name, run)
    await asyncio.sleep(0.1)
    chain = await desk.services.chain_keeper.open("test", "NIFTY", EXPIRY)
    fakes.source.instruments = [i for i in universe() if i.strike != 23_500.0]
    fakes.clock.advance(timedelta(days=1))
    await asyncio.sleep(0.6)  # the session keeper looks twice a second
    await desk.services.scheduler.until_idle()
    await supervisor.stop()
    assert fakes.services.session.day == (NOW + timedelta(days=1)).date()
    assert chain.strikes[0] == 23_550.0


async def test_ticks_of_what_is_watched_reach_the_state(fakes: FakeDesk):
    desk, share = assemble(fakes), InstrumentKey("NSE_EQ|INE002A01018")
    desk.services.subscriptions.hold("page", {share: FeedMode.LTPC})
    assert desk.services.market.get(share, Col.LTP) == 1_320.0
