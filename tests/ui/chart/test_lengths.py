"""The lengths of bars as values and in addresses."""

import pytest

from core.instruments.candle import Interval
from ui.chart.lengths import LENGTHS, interval_of, known


def test_every_length_is_one_of_bars_and_its_name_tells_it_from_the_others() -> None:
    assert len({interval_of(each) for each in LENGTHS}) == len(LENGTHS)
    assert len({each.lower() for each in LENGTHS}) == len(LENGTHS)
    assert interval_of("1mo") == Interval.parse("1M")


@pytest.mark.parametrize(
    ("text", "value"),
    [("5m", "5m"), ("60m", "1h"), ("1M", "1mo"), ("1mo", "1mo"), ("7m", ""), ("x", ""), ("", "")],
)
def test_an_address_may_name_a_length_in_any_way(text: str, value: str) -> None:
    assert known(text) == value
