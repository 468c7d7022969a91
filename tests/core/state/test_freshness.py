from datetime import timedelta

import numpy as np
import pytest

from core.ports.feed import FeedMode
from core.state.freshness import Freshness, freshness, why
from core.state.health import Link
from core.state.market import Col
from core.state.session import Phase
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import FUTURE, NIFTY


@pytest.fixture
def desk() -> FakeDesk:
    desk = make_desk()
    desk.services.subscriptions.hold("test", {NIFTY: FeedMode.FULL, FUTURE: FeedMode.FULL})
    return desk


def look(desk: FakeDesk, rows: list[int] | None = None) -> list[Freshness]:
    s = desk.services
    at = s.market.rows_of([NIFTY, FUTURE]) if rows is None else np.array(rows)
    found = freshness(s.market, s.health.feed, s.session, at, s.clock.now())
    return [Freshness(int(x)) for x in found]


def test_what_was_heard_over_a_live_link_is_live(desk: FakeDesk):
    assert look(desk) == [Freshness.LIVE, Freshness.LIVE]


def test_a_quiet_contract_stays_live_while_others_tick(desk: FakeDesk):
    desk.clock.advance(timedelta(minutes=5))
    desk.feed.say(NIFTY, {Col.LTP: 24_300.0})
    assert look(desk) == [Freshness.LIVE, Freshness.LIVE]


def test_a_lost_link_makes_everything_stale(desk: FakeDesk):
    desk.feed.drop()
    assert look(desk) == [Freshness.STALE, Freshness.STALE]


def test_after_a_reconnect_only_what_was_heard_again_is_live(desk: FakeDesk):
    desk.feed.drop()
    desk.clock.advance(timedelta(seconds=3))
    desk.feed.values.pop(FUTURE)
    desk.feed.connect()
    assert look(desk) == [Freshness.LIVE, Freshness.STALE]
    desk.feed.say(FUTURE, {Col.LTP: 24_300.0})
    assert look(desk) == [Freshness.LIVE, Freshness.LIVE]


def test_a_refused_value_marks_the_last_good_one(desk: FakeDesk):
    s = desk.services
    row = s.market.row(FUTURE)
    s.market.write_some(row, [Col.QUARANTINED], [s.clock.now().timestamp() * 1000 + 1])
    assert look(desk) == [Freshness.LIVE, Freshness.REFUSED]
    desk.clock.advance(timedelta(seconds=1))
    desk.feed.say(FUTURE, {Col.LTP: 24_300.0})
    assert look(desk) == [Freshness.LIVE, Freshness.LIVE]


def test_a_feed_that_is_silent_in_trading_hours_is_stale(desk: FakeDesk):
    desk.clock.advance(timedelta(seconds=11))
    assert look(desk) == [Freshness.STALE, Freshness.STALE]


def test_silence_after_the_close_is_right(desk: FakeDesk):
    desk.services.session.phase = Phase.CLOSED
    desk.clock.advance(timedelta(hours=5))
    assert look(desk) == [Freshness.LIVE, Freshness.LIVE]


def test_in_the_closing_auction_a_silent_index_is_live_and_a_silent_future_is_not(desk: FakeDesk):
    desk.services.session.phase, desk.services.session.index_frozen = Phase.CLOSING_AUCTION, True
    desk.clock.advance(timedelta(minutes=2))
    assert look(desk) == [Freshness.LIVE, Freshness.STALE]


def test_absent_and_unheard_rows_are_unknown(desk: FakeDesk):
    unheard = desk.services.market.row(desk.market_data.instruments[-1].key)
    assert look(desk, [-1, unheard]) == [Freshness.UNKNOWN, Freshness.UNKNOWN]


def test_the_answer_has_the_shape_of_the_question(desk: FakeDesk):
    s = desk.services
    rows = np.full((2, 3), -1)
    assert freshness(s.market, s.health.feed, s.session, rows, s.clock.now()).shape == (2, 3)


def test_every_state_can_say_why(desk: FakeDesk):
    s = desk.services
    row = s.market.row(FUTURE)

    def said(state: Freshness) -> str:
        return why(s.market, s.health.feed, row, state)

    assert said(Freshness.LIVE) == ""
    assert "Nothing has been heard" in said(Freshness.UNKNOWN)
    assert "silent" in said(Freshness.STALE)
    s.health.feed.connected_at = s.clock.now() + timedelta(seconds=1)
    assert "came back" in said(Freshness.STALE)
    assert "refused" in said(Freshness.REFUSED)
    s.health.feed.link = Link.CONNECTING
    assert "connecting" in said(Freshness.STALE)
