"""The events of a contract are those that its quotes show."""

import pytest

from data.simulator.market import Market
from tests.data.simulator.market.moments import MONDAY, RELIANCE, at, option

NOW = at(MONDAY, 11, 42, 10)


@pytest.fixture(params=["share", "option"])
def key(request: pytest.FixtureRequest, market: Market) -> str:
    if request.param == "share":
        return RELIANCE
    strike = round(market.spot("NIFTY", NOW) / 50) * 50
    return option(market, float(strike), "CE").key


def test_the_book_alone_is_that_of_the_quote(market: Market, key: str) -> None:
    quotes, ladder = market.quotes([key], NOW, 30), market.ladder(key, NOW)
    for name in ("bid", "bid_qty", "ask", "ask_qty"):
        assert (getattr(ladder, name) == getattr(quotes, name)[0]).all()


def test_before_the_first_quote_the_book_is_empty(market: Market, key: str) -> None:
    ladder = market.ladder(key, at(MONDAY, 9))
    assert (ladder.slot, len(ladder.bid), len(ladder.ask)) == (-1, 0, 0)


def test_every_new_top_of_the_book_is_found_once(market: Market, key: str) -> None:
    tops = market.tops(key, NOW, NOW + 30_000)
    assert len(tops.at) > 20
    assert (tops.at[1:] >= tops.at[:-1]).all()
    for i in range(0, len(tops.at), 7):
        quotes = market.quotes([key], int(tops.at[i]), 1)
        assert (quotes.bid[0, 0], quotes.ask[0, 0]) == (tops.bid[i], tops.ask[i])
    halves = [market.tops(key, NOW, NOW + 9_999), market.tops(key, NOW + 9_999, NOW + 30_000)]
    assert [*halves[0].at, *halves[1].at] == list(tops.at)


def test_every_trade_is_found_as_it_is_shown(market: Market, key: str) -> None:
    prints = market.prints(key, NOW, NOW + 60_000)
    assert len(prints.at) > 3
    for moment, price, quantity in zip(prints.at, prints.price, prints.quantity, strict=True):
        quotes = market.quotes([key], int(moment), 1)
        assert (quotes.ltt[0], quotes.ltp[0], quotes.ltq[0]) == (moment, price, quantity)
