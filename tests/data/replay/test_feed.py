from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np

from core.analytics.chain_day import ChainDay
from core.clock import SetClock
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.services.session_keeper import SessionKeeper
from core.state.freshness import Freshness, freshness, is_silent
from core.state.health import HealthState, Link
from core.state.market import Col, MarketState
from core.state.notices import Notices
from core.state.session import SessionState
from data.replay.feed import ReplayFeed
from data.replay.recording import RecordedBars, Recording
from tests.fake_universe import NIFTY, RELIANCE, option_key
from tests.replay import SHARE_BARS, at, bars, chain_day, recording

CALL, OTHER = option_key(24_200.0, Kind.CALL), option_key(24_300.0, Kind.PUT)


class Bench:
    """A feed with the clock that drives it."""

    def __init__(self, whole: Recording) -> None:
        self.clock = SetClock(whole.begins)
        self.market, self.health, self.session = MarketState(), HealthState(), SessionState()
        self.feed = ReplayFeed(whole, self.market, self.health.feed, self.clock)
        self.health.feed.link, self.health.feed.connected_at = Link.UP, self.clock.now()
        self.heard: list[list[int]] = []
        self.told_at: list[datetime] = []
        self.feed.listen(self._hear)
        self.keeper = SessionKeeper(
            session=self.session,
            calendar=MarketCalendar(self.clock),
            clock=self.clock,
            notices=Notices(),
        )

    def _hear(self, rows: Iterable[int]) -> None:
        self.heard.append(list(rows))
        self.told_at.append(self.clock.now())

    def want(self, *keys: InstrumentKey) -> None:
        self.feed.want(dict.fromkeys(keys, FeedMode.FULL))

    def go(self, until: datetime) -> None:
        """Second by second."""
        while self.clock.now() < until:
            self.clock.advance(timedelta(seconds=1))
            self.keeper.look()
            self.feed.move(self.clock.now())

    def freshness_of(self, key: InstrumentKey) -> Freshness:
        rows = np.array([self.market.row(key)])
        args = (self.market, self.health.feed, self.session, rows, self.clock.now())
        return Freshness(int(freshness(*args)[0]))

    @property
    def silent(self) -> bool:
        return is_silent(self.health.feed, self.session, self.clock.now())


def test_only_what_is_wanted_comes_into_the_market() -> None:
    bench = Bench(recording(chain_day()))
    bench.want(CALL)
    bench.go(at(9, 17))
    assert bench.market.known(OTHER) is None
    assert bench.heard == [[bench.market.row(CALL)]] * 2


def test_what_is_wanted_later_is_told_at_once_as_it_stands() -> None:
    chain = chain_day()
    bench = Bench(recording(chain))
    bench.go(at(9, 20, 30))
    bench.want(CALL)
    column = int(np.flatnonzero(chain.strikes == 24_200.0)[0])
    assert bench.market.get(CALL, Col.LTP) == chain.ltp[4, 0, column]
    assert bench.market.get(CALL, Col.RECEIVED) <= at(9, 20).timestamp() * 1000
    assert len(bench.heard) == 1


def test_nothing_is_known_before_it_was_heard() -> None:
    chain = chain_day()
    bench = Bench(recording(chain, [SHARE_BARS]))
    bench.want(CALL, RELIANCE)
    for second in range(0, 600, 7):
        bench.go(at(9, 15) + timedelta(seconds=second))
        now = bench.clock.now().timestamp() * 1000
        for key in (CALL, RELIANCE):
            assert not bench.market.get(key, Col.RECEIVED) > now
            assert not bench.market.get(key, Col.LTT) > now


def test_the_future_of_a_recording_changes_nothing_of_its_past() -> None:
    """The same rows come where all that follows is cut off."""
    cut = Bench(recording(chain_day(minutes=10), [_short(10)]))
    whole = Bench(recording(_same(chain_day(minutes=10)), [SHARE_BARS]))
    for bench in (cut, whole):
        bench.want(CALL, OTHER, NIFTY, RELIANCE)
        bench.go(at(9, 24, 59))
    assert cut.heard == whole.heard
    np.testing.assert_array_equal(cut.market.values, whole.market.values)


def test_a_row_that_did_not_move_is_not_told_again() -> None:
    chain = chain_day(minutes=2)
    for name in ("ltp", "bid", "ask", "volume", "oi"):
        getattr(chain, name)[1] = getattr(chain, name)[0]
    bench = Bench(recording(chain))
    bench.want(CALL)
    bench.go(at(9, 18))
    assert len(bench.heard) == 1


def test_a_trade_is_told_where_the_volume_grew() -> None:
    chain = chain_day(minutes=3)
    chain.volume[2] = chain.volume[1]
    bench = Bench(recording(chain))
    bench.want(CALL)
    bench.go(at(9, 18))
    assert bench.market.get(CALL, Col.LTT) == at(9, 16, 59).timestamp() * 1000


def test_between_two_minutes_the_feed_is_not_silent() -> None:
    bench = Bench(recording(chain_day()))
    bench.want(CALL)
    bench.go(at(9, 20, 58))
    assert not bench.silent
    assert bench.freshness_of(CALL) is Freshness.LIVE


def test_a_gap_in_the_recording_makes_old() -> None:
    bench = Bench(recording(chain_day(minutes=[0, 1, 2, 20, 21])))
    bench.want(CALL)
    bench.go(at(9, 25))
    assert bench.freshness_of(CALL) is Freshness.STALE
    bench.go(at(9, 36, 1))
    assert bench.freshness_of(CALL) is Freshness.LIVE


def test_a_halt_of_the_whole_market_is_no_silence() -> None:
    """13 March 2020: stopped at 09:20, traded again at 10:20."""
    day = date(2020, 3, 13)
    session = MarketCalendar(SetClock(at(9, day=day))).session_of(day)
    assert session is not None
    minutes = bars(begins=at(9, 15, day=day), count=5, start=8_700.0)
    after = bars(begins=at(10, 20, day=day), count=5, start=9_000.0)
    both = type(minutes)(
        **{
            name: np.concatenate([getattr(minutes, name), getattr(after, name)])
            for name in minutes.__slots__
        }
    )
    whole = recording(of=[RecordedBars(key=NIFTY, bars=both)], session=session)
    bench = Bench(whole)
    bench.want(NIFTY)
    alarms = []
    while bench.clock.now() < at(10, 24, day=day):
        bench.go(bench.clock.now() + timedelta(seconds=5))
        if bench.silent or (bench.heard and bench.freshness_of(NIFTY) is not Freshness.LIVE):
            alarms.append(bench.clock.now())
    assert alarms == []
    assert bench.told_at
    assert not [t for t in bench.told_at if at(9, 20, day=day) <= t < at(10, 20, day=day)]


def test_in_the_closing_auction_the_index_stands_still_and_is_not_old() -> None:
    day = date(2026, 11, 20)
    chain = chain_day(day=day, begins=at(15, 10, day=day), minutes=30)
    frozen = chain.minutes >= int(at(15, 15, day=day).timestamp()) // 60
    chain.spot[frozen] = chain.spot[frozen][0]
    bench = Bench(recording(chain))
    bench.want(CALL, NIFTY)
    alarms = []
    bench.go(at(15, 11, 1))
    while bench.clock.now() < at(15, 40):
        bench.go(bench.clock.now() + timedelta(seconds=5))
        if any(bench.freshness_of(key) is not Freshness.LIVE for key in (NIFTY, CALL)):
            alarms.append(bench.clock.now())
    assert alarms == []
    assert bench.market.get(NIFTY, Col.LTT) == at(15, 15, 59).timestamp() * 1000


def test_minutes_of_chains_are_handed_on_once_as_they_end() -> None:
    bench = Bench(recording(chain_day()))
    bench.go(at(9, 16, 59))
    assert [each.minute for each in bench.feed.taken_down()] == [at(9, 15)]
    assert bench.feed.taken_down() == []
    bench.go(at(9, 18))
    assert [each.minute for each in bench.feed.taken_down()] == [at(9, 16), at(9, 17)]


def _short(count: int) -> RecordedBars:
    return RecordedBars(
        key=RELIANCE,
        bars=type(SHARE_BARS.bars)(
            **{name: getattr(SHARE_BARS.bars, name)[:count] for name in SHARE_BARS.bars.__slots__}
        ),
    )


def _same(head: ChainDay) -> ChainDay:
    """A longer day that begins as `head` does."""
    tail = chain_day(begins=at(9, 25), minutes=20, seed=11)
    return head.joined(tail)
