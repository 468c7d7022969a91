from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest

from core.analytics.build_up import BuildUp, build_up_of, dead_band
from core.analytics.chain_day import ChainDay
from core.analytics.chain_prices import chain_prices
from core.analytics.oi_change import OiChange, since_yesterday
from core.analytics.open_interest import change, fraction, units
from tests.core.analytics import nse_chain
from tests.core.analytics.priced_day import priced_day
from tests.core.analytics.recorded_day import minute_of_day, recorded_day


def between(day: ChainDay, then: int, now: int = -1, **bands: float) -> OiChange:
    """From one row of a day to another."""
    price = chain_prices(day).value
    return since_yesterday(day.strikes, price[now], price[then], day.oi[now], day.oi[then], **bands)


def grown(minutes: int = 4):
    """A day in which the forward rises and call 24,000 gains open interest, put 24,000 loses."""
    day = priced_day(minutes, forward=24_000 + 40.0 * np.arange(minutes))
    oi = day.oi.copy()
    oi[:, 0, 10] += 500 * np.arange(minutes)
    oi[:, 1, 10] -= 500 * np.arange(minutes)
    return replace(day, oi=oi)


def test_the_change_is_between_any_two_minutes():
    found = between(grown(), 0)
    assert found.change[:, 10].tolist() == [1_500, -1_500]
    assert found.fraction[:, 10].tolist() == [1.5, -0.75]
    assert found.change[0, 9] == 0
    assert between(grown(), 1, 2).change[0, 10] == 500


def test_a_call_that_rose_with_its_open_interest_was_bought():
    found = between(grown(), 0)
    assert BuildUp(int(found.build_up[0, 10])) is BuildUp.LONG_BUILD_UP
    assert BuildUp(int(found.build_up[1, 10])) is BuildUp.LONG_UNWINDING
    assert BuildUp(int(found.build_up[0, 9])) is BuildUp.NONE  # no more than before


def test_a_wider_dead_band_says_less():
    assert not between(grown(), 0, price_band=10.0).build_up.any()
    assert not between(grown(), 0, oi_band=10.0).build_up.any()


def test_the_future_has_its_quadrant_and_a_narrower_band():
    assert build_up_of(101.0, 100.0, nan, 1e6) is BuildUp.NONE
    assert build_up_of(101.0, 100.0, 1.1e6, 1e6) is BuildUp.LONG_BUILD_UP
    assert build_up_of(99.0, 100.0, 1.1e6, 1e6) is BuildUp.SHORT_BUILD_UP
    assert build_up_of(99.0, 100.0, 1.004e6, 1e6) is BuildUp.NONE


def test_the_dead_band_is_said_in_words():
    assert dead_band() == "Moves within ±0.5% in price or ±1.0% in open interest are left out."


def test_open_interest_that_was_none_has_no_fraction():
    now, then = np.array([5.0, 5.0, nan]), np.array([0.0, 4.0, 4.0])
    assert change(now, then).tolist()[:2] == [5, 1]
    assert fraction(now, then) == pytest.approx([nan, 0.25, nan], nan_ok=True)


def test_contracts_in_fractions_are_whole_units(shared_data: Path):
    assert units(np.array([4.333, 2.0, nan]), 75) == pytest.approx([325, 150, nan], nan_ok=True)
    chain = nse_chain.read(shared_data, "30-Dec-2025")
    contracts = np.array([chain.column(side, "openInterest") for side in ("CE", "PE")])
    assert (contracts % 1 > 0).sum() == 26
    assert np.nanmax(np.abs(contracts * 75 - units(contracts, 75))) < 1e-6


def test_yesterday_of_the_published_chain_is_what_it_says_was_added(shared_data: Path):
    chain = nse_chain.read(shared_data, "09-Dec-2025")
    oi, added, last, moved = (
        np.array([chain.column(side, field) for side in ("CE", "PE")])
        for field in ("openInterest", "changeinOpenInterest", "lastPrice", "change")
    )
    found = since_yesterday(chain.strikes, last, last - moved, oi, oi - added)
    assert np.nan_to_num(found.change) == pytest.approx(np.nan_to_num(added))
    at = int(np.flatnonzero(chain.strikes == 26_200)[0])
    kind = BuildUp(int(found.build_up[0, at]))
    assert (moved[0, at] > 0) == (kind in (BuildUp.LONG_BUILD_UP, BuildUp.SHORT_COVERING))


def test_the_recorded_day_changes_by_the_difference_of_two_minutes(shared_data: Path):
    day = recorded_day(shared_data)
    then, now = day.at(minute_of_day(11, 29)), day.at(minute_of_day(12, 59))
    found = between(day, then, now)
    at = int(np.flatnonzero(day.strikes == 24_100)[0])
    assert found.change[0, at] == day.oi[now, 0, at] - day.oi[then, 0, at]
    assert {BuildUp(int(kind)) for kind in found.build_up.flat} >= {
        BuildUp.SHORT_BUILD_UP,
        BuildUp.NONE,
    }
