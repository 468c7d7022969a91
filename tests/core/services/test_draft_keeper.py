"""Tracked drafts follow live prices: marks, candles by the minute, alerts, and nothing lost."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan

import pytest

from core.clock import IST
from core.errors import RuleBroken, StorageProblem
from core.instruments.instrument import Kind, Right
from core.ports.feed import FeedMode
from core.services.draft_keeper import OWNER, DraftKeeper
from core.state.market import Col
from core.strategies.draft import Draft, Fault, Watched, alert_from
from core.strategies.legs import Leg
from core.strategies.tracking import DraftMinute
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, NIFTY, NOW, option_key
from tests.fakes import MemoryDrafts

CALL_KEY, PUT_KEY = (option_key(24_250.0, kind) for kind in (Kind.CALL, Kind.PUT))
LOT = 65


class FailingDrafts(MemoryDrafts):
    """A database that can be made to answer no more."""

    fails = False
    meanwhile: Callable[[], None] | None = None  # what happens while a draft is written

    async def save(self, draft: Draft) -> None:
        await super().save(draft)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()

    async def save_minutes(self, minutes: Sequence[DraftMinute]) -> None:
        if self.fails:
            raise StorageProblem("no answer")
        await super().save_minutes(minutes)


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


@pytest.fixture
def drafts() -> FailingDrafts:
    return FailingDrafts()


@pytest.fixture
def keeper(desk: FakeDesk, drafts: FailingDrafts) -> DraftKeeper:
    s = desk.services
    return DraftKeeper(
        drafts=drafts,
        state=s.drafts,
        instruments=s.instruments,
        market=s.market,
        subscriptions=s.subscriptions,
        calendar=s.calendar,
        feed=s.health.feed,
        clock=desk.clock,
        notices=s.notices,
    )


def leg(right: Right, lots: int, price: float) -> Leg:
    return Leg(
        key=CALL_KEY if right is Right.CALL else PUT_KEY,
        symbol="NIFTY",
        right=right,
        strike=24_250.0,
        expiry=EXPIRY,
        closes_at=datetime(2026, 11, 23, 10, 10, tzinfo=UTC),
        lot_size=LOT,
        lots=lots,
        price=price,
    )


def straddle(**more: object) -> Draft:
    given: dict[str, object] = {
        "id": "d",
        "name": "Straddle",
        "symbol": "NIFTY",
        "legs": (leg(Right.CALL, -1, 100.0), leg(Right.PUT, -1, 110.0)),
        "created_at": NOW,
        "edited_at": NOW,
        "tracked": True,
    }
    return Draft(**(given | more))  # type: ignore[arg-type]


def say(desk: FakeDesk, call: float, put: float) -> None:
    desk.feed.say(CALL_KEY, {Col.BID: call - 0.5, Col.ASK: call + 0.5, Col.LTP: 1.0})
    desk.feed.say(PUT_KEY, {Col.BID: 0.0, Col.ASK: 0.0, Col.LTP: put})


def later(desk: FakeDesk, keeper: DraftKeeper, seconds: float) -> None:
    desk.clock.advance(timedelta(seconds=seconds))
    keeper.look()


async def test_a_tracked_draft_is_marked_at_mid_else_at_the_last_price(
    desk: FakeDesk, keeper: DraftKeeper
) -> None:
    await keeper.save(straddle())
    say(desk, 90.0, 100.0)
    keeper.look()
    found = desk.services.drafts.marks["d"]
    assert found.pnl == pytest.approx(LOT * 20)
    assert found.spot == desk.services.market.get(NIFTY, Col.LTP)


async def test_the_feed_is_asked_for_legs_and_underlying_while_tracked(
    desk: FakeDesk, keeper: DraftKeeper
) -> None:
    await keeper.save(straddle())
    assert desk.feed.wanted == {
        NIFTY: FeedMode.FULL,
        CALL_KEY: FeedMode.OPTION_GREEKS,
        PUT_KEY: FeedMode.OPTION_GREEKS,
    }
    await keeper.track("d", on=False)
    assert desk.feed.wanted == {}
    assert OWNER not in desk.services.subscriptions.owners
    assert desk.services.drafts.marks == {}


async def test_a_minute_of_profit_is_kept_with_its_extremes(
    desk: FakeDesk, keeper: DraftKeeper
) -> None:
    await keeper.save(straddle())
    for put in (100.0, 90.0, 130.0, 110.0):
        say(desk, 100.0, put)
        later(desk, keeper, 10)
    later(desk, keeper, 30)
    found = await keeper.candles("d", NOW, NOW + timedelta(hours=1))
    assert found.time.tolist() == [int(NOW.timestamp())]
    bar = [found.open[0], found.high[0], found.low[0], found.close[0]]
    assert bar == [10 * LOT, 20 * LOT, -20 * LOT, 0.0]


async def test_a_missing_price_makes_no_profit_and_no_candle(
    desk: FakeDesk, keeper: DraftKeeper
) -> None:
    await keeper.save(straddle())
    for key in (CALL_KEY, PUT_KEY):
        desk.feed.say(key, {Col.BID: 0.0, Col.ASK: 0.0, Col.LTP: 0.0})
    later(desk, keeper, 30)
    later(desk, keeper, 60)
    found = desk.services.drafts.marks["d"]
    assert isnan(found.pnl)
    assert found.missing == ("NIFTY 24250 CE 23 Nov", "NIFTY 24250 PE 23 Nov")
    assert len(await keeper.candles("d", NOW, NOW + timedelta(hours=1))) == 0


async def test_a_leg_that_expired_on_an_earlier_day_has_no_price(
    desk: FakeDesk, keeper: DraftKeeper
) -> None:
    expiry = desk.clock.now().astimezone(IST).date()
    legs = tuple(
        replace(each, expiry=expiry, closes_at=desk.clock.now() + timedelta(minutes=10))
        for each in straddle().legs
    )
    await keeper.save(straddle(legs=legs))
    say(desk, 90.0, 100.0)
    later(desk, keeper, 11 * 60)
    assert desk.services.drafts.marks["d"].pnl == pytest.approx(LOT * 20)  # its last price
    later(desk, keeper, 24 * 3600)
    found = desk.services.drafts.marks["d"]
    assert isnan(found.pnl)
    assert len(found.missing) == 2


async def test_outside_the_session_or_without_a_feed_nothing_is_taken_down(
    desk: FakeDesk, keeper: DraftKeeper
) -> None:
    await keeper.save(straddle(alerts=(alert_from(Watched.PNL, 1.0, 0.0),)))
    say(desk, 90.0, 100.0)
    desk.feed.drop()
    for _ in range(3):
        later(desk, keeper, 60)
    desk.feed.connect()
    say(desk, 90.0, 100.0)
    desk.clock.set(datetime(2026, 11, 18, 18, 0, tzinfo=IST))
    for _ in range(3):
        later(desk, keeper, 60)
    assert len(await keeper.candles("d", NOW, NOW + timedelta(days=1))) == 0
    assert desk.services.notices.all() == []
    assert desk.services.drafts.marks["d"].pnl == pytest.approx(LOT * 20)


async def test_an_alert_is_told_once_and_stays_told(
    desk: FakeDesk, keeper: DraftKeeper, drafts: FailingDrafts
) -> None:
    up, spot = alert_from(Watched.PNL, 1_000, 0.0), alert_from(Watched.SPOT, 24_000, 24_210)
    await keeper.save(straddle(alerts=(up, spot)))
    say(desk, 100.0, 100.0)
    keeper.look()
    assert desk.services.notices.all() == []
    say(desk, 90.0, 100.0)
    for _ in range(3):
        later(desk, keeper, 1)
    assert [n.text for n in desk.services.notices.all()] == [
        "P&L of “Straddle” rises to ₹1,000, now ₹1,300."
    ]
    desk.feed.say(NIFTY, {Col.LTP: 23_990.0})
    later(desk, keeper, 1)
    assert "NIFTY falls to 24000, now 23990.00" in desk.services.notices.all()[-1].text
    await keeper.flush()
    assert [alert.fired_at is not None for alert in drafts.rows["d"].alerts] == [True, True]


async def test_a_draft_saved_as_it_was_before_its_alert_told_does_not_tell_again(
    desk: FakeDesk, keeper: DraftKeeper, drafts: FailingDrafts
) -> None:
    alert = alert_from(Watched.PNL, 1_000, 0.0)
    before = straddle(alerts=(alert, alert_from(Watched.SPOT, 24_000, 24_210)))
    await keeper.save(before)
    say(desk, 90.0, 100.0)
    later(desk, keeper, 1)
    await keeper.save(replace(before, notes="looked at before it told"))
    later(desk, keeper, 1)
    assert len(desk.services.notices.all()) == 1
    assert [alert.fired_at is not None for alert in drafts.rows["d"].alerts] == [True, False]
    other = replace(alert, level=1_200.0)
    await keeper.save(replace(before, alerts=(other,)))  # another one waits
    later(desk, keeper, 1)
    assert len(desk.services.notices.all()) == 2


async def test_an_alert_that_told_waits_anew_when_it_is_asked_to(
    desk: FakeDesk, keeper: DraftKeeper
) -> None:
    await keeper.save(straddle(alerts=(alert_from(Watched.PNL, 1_000, 0.0),)))
    say(desk, 90.0, 100.0)
    later(desk, keeper, 1)
    await keeper.change_alerts(
        "d", lambda draft: replace(draft, alerts=tuple(each.waits for each in draft.alerts))
    )
    later(desk, keeper, 1)
    assert len(desk.services.notices.all()) == 2


async def test_an_alert_that_is_told_while_another_is_written_is_written_too(
    desk: FakeDesk, keeper: DraftKeeper, drafts: FailingDrafts
) -> None:
    alerts = (alert_from(Watched.PNL, 1_000, 0.0), alert_from(Watched.SPOT, 24_000, 24_210))
    await keeper.save(straddle(alerts=alerts))
    say(desk, 90.0, 100.0)
    keeper.look()

    def falls() -> None:
        desk.feed.say(NIFTY, {Col.LTP: 23_990.0})
        later(desk, keeper, 1)

    drafts.meanwhile = falls
    await keeper.flush()
    await keeper.flush()
    assert [alert.fired_at is not None for alert in drafts.rows["d"].alerts] == [True, True]


async def test_minutes_wait_for_a_database_that_does_not_answer(
    desk: FakeDesk, keeper: DraftKeeper, drafts: FailingDrafts
) -> None:
    await keeper.save(straddle())
    drafts.fails = True
    for _ in range(3):
        say(desk, 90.0, 100.0)
        later(desk, keeper, 60)
    with pytest.raises(StorageProblem):
        await keeper.flush()
    drafts.fails = False
    await keeper.flush()
    assert len(drafts.minute_rows) == 2


async def test_drafts_are_there_again_after_a_restart_and_the_last_minute_is_written(
    desk: FakeDesk, keeper: DraftKeeper, drafts: FailingDrafts
) -> None:
    await drafts.save(straddle())
    task = asyncio.create_task(keeper.run())
    await asyncio.sleep(0.01)
    assert [each.id for each in desk.services.drafts.all()] == ["d"]
    say(desk, 90.0, 100.0)
    keeper.look()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [m.close for m in drafts.minute_rows.values()] == [20 * LOT]


async def test_a_deleted_draft_is_gone_everywhere(
    desk: FakeDesk, keeper: DraftKeeper, drafts: FailingDrafts
) -> None:
    await keeper.save(straddle())
    keeper.look()
    await keeper.delete("d")
    keeper.look()
    assert (drafts.rows, desk.services.drafts.drafts, desk.services.drafts.marks) == ({}, {}, {})
    with pytest.raises(RuleBroken, match="deleted"):
        await keeper.track("d", on=True)


async def test_problems_are_told_by_what_is_listed_today(keeper: DraftKeeper) -> None:
    gone = replace(leg(Right.CALL, 1, 10.0), key=option_key(24_300.0, Kind.CALL))
    found = await keeper.problems(straddle(legs=(leg(Right.PUT, 1, 10.0), gone)))
    assert [(p.fault, p.leg) for p in found] == [(Fault.OTHER_CONTRACT, 1)]


async def test_a_draft_that_could_not_be_read_again_is_refused_before_anything_has_changed(
    desk: FakeDesk, keeper: DraftKeeper
) -> None:
    with pytest.raises(RuleBroken, match=r"cannot be kept. legs: .*40"):
        await keeper.save(straddle(legs=(leg(Right.CALL, 1, 10.0),) * 41))
    assert desk.services.drafts.drafts == {}


async def test_a_draft_needs_a_name(keeper: DraftKeeper) -> None:
    with pytest.raises(RuleBroken, match="name"):
        await keeper.save(straddle(name="  "))


async def test_a_deleted_draft_is_brought_back_with_its_minutes(
    desk: FakeDesk, keeper: DraftKeeper, drafts: FailingDrafts
) -> None:
    await keeper.save(straddle())
    for _ in range(3):
        say(desk, 90.0, 100.0)
        later(desk, keeper, 60)
    candles = await keeper.candles("d", NOW, desk.clock.now())
    before = dict(drafts.minute_rows)
    assert len(candles) == 2
    await keeper.delete("d")
    assert drafts.minute_rows == {}
    await keeper.bring_back(straddle(), candles)
    assert drafts.minute_rows == before
    assert desk.services.drafts.drafts["d"] == straddle()
