from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from core.analytics.open_interest import put_call_ratio
from tests.core.analytics import nse_chain


def test_the_ratio_is_puts_over_calls():
    assert put_call_ratio(np.array([100.0, 300.0]), np.array([200.0, 400.0])) == 1.5


def test_an_unknown_strike_counts_as_nothing():
    assert put_call_ratio(np.array([100.0, nan]), np.array([nan, 50.0])) == 0.5


@pytest.mark.parametrize(
    ("calls", "puts"), [([0.0], [5.0]), ([nan], [5.0]), ([5.0], [nan]), ([], [])]
)
def test_without_a_side_there_is_no_ratio(calls: list[float], puts: list[float]):
    assert isnan(put_call_ratio(np.array(calls), np.array(puts)))


def test_the_published_chain_of_5_december_2025_gives_the_known_ratios(shared_data: Path):
    chain = nse_chain.read(shared_data, "09-Dec-2025")
    calls, puts = (chain.column(side, "openInterest") for side in ("CE", "PE"))
    assert np.nansum(calls) == 2_087_216
    assert np.nansum(puts) == 2_488_859
    assert put_call_ratio(calls, puts) == pytest.approx(1.1924, abs=5e-5)
    volumes = [chain.column(side, "totalTradedVolume") for side in ("CE", "PE")]
    assert put_call_ratio(*volumes) == pytest.approx(0.9281, abs=5e-5)
