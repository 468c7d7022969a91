import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.clock import IST, SetClock
from core.instruments.calendar import MarketCalendar, Session
from core.instruments.candle import Candles, Interval
from core.instruments.resample import day_of, midnight, resample

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "candles"
HOUR = Interval.parse("1h")
CALENDAR = MarketCalendar(SetClock(datetime(2026, 11, 20, 4, tzinfo=UTC)))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=IST).timestamp())


def clock(time: int) -> str:
    return datetime.fromtimestamp(time, IST).strftime("%H:%M")


def minutes(*spans: tuple[str, str], step: int = 60) -> Candles:
    """A bar a minute over each span, its end left out; the n-th costs 100 + n, ten units of it."""
    time = np.concatenate([np.arange(at(a), at(b), step) for a, b in spans])
    price = 100.0 + np.arange(time.size)
    return Candles(
        time=time,
        open=price,
        high=price + 0.5,
        low=price - 0.5,
        close=price + 0.25,
        volume=np.full(time.size, 10),
        open_interest=np.arange(time.size),
    )


def clocks(candles: Candles) -> list[str]:
    return [clock(int(time)) for time in candles.time]


def test_bars_are_counted_from_the_opening_of_the_session():
    day = minutes(("2024-01-25 09:15", "2024-01-25 15:30"))
    hours = resample(day, Interval.parse("1h"), CALENDAR)
    assert clocks(hours) == ["09:15", "10:15", "11:15", "12:15", "13:15", "14:15", "15:15"]
    assert hours.volume.tolist() == [600] * 6 + [150]
    assert (hours.open[0], hours.close[0]) == (day.open[0], day.close[59])
    assert (hours.high[1], hours.low[1]) == (day.high[119], day.low[60])
    assert hours.open_interest[0] == 59
    assert len(resample(day, Interval.parse("7m"), CALENDAR)) == 54


def test_a_bar_without_trades_is_not_made_up():
    day = minutes(
        ("2024-01-25 09:15", "2024-01-25 09:17"), ("2024-01-25 11:00", "2024-01-25 11:01")
    )
    assert clocks(resample(day, Interval.parse("15m"), CALENDAR)) == ["09:15", "11:00"]


def test_the_two_windows_of_a_drill_never_come_into_one_bar():
    day = minutes(
        ("2024-03-02 09:15", "2024-03-02 10:00"), ("2024-03-02 11:30", "2024-03-02 12:30")
    )
    found = resample(day, Interval.parse("4h"), CALENDAR)
    assert clocks(found) == ["09:15", "11:30"]
    assert found.volume.tolist() == [450, 600]
    assert clocks(resample(day, Interval.parse("30m"), CALENDAR)) == [
        *("09:15", "09:45"),
        *("11:30", "12:00"),
    ]


def test_a_muhurat_session_has_its_own_hours():
    day = minutes(("2025-10-21 13:45", "2025-10-21 14:45"))
    assert clocks(resample(day, Interval.parse("2h"), CALENDAR)) == ["13:45"]


def test_what_is_recorded_after_the_close_stays_apart_and_out_of_the_days_bar():
    day = minutes(("2024-01-20 09:15", "2024-01-20 18:17"))
    found = resample(day, Interval.parse("1h"), CALENDAR)
    assert clocks(found)[-4:] == ["15:15", "15:30", "16:30", "17:30"]
    whole = resample(day, Interval.DAY, CALENDAR)
    assert len(whole) == 1
    assert whole.close[0] == day.close[374]
    assert whole.volume[0] == 3750


def test_a_day_that_the_calendar_does_not_know_is_counted_from_its_first_bar():
    day = minutes(("2019-10-27 18:15", "2019-10-27 19:15"))  # a Sunday's muhurat session
    assert clocks(resample(day, Interval.parse("30m"), CALENDAR)) == ["18:15", "18:45"]
    assert len(resample(day, Interval.DAY, CALENDAR)) == 1
    old = minutes(("2001-01-25 09:55", "2001-01-25 15:30"))
    assert clocks(resample(old, Interval.parse("1h"), CALENDAR))[0] == "09:55"


def test_an_index_that_stands_still_in_the_closing_auction_has_a_bar_of_its_own_after_it():
    index = minutes(
        ("2026-08-21 09:15", "2026-08-21 15:15"), ("2026-08-21 15:35", "2026-08-21 15:36")
    )
    assert clocks(resample(index, Interval.parse("15m"), CALENDAR))[-2:] == ["15:00", "15:35"]
    assert clocks(resample(index, Interval.parse("4h"), CALENDAR)) == ["09:15", "13:15", "15:35"]
    option = minutes(("2026-08-21 09:15", "2026-08-21 15:40"))
    assert clocks(resample(option, Interval.parse("15m"), CALENDAR))[-2:] == ["15:15", "15:30"]
    assert clocks(resample(option, Interval.parse("4h"), CALENDAR)) == ["09:15", "13:15"]


def test_bars_before_and_after_a_halt_stay_apart():
    day = minutes(
        ("2020-03-13 09:15", "2020-03-13 09:20"), ("2020-03-13 10:20", "2020-03-13 15:30")
    )
    halted = _Halted(SetClock(datetime(2026, 11, 20, 4, tzinfo=UTC)))
    found = resample(day, Interval.parse("2h"), halted)
    assert clocks(found) == ["09:15", "10:20", "11:15", "13:15", "15:15"]
    assert found.volume[0] == 50


class _Halted(MarketCalendar):
    """An hour's halt on 13 March 2020."""

    def session_of(self, day: date) -> Session | None:
        usual = super().session_of(day)
        assert usual is not None
        opens = usual.opens_at
        halt = opens + timedelta(minutes=5), opens + timedelta(minutes=65)
        return Session(day=day, name=usual.name, windows=usual.windows, halts=(halt,))


def test_weeks_begin_on_mondays_and_months_with_their_first_day():
    days = minutes(("2024-01-25 00:00", "2024-02-07 00:00"), step=86_400)
    weeks = resample(days, Interval.parse("1w"), CALENDAR)
    assert [day_of(int(t)) for t in weeks.time] == [
        date(2024, 1, 22),
        date(2024, 1, 29),
        date(2024, 2, 5),
    ]
    months = resample(days, Interval.parse("1M"), CALENDAR)
    assert [day_of(int(t)) for t in months.time] == [date(2024, 1, 1), date(2024, 2, 1)]
    quarters = resample(days, Interval.parse("3M"), CALENDAR)
    assert [day_of(int(t)) for t in quarters.time] == [date(2024, 1, 1)]


def test_several_days_are_counted_by_sessions():
    wanted = CALENDAR.trading_days(date(2026, 1, 1), date(2026, 2, 3))
    price = np.arange(1.0, len(wanted) + 1)
    count = np.ones(len(wanted), np.int64)
    days = Candles(
        time=np.array([midnight(day) for day in wanted]),
        open=price,
        high=price,
        low=price,
        close=price,
        volume=count,
        open_interest=count,
    )
    found = resample(days, Interval.parse("5d"), CALENDAR)
    assert found.volume.tolist() == [5] * (len(wanted) // 5) + [len(wanted) % 5] * (
        len(wanted) % 5 > 0
    )
    assert day_of(int(found.time[0])) == wanted[0]


def test_bars_of_a_market_with_other_hours_are_counted_from_its_first_bar():
    day = minutes(("2026-08-20 09:00", "2026-08-20 23:30"))
    assert clocks(resample(day, Interval.parse("4h"), None))[:2] == ["09:00", "13:00"]
    assert resample(day, Interval.DAY, None).volume.tolist() == [8700]


def test_seconds_without_hours_become_whole_minutes():
    day = minutes(("2026-08-20 09:00:23", "2026-08-20 09:03"), step=1)
    assert clocks(resample(day, Interval.MINUTE, None)) == ["09:00", "09:01", "09:02"]
    assert resample(day, Interval.MINUTE, None).time[0] % 60 == 0


def test_nothing_makes_nothing():
    assert len(resample(Candles.none(), Interval.parse("1h"), CALENDAR)) == 0


def test_the_future_changes_no_bar_that_is_over():
    day = minutes(("2024-01-25 09:15", "2024-01-25 15:30"))
    whole = resample(day, Interval.parse("15m"), CALENDAR)
    early = resample(
        Candles(**{n: getattr(day, n)[:100] for n in Candles.__slots__}),
        Interval.parse("15m"),
        CALENDAR,
    )
    assert early.close[:6].tolist() == whole.close[:6].tolist()


# real bars
def nifty_minutes() -> Candles:
    path = SHARED / "nifty_1m_2024_jan_aug.csv"
    if not path.exists():
        pytest.skip("../shared is not here")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    time = [at(f"{r['Date'][:4]}-{r['Date'][4:6]}-{r['Date'][6:]} {r['Time']}") for r in rows]
    nothing = np.zeros(len(rows), np.int64)
    prices = {
        n.lower(): np.array([float(r[n]) for r in rows]) for n in ("Open", "High", "Low", "Close")
    }
    return Candles(time=np.array(time), **prices, volume=nothing, open_interest=nothing)


@pytest.fixture(scope="module")
def recorded() -> Candles:
    return nifty_minutes()


def test_recorded_minutes_make_the_published_days(recorded):
    days = resample(recorded, Interval.DAY, CALENDAR)
    assert len(days) == 156
    found = {day_of(int(t)): at for at, t in enumerate(days.time)}
    with (SHARED / "nifty_daily.csv").open(encoding="utf-8") as file:
        published = {date.fromisoformat(r["date"]): r for r in csv.DictReader(file)}
    both = sorted(set(found) & set(published))
    assert len(both) > 150
    closes = np.array([days.close[found[day]] for day in both])
    wanted = np.array([float(published[day]["close"]) for day in both])
    # an official close is an average of the last half hour: within a quarter of a percent
    assert np.abs(closes / wanted - 1).max() < 0.0025
    for day in (date(2024, 1, 20), date(2024, 3, 2), date(2024, 5, 18)):
        bar, row = found[day], published[day]
        assert days.high[bar] == pytest.approx(float(row["high"]), abs=1.0)
        assert days.low[bar] == pytest.approx(float(row["low"]), abs=1.0)
        assert days.close[bar] == pytest.approx(float(row["close"]), abs=1.0)


def test_recorded_odd_days_have_the_bars_of_their_windows(recorded):
    found = resample(recorded, Interval.parse("15m"), CALENDAR)
    counted: dict[date, list[str]] = {}
    for time in found.time.tolist():
        counted.setdefault(day_of(time), []).append(clock(time))
    assert counted[date(2024, 3, 2)] == [
        "09:15",
        "09:30",
        "09:45",
        "11:30",
        "11:45",
        "12:00",
        "12:15",
    ]
    assert counted[date(2024, 5, 18)] == counted[date(2024, 3, 2)]
    assert counted[date(2024, 1, 20)][24:27] == ["15:15", "15:30", "15:45"]
    usual = [len(each) for day, each in counted.items() if day.weekday() < 5]
    assert set(usual) == {25}


def test_recorded_minutes_make_the_quarter_hours_of_another_vendor(recorded):
    ours = resample(recorded, Interval.parse("15m"), CALENDAR)
    with (SHARED / "nifty_15m_2015_2026.csv").open(encoding="utf-8") as file:
        theirs = {
            at(r["date"]): float(r["close"])
            for r in csv.DictReader(file)
            if r["date"][:4] == "2024"
        }
    pairs = [
        (close, theirs[t])
        for t, close in zip(ours.time.tolist(), ours.close, strict=True)
        if t in theirs
    ]
    assert len(pairs) > 3_800
    off = np.array([abs(a / b - 1) for a, b in pairs])
    assert np.quantile(off, 0.99) < 1e-4


@pytest.fixture(scope="module")
def quarters() -> Candles:
    """Twelve years of quarter hours, of two vendors."""
    path = SHARED / "nifty_15m_2015_2026.csv"
    if not path.exists():
        pytest.skip("../shared is not here")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    nothing = np.zeros(len(rows), np.int64)
    names = ("open", "high", "low", "close")
    prices = {name: np.array([float(r[name]) for r in rows]) for name in names}
    return Candles(
        time=np.array([at(r["date"]) for r in rows]),
        **prices,
        volume=nothing,
        open_interest=nothing,
    )


def test_twelve_years_of_quarter_hours_make_the_published_days(quarters):
    days = resample(quarters, Interval.DAY, CALENDAR)
    with (SHARED / "nifty_daily.csv").open(encoding="utf-8") as file:
        published = {at(f"{r['date']} 00:00"): r for r in csv.DictReader(file)}
    both = [(bar, published[t]) for bar, t in enumerate(days.time.tolist()) if t in published]
    assert len(both) > 2_800
    for name in ("high", "low"):
        ours = np.array([getattr(days, name)[bar] for bar, _ in both])
        theirs = np.array([float(row[name]) for _, row in both])
        off = np.abs(ours / theirs - 1)
        assert np.quantile(off, 0.98) < 2e-3, name


def test_bars_before_the_opening_of_a_day_stay_apart(quarters):
    """On 19 March 2026 a vendor told half of the day twice, the first time in UTC."""
    day = date(2026, 3, 19)
    own = [t for t in quarters.time.tolist() if day_of(t) == day]
    assert len(own) == 47
    hours = resample(quarters, HOUR, CALENDAR)
    found = [clock(t) for t in hours.time.tolist() if day_of(t) == day]
    assert found[-7:] == ["09:15", "10:15", "11:15", "12:15", "13:15", "14:15", "15:15"]
    assert found[0] == "03:45"
    days = resample(quarters, Interval.DAY, CALENDAR)
    inside = [i for i, t in enumerate(quarters.time.tolist()) if day_of(t) == day][-25:]
    at_day = next(i for i, t in enumerate(days.time.tolist()) if day_of(t) == day)
    assert days.open[at_day] == quarters.open[inside[0]]
    assert days.high[at_day] == quarters.high[inside].max()


def test_the_closing_auctions_bar_belongs_to_its_day(quarters):
    day = date(2026, 8, 21)
    hours = resample(quarters, HOUR, CALENDAR)
    last = max(i for i, t in enumerate(hours.time.tolist()) if day_of(t) == day)
    assert clock(int(hours.time[last])) == "15:15"
    assert hours.close[last] == pytest.approx(24_252.0, abs=0.01)
