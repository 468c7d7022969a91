"""Templates, figures and suggestions on a whole chain as it was: NIFTY, 5 Dec 2025, 15:30."""

from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path

import numpy as np
import pytest

from core.analytics.surface import Slice, fit_surface
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Right
from core.pricing.black76 import price
from core.pricing.greeks import greeks
from core.strategies.candidates import View
from core.strategies.chain_view import ChainView, ExpiryView
from core.strategies.chooser import By, Chooser
from core.strategies.payoff import Sticky, distributions, evaluate, summary
from core.strategies.suggest import suggest
from core.strategies.templates import TEMPLATES
from tests.core.analytics.real_chains import RATE, Quotes, nse_json

NOW = datetime(2025, 12, 5, 10, 0, tzinfo=UTC)
_CALL = np.array([[True], [False]])


@pytest.fixture(scope="module")
def chain(shared_data: Path) -> ChainView:
    quotes = nse_json(shared_data).expiries[:6]
    slices = [
        Slice(years=q.years, forward=q.forward, strikes=q.strikes, iv=q.iv, expiry=q.expiry)
        for q in quotes
    ]
    return ChainView(
        symbol="NIFTY",
        spot=quotes[0].spot,
        now=NOW,
        rate=RATE,
        expiries=tuple(expiry_view(each) for each in quotes),
        surface=fit_surface(slices),
    )


def expiry_view(quotes: Quotes) -> ExpiryView:
    iv = np.broadcast_to(quotes.iv, (2, len(quotes.strikes)))
    g = greeks(quotes.forward, quotes.strikes, quotes.years, iv, quotes.discount, _CALL)
    return ExpiryView(
        symbol="NIFTY",
        expiry=quotes.expiry,
        closes_at=closes(quotes.expiry),
        years=quotes.years,
        forward=quotes.forward,
        lot_size=75,
        strikes=quotes.strikes,
        keys=tuple(  # type: ignore[arg-type]
            tuple(InstrumentKey(f"{quotes.expiry}|{k:g}|{side}") for k in quotes.strikes)
            for side in Right
        ),
        bid=np.where(quotes.bid > 0, quotes.bid, np.nan),
        ask=np.where(quotes.ask > 0, quotes.ask, np.nan),
        mid=quotes.price,
        iv=iv,
        delta=g.delta,
    )


def closes(expiry: date) -> datetime:
    return datetime(expiry.year, expiry.month, expiry.day, 10, 0, tzinfo=UTC)


def test_every_template_builds_and_has_sane_figures(chain: ChainView) -> None:
    market, built = chain.market(), 0
    for template in TEMPLATES:
        if any(part.right is None for part in template.parts):
            continue
        legs = template.build(chain, Chooser(by=By.DELTA, delta=0.25, width=4))
        found, built = summary(legs, market), built + 1
        assert 0 <= found.pop_smile <= 1, template.name
        assert abs(found.pop_smile - found.pop_lognormal) < 0.25, template.name
        assert found.max_loss < found.max_profit or template.name == "box"
        assert isfinite(found.greeks.delta + found.greeks.gamma + found.greeks.vega)
        for spot in found.breakevens:
            at = evaluate(legs, market, [spot], [found.horizon])[0, 0]
            assert at == pytest.approx(0, abs=0.5), template.name
    assert built >= 45


def test_the_smile_gives_back_what_the_market_pays_on_average(chain: ChainView) -> None:
    near = chain.expiries[0]
    market = chain.market()
    smile, _ = distributions([near.leg(Right.CALL, 26_200.0, 1)], market, near.closes_at)
    assert smile is not None
    strikes = near.strikes[np.abs(near.strikes / near.forward - 1) < 0.03]
    fitted = market.surface.vol(strikes, near.years) if market.surface else np.nan
    right = price(near.forward, strikes, near.years, fitted, 1.0, True)
    found = [smile.mean_of(np.maximum(smile.spots - k, 0)) for k in strikes]
    assert found == pytest.approx(right, abs=0.15)
    assert smile.mean_of(smile.spots) == pytest.approx(near.forward, abs=0.5)


@pytest.mark.parametrize("sticky", Sticky)
def test_today_the_model_is_worth_what_the_market_asks(chain: ChainView, sticky: Sticky) -> None:
    market = chain.market(sticky)
    legs = [
        view.leg(right, strike, 1)
        for view in chain.expiries[:3]
        for right, strike in ((Right.PUT, 26_000.0), (Right.CALL, 26_400.0))
    ]
    found = summary(legs, market)
    for each in found.legs:
        assert each.value == pytest.approx(each.price, abs=0.05)


def test_suggestions_for_every_view_are_within_reason(chain: ChainView) -> None:
    seen = 0
    for direction in (-2, 0, 1):
        for volatility in (-1, 0, 1):
            view = View(direction=direction, volatility=volatility, days=4.0, max_loss=60_000.0)
            for each in suggest(view, chain):
                seen += 1
                assert 0 < each.score < 100
                assert -each.summary.max_loss <= 60_000 * 1.0001
                assert all(isfinite(part) for part in each.parts.values())
    assert seen > 30


def test_a_day_without_such_a_chain_is_refused(chain: ChainView) -> None:
    with pytest.raises(RuleBroken, match="no chain"):
        chain.expiry(date(2025, 12, 10))
