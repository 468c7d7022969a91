from math import nan

import numpy as np
import pytest

from core.analytics.build_up import BuildUp, build_up


def one(price: float, close: float, oi: float, oi_prev: float) -> BuildUp:
    return BuildUp(int(build_up(*(np.array([x]) for x in (price, close, oi, oi_prev)))[0]))


@pytest.mark.parametrize(
    ("price", "oi", "expected"),
    [
        (110, 1_200, BuildUp.LONG_BUILD_UP),
        (90, 1_200, BuildUp.SHORT_BUILD_UP),
        (110, 800, BuildUp.SHORT_COVERING),
        (90, 800, BuildUp.LONG_UNWINDING),
    ],
)
def test_the_four_quadrants(price: float, oi: float, expected: BuildUp):
    assert one(price, 100, oi, 1_000) is expected


@pytest.mark.parametrize(("price", "oi"), [(100.4, 1_200), (110, 1_009), (100, 1_000)])
def test_inside_the_dead_band_nothing_is_said(price: float, oi: float):
    assert one(price, 100, oi, 1_000) is BuildUp.NONE


@pytest.mark.parametrize("at", range(4))
def test_an_unknown_number_says_nothing(at: int):
    numbers = [110.0, 100.0, 1_200.0, 1_000.0]
    numbers[at] = nan
    assert one(*numbers) is BuildUp.NONE


def test_a_contract_new_today_was_built_today():
    assert one(110, 100, 500, 0) is BuildUp.LONG_BUILD_UP
    assert one(110, 0, 500, 0) is BuildUp.NONE


def test_every_kind_has_words():
    assert BuildUp.NONE.label == BuildUp.NONE.short == ""
    assert len({kind.label for kind in BuildUp}) == len({kind.short for kind in BuildUp}) == 5
