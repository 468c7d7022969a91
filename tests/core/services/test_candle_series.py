"""Where candles come from: the store, shorter bars, the broker, and ticks."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from core.clock import IST, SetClock
from core.errors import BrokerUnavailable
from core.ids import InstrumentKey
from core.instruments import candle_parts as parts
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.corporate_actions import ActionKind, CorporateAction
from core.instruments.resample import day_of
from core.services import candle_today
from core.services.candle_series import CandleSeries
from core.services.second_bars import SecondBars
from core.state.market import Col, MarketState
from tests.fake_broker import FakeHistory, candles
from tests.fakes import MemoryCandles

KEY = InstrumentKey("NSE_FO|1")
TODAY = date(2026, 11, 20)  # a Friday
HOUR, DAY, FIVE = Interval.parse("1h"), Interval.DAY, Interval.parse("5m")


def at(day: date, clock: str) -> float:
    return datetime.combine(day, time.fromisoformat(clock), IST).timestamp()


def minutes(*days: date, closes: str = "15:40", price: float = 100.0) -> Candles:
    """A whole session of each day; every minute costs one more."""
    starts = np.concatenate(
        [np.arange(at(day, "09:15"), at(day, closes), 60, dtype=np.int64) for day in days]
    )
    return candles(starts, price + np.arange(starts.size, dtype=np.float64))


def daily(*days: date) -> Candles:
    starts = np.array([int(at(day, "00:00")) for day in days])
    return candles(starts, 200.0 + np.arange(starts.size))


class MemoryActions:
    def __init__(self) -> None:
        self.kept: list[CorporateAction] = []

    async def replace(self, isin: str, actions: list[CorporateAction]) -> None:
        self.kept = list(actions)

    async def of(self, isin: str) -> list[CorporateAction]:
        return [each for each in self.kept if each.isin == isin]


@dataclass
class Bench:
    clock: SetClock
    market: MarketState
    history: FakeHistory
    store: MemoryCandles
    seconds: SecondBars
    actions: MemoryActions
    series: CandleSeries = field(init=False)
    link: str = "the first connection"

    def seen_before(self) -> None:
        """A trade of a minute ago, which the feed tells when it is asked for an instrument."""
        self.seconds.keep(KEY)
        row = self.market.row(KEY)
        before = (self.clock.now().timestamp() - 60) * 1000
        self.market.write_some(row, [Col.LTP, Col.LTT], [100.0, before])
        self.seconds.frame([row])

    def tick(self, price: float, volume: float = 0, *, seconds: float = 1) -> None:
        """A trade, so many seconds after the last one."""
        self.clock.advance(timedelta(seconds=seconds))
        row = self.market.row(KEY)
        now = self.clock.now().timestamp() * 1000
        columns = [Col.LTP, Col.LTT, Col.VOLUME, Col.OI]
        self.market.write_some(row, columns, [price, now, volume, 0])
        self.seconds.frame([row])


@pytest.fixture
def bench() -> Bench:
    clock = SetClock(datetime.fromtimestamp(at(TODAY, "11:00"), IST))
    market, store, actions = MarketState(), MemoryCandles(), MemoryActions()
    history, seconds = FakeHistory({}, clock), SecondBars(market)
    bench = Bench(clock, market, history, store, seconds, actions)
    bench.series = CandleSeries(
        candles=store,
        history=history,
        seconds=seconds,
        calendar=MarketCalendar(clock),
        clock=clock,
        actions=actions,
        link=lambda: bench.link,
    )
    return bench


WEEK = [date(2026, 11, 16) + timedelta(days=n) for n in range(4)]  # Monday to Thursday


async def test_stored_days_are_not_asked_for(bench: Bench):
    await bench.store.upsert(KEY, Interval.MINUTE, minutes(*WEEK))
    found = await bench.series.series(KEY, HOUR, first=WEEK[0], last=WEEK[-1])
    assert bench.history.calls == []
    assert len(found.candles) == 4 * 7
    assert found.said == ("made of minutes",)
    assert {c.strftime("%H:%M") for c in clocks(found.candles)} == {
        *("09:15", "10:15", "11:15", "12:15", "13:15", "14:15", "15:15")
    }


def clocks(bars: Candles) -> list[datetime]:
    return [datetime.fromtimestamp(int(time), IST) for time in bars.time]


async def test_a_missing_day_is_asked_for_once_and_kept(bench: Bench):
    await bench.store.upsert(KEY, Interval.MINUTE, minutes(WEEK[0], *WEEK[2:]))
    bench.history.candles[KEY] = minutes(WEEK[1], price=500.0)
    for _ in range(2):
        found = await bench.series.bars(KEY, Interval.MINUTE, first=WEEK[0], last=WEEK[-1])
        assert len(found) == 4 * 385
    assert bench.history.calls == [f"bars 1m {WEEK[1]} {WEEK[1]} {KEY}"]
    assert len(bench.store.bars[KEY, Interval.MINUTE]) == 4 * 385


async def test_a_contract_that_trades_seldom_is_not_asked_for_again(bench: Bench):
    rare = parts.part(minutes(*WEEK), np.arange(0, 4 * 385, 40))
    bench.history.candles[KEY] = rare
    for _ in range(3):
        found = await bench.series.bars(KEY, Interval.MINUTE, first=WEEK[0], last=WEEK[-1])
    assert len(found) == len(rare)
    assert len(bench.history.calls) == 1


async def test_nothing_of_nowhere_is_nothing_and_the_trouble_is_said(bench: Bench):
    bench.history.fails = BrokerUnavailable("the broker is away")
    found = await bench.series.series(KEY, FIVE, first=WEEK[0])
    assert len(found.candles) == 0
    assert found.said == ("not of the broker: the broker is away",)
    before = len(bench.history.calls)
    await bench.series.series(KEY, FIVE, first=WEEK[0])
    assert len(bench.history.calls) == before  # it is left in peace for a while


async def test_what_is_stored_is_there_although_the_broker_is_not(bench: Bench):
    await bench.store.upsert(KEY, Interval.MINUTE, minutes(*WEEK[1:]))
    bench.history.fails = BrokerUnavailable("away")
    found = await bench.series.bars(KEY, Interval.MINUTE, first=WEEK[0], last=WEEK[-1])
    assert len(found) == 3 * 385


async def test_days_are_made_of_minutes_where_there_are_no_days(bench: Bench):
    await bench.store.upsert(KEY, Interval.MINUTE, minutes(*WEEK))
    await bench.store.upsert(KEY, DAY, daily(*WEEK[:2]))
    found = await bench.series.series(KEY, DAY, first=WEEK[0], last=WEEK[-1])
    assert [day_of(int(t)) for t in found.candles.time] == WEEK
    assert found.candles.open[:2].tolist() == [200.0, 201.0]
    assert found.candles.open[2] == 100.0 + 2 * 385
    assert "made of minutes" in found.said


async def test_today_comes_from_the_broker_and_grows_by_ticks(bench: Bench):
    bench.history.candles[KEY] = parts.before(minutes(TODAY), at(TODAY, "11:00"))
    bench.seen_before()
    found = await bench.series.bars(KEY, FIVE, first=TODAY)
    assert len(found) == 21  # 09:15 to 10:55
    bench.tick(150.0, 10)
    bench.tick(300.0, 25, seconds=20)
    bench.tick(140.0, 30, seconds=50)
    running = bench.series.live(KEY, FIVE)
    assert [c.strftime("%H:%M") for c in clocks(running)] == ["10:55", "11:00"]
    bar = parts.newest(running, 1)
    assert (bar.high[0], bar.low[0], bar.close[0]) == (300.0, 140.0, 140.0)
    whole = await bench.series.bars(KEY, FIVE, first=TODAY)
    assert parts.newest(whole, 2).close.tolist() == running.close.tolist()
    assert parts.newest(whole, 2).time.tolist() == running.time.tolist()


async def test_a_bar_that_runs_is_the_brokers_beginning_and_our_ticks(bench: Bench):
    bench.clock.set(datetime.fromtimestamp(at(TODAY, "11:02") + 30, IST))
    bench.seconds.keep(KEY)
    bench.tick(99.0)
    bench.history.candles[KEY] = minutes(TODAY, closes="11:02")
    await bench.series.bars(KEY, FIVE, first=TODAY)
    bench.tick(500.0)
    bar = parts.newest(bench.series.live(KEY, FIVE), 1)
    assert bar.open[0] == 100.0 + 105  # of 11:00, as the broker has it
    assert bar.low[0] == 205.0
    assert bar.high[0] == 500.0
    bench.tick(400.0, seconds=60)
    # how the minute 11:02 began nobody has seen: when it is over, it is left out
    assert parts.newest(bench.series.live(KEY, FIVE), 1).high[0] == 400.0


async def test_what_was_missed_is_asked_for_beside_the_live_bar(bench: Bench, monkeypatch):
    monkeypatch.setattr(candle_today, "FRESH", -1.0)
    bench.history.candles[KEY] = parts.before(minutes(TODAY), at(TODAY, "11:00"))
    bench.seen_before()
    await bench.series.bars(KEY, FIVE, first=TODAY)
    bench.series.live(KEY, FIVE)
    await asyncio.sleep(0)
    assert len(bench.history.calls) == 1  # nothing was missed
    bench.clock.advance(timedelta(minutes=5))
    bench.history.candles[KEY] = parts.before(minutes(TODAY), at(TODAY, "11:05"))
    bench.link = "another connection"
    bench.series.live(KEY, FIVE)
    for _ in range(20):
        await asyncio.sleep(0)
    assert [c.strftime("%H:%M") for c in clocks(bench.series.live(KEY, FIVE))] == ["10:55", "11:00"]


async def test_ticks_that_become_minutes_change_no_bar(bench: Bench, monkeypatch):
    bench.clock.set(datetime.fromtimestamp(at(TODAY, "11:00") + 20, IST))
    bench.history.candles[KEY] = minutes(TODAY, closes="11:01")
    bench.seen_before()
    await bench.series.bars(KEY, FIVE, first=TODAY)
    for n in range(400):
        bench.tick(300.0 - n % 7, float(n))
        if n == 350:
            before = bench.series.live(KEY, DAY)
            monkeypatch.setattr(candle_today, "FOLD", 10)
            for _ in range(2):
                folded = bench.series.live(KEY, DAY)
                for name in ("open", "high", "low", "close", "volume"):
                    assert getattr(folded, name).tolist() == getattr(before, name).tolist()
    bar = parts.newest(bench.series.live(KEY, DAY), 1)
    assert (bar.close[0], bar.high[0]) == (300.0 - 399 % 7, 300.0)


async def test_today_without_the_broker_is_what_was_recorded(bench: Bench):
    await bench.store.upsert(KEY, Interval.MINUTE, minutes(TODAY, closes="10:30"))
    bench.history.fails = BrokerUnavailable("away")
    found = await bench.series.series(KEY, Interval.MINUTE, first=TODAY)
    assert len(found.candles) == 75
    assert "today as recorded" in found.said


async def test_todays_minutes_are_kept_but_for_the_one_that_runs(bench: Bench):
    bench.clock.set(datetime.fromtimestamp(at(TODAY, "11:00") + 20, IST))
    bench.history.candles[KEY] = minutes(TODAY, closes="11:01")
    found = await bench.series.bars(KEY, Interval.MINUTE, first=TODAY)
    assert len(found) == 106
    assert len(bench.store.bars[KEY, Interval.MINUTE]) == 105


async def test_nothing_of_after_now_is_given(bench: Bench):
    bench.clock.set(datetime.fromtimestamp(at(WEEK[2], "11:00") + 30, IST))  # as in a replay
    await bench.store.upsert(KEY, Interval.MINUTE, minutes(*WEEK))
    await bench.store.upsert(KEY, DAY, daily(*WEEK))
    now = bench.clock.now().timestamp()
    found = await bench.series.bars(KEY, Interval.MINUTE, first=WEEK[0], last=WEEK[-1])
    assert found.time[-1] + 60 <= now
    days = await bench.series.bars(KEY, DAY, first=WEEK[0], last=WEEK[-1])
    assert len(days) == 3
    assert days.close[-1] == found.close[-1]  # and not the whole day's


async def test_the_day_and_the_week_grow_by_ticks(bench: Bench):
    await bench.store.upsert(KEY, DAY, daily(*WEEK))
    bench.history.candles[KEY] = parts.before(minutes(TODAY), at(TODAY, "11:00"))
    bench.seen_before()
    week = Interval.parse("1w")
    weeks = await bench.series.bars(KEY, week, first=WEEK[0])
    assert len(weeks) == 1
    assert (weeks.open[0], weeks.close[0]) == (200.0, 204.0)
    bench.tick(900.0)
    bench.tick(777.0)
    for interval, opened in ((DAY, 100.0), (week, 200.0)):
        bar = parts.newest(bench.series.live(KEY, interval), 1)
        assert (bar.open[0], bar.high[0], bar.close[0]) == (opened, 900.0, 777.0)


async def test_so_many_bars_are_the_last_ones(bench: Bench):
    await bench.store.upsert(KEY, Interval.MINUTE, minutes(*WEEK))
    bench.history.candles[KEY] = parts.before(minutes(TODAY), at(TODAY, "11:00"))
    found = await bench.series.bars(KEY, FIVE, count=100)
    assert len(found) == 100
    assert clocks(found)[-1].strftime("%d %H:%M") == "20 10:55"


async def test_bars_of_seconds_are_those_of_the_ticks(bench: Bench):
    bench.seconds.keep(KEY)
    for n in range(30):
        bench.tick(100.0 + n)
    found = await bench.series.series(KEY, Interval.parse("5s"))
    assert len(found.candles) == 6
    assert found.said == ("ticks of this desk",)
    assert bench.series.live(KEY, Interval.parse("5s")).close[-1] == 129.0
    assert bench.history.calls == []


async def test_a_stored_quarter_hour_is_used_where_there_are_no_minutes(bench: Bench):
    quarter = Interval.parse("15m")
    starts = np.concatenate(
        [np.arange(at(day, "09:15"), at(day, "15:40"), 900, dtype=np.int64) for day in WEEK]
    )
    await bench.store.upsert(KEY, quarter, candles(starts, np.arange(1.0, starts.size + 1)))
    found = await bench.series.series(KEY, quarter, first=WEEK[0], last=WEEK[-1])
    assert len(found.candles) == starts.size
    assert found.said == ("stored",)
    assert bench.history.calls == []


async def test_a_share_is_adjusted_for_its_bonus(bench: Bench):
    share = InstrumentKey("NSE_EQ|INE000A01010")
    traded, halved = daily(*WEEK), np.array([1.0, 1.0, 0.5, 0.5])
    prices = {name: getattr(traded, name) * halved for name in ("open", "high", "low", "close")}
    await bench.store.upsert(share, DAY, replace(traded, **prices))
    bonus = CorporateAction(
        isin="INE000A01010",
        kind=ActionKind.BONUS,
        ex_day=WEEK[2],
        ratio=(Fraction(1), Fraction(1)),
    )
    later = CorporateAction(
        isin="INE000A01010", kind=ActionKind.DIVIDEND, ex_day=date(2027, 1, 4), amount=Decimal(5)
    )
    bench.actions.kept = [bonus, later]
    found = await bench.series.series(share, DAY, first=WEEK[0], last=WEEK[-1])
    assert found.candles.close.tolist() == [100.0, 100.5, 101.0, 101.5]
    assert "adjusted for corporate actions" in found.said


async def test_holidays_that_nobody_has_listed_are_not_asked_for(bench: Bench):
    days = [date(2016, 1, 18) + timedelta(days=n) for n in range(40)]
    weekdays = [day for day in days if day.weekday() < 5 and day != date(2016, 1, 26)]
    await bench.store.upsert(KEY, DAY, daily(*weekdays))
    found = await bench.series.bars(KEY, DAY, first=days[0], last=days[-1])
    assert len(found) == len(weekdays)
    assert bench.history.calls == []


async def test_a_commodity_keeps_its_own_hours(bench: Bench):
    gold = InstrumentKey("MCX_FO|1")
    starts = np.arange(at(WEEK[0], "09:00"), at(WEEK[0], "23:30"), 60, dtype=np.int64)
    await bench.store.upsert(gold, Interval.MINUTE, candles(starts, np.ones(starts.size)))
    found = await bench.series.bars(gold, HOUR, first=WEEK[0], last=WEEK[0])
    assert clocks(found)[0].strftime("%H:%M") == "09:00"
    assert clocks(found)[-1].strftime("%H:%M") == "23:00"
