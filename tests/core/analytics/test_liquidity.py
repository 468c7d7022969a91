from math import isnan, nan

import numpy as np
import pytest

from core.analytics.liquidity import Liquidity, liquidity, spread


def one(bid: float, ask: float, bid_quantity: float = 650, ask_quantity: float = 650) -> Liquidity:
    columns = (np.array([x]) for x in (bid, ask, bid_quantity, ask_quantity))
    return Liquidity(int(liquidity(*columns, lot_size=65)[0]))


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        (99.8, 100.2, Liquidity.GOOD),
        (90, 100, Liquidity.WIDE),
        (0.05, 0.15, Liquidity.GOOD),  # two ticks: it cannot be much tighter
        (0.05, 0.25, Liquidity.WIDE),
        (0, 0.05, Liquidity.ONE_SIDED),
        (12, nan, Liquidity.ONE_SIDED),
        (nan, nan, Liquidity.UNKNOWN),
    ],
)
def test_the_spread_decides_first(bid: float, ask: float, expected: Liquidity):
    assert one(bid, ask) is expected


def test_less_than_two_lots_on_a_side_is_thin():
    assert one(99.8, 100.2, 130, 129) is Liquidity.THIN
    assert one(99.8, 100.2, 130, 130) is Liquidity.GOOD


def test_the_spread_is_a_fraction_of_the_mid():
    assert spread(np.array([99.0]), np.array([101.0]))[0] == pytest.approx(0.02)
    assert isnan(spread(np.array([0.0]), np.array([101.0]))[0])


def test_only_what_is_wrong_has_a_label():
    assert [kind.label for kind in Liquidity][:2] == ["", ""]
    assert all(kind.label for kind in list(Liquidity)[2:])
