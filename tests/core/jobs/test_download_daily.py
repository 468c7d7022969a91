"""The download after the close: what is asked for, and what is said of it."""

from datetime import datetime

import pytest

from core.clock import IST
from core.downloads.plan import What
from core.errors import BrokerRejected, RuleBroken
from core.ids import LOCAL_USER
from core.instruments.candle import Interval
from core.jobs.download_daily import PREFERENCE, DailyDownload, DailyWishes
from core.services.scheduler import unheard
from core.services.standing_chains import PREFERENCE as CHAINS
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, NIFTY, RELIANCE, STRIKES, VIX

EVENING = datetime(2026, 11, 18, 16, 15, tzinfo=IST)


@pytest.fixture
async def desk() -> FakeDesk:
    made = make_desk(now=EVENING)
    await made.services.preferences.set(LOCAL_USER, CHAINS, {"NIFTY": 2, "BANKNIFTY": 0})
    return made


def daily(desk: FakeDesk) -> DailyDownload:
    s = desk.services
    return DailyDownload(
        downloads=s.downloads,
        instruments=s.instruments,
        preferences=s.preferences,
        calendar=s.calendar,
    )


async def test_the_watched_index_and_its_nearest_chain_are_downloaded(desk: FakeDesk) -> None:
    said = await daily(desk).run(unheard())
    history = await desk.services.downloads.history()
    plans = {(each.plan.what, each.plan.interval): each for each in history}
    minutes, days = (plans[What.CANDLES, each] for each in (Interval.MINUTE, Interval.DAY))
    assert set(minutes.plan.keys) == set(days.plan.keys) == {NIFTY, VIX}
    chain = plans[What.EXPIRED, Interval.MINUTE]
    assert (chain.plan.names, chain.plan.expiry) == (("NIFTY",), EXPIRY)
    assert chain.pieces == 2 * (2 * len(STRIKES) + 1)  # the index is there already
    assert {each.source for each in history} == {"after the close"}
    assert said.endswith("candles")


async def test_what_the_user_named_is_downloaded_too(desk: FakeDesk) -> None:
    wishes = DailyWishes(chains=False, more=("RELIANCE", "GONE"))
    await desk.services.preferences.set(LOCAL_USER, PREFERENCE, wishes.to_json())
    said = await daily(desk).run(unheard())
    asked = [each.plan for each in await desk.services.downloads.history()]
    assert [set(each.keys) for each in asked] == [{NIFTY, VIX, RELIANCE}] * 2
    assert "not listed any more: GONE" in said


async def test_switched_off_it_asks_nothing(desk: FakeDesk) -> None:
    wishes = DailyWishes(enabled=False)
    await desk.services.preferences.set(LOCAL_USER, PREFERENCE, wishes.to_json())
    assert "switched off" in await daily(desk).run(unheard())
    assert desk.history.calls == []


async def test_what_could_not_be_had_is_a_failure_with_the_reason(desk: FakeDesk) -> None:
    desk.history.fails = BrokerRejected("the broker says no", code="UDAPI100011")
    with pytest.raises(RuleBroken, match="pieces could not be had"):
        await daily(desk).run(unheard())


@pytest.mark.parametrize("kept", [None, 7, "all", {"more": 3}, {"enabled": 1}])
def test_a_choice_that_makes_no_sense_is_the_usual(kept: object) -> None:
    assert DailyWishes.of({PREFERENCE: kept}) == DailyWishes()


def test_a_choice_reads_as_it_was_kept() -> None:
    wishes = DailyWishes(enabled=False, chains=False, more=("TCS",))
    assert DailyWishes.of({PREFERENCE: wishes.to_json()}) == wishes
