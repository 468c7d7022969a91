import numpy as np

from core.ids import InstrumentKey
from core.services import second_bars as module
from core.services.second_bars import SecondBars
from core.state.market import Col, MarketState

INDEX, OPTION = InstrumentKey("NSE_INDEX|Nifty 50"), InstrumentKey("NSE_FO|1")
COLUMNS = [Col.LTP, Col.LTT, Col.VOLUME, Col.OI]


class Ticks:
    def __init__(self) -> None:
        self.market = MarketState()
        self.seconds = SecondBars(self.market)

    def say(
        self, key: InstrumentKey, at: float, price: float, volume: float = np.nan, oi: float = 0
    ) -> None:
        row = self.market.row(key)
        self.market.write_some(row, COLUMNS, [price, at * 1000, volume, oi])
        self.seconds.frame([row])


def test_an_index_is_kept_unasked_and_its_first_second_is_left_out():
    ticks = Ticks()
    for at, price in ((100.2, 50.0), (100.9, 51.0), (101.1, 52.0), (101.5, 49.0), (103.0, 50.5)):
        ticks.say(INDEX, at, price)
    found = ticks.seconds.of(INDEX)
    assert found.time.tolist() == [101, 103]
    assert found.open.tolist() == [52.0, 50.5]
    assert found.high.tolist() == [52.0, 50.5]
    assert found.low.tolist() == [49.0, 50.5]
    assert found.close.tolist() == [49.0, 50.5]
    assert ticks.seconds.begun(INDEX) == 100


def test_an_option_is_kept_from_when_it_is_asked_for():
    ticks = Ticks()
    ticks.say(OPTION, 100, 10.0, 1_000)
    ticks.say(OPTION, 101, 11.0, 1_100)
    assert len(ticks.seconds.of(OPTION)) == 0
    ticks.seconds.keep(OPTION)
    ticks.say(OPTION, 104, 12.0, 1_150, oi=7)
    ticks.say(OPTION, 104, 12.5, 1_200, oi=8)
    found = ticks.seconds.of(OPTION)
    assert found.time.tolist() == [104]
    assert found.volume.tolist() == [100]
    assert found.open_interest.tolist() == [8]
    assert ticks.seconds.begun(OPTION) == 101


def test_a_quote_without_a_trade_and_a_late_trade_change_nothing():
    ticks = Ticks()
    ticks.say(INDEX, 100, 50.0)
    ticks.say(INDEX, 102, 51.0)
    ticks.say(INDEX, 102, 51.0)
    ticks.say(INDEX, 101, 40.0)
    found = ticks.seconds.of(INDEX)
    assert found.time.tolist() == [102]
    assert found.low.tolist() == [51.0]


def test_a_day_volume_that_falls_takes_nothing_away():
    ticks = Ticks()
    ticks.seconds.keep(OPTION)
    for at, volume in ((100, 1_000), (101, 1_010), (102, 5), (103, 25)):
        ticks.say(OPTION, at, 10.0, volume)
    assert ticks.seconds.of(OPTION).volume.tolist() == [10, 0, 20]


def test_it_forgets_the_oldest_when_it_is_full(monkeypatch):
    monkeypatch.setattr(module, "MOST", 512)
    ticks = Ticks()
    for at in range(100, 1_100):
        ticks.say(INDEX, at, 50.0 + at)
    found = ticks.seconds.of(INDEX)
    assert len(found) <= 512
    assert found.time[-1] == 1_099
    assert (np.diff(found.time) == 1).all()
    assert (found.close == found.time + 50).all()


def test_a_part_is_asked_for_by_its_first_second_and_a_new_day_forgets_all():
    ticks = Ticks()
    for at in range(100, 110):
        ticks.say(INDEX, at, 50.0)
    assert ticks.seconds.of(INDEX, 107).time.tolist() == [107, 108, 109]
    ticks.seconds.clear()
    assert len(ticks.seconds.of(INDEX)) == 0
