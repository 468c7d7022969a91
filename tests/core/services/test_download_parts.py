"""Chains, corporate actions and instruments by download, and the names that people give."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest

from core.clock import IST
from core.downloads.plan import Plan, Status, What
from core.errors import BrokerUnavailable, RuleBroken
from core.instruments.corporate_actions import ActionKind, CorporateAction, parsed_ratio
from core.services.download_names import expired_on, named, named_plan
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, FUTURE, NEXT_EXPIRY, NIFTY, RELIANCE, SPOT, VOL

DAY = date(2026, 11, 17)


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


async def ended(desk: FakeDesk, plan: Plan):  # type: ignore[no-untyped-def]
    downloads = desk.services.downloads
    return await downloads.ended(await downloads.start(plan))


def chain_of(expiry: date | None = None) -> Plan:
    return Plan(what=What.CHAIN, keys=(NIFTY,), names=("NIFTY",), expiry=expiry)


async def test_a_chain_is_kept_with_our_own_volatilities(desk: FakeDesk) -> None:
    done = await ended(desk, chain_of())
    assert (done.status, done.pieces) == (Status.DONE, 3)
    minute = datetime(2026, 11, 18, 9, 59, tzinfo=IST)
    for expiry in (EXPIRY, NEXT_EXPIRY):
        kept = await desk.services.snapshots.at("NIFTY", expiry, minute)
        assert kept is not None
        assert kept.spot == SPOT
        middle = np.abs(kept.strikes - SPOT).argmin()
        assert kept.iv[:, middle] == pytest.approx(VOL, abs=0.005)
        assert kept.forward > kept.spot


async def test_a_minute_that_was_recorded_is_not_written_over(desk: FakeDesk) -> None:
    await ended(desk, chain_of(EXPIRY))
    minute = datetime(2026, 11, 18, 9, 59, tzinfo=IST)
    kept = await desk.services.snapshots.at("NIFTY", EXPIRY, minute)
    assert kept is not None
    await desk.services.snapshots.save([replace(kept, spot=1.0)])
    assert (await ended(desk, chain_of(EXPIRY))).bars == 0
    again = await desk.services.snapshots.at("NIFTY", EXPIRY, minute)
    assert again is not None
    assert again.spot == 1.0


async def test_after_the_close_a_chain_is_of_the_last_minute(desk: FakeDesk) -> None:
    desk.clock.set(datetime(2026, 11, 21, 11, 0, tzinfo=IST))  # a Saturday
    await ended(desk, chain_of(EXPIRY))
    minute = datetime(2026, 11, 20, 15, 39, tzinfo=IST)
    assert await desk.services.snapshots.at("NIFTY", EXPIRY, minute) is not None


async def test_a_chain_that_is_not_listed_is_refused_with_words(desk: FakeDesk) -> None:
    done = await ended(desk, chain_of(date(2026, 11, 25)))
    assert (done.status, "no such chain" in done.message) == (Status.FAILED, True)


async def test_corporate_actions_are_kept_by_share(desk: FakeDesk) -> None:
    dividend = CorporateAction(
        isin="INE002A01018",
        kind=ActionKind.DIVIDEND,
        ex_day=date(2026, 8, 14),
        amount=Decimal("5.5"),
    )
    desk.actions.told["INE002A01018"] = [dividend]
    plan = Plan(what=What.ACTIONS, keys=(RELIANCE, NIFTY), names=("RELIANCE", "NIFTY"))
    done = await ended(desk, plan)
    assert (done.status, done.bars) == (Status.FAILED, 1)
    assert await desk.services.actions.of("INE002A01018") == [dividend]
    (failure,) = await desk.services.downloads.failures(done.id)
    assert "NIFTY is no share" in failure.reason


async def test_with_candles_of_a_share_come_its_actions(desk: FakeDesk) -> None:
    bonus = CorporateAction(
        isin="INE002A01018", kind=ActionKind.BONUS, ex_day=DAY, ratio=parsed_ratio("1:1")
    )
    desk.actions.told["INE002A01018"] = [bonus]
    plan = Plan(
        what=What.CANDLES, keys=(RELIANCE, NIFTY), names=("RELIANCE", "NIFTY"), first=DAY, last=DAY
    )
    assert (await ended(desk, plan)).status is Status.DONE
    assert await desk.services.actions.of("INE002A01018") == [bonus]
    desk.actions.fails = BrokerUnavailable("busy")
    assert (await ended(desk, replace(plan, again=True))).status is Status.DONE


async def test_instruments_are_counted(desk: FakeDesk) -> None:
    done = await ended(desk, Plan(what=What.INSTRUMENTS))
    assert done.status is Status.DONE
    assert done.bars == await desk.services.instruments.count()


async def test_names_are_found_as_people_write_them(desk: FakeDesk) -> None:
    instruments = desk.services.instruments
    assert (await named(instruments, " nifty ")).key == NIFTY
    assert (await named(instruments, "Reliance")).key == RELIANCE
    assert (await named(instruments, FUTURE)).key == FUTURE
    assert (await named(instruments, "india vix")).key == "NSE_INDEX|India VIX"
    for unknown in ("", "NSE_FO|1", "NIFT"):
        with pytest.raises(RuleBroken, match="no instrument called"):
            await named(instruments, unknown)


async def test_an_instrument_named_twice_is_downloaded_once(desk: FakeDesk) -> None:
    plan = Plan(what=What.CANDLES, first=date(2026, 11, 2), last=date(2026, 11, 3))
    found = await named_plan(desk.services.instruments, plan, ["NIFTY", NIFTY, "TCS"])
    assert found.names == ("NIFTY", "TCS")
    assert found.span == plan.span


async def test_the_newest_expiry_is_taken_unless_another_is_served(desk: FakeDesk) -> None:
    with pytest.raises(RuleBroken, match="no expired contracts"):
        await expired_on(desk.expired, NIFTY, None)
    days = [date(2026, 11, 10), date(2026, 11, 17)]
    desk.expired.listed = {day: [] for day in days}
    assert await expired_on(desk.expired, NIFTY, None) == days[1]
    assert await expired_on(desk.expired, NIFTY, days[0]) == days[0]
    with pytest.raises(RuleBroken, match="newest are 10 Nov 2026, 17 Nov 2026"):
        await expired_on(desk.expired, NIFTY, date(2026, 11, 11))
