import asyncio
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from math import exp, isnan, nan

import numpy as np
import pytest

from core.analytics.volatility_days import VolatilityDay, VolatilitySource
from core.clock import IST, SetClock
from core.errors import BadData, BrokerRejected, BrokerUnavailable
from core.ids import LOCAL_USER, InstrumentKey
from core.instruments.calendar import MarketCalendar, usual_session
from core.instruments.candle import Candles
from core.instruments.expiries import years_left
from core.instruments.instrument import Instrument, Kind
from core.jobs import backfill_volatility as module
from core.jobs.backfill_volatility import VolatilityBackfill, nearest_on_grid
from core.pricing.black76 import price
from core.services.scheduler import Progress
from core.services.standing_chains import PREFERENCE
from core.state.jobs import JobsState, JobStatus
from tests.fake_broker import candles
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NIFTY, NOW

RATE = 0.065
TODAY = NOW.date()
OVER = (date(2026, 9, 29), date(2026, 10, 27), date(2026, 11, 10), date(2026, 11, 17))
"""Two monthly expiries and two weekly ones that are over."""
LIVE = (date(2026, 11, 23), date(2026, 12, 29), date(2027, 1, 25))
FIRST = date(2026, 9, 29)
STRIKES = tuple(float(k) for k in range(23_000, 25_501, 50))


def volatility(day: date) -> float:
    """What the made-up market has on a day, for all expiries."""
    return 0.10 + 0.001 * (day - FIRST).days


def spot(day: date) -> float:
    return 24_000.0 + 10.0 * (day - FIRST).days


def contract(expiry: date, strike: float, kind: Kind) -> Instrument:
    number = 100_000 + int(strike) * 2 + (kind is Kind.PUT)
    over = f"|{expiry:%d-%m-%Y}" if expiry in OVER else f"{expiry:%m%y}"
    return Instrument(
        key=InstrumentKey(f"NSE_FO|{number}{over}"),
        segment="NSE_FO",
        exchange="NSE",
        symbol=f"NIFTY {strike:g} {kind} {expiry}",
        name="NIFTY",
        kind=kind,
        series="CE" if kind is Kind.CALL else "PE",
        lot_size=65,
        tick_size=Decimal("0.05"),
        expiry=expiry,
        strike=strike,
        underlying_key=NIFTY,
        underlying_symbol="NIFTY",
    )


def contracts(expiry: date) -> list[Instrument]:
    return [contract(expiry, k, kind) for k in STRIKES for kind in (Kind.CALL, Kind.PUT)]


def day_bars(days: list[date], closes: list[float]) -> Candles:
    starts = [int(datetime.combine(day, time(), IST).timestamp()) for day in days]
    return candles(np.array(starts, dtype=np.int64), np.array(closes))


def closes_of(each: Instrument, days: list[date]) -> Candles:
    assert each.expiry is not None
    assert each.strike is not None
    closes = []
    for day in days:
        years = years_left(usual_session(each.expiry).closes_at, usual_session(day).closes_at)
        forward = spot(day) * exp(RATE * years)
        call, discount = each.kind is Kind.CALL, exp(-RATE * years)
        closes.append(float(price(forward, each.strike, years, volatility(day), discount, call)))
    return day_bars(days, closes)


@cache
def market() -> dict[InstrumentKey, Candles]:
    """The daily bars of all contracts, up to yesterday."""
    days = MarketCalendar(SetClock(NOW)).trading_days(FIRST, TODAY - timedelta(days=1))
    return {
        each.key: closes_of(each, [day for day in days if day < expiry])
        for expiry in (*OVER, *LIVE)
        for each in contracts(expiry)
    }


@pytest.fixture
async def desk() -> FakeDesk:
    """A market since the end of September, served through both doors."""
    desk = make_desk()
    s = desk.services
    others = [each for each in s.instruments.rows.values() if not each.is_option]
    await s.instruments.replace([*others, *(c for e in LIVE for c in contracts(e))], NOW)
    await s.preferences.set(LOCAL_USER, PREFERENCE, {"NIFTY": 1})
    days = s.calendar.trading_days(FIRST, TODAY - timedelta(days=1))
    desk.history.candles[NIFTY] = day_bars(days, [spot(day) for day in days])
    desk.expired.listed = {expiry: contracts(expiry) for expiry in OVER}
    for expiry in (*OVER, *LIVE):
        door = desk.expired if expiry in OVER else desk.history
        door.candles |= {each.key: market()[each.key] for each in contracts(expiry)}
    return desk


def job_of(desk: FakeDesk, pause: object = None) -> VolatilityBackfill:
    s = desk.services

    async def no_pause(seconds: float) -> None:
        await asyncio.sleep(0)

    return VolatilityBackfill(
        days=s.volatility_days,
        instruments=s.instruments,
        preferences=s.preferences,
        history=desk.history,
        expired=desk.expired,
        calendar=s.calendar,
        rate=RATE,
        pause=pause or no_pause,  # type: ignore[arg-type]
    )


def progress() -> Progress:
    return Progress(JobStatus(name="", title="", schedule=""), JobsState())


async def kept(desk: FakeDesk) -> dict[date, VolatilityDay]:
    return {each.day: each for each in await desk.services.volatility_days.of("NIFTY")}


def calls(desk: FakeDesk) -> int:
    return len(desk.expired.calls) + len(desk.history.calls)


async def test_past_sessions_get_the_volatility_that_their_options_had(desk: FakeDesk):
    said = await job_of(desk).run(progress())
    found = await kept(desk)
    days = desk.services.calendar.trading_days(FIRST, TODAY - timedelta(days=1))
    assert list(found) == days
    assert said.startswith(f"NIFTY {len(days)} of ")
    for day, each in found.items():
        assert each.iv30 == pytest.approx(volatility(day), abs=2e-4), day
        assert isnan(each.iv_near)
        assert (each.source, each.spot) == (VolatilitySource.EXPIRED, spot(day))
        assert each.forward == pytest.approx(spot(day), rel=0.01)


async def test_of_weekly_expiries_nothing_is_asked(desk: FakeDesk):
    await job_of(desk).run(progress())
    assert not any("10-11-2026" in call or "17-11-2026" in call for call in desk.expired.calls)


async def test_what_is_known_is_not_asked_for_again(desk: FakeDesk):
    await job_of(desk).run(progress())
    before, first = calls(desk), await kept(desk)
    await job_of(desk).run(progress())
    assert calls(desk) - before <= 2  # the index's days and the list of expiries
    assert await kept(desk) == first


async def test_our_own_record_stays_unless_it_lacks_the_figure(desk: FakeDesk):
    yesterday, before = date(2026, 11, 17), date(2026, 11, 16)
    own = VolatilityDay(
        symbol="NIFTY",
        day=yesterday,
        iv30=0.5,
        iv_near=0.4,
        forward=1.0,
        spot=1.0,
        source=VolatilitySource.OWN,
    )
    await desk.services.volatility_days.save([own, replace(own, day=before, iv30=nan)])
    await job_of(desk).run(progress())
    found = await kept(desk)
    assert found[yesterday] == own
    assert found[before].iv30 == pytest.approx(volatility(before), abs=2e-4)


async def test_a_run_asks_only_so_often_and_the_next_one_goes_on(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "MOST_CALLS", 20)
    job, seen = job_of(desk), 0
    for _ in range(10):
        before = calls(desk)
        said = await job.run(progress())
        assert calls(desk) - before <= 20
        newest = sorted(await kept(desk), reverse=True)
        assert newest[0] == date(2026, 11, 17)  # from the newest backwards
        assert len(newest) > seen or "next run" not in said
        seen = len(newest)
        if "next run" not in said:
            break
    assert seen == len(desk.services.calendar.trading_days(FIRST, TODAY - timedelta(days=1)))


async def test_between_two_questions_it_pauses(desk: FakeDesk):
    pauses = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    await job_of(desk, pause).run(progress())
    assert len(pauses) == calls(desk) - 1
    assert set(pauses) == {module.PAUSE}


async def test_cancelled_it_keeps_what_it_has_found(desk: FakeDesk):
    async def pause(seconds: float) -> None:
        if calls(desk) > 12:
            await asyncio.Event().wait()

    running = asyncio.create_task(job_of(desk, pause).run(progress()))
    await asyncio.sleep(0.2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    found = await kept(desk)
    assert 0 < len(found) < 30
    assert all(not isnan(each.iv30) for each in found.values())


async def test_a_lost_connection_fails_the_run_and_keeps_what_was_found(desk: FakeDesk):
    async def pause(seconds: float) -> None:
        if calls(desk) > 12:
            desk.history.fails = desk.expired.fails = BrokerUnavailable("away")

    with pytest.raises(BrokerUnavailable):
        await job_of(desk, pause).run(progress())
    assert await kept(desk)


async def test_without_the_plan_the_listed_contracts_serve_for_what_they_reach(desk: FakeDesk):
    desk.expired.fails = BrokerRejected("Plus plan only", code="UDAPI1149", http_status=403)
    said = await job_of(desk).run(progress())
    assert "Plus plan only" in said
    found = await kept(desk)
    assert min(found) == date(2026, 11, 2)  # before, October's expiry would be needed
    assert all(not isnan(each.iv30) for each in found.values())


async def test_a_day_without_trade_in_its_contracts_is_kept_as_unknown(desk: FakeDesk):
    day = date(2026, 11, 13)
    for each in contracts(LIVE[0]) + contracts(LIVE[1]):
        bars = desk.history.candles[each.key]
        start = int(datetime.combine(day, time(), IST).timestamp())
        desk.history.candles[each.key] = replace(
            bars, volume=np.where(bars.time == start, 0, bars.volume)
        )
    await job_of(desk).run(progress())
    assert isnan((await kept(desk))[day].iv30)
    before = calls(desk)
    await job_of(desk).run(progress())
    assert calls(desk) - before <= 2


async def test_nonsense_of_one_contract_does_not_stop_the_others(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
):
    real, bad = desk.history.days, contract(LIVE[1], 24_500.0, Kind.CALL).key

    async def days(key: InstrumentKey, first: date, last: date) -> Candles:
        if key == bad:
            raise BadData("a high below its low")
        return await real(key, first, last)

    monkeypatch.setattr(desk.history, "days", days)
    await job_of(desk).run(progress())
    found = await kept(desk)
    assert len(found) == len(desk.services.calendar.trading_days(FIRST, TODAY - timedelta(days=1)))
    unknown = [day for day, each in found.items() if isnan(each.iv30)]
    assert len(unknown) < 10


async def test_prices_of_different_hours_make_no_figure(desk: FakeDesk):
    day = date(2026, 11, 13)
    for each in contracts(LIVE[0]) + contracts(LIVE[1]):
        bars = desk.history.candles[each.key]
        if each.kind is Kind.CALL:
            start = int(datetime.combine(day, time(), IST).timestamp())
            wild = np.where(bars.time == start, bars.close + 2_000, bars.close)
            desk.history.candles[each.key] = replace(bars, close=wild, high=wild, low=bars.low)
    await job_of(desk).run(progress())
    assert isnan((await kept(desk))[day].iv30)


async def test_a_symbol_that_is_not_listed_here_is_complete(desk: FakeDesk):
    await desk.services.preferences.set(LOCAL_USER, PREFERENCE, {"SENSEX": 1})
    assert await job_of(desk).run(progress()) == "SENSEX complete"
    await desk.services.preferences.set(LOCAL_USER, PREFERENCE, {})
    assert await job_of(desk).run(progress()) == "no chains are kept"


@pytest.mark.parametrize(
    ("strikes", "forward", "expected"),
    [
        (STRIKES, 24_130.0, 24_100.0),  # 0.4 % of 24,000 is 96: every second one of 50
        (STRIKES, 24_160.0, 24_200.0),
        ((24_050.0, 24_150.0), 24_140.0, 24_150.0),
        ((24_010.0, 24_060.0), 24_040.0, 24_060.0),  # none on the grid: any
    ],
)
def test_strikes_are_chosen_on_a_grid(strikes: tuple[float, ...], forward: float, expected: float):
    assert nearest_on_grid(set(strikes), forward, 24_000.0) == expected


def test_one_strike_is_no_ladder():
    assert isnan(nearest_on_grid({24_000.0}, 24_000.0, 24_000.0))
