import numpy as np
import pytest

from core.indicators.volume import vwap

PRICE = np.array([10.0, 12.0, 11.0, 20.0, 22.0])
VOLUME = np.array([100.0, 300.0, 0.0, 50.0, 150.0])


def test_the_average_price_paid_weighs_by_volume():
    assert vwap(PRICE, VOLUME)[:3] == pytest.approx([10.0, 11.5, 11.5])


def test_it_begins_anew_with_each_session():
    found = vwap(PRICE, VOLUME, np.array([1, 1, 1, 2, 2]))
    assert found == pytest.approx([10.0, 11.5, 11.5, 20.0, 21.5])


def test_an_unknown_bar_adds_nothing_and_has_no_value():
    volume = VOLUME.copy()
    volume[1] = np.nan
    assert vwap(PRICE, volume) == pytest.approx([10, np.nan, 10, 40 / 3, 53 / 3], nan_ok=True)


def test_what_traded_at_an_unknown_price_is_left_out():
    price = PRICE.copy()
    price[1] = np.nan
    assert vwap(price, VOLUME) == pytest.approx([10, np.nan, 10, 40 / 3, 53 / 3], nan_ok=True)


def test_until_something_has_traded_there_is_none():
    assert np.isnan(vwap(PRICE, np.zeros(5))).all()
    assert vwap(PRICE[:0], VOLUME[:0]).size == 0
