"""Values that a sweep tries."""

import pytest

from core.errors import RuleBroken
from core.strategies.strategy import Parameter
from ui.backtest.varied import can_vary, first_range, values

FAST = Parameter(title="Fast", default=10, low=2, high=200, step=2)
WIDTH = Parameter(title="Width", default=0.5)


def test_both_ends_of_a_range_are_tried() -> None:
    assert values(FAST, 5, 15, 5) == (5, 10, 15)
    assert values(WIDTH, 0.1, 0.3, 0.1) == (0.1, 0.2, 0.3)
    assert values(FAST, 1, 2, 0.5) == (1, 2)


def test_the_first_range_has_few_values() -> None:
    assert 2 < len(values(FAST, *first_range(FAST))) <= 12
    assert 2 < len(values(WIDTH, *first_range(WIDTH))) <= 12


@pytest.mark.parametrize("given", [(1, 5, 0), (5, 1, 1), (0, 1e9, 1)])
def test_a_range_that_cannot_be_is_refused(given: tuple[float, float, float]) -> None:
    with pytest.raises(RuleBroken, match="Fast"):
        values(FAST, *given)


def test_words_vary_only_among_choices() -> None:
    assert not can_vary(Parameter(title="Name", default="x"))
    assert can_vary(Parameter(title="Below", default="flat", choices=("flat", "short")))
