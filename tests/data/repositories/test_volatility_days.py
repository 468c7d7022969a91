"""The contract of the volatility by session, on every implementation."""

from dataclasses import replace
from datetime import date
from math import isnan, nan

import pytest
from sqlmodel import Session

from core.analytics.volatility_days import VolatilityDay, VolatilitySource
from core.errors import BadData
from core.ports.repositories import VolatilityRepository
from data.db.database import Database, driver
from data.repositories.volatility_days import SqlVolatilityDays


def volatility_day(day: int, *, iv30: float = 0.1234, symbol: str = "NIFTY") -> VolatilityDay:
    return VolatilityDay(
        symbol=symbol,
        day=date(2026, 11, day),
        iv30=iv30,
        iv_near=0.11,
        forward=24_230.5,
        spot=24_211.35,
        source=VolatilitySource.OWN,
    )


async def test_sessions_of_a_symbol_come_back_oldest_first(
    volatility_days: VolatilityRepository,
) -> None:
    first, second = volatility_day(17), volatility_day(18)
    await volatility_days.save([second, volatility_day(17, symbol="BANKNIFTY")])
    await volatility_days.save([first])
    await volatility_days.save([])
    assert await volatility_days.of("NIFTY") == [first, second]
    assert await volatility_days.of("nobody") == []


async def test_a_session_saved_again_is_overwritten(volatility_days: VolatilityRepository) -> None:
    own = volatility_day(17)
    expired = replace(own, iv30=0.2, source=VolatilitySource.EXPIRED)
    await volatility_days.save([own, expired])
    assert await volatility_days.of("NIFTY") == [expired]
    await volatility_days.save([own])
    assert await volatility_days.of("NIFTY") == [own]


async def test_what_is_unknown_stays_unknown(volatility_days: VolatilityRepository) -> None:
    await volatility_days.save([replace(volatility_day(17), iv30=nan, spot=nan)])
    (found,) = await volatility_days.of("NIFTY")
    assert isnan(found.iv30)
    assert isnan(found.spot)
    assert found.iv_near == 0.11


async def test_a_source_that_we_do_not_know_is_refused(database: Database) -> None:
    days = SqlVolatilityDays(database)
    await days.save([volatility_day(17)])

    def spoil(session: Session) -> None:
        driver(session).execute("UPDATE volatility_days SET source = 'hearsay'")

    database.write_now(spoil)
    with pytest.raises(BadData, match="hearsay"):
        await days.of("NIFTY")
