import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.desk_parts import Conditions
from core.errors import RuleBroken
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.services import Services
from core.services.replay import Replay
from core.settings import Mode
from core.state.health import Link
from core.state.market import Col
from core.state.session import Phase
from core.strategies.draft import Alert, Crossing, Draft, Watched
from core.trading.requests import OrderRequest, OrderType, Product, Side
from data.replay.runs import ReplayRuns
from tests.fake_universe import EXPIRY, NIFTY, option_key
from tests.replay import DAY, at, chain_day, keep

CALL = option_key(24_200.0, Kind.CALL)
NEVER = date(2026, 11, 12)
BUY = OrderRequest(
    key=CALL, side=Side.BUY, quantity=65, product=Product.INTRADAY, type=OrderType.MARKET
)


class Bench:
    def __init__(self, home: Path, url: str) -> None:
        conditions = Conditions(mode=Mode.REPLAY, version="test", rate=0.065, environment=())
        self.shown: list[Services] = []
        self.runs = ReplayRuns(conditions, home, url, self.shown.append)

    @property
    def services(self) -> Services:
        return self.shown[-1]

    @property
    def replay(self) -> Replay:
        assert self.services.replay is not None
        return self.services.replay

    async def until(self, true: object) -> None:
        assert callable(true)
        async with asyncio.timeout(20):
            while not true():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def compared(self) -> None:
        trading = self.services.trading
        assert trading is not None
        await self.until(lambda: trading.state.reconciled_at is not None)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path, await keep(tmp_path, [chain_day()]))
    yield made
    await made.runs.stop()
    assert not list((tmp_path / "replay").glob("*"))


async def test_a_day_stands_where_there_is_something_to_see_without_alarms(bench: Bench) -> None:
    await bench.runs.start(DAY)
    services = bench.services
    await bench.until(lambda: not services.ready())
    assert services.clock.now() == at(9, 16)
    assert services.session.day == DAY
    assert services.session.phase is Phase.OPEN
    assert not bench.replay.state.playing
    assert [notice.text for notice in services.notices.all()] == []
    assert services.jobs.jobs == {}


async def test_a_day_can_be_seen_from_before_its_session(bench: Bench) -> None:
    await bench.runs.start(DAY)
    await bench.replay.jump(at(9, 13))
    await bench.until(lambda: len(bench.shown) == 2 and not bench.services.ready())
    assert bench.services.clock.now() == at(9, 13)
    assert bench.services.session.phase is Phase.PRE_OPEN
    await bench.replay.advance(at(9, 15))
    assert bench.services.session.phase is Phase.OPEN


async def test_the_chain_is_computed_from_what_was_recorded(bench: Bench) -> None:
    await bench.runs.start(DAY)
    services = bench.services
    chain = await services.chain_keeper.open("test", "NIFTY", EXPIRY)
    await bench.replay.jump(at(9, 30))
    services.chain_keeper.refresh(chain)
    recorded = chain_day()
    assert chain.spot == recorded.spot[14]
    assert chain.forward == pytest.approx(recorded.forward[14], abs=0.5)
    middle = len(chain.strikes) // 2
    assert chain.iv[0, middle] == pytest.approx(0.12, abs=0.01)
    services.chain_keeper.release("test")


async def test_a_jump_back_begins_anew_and_is_driven_to_the_moment(bench: Bench) -> None:
    await bench.runs.start(DAY)
    await bench.compared()
    first = bench.services
    assert first.trading is not None
    first.subscriptions.hold("test", {CALL: FeedMode.FULL})
    await bench.replay.jump(at(9, 30))
    await first.trading.desk.place(BUY)
    await bench.replay.jump(at(9, 20))
    await bench.until(lambda: bench.services is not first)
    await bench.until(lambda: bench.services.clock.now() == at(9, 20))
    second = bench.services
    assert second.trading is not None
    assert not second.trading.state.orders
    assert second.trading.state.ledger.fills == []
    assert second.market.get(NIFTY, Col.LTP) != second.market.get(NIFTY, Col.LTP)
    second.subscriptions.hold("test", {NIFTY: FeedMode.FULL})
    assert second.market.get(NIFTY, Col.LTP) == chain_day().spot[4]


async def test_a_day_that_cannot_be_had_leaves_the_run_as_it_is(bench: Bench) -> None:
    await bench.runs.start(DAY)
    await bench.replay.jump(at(9, 20))
    bench.replay.begin(NEVER)
    await bench.until(lambda: bench.services.notices.all())
    assert len(bench.shown) == 1
    assert "Nothing was recorded" in bench.services.notices.all()[0].text
    await bench.replay.jump(at(9, 21))
    assert bench.services.clock.now() == at(9, 21)


async def test_without_a_day_there_is_the_choice_of_one(bench: Bench) -> None:
    await bench.runs.start(None)
    assert bench.replay.state.day is None
    assert [each.day for each in await bench.replay.days.all()] == [DAY]
    assert bench.services.trading is None
    await bench.until(lambda: bench.services.health.feed.detail)
    assert bench.services.health.feed.link is Link.DOWN
    bench.replay.begin(DAY)
    await bench.until(lambda: len(bench.shown) == 2)
    assert bench.replay.state.day == DAY


async def test_a_first_day_that_cannot_be_had_is_said_at_once(bench: Bench) -> None:
    with pytest.raises(RuleBroken, match="12 Nov 2026"):
        await bench.runs.start(NEVER)


async def test_an_alert_of_a_draft_is_told_in_the_minute_that_it_is_reached(
    bench: Bench,
) -> None:
    recorded = chain_day()
    level = float(recorded.spot[:25].min())
    reached = int((recorded.spot <= level).argmax())
    await bench.runs.start(DAY)
    alert = Alert(watched=Watched.SPOT, crossing=Crossing.FALLS, level=level)
    draft = Draft(
        id="d1",
        name="Watched",
        symbol="NIFTY",
        legs=(),
        created_at=at(9),
        edited_at=at(9),
        alerts=(alert,),
        tracked=True,
    )
    await bench.services.draft_keeper.save(draft)
    await bench.replay.jump(at(9, 50))
    (told,) = [each for each in bench.services.notices.all() if "Watched" in each.text]
    assert told.at == at(9, 16) + timedelta(minutes=reached)


async def test_where_only_trades_were_recorded_orders_fill_beside_the_last(tmp_path: Path) -> None:
    whole = chain_day()
    blank = np.full_like(whole.ltp, np.nan)
    made = Bench(tmp_path, await keep(tmp_path, [replace(whole, bid=blank, ask=blank)]))
    await made.runs.start(DAY)
    await made.compared()
    services = made.services
    assert services.trading is not None
    services.subscriptions.hold("test", {CALL: FeedMode.FULL})
    await made.replay.jump(at(9, 20))
    last = services.market.get(CALL, Col.LTP)
    assert services.market.get(CALL, Col.ASK) != services.market.get(CALL, Col.ASK)
    await services.trading.desk.place(BUY)
    ledger = services.trading.state.ledger
    await made.until(lambda: ledger.fills)
    (fill,) = ledger.fills
    assert float(fill.price) == pytest.approx(last + 0.05)
    await made.runs.stop()
