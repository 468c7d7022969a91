"""The members of the NIFTY 50."""

from datetime import date

from core.instruments.constituents import nifty_50


def test_the_index_has_fifty_members_with_isins_of_their_own():
    members = nifty_50(date(2026, 11, 20))
    assert len(members) == len({m.symbol for m in members}) == len({m.isin for m in members}) == 50
    assert all(m.isin.startswith("INE") and len(m.isin) == 12 for m in members)
    assert next(m for m in members if m.symbol == "RELIANCE").isin == "INE002A01018"


def test_before_the_first_known_list_that_list_holds():
    assert nifty_50(date(2020, 1, 1)) == nifty_50(date(2026, 2, 3))
