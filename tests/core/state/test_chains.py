from dataclasses import replace

import numpy as np

from core.ids import InstrumentKey
from core.pricing.implied_vol import Status
from core.state.chains import ChainState, LiveChain
from tests.fake_universe import EXPIRY, NIFTY, NOW


def chain() -> LiveChain:
    return LiveChain(
        symbol="NIFTY",
        underlying=NIFTY,
        future=None,
        expiry=EXPIRY,
        closes_at=NOW,
        lot_size=65,
        strikes=np.array([100.0, 110.0]),
        keys=((None, None), (None, None)),
        rows=np.full((2, 2), -1),
        oi_prev=np.full((2, 2), np.nan),
    )


def test_a_chain_knows_nothing_before_its_first_computation():
    made = chain()
    assert made.iv.shape == made.delta.shape == (2, 2)
    assert np.isnan(made.iv).all()
    assert (made.status == Status.NO_PRICE).all()


def test_a_chain_is_of_the_exchange_of_its_contracts():
    made = chain()
    assert made.exchange == "NSE"  # nothing but its index is known
    key = InstrumentKey("BSE_FO|876543")
    assert replace(made, keys=((None, None), (key, None))).exchange == "BSE"


def test_open_chains_are_found_by_name():
    state, made = ChainState(), chain()
    state.open["NIFTY", EXPIRY] = made
    assert state.get("NIFTY", EXPIRY) is made
    assert state.get("BANKNIFTY", EXPIRY) is None
    assert list(state) == [made]
