"""What an address asks a chart for, and the bars of what is put together."""

from datetime import date, timedelta

import numpy as np
import pytest

from core.analytics.premium import PremiumLeg, Rolling
from core.analytics.sides import CALL, PUT
from core.errors import RuleBroken
from core.instruments import candle_parts as parts
from core.instruments.candle import Interval
from core.instruments.instrument import Instrument, Kind
from core.instruments.pairs import Against
from core.services import Services
from core.state.market import Col
from tests.fake_broker import candles
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NIFTY, option_key
from ui.chart.cells import Arrangement, Shown, usual
from ui.chart.combination import Legs, Pair, address, asked, chosen_of
from ui.chart.combined import CombinedBars, PairBars
from ui.components.choices import Choices
from ui.components.premium_structures import Kind as Structured

CALL_KEY, PUT_KEY = (option_key(24_200.0, kind) for kind in (Kind.CALL, Kind.PUT))
MINUTE, FIVE = Interval.MINUTE, Interval.parse("5m")


@pytest.fixture
def services(desk: FakeDesk) -> Services:
    return desk.services


@pytest.fixture
async def nifty(services: Services) -> Instrument:
    found = await services.instruments.get(NIFTY)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "kind", "structure"),
    [
        ("straddle", Structured.STRADDLE, Rolling()),
        (
            "24200CE:1,24200PE:1",
            Structured.STRADDLE,
            (PremiumLeg(side=CALL, strike=24_200), PremiumLeg(side=PUT, strike=24_200)),
        ),
        (
            "24400CE, 24000PE",
            Structured.STRANGLE,
            (PremiumLeg(side=CALL, strike=24_400), PremiumLeg(side=PUT, strike=24_000)),
        ),
        (
            "24200CE:1,24400CE:-2",
            Structured.LEGS,
            (PremiumLeg(side=CALL, strike=24_200), PremiumLeg(side=CALL, strike=24_400, ratio=-2)),
        ),
    ],
)
def test_legs_are_read_from_words(text, kind, structure):
    chosen = chosen_of(text)
    assert chosen is not None
    assert chosen.kind is kind
    assert chosen.structure == structure


@pytest.mark.parametrize("text", ["", "ce", "24200", "24200CE:0", "-5CE:1", "24200XX:1"])
def test_nonsense_is_no_legs(text):
    assert chosen_of(text) is None


async def test_an_address_and_what_it_asks_for_are_each_others_opposite(
    services: Services, nifty: Instrument
):
    other = await services.instruments.get(CALL_KEY)
    assert other is not None
    chosen = chosen_of("24200CE:1,24200PE:1")
    assert chosen is not None
    for wanted in (
        Legs(symbol="NIFTY", expiry=EXPIRY, chosen=chosen),
        Pair(instrument=nifty, other=other, how=Against.OVER, times=2.5),
    ):
        assert await asked(services.instruments, nifty, wanted.query) == wanted
        assert address(NIFTY, wanted).startswith("/chart/NSE_INDEX%7CNifty%2050?")
    assert await asked(services.instruments, nifty, {"minus": NIFTY}) is None
    assert await asked(services.instruments, nifty, {"legs": "nonsense"}) is None
    assert await asked(services.instruments, nifty, {}) is None


async def test_a_straddles_bars_end_with_its_quotes(desk: FakeDesk, services: Services):
    keeper = services.chain_keeper
    chain = await keeper.open("test", "NIFTY", EXPIRY)
    await keeper.settle()
    keeper.refresh(chain)
    chosen = chosen_of("24200CE:1,24200PE:1")
    assert chosen is not None
    source = CombinedBars(services, chain, chosen.structure, FIVE)
    found = await source.load()
    assert len(found.candles) == 9  # 09:15 to 09:59
    mids = sum((values[Col.BID] + values[Col.ASK]) / 2 for values in _rows(desk))
    live = source.live()
    assert live.close[-1] == pytest.approx(mids)
    assert live.time[-1] - found.candles.time[-1] == 300
    desk.clock.advance(timedelta(seconds=20))
    desk.feed.say(CALL_KEY, {Col.BID: 500.0, Col.ASK: 502.0})
    assert source.live().high[-1] > live.high[-1]
    assert (await source.since(int(found.candles.time[-1]))).time[0] == found.candles.time[-1]
    assert (await source.older(int(found.candles.time[0]))).whole
    seconds = CombinedBars(services, chain, chosen.structure, Interval.parse("5s"))
    with pytest.raises(RuleBroken, match="whole minutes"):
        await seconds.load()


def _rows(desk: FakeDesk) -> list[dict[Col, float]]:
    return [desk.market_data.values[key] for key in (CALL_KEY, PUT_KEY)]


async def test_a_spread_is_made_of_the_minutes_of_both(desk: FakeDesk, services: Services):
    now = int(desk.clock.now().timestamp()) // 60 * 60
    starts = np.arange(now - 45 * 60, now, 60, dtype=np.int64)
    for key, base in ((CALL_KEY, 100.0), (PUT_KEY, 40.0)):
        desk.history.candles[key] = candles(starts, base + np.arange(45.0))
    source = PairBars(services, (CALL_KEY, PUT_KEY), Against.MINUS, FIVE)
    found = (await source.load()).candles
    assert len(found) == 9
    assert set(found.close.tolist()) == {60.0}
    ratio = PairBars(services, (CALL_KEY, PUT_KEY), Against.OVER, MINUTE, 2.0)
    assert (await ratio.load()).candles.close[0] == pytest.approx(100 / 80)
    assert parts.newest(await ratio.since(int(starts[-3])), 3).time.tolist() == starts[-3:].tolist()


# which charts there are
class Remembered(Choices):
    """Choices of a visit without a page to write them behind."""

    def keep(self, name: str, value: object) -> None:
        self._known[name] = value


async def test_further_charts_begin_with_other_lengths_and_are_remembered(
    services: Services, nifty: Instrument
):
    choices = Remembered(services.preferences, {})
    arrangement = Arrangement(choices)
    here = Shown(instrument=nifty, length="5m")
    cells = await arrangement.cells(services.instruments, here)
    assert [each.length for each in cells] == ["5m", "1d", "1h", "15m"]
    assert usual(here, 2).length == "1h"
    arrangement.choose("4")
    arrangement.activate(2)
    chosen = chosen_of("straddle")
    assert chosen is not None
    straddle = Legs(symbol="NIFTY", expiry=EXPIRY, chosen=chosen)
    arrangement.keep([*cells[:3], Shown(instrument=nifty, combination=straddle, length="1h")])
    again = Arrangement(choices)
    assert (again.count, again.active) == (4, 2)
    found = await again.cells(services.instruments, here)
    assert found[3].combination == straddle
    assert found[2] == here


async def test_linked_charts_follow_the_one_that_is_worked_on(
    services: Services, nifty: Instrument
):
    arrangement = Arrangement(Remembered(services.preferences, {}))
    option = await services.instruments.get(CALL_KEY)
    assert option is not None
    other, here = Shown(instrument=option, length="1d"), Shown(instrument=nifty, length="5m")
    assert arrangement.tied(other, here) == other
    arrangement.link("symbol", True)
    assert arrangement.tied(other, here) == Shown(instrument=nifty, length="1d")
    arrangement.link("interval", True)
    assert arrangement.tied(other, here) == here


async def test_a_layout_that_makes_no_sense_is_one_chart(services: Services):
    choices = Remembered(services.preferences, {})
    choices.keep("chart.layout", "9")
    choices.keep("chart.active", 7)
    choices.keep("chart.linked", ["moon"])
    arrangement = Arrangement(choices)
    assert (arrangement.count, arrangement.active, arrangement.linked) == (1, 0, set())


def test_the_day_of_the_expiry_is_part_of_the_title():
    chosen = chosen_of("straddle")
    assert chosen is not None
    legs = Legs(symbol="NIFTY", expiry=date(2026, 11, 24), chosen=chosen)
    assert legs.title == "NIFTY ATM straddle · 24 Nov"
