"""Auctions of shares: an indicative price that leads to the first trade, and to the close."""

import numpy as np
import pytest

from data.simulator.market import Market
from data.simulator.market.auction import STEP
from tests.data.simulator.market.moments import MONDAY, NIFTY, RELIANCE, at

TCS = "NSE_EQ|INE467B01029"
KEYS = [RELIANCE, TCS, NIFTY]


def price(market: Market, now: int) -> list[float]:
    return [float(p) for p in market.quotes(KEYS, now).auction_price]


@pytest.mark.parametrize(
    ("hour", "minute"), [(8, 59), (9, 15), (11, 0), (15, 19), (15, 35), (18, 0)]
)
def test_outside_an_auction_there_is_no_indicative_price(
    market: Market, hour: int, minute: int
) -> None:
    now = at(MONDAY, hour, minute)
    assert price(market, now) == [0.0, 0.0, 0.0]
    assert not market.in_auction(now)


def test_the_pre_open_ends_at_the_days_first_trade(market: Market) -> None:
    opened = market.quotes(KEYS, at(MONDAY, 9, 30)).open
    for minute in (10, 14):
        quotes = market.quotes(KEYS, at(MONDAY, 9, minute))
        assert quotes.auction_price.tolist() == [opened[0], opened[1], 0.0]
        assert quotes.imbalance.tolist() == [0, 0, 0]
    early = market.quotes(KEYS, at(MONDAY, 9, 1))
    assert (np.abs(early.auction_price[:2] / early.close[:2] - 1) < 0.05).all()
    assert early.auction_price[0] != opened[0]


def test_the_closing_auction_ends_at_the_close_and_stays_in_its_band(market: Market) -> None:
    closed = market.quotes(KEYS, at(MONDAY, 15, 36)).ltp
    assert price(market, at(MONDAY, 15, 30)) == [closed[0], closed[1], 0.0]
    for minute in range(20, 30):
        quotes = market.quotes(KEYS, at(MONDAY, 15, minute))
        part = quotes.auction_price[:2] / quotes.reference[:2]
        assert ((part > 0.97) & (part < 1.03)).all()
    sizes = [int(market.quotes(KEYS, at(MONDAY, 15, m)).auction_quantity[0]) for m in (20, 24, 29)]
    assert sizes == sorted(set(sizes))


def test_it_is_the_same_for_everyone_and_moves_by_its_steps(market: Market) -> None:
    now = at(MONDAY, 9, 3, 1)
    assert price(Market(seed=7), now) == price(market, now)
    assert price(market, now) != price(market, now + STEP)
    assert market.changed(KEYS, now, now + STEP).tolist() == [True, True, False]
    assert not market.changed(KEYS, now, now + 10).any()
    assert market.changed(KEYS, at(MONDAY, 15, 25), at(MONDAY, 15, 25, 5))[0]
