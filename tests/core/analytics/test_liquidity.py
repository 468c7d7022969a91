import json
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from core.analytics.liquidity import FORMULA, Liquidity, liquidity, score, spread


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
        (100.2, 99.8, Liquidity.CROSSED),
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


def test_what_is_called_good_has_points_and_a_crossed_quote_has_neither():
    assert one(100.2, 99.8) is not Liquidity.GOOD
    assert scored(100.2, 99.8) == 0
    assert one(100.0, 100.0) is Liquidity.GOOD
    assert scored(100.0, 100.0) > 0


def test_only_what_is_wrong_has_a_label():
    assert [kind.label for kind in Liquidity][:2] == ["", ""]
    assert all(kind.label for kind in list(Liquidity)[2:])


def scored(
    bid: float,
    ask: float,
    bid_quantity: float = 6_500,
    ask_quantity: float = 6_500,
    volume: float = 650_000,
) -> float:
    columns = (np.array([x]) for x in (bid, ask, bid_quantity, ask_quantity, volume))
    return float(score(*columns, lot_size=65)[0])


def test_a_tight_deep_and_busy_contract_has_a_hundred_points():
    assert scored(99.9, 100.1) == pytest.approx(100)
    assert scored(0.05, 0.15) == pytest.approx(100)  # two ticks: it cannot be much tighter


def test_each_part_counts_for_what_the_formula_says():
    assert scored(90, 100) == pytest.approx(50)  # wide
    assert scored(99.9, 100.1, 65) == pytest.approx(70)  # one lot deep
    assert scored(99.9, 100.1, volume=0) == pytest.approx(80)  # nothing traded
    assert scored(99.0, 101.0) == pytest.approx(50 + 50 * np.log(2.5) / np.log(25))
    assert "50 ×" in FORMULA


def test_what_cannot_be_traded_has_no_points_and_what_is_unknown_none_at_all():
    assert scored(0, 100) == 0
    assert scored(101, 100) == 0
    assert isnan(scored(nan, nan))
    assert isnan(scored(99.9, 100.1, volume=nan))


def test_the_recorded_chain_of_2_april_2026_is_most_liquid_out_of_the_money(shared_data: Path):
    file = shared_data / "option_chain" / "upstox_v2_option_chain_nifty_20260402.json"
    rows = json.loads(file.read_text())["response"]["data"]
    fields = ("bid_price", "ask_price", "bid_qty", "ask_qty", "volume")
    columns = [
        np.array([row["call_options"]["market_data"][field] for row in rows], dtype=float)
        for field in fields
    ]
    strikes = np.array([row["strike_price"] for row in rows])
    found = score(*columns, lot_size=65)
    money, deep = np.abs(strikes - 22_270) < 300, strikes < 20_500
    assert np.nanmin(found[money]) > 50
    assert np.nanmedian(found[deep]) < 20
    assert np.nanmax(found) <= 100
