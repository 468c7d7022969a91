from datetime import date

from data.simulator.listing import make_listing
from data.simulator.market import Market
from tests.data.simulator.running import DAY, NIFTY


def test_a_listing_knows_its_chains(market: Market) -> None:
    listing = make_listing(DAY.date(), market.listed(DAY.date()))
    chain = listing.chain(NIFTY, date(2026, 11, 23))
    assert [c.type for c in chain[:4]] == ["CE", "PE", "CE", "PE"]
    assert listing.chain(NIFTY, date(2026, 11, 22)) == ()
    assert listing.expiry_of(NIFTY, "far_week") == listing.expiries(NIFTY)[2]
    assert listing.expiry_of("NSE_EQ|NOBODY", "current_week") is None
