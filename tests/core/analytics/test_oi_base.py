"""What open interest is compared with, whatever strikes were listed then."""

import numpy as np
import pytest

from core.analytics.build_up import BuildUp
from core.analytics.oi_base import Base, against, aligned, base_at
from tests.core.analytics.priced_day import STRIKES, priced_day


def base(strikes: list[float], price: float = 100.0, oi: float = 1_000.0) -> Base:
    shape = np.ones((2, len(strikes)))
    return Base(strikes=np.array(strikes), price=shape * price, oi=shape * oi, words="then")


def test_values_are_laid_over_other_strikes_and_unknown_where_there_was_none() -> None:
    values = np.array([[1.0, 2.0, 3.0]])
    laid = aligned(values, np.array([100.0, 110.0, 130.0]), np.array([110.0, 120.0, 130.0, 140.0]))
    assert laid.tolist()[0][0::2] == [2.0, 3.0]
    assert np.isnan(laid[0, [1, 3]]).all()


def test_the_same_strikes_are_left_as_they_are() -> None:
    values = np.arange(6.0).reshape(2, 3)
    assert aligned(values, np.arange(3.0), np.arange(3.0)) is values


def test_nothing_recorded_makes_everything_unknown() -> None:
    assert np.isnan(aligned(np.empty((2, 0)), np.empty(0), np.arange(2.0))).all()


def test_a_strike_that_was_not_listed_then_has_no_change() -> None:
    strikes = np.array([24_000.0, 24_050.0])
    now = np.full((2, 2), 1_300.0)
    found = against(base([24_000.0]), strikes, np.full((2, 2), 110.0), now)
    assert found.change[:, 0].tolist() == [300.0, 300.0]
    assert found.fraction[0, 0] == pytest.approx(0.3)
    assert np.isnan(found.change[:, 1]).all()
    assert found.build_up.tolist() == [[BuildUp.LONG_BUILD_UP, BuildUp.NONE]] * 2


def test_a_recorded_minute_is_a_base() -> None:
    day = priced_day(5, forward=np.array([24_010.0, 24_020.0, 24_030.0, 24_040.0, 24_050.0]))
    found = base_at(day, 2, "09:18")
    assert found.words == "09:18"
    assert found.strikes is STRIKES
    assert found.future == 24_030.0
    assert found.future_oi == 1e6
    assert found.price[:, 10].tolist() == day.mid()[2, :, 10].tolist()
