import json
from math import exp, nan
from pathlib import Path

import numpy as np
import pytest

from core.analytics.forward import mids, parity_forward
from core.analytics.synthetic import Quotes, synthetics
from core.pricing.black76 import price
from tests.core.analytics import nse_chain

STRIKES = 24_000.0 + 50 * np.arange(-4, 5)
FORWARD, YEARS = 24_020.0, 0.02
DISCOUNT = exp(-0.065 * YEARS)


def quotes(half: float = 0.5) -> tuple[Quotes, Quotes]:
    mids = (price(FORWARD, STRIKES, YEARS, 0.12, DISCOUNT, call) for call in (True, False))
    call, put = (Quotes(mid - half, mid + half) for mid in mids)
    return call, put


def test_every_strike_makes_the_forward_that_priced_it():
    found = synthetics(STRIKES, *quotes(), DISCOUNT, FORWARD)
    assert found.price == pytest.approx(np.full(9, FORWARD))
    assert found.mispricing == pytest.approx(np.zeros(9), abs=1e-9)
    assert found.ask - found.bid == pytest.approx(np.full(9, 2 / DISCOUNT))


def test_a_mispricing_within_the_spreads_is_no_profit():
    call, put = quotes()
    call.bid[4] += 0.9
    call.ask[4] += 0.9
    found = synthetics(STRIKES, call, put, DISCOUNT, FORWARD)
    assert found.mispricing[4] == pytest.approx(0.9 / DISCOUNT)
    assert not found.executable.any()


def test_a_mispricing_beyond_the_spreads_is_sold_against_another_strike():
    call, put = quotes()
    call.bid[4] += 5.0
    call.ask[4] += 5.0
    found = synthetics(STRIKES, call, put, DISCOUNT, FORWARD)
    assert found.executable[4]
    assert not found.buy[4]
    # sold a rupee below its middle, bought back a rupee above: five less two
    assert found.edge[4] == pytest.approx(3.0)
    assert found.against[4] != 24_000
    others = np.arange(9) != 4  # each of them is bought against it
    assert found.executable[others].all()
    assert found.buy[others].all()
    assert (found.against[others] == 24_000).all()


def test_costs_come_off_before_anything_is_flagged():
    call, put = quotes()
    call.bid[4] += 5.0
    call.ask[4] += 5.0
    found = synthetics(STRIKES, call, put, DISCOUNT, FORWARD, costs=3.1)
    assert not found.executable.any()


def test_the_future_is_an_offer_too():
    dear = (FORWARD + 4.0, FORWARD + 4.5)
    found = synthetics(STRIKES, *quotes(), DISCOUNT, FORWARD, future=dear)
    assert found.executable.all()
    assert found.buy.all()
    assert np.isnan(found.against).all()
    assert found.edge == pytest.approx(np.full(9, 4.0 * DISCOUNT - 1.0))


def test_a_quote_that_is_missing_or_crossed_makes_no_synthetic():
    call, put = quotes()
    call.bid[2], put.ask[5], put.bid[6] = 0.0, nan, put.ask[6] + 1
    found = synthetics(STRIKES, call, put, DISCOUNT, FORWARD)
    assert np.isnan(found.price[[2, 5, 6]]).all()
    assert not found.executable.any()
    assert np.isfinite(found.price[[0, 1, 3, 4, 7, 8]]).all()


def test_without_any_quotes_nothing_is_known():
    nothing = Quotes(np.full(9, nan), np.full(9, nan))
    found = synthetics(STRIKES, nothing, nothing, DISCOUNT, FORWARD)
    assert np.isnan(found.edge).all()
    assert not found.executable.any()


def test_the_published_chain_of_5_december_2025_agrees_with_its_forward(shared_data: Path):
    chain = nse_chain.read(shared_data, "09-Dec-2025")
    call, put = (
        Quotes(chain.column(side, "bidprice"), chain.column(side, "askPrice"))
        for side in ("CE", "PE")
    )
    forward = parity_forward(
        chain.strikes, mids(call.bid, call.ask), mids(put.bid, put.ask), chain.spot
    )
    found = synthetics(chain.strikes, call, put, 1.0, forward)
    near = np.abs(chain.strikes - 26_200) <= 150
    assert np.abs(found.mispricing[near]).max() < 2.0
    at = int(np.flatnonzero(chain.strikes == 26_200)[0])
    assert found.price[at] == pytest.approx(forward, abs=1.0)


def test_the_recorded_quotes_of_2_april_2026_leave_no_edge_near_the_money(shared_data: Path):
    file = shared_data / "option_chain" / "upstox_v2_option_chain_nifty_20260402.json"
    rows = sorted(
        json.loads(file.read_text())["response"]["data"], key=lambda row: row["strike_price"]
    )
    strikes = np.array([row["strike_price"] for row in rows])
    call, put = (
        Quotes(
            *(
                np.array([row[side]["market_data"][field] for row in rows], dtype=float)
                for field in ("bid_price", "ask_price")
            )
        )
        for side in ("call_options", "put_options")
    )
    found = synthetics(strikes, call, put, 0.999, 22_270.4, costs=2.0)
    near = np.abs(strikes - 22_270) < 400
    assert np.nanmax(np.abs(found.mispricing[near])) < 2.0
    assert not found.executable[near].any()


def test_an_old_quote_deep_in_the_money_flags_itself_alone():
    wide = 24_000.0 + 50 * np.arange(-20, 21)
    mids = (price(FORWARD, wide, YEARS, 0.12, DISCOUNT, call) for call in (True, False))
    call, put = (Quotes(mid - 0.5, mid + 0.5) for mid in mids)
    call.bid[0] += 20.0
    call.ask[0] += 20.0
    found = synthetics(wide, call, put, DISCOUNT, FORWARD)
    assert np.flatnonzero(found.executable).tolist() == [0]
