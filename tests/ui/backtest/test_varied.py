"""Values that a sweep tries."""

import pytest

from core.errors import RuleBroken
from core.strategies.ready.registry import READY
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


@pytest.mark.parametrize("name", READY)
def test_every_ready_strategy_can_be_swept_over_its_first_ranges(name: str) -> None:
    for parameter_name, each in READY[name].parameters.items():
        if can_vary(each) and not each.choices:
            found = values(each, *first_range(each))
            assert 1 <= len(found) <= 20, (parameter_name, found)
            assert [each.checked(parameter_name, value) for value in found] == list(found)


@pytest.mark.parametrize("given", [(1, 5, 0), (5, 1, 1), (0, 1e9, 1)])
def test_a_range_that_cannot_be_is_refused(given: tuple[float, float, float]) -> None:
    with pytest.raises(RuleBroken, match="Fast"):
        values(FAST, *given)


def test_words_vary_only_among_choices() -> None:
    assert not can_vary(Parameter(title="Name", default="x"))
    assert can_vary(Parameter(title="Below", default="flat", choices=("flat", "short")))
