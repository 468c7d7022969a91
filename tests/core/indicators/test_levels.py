import numpy as np
import pytest

from core.indicators import levels

# NIFTY of Wednesday, 27 December 2023, as a day's three prices
HIGH, LOW, CLOSE = (np.array([value]) for value in (21_675.75, 21_495.80, 21_654.75))


def flat(found: tuple[np.ndarray, ...]) -> list[float]:
    return [round(float(each[0]), 2) for each in found]


def test_classic_pivots_by_hand():
    # pivot (21,675.75 + 21,495.80 + 21,654.75)/3 = 21,608.77; range 179.95
    assert flat(levels.classic(HIGH, LOW, CLOSE)) == [
        21_608.77,
        *(21_721.73, 21_788.72, 21_901.68),
        *(21_541.78, 21_428.82, 21_361.83),
    ]


def test_fibonacci_pivots_by_hand():
    assert flat(levels.fibonacci(HIGH, LOW, CLOSE)) == [
        21_608.77,
        *(21_677.51, 21_719.98, 21_788.72),
        *(21_540.03, 21_497.56, 21_428.82),
    ]


def test_camarilla_pivots_by_hand():
    # the close and 1.1 × 179.95 over 12, 6, 4, 2
    assert flat(levels.camarilla(HIGH, LOW, CLOSE))[1:] == [
        *(21_671.25, 21_687.74, 21_704.24, 21_753.72),
        *(21_638.25, 21_621.76, 21_605.26, 21_555.78),
    ]


def test_woodies_pivot_gives_the_close_double_weight():
    assert flat(levels.woodie(HIGH, LOW, CLOSE))[0] == pytest.approx(21_620.26)


def test_the_central_range_has_its_top_above_its_bottom():
    # middle 21,585.775; twice the pivot less it 21,631.76
    assert flat(levels.central_range(HIGH, LOW, CLOSE)) == [21_608.77, 21_631.76, 21_585.78]
    top, bottom = levels.central_range(HIGH, LOW, LOW)[1:]
    assert top > bottom
