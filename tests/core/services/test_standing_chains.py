import asyncio
from datetime import timedelta

import pytest

from core.errors import BrokerUnavailable
from core.ids import LOCAL_USER
from core.ports.feed import FeedMode
from core.services import standing_chains as module
from core.services.standing_chains import CHAINS, PREFERENCE, StandingChains, chosen_chains
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, FAR_EXPIRY, NEXT_EXPIRY, NIFTY, universe


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    for name in ("PACE", "SETTLED", "APART"):
        monkeypatch.setattr(module, name, 0.001)
    return make_desk()


def standing_of(desk: FakeDesk, ready: bool = True) -> StandingChains:
    s = desk.services
    return StandingChains(
        chain_keeper=s.chain_keeper,
        instruments=s.instruments,
        preferences=s.preferences,
        calendar=s.calendar,
        health=s.health,
        ready=lambda: ready,
    )


def opened(desk: FakeDesk) -> set[object]:
    return {(chain.symbol, chain.expiry) for chain in desk.services.chains}


async def look(desk: FakeDesk, standing: StandingChains) -> None:
    """And let the chains that nobody wants any more be closed."""
    await standing.look()
    await desk.services.chain_keeper.settle()
    await asyncio.sleep(0.01)


async def test_the_nearest_expiries_of_what_is_listed_are_kept_open(desk: FakeDesk):
    await look(desk, standing_of(desk))
    assert opened(desk) == {("NIFTY", EXPIRY), ("NIFTY", NEXT_EXPIRY)}  # no others are listed


async def test_no_strike_is_sent_in_full(desk: FakeDesk):
    await look(desk, standing_of(desk))
    modes = {key: mode for key, mode in desk.feed.wanted.items() if key.startswith("NSE_FO|5")}
    assert set(modes.values()) == {FeedMode.OPTION_GREEKS}
    assert len(modes) == 4 * 30
    assert desk.feed.wanted[NIFTY] is FeedMode.FULL


async def test_a_page_that_leaves_does_not_close_what_is_recorded(desk: FakeDesk):
    standing = standing_of(desk)
    await look(desk, standing)
    await desk.services.chain_keeper.open("page", "NIFTY", EXPIRY)
    desk.services.chain_keeper.release("page")
    await asyncio.sleep(0.01)
    assert ("NIFTY", EXPIRY) in opened(desk)


async def test_the_user_may_choose_others(desk: FakeDesk):
    standing = standing_of(desk)
    await look(desk, standing)
    await desk.services.preferences.set(LOCAL_USER, PREFERENCE, {"NIFTY": 1})
    await look(desk, standing)
    assert opened(desk) == {("NIFTY", EXPIRY)}
    await desk.services.preferences.set(LOCAL_USER, PREFERENCE, {})
    await look(desk, standing)
    assert opened(desk) == set()


@pytest.mark.parametrize(
    "choice", ["NIFTY", 3, ["NIFTY"], {"NIFTY": "2"}, {"NIFTY": 99}, {"X": -1}]
)
def test_a_choice_that_makes_no_sense_leaves_the_usual(choice: object):
    assert chosen_chains({PREFERENCE: choice}) == dict(CHAINS)


async def test_a_new_day_brings_its_expiries(desk: FakeDesk):
    standing = standing_of(desk)
    await look(desk, standing)
    desk.clock.advance(timedelta(days=6))  # the first has expired
    listed = [each for each in universe() if each.expiry != EXPIRY]
    await desk.services.instruments.replace(listed, desk.clock.now())
    await look(desk, standing)
    assert opened(desk) == {("NIFTY", NEXT_EXPIRY), ("NIFTY", FAR_EXPIRY)}


async def test_an_expiry_that_is_over_is_let_go_though_the_file_still_lists_it(desk: FakeDesk):
    standing = standing_of(desk)
    desk.clock.advance(timedelta(days=6))
    await look(desk, standing)
    assert opened(desk) == {("NIFTY", NEXT_EXPIRY), ("NIFTY", FAR_EXPIRY)}


async def test_nothing_is_opened_before_the_desk_is_ready(desk: FakeDesk):
    running = asyncio.create_task(standing_of(desk, ready=False).run())
    await asyncio.sleep(0.05)
    before = opened(desk)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert before == set()


async def test_running_it_sees_new_instruments_and_lets_go_at_its_end(desk: FakeDesk):
    listed = [each for each in universe() if each.expiry != NEXT_EXPIRY]
    await desk.services.instruments.replace(listed, desk.clock.now())
    running = asyncio.create_task(standing_of(desk).run())
    await asyncio.sleep(0.1)
    assert opened(desk) == {("NIFTY", EXPIRY), ("NIFTY", FAR_EXPIRY)}
    await desk.services.instruments.replace(universe(), desk.clock.now())
    desk.services.health.instruments_date = desk.clock.now() + timedelta(days=1)
    await asyncio.sleep(0.1)
    assert opened(desk) == {("NIFTY", EXPIRY), ("NIFTY", NEXT_EXPIRY)}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert opened(desk) == set()


async def test_a_chain_that_cannot_be_opened_does_not_keep_the_others_shut(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
):
    standing, real = standing_of(desk), desk.services.chain_keeper.open

    async def open_but_the_first(viewer: str, symbol: str, expiry: object) -> object:
        if expiry == EXPIRY:
            raise BrokerUnavailable("away")
        return await real(viewer, symbol, expiry)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.services.chain_keeper, "open", open_but_the_first)
    await look(desk, standing)
    assert opened(desk) == {("NIFTY", NEXT_EXPIRY)}
    monkeypatch.setattr(desk.services.chain_keeper, "open", real)
    await look(desk, standing)
    assert opened(desk) == {("NIFTY", EXPIRY), ("NIFTY", NEXT_EXPIRY)}
