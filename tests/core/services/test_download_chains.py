"""A whole expiry that is over: its contracts, their candles, and the days of its chain."""

from dataclasses import replace
from datetime import date, datetime
from math import exp

import numpy as np
import pytest

from core.analytics.chain_day import PER_STRIKE
from core.analytics.chain_snapshot import ChainSnapshot
from core.analytics.sides import CALL, PUT
from core.clock import IST
from core.downloads.plan import Plan, Status, What
from core.errors import BrokerRejected
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.instruments.expiries import MINUTES_A_YEAR
from core.instruments.instrument import Instrument, Kind
from core.pricing.black76 import price
from tests.core.services.test_downloads import minutes
from tests.data.repositories.samples import instrument, option
from tests.fake_broker import candles
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NIFTY

EVENING = datetime(2026, 11, 20, 16, 30, tzinfo=IST)
FIRST, EXPIRY, LISTED = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 23)
STRIKES = (23_900.0, 23_950.0, 24_000.0, 24_050.0, 24_100.0)
SPOT, VOL, RATE = 24_000.0, 0.13, 0.065


def contracts() -> list[Instrument]:
    found = []
    for number, strike in enumerate(STRIKES):
        for right in ("CE", "PE"):
            each = option(60_000 + 2 * number + (right == "PE"), "NIFTY", strike, right, EXPIRY)
            found.append(_over(each))
    future = instrument(
        "NSE_FO|59999",
        "NIFTY FUT 17 NOV 26",
        Kind.FUTURE,
        expiry=EXPIRY,
        underlying_key=NIFTY,
        underlying_symbol="NIFTY",
    )
    return [*found, _over(future)]


def _over(each: Instrument) -> Instrument:
    return replace(each, key=InstrumentKey(f"{each.key}|17-11-2026"))


@pytest.fixture
def desk() -> FakeDesk:
    made = make_desk(now=EVENING)
    calendar, closes = made.services.calendar, made.services.calendar.close_of(EXPIRY)
    whole = minutes(calendar, FIRST, EXPIRY)
    made.history.candles[NIFTY] = candles(whole.time, np.full(len(whole), SPOT))
    made.expired.listed = {EXPIRY: contracts()}
    years = (closes.timestamp() / 60 - (whole.time / 60 + 1)) / MINUTES_A_YEAR
    for each in contracts():
        made.expired.candles[each.key] = _bars(each, whole, np.maximum(years, 1e-9))
    return made


def _bars(each: Instrument, whole: Candles, years: np.ndarray) -> Candles:
    forward = SPOT * np.exp(RATE * years)
    if each.strike is None:
        return candles(whole.time, forward)
    call = each.kind is Kind.CALL
    worth = price(forward, each.strike, years, VOL, np.exp(-RATE * years), call)
    return candles(whole.time, np.maximum(np.asarray(worth), 0.05))


def plan(**more: object) -> Plan:
    given = {"first": FIRST, "expiry": EXPIRY} | more
    return Plan(what=What.EXPIRED, keys=(NIFTY,), names=("NIFTY",), **given)  # type: ignore[arg-type]


async def test_an_expiry_comes_with_its_contracts_and_becomes_days_of_a_chain(
    desk: FakeDesk,
) -> None:
    s = desk.services
    ended = await s.downloads.ended(await s.downloads.start(plan()))
    assert ended is not None
    assert (ended.status, ended.message) == (Status.DONE, "2 days of the chain")
    assert ended.pieces == 1 + 10 + 1  # the index, the options, the future
    held = await s.candles.latest(InstrumentKey("NSE_FO|60000|17-11-2026"), Interval.MINUTE, 10_000)
    assert len(held) == 2 * 385
    assert await s.option_history.days("NIFTY") == [FIRST, EXPIRY]
    day = await s.option_history.chain("NIFTY", EXPIRY, FIRST)
    assert day is not None
    assert day.strikes.tolist() == list(STRIKES)
    assert len(day.minutes) == 385
    assert day.iv[100] == pytest.approx(VOL, abs=1e-4)
    assert day.forward[0] == pytest.approx(SPOT * exp(RATE * 1_924 / MINUTES_A_YEAR), rel=1e-4)
    assert np.isfinite(day.future).all()
    assert day.ltp[200, CALL, 0] > day.ltp[200, PUT, 0]


async def test_done_twice_it_asks_for_no_candle_and_keeps_the_days(desk: FakeDesk) -> None:
    s = desk.services
    await s.downloads.ended(await s.downloads.start(plan()))
    desk.expired.calls.clear()
    ended = await s.downloads.ended(await s.downloads.start(plan()))
    assert ended is not None
    assert (ended.status, ended.pieces) == (Status.DONE, 0)
    assert not any(call.startswith("bars") for call in desk.expired.calls)
    assert len(await s.option_history.catalogue()) == 2


async def test_longer_bars_make_no_days(desk: FakeDesk) -> None:
    s = desk.services
    ended = await s.downloads.ended(await s.downloads.start(plan(interval=Interval.parse("15m"))))
    assert ended is not None
    assert ended.status is Status.DONE
    assert await s.option_history.catalogue() == []


async def test_an_account_without_the_plan_is_told_so(desk: FakeDesk) -> None:
    desk.expired.fails = BrokerRejected("on the Plus plan only", code="UDAPI1149")
    s = desk.services
    ended = await s.downloads.ended(await s.downloads.start(plan()))
    assert ended is not None
    assert (ended.status, ended.message) == (Status.FAILED, "on the Plus plan only")


async def test_an_expiry_that_is_still_listed_is_filled_the_same_way(desk: FakeDesk) -> None:
    s = desk.services
    listed = await s.instruments.options("NIFTY", LISTED)
    whole = minutes(s.calendar, FIRST, FIRST)
    for each in listed:
        assert each.strike is not None
        worth = max(SPOT - each.strike, each.strike - SPOT, 0.0) + 50.0
        desk.history.candles[each.key] = candles(whole.time, np.full(len(whole), worth))
    ended = await s.downloads.ended(
        await s.downloads.start(plan(expiry=LISTED, first=FIRST, last=FIRST))
    )
    assert ended is not None
    assert (ended.status, ended.message) == (Status.DONE, "1 days of the chain")
    assert desk.expired.calls == []
    day = await s.option_history.chain("NIFTY", LISTED, FIRST)
    assert day is not None
    assert len(day.minutes) == 385


async def test_what_the_desk_took_down_itself_stays_as_it_is(desk: FakeDesk) -> None:
    s = desk.services
    await s.downloads.ended(await s.downloads.start(plan()))
    made = await s.option_history.chain("NIFTY", EXPIRY, FIRST)
    assert made is not None
    noon = datetime(2026, 11, 16, 12, 0, tzinfo=IST)
    taken = ChainSnapshot(
        symbol="NIFTY",
        expiry=EXPIRY,
        minute=noon,
        spot=1.0,
        forward=1.0,
        strikes=made.strikes,
        **{name: np.full((2, len(STRIKES)), 7.0) for name in PER_STRIKE},
    )
    await s.snapshots.save([taken])
    await s.downloads.ended(await s.downloads.start(plan(again=True)))
    day = await s.option_history.chain("NIFTY", EXPIRY, FIRST)
    assert day is not None
    row = day.at(int(noon.timestamp()) // 60)
    assert day.bid[row, CALL, 0] == 7.0
    assert len(day.minutes) == 385
