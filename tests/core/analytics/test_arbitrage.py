"""The check of fitted smiles finds what is wrong with them, and nothing in good ones."""

from dataclasses import replace

from core.analytics.arbitrage import butterflies, crossing, faults
from core.analytics.smile import Smile

GOOD = Smile(forward=24_000.0, years=0.02, a=1e-4, b=0.008, rho=-0.3, m=0.0, sigma=0.02)
LATER = replace(GOOD, years=0.08, a=6e-4)
STEEP = replace(GOOD, a=1e-5, b=0.2, rho=-0.95, sigma=1e-4)


def test_good_smiles_have_no_fault():
    assert butterflies(GOOD) > 0
    assert crossing(GOOD, LATER) < 0
    assert faults([GOOD, LATER]) == ("", "")


def test_a_negative_density_is_a_butterfly():
    assert butterflies(STEEP) < 0
    assert faults([STEEP])[0] == "butterfly"


def test_total_variance_that_falls_with_time_is_a_calendar():
    assert crossing(LATER, GOOD) > 0
    assert faults([LATER, replace(GOOD, years=0.2)]) == ("", "calendar")
