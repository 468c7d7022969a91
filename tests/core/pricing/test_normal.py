"""The error function's polynomial against mpmath."""

import mpmath as mp
import numpy as np
import pytest

from core.pricing.normal import cumulative, density, erfcx_positive


@pytest.mark.parametrize("z", [0.0, 1e-9, 0.1, 0.5, 1.0, 2.0, 3.75, 5.0, 8.0, 20.0, 300.0, 1e8])
def test_erfcx_has_full_precision_on_the_half_line(z: float):
    with mp.workdps(40):
        exact = (
            mp.exp(mp.mpf(z) ** 2) * mp.erfc(z)
            if z < 50
            else 1 / (z * mp.sqrt(mp.pi)) * (1 - 1 / (2 * mp.mpf(z) ** 2))
        )
    tolerance = 1e-15 if z < 50 else 1e-10
    assert erfcx_positive(np.array([z]))[0] == pytest.approx(float(exact), rel=tolerance)


def test_the_normal_tail_keeps_its_relative_precision():
    for d in (-37.0, -20.0, -8.0, -3.0, -1.0, 0.0, 0.5, 2.0, 6.0):
        with mp.workdps(40):
            exact = float(mp.ncdf(d))
        assert cumulative(np.array([d]))[0] == pytest.approx(exact, rel=3e-13)


def test_the_normal_distribution_at_its_ends_and_its_density():
    assert cumulative(np.array([-np.inf, np.inf])).tolist() == [0.0, 1.0]
    assert np.isnan(cumulative(np.array([np.nan])))[0]
    assert density(np.array([0.0, 1.0])) == pytest.approx([0.3989422804014327, 0.24197072451914337])
