"""Expiries, lots, strikes and tokens as the exchanges had them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from data.simulator.market.listing import expiries, series_of
from tests.data.simulator.market.moments import MONDAY, WEDNESDAY, WEEKLY, series


def test_the_niftys_series_are_those_of_the_file_of_18_august_2026(market):
    listed = market.expiries("NIFTY", date(2026, 8, 18))
    assert listed[:8] == [
        date(2026, 8, 18),
        date(2026, 8, 25),
        date(2026, 9, 1),
        date(2026, 9, 8),
        date(2026, 9, 15),
        date(2026, 9, 29),
        date(2026, 10, 27),
        date(2026, 12, 29),
    ]
    assert listed[8:] == [
        date(2027, 3, 30),
        date(2027, 6, 29),
        date(2027, 12, 28),
        date(2028, 6, 27),
        date(2028, 12, 26),
        date(2029, 6, 26),
        date(2029, 12, 24),
        date(2030, 6, 25),
        date(2030, 12, 31),
        date(2031, 6, 24),
    ]


@pytest.mark.parametrize(
    ("symbol", "day", "expiry"),
    [
        ("NIFTY", (2025, 8, 22), (2025, 8, 28)),  # Thursdays until then
        ("NIFTY", (2025, 8, 29), (2025, 9, 2)),
        ("SENSEX", (2025, 9, 1), (2025, 9, 4)),
        ("NIFTY", (2026, 3, 25), (2026, 3, 30)),  # 31 March is a holiday
        ("NIFTY", (2026, 2, 25), (2026, 3, 2)),
        ("SENSEX", (2026, 3, 20), (2026, 3, 25)),
        ("NIFTY", (2026, 11, 20), (2026, 11, 23)),  # 24 November is a holiday
        ("BANKNIFTY", (2026, 11, 20), (2026, 11, 23)),
        ("RELIANCE", (2026, 11, 20), (2026, 11, 23)),
        ("SENSEX", (2026, 11, 20), (2026, 11, 26)),
    ],
)
def test_the_next_expiry_is_on_its_weekday_or_before_the_holiday(market, symbol, day, expiry):
    assert market.expiries(symbol, date(*day))[0] == date(*expiry)


def test_only_one_index_per_exchange_has_weeklies_now(market):
    weekly = {c.underlying for c in market.listed(MONDAY).values() if c.weekly}
    assert weekly == {"NIFTY", "SENSEX"}
    assert any(w for _, w, _ in expiries("BANKNIFTY", date(2024, 6, 3)))


def test_the_week_that_is_the_months_is_not_called_weekly(market):
    assert {c.weekly for c in series(market, "NIFTY", date(2026, 12, 29), MONDAY)} == {False}
    assert {c.weekly for c in series(market, "NIFTY", WEEKLY, MONDAY)} == {True}


def test_lots_freeze_quantities_and_ticks_are_the_exchanges(market):
    def of(symbol: str, kind: str):
        found = (c for c in market.listed(MONDAY).values() if c.underlying == symbol)
        return next(c for c in found if c.type == kind)

    nifty, future = of("NIFTY", "CE"), of("NIFTY", "FUT")
    assert (nifty.lot_size, nifty.freeze_quantity, nifty.tick) == (65, 1755, 0.05)
    assert (future.lot_size, future.tick) == (65, 0.10)
    assert (of("BANKNIFTY", "CE").lot_size, of("BANKNIFTY", "FUT").tick) == (30, 0.20)
    assert (of("FINNIFTY", "CE").lot_size, of("MIDCPNIFTY", "CE").freeze_quantity) == (60, 2760)
    assert (of("SENSEX", "CE").freeze_quantity, of("SENSEX", "FUT").freeze_quantity) == (1000, 500)
    assert of("BANKEX", "PE").lot_size == 30
    assert (of("RELIANCE", "CE").lot_size, of("RELIANCE", "CE").tick) == (500, 0.05)
    assert of("TATASTEEL", "CE").tick == 0.01


def test_lots_change_with_the_series_that_expires(market):
    contracts = market.listed(date(2025, 12, 18)).values()
    lots = {c.expiry: c.lot_size for c in contracts if c.underlying == "NIFTY"}
    assert lots[date(2025, 12, 30)] == 75
    assert lots[date(2026, 1, 6)] == 65


def test_weeklies_have_eighty_strikes_around_the_money_in_their_step(market):
    strikes = sorted({c.strike for c in series(market, "NIFTY", WEEKLY, MONDAY)} - {0.0})
    near = [k for k in strikes if abs(k - 24250) <= 2000]
    assert len(near) >= 80
    assert {b - a for a, b in pairwise(near)} == {50.0}
    long = sorted(c.strike for c in series(market, "NIFTY", date(2028, 6, 27), MONDAY))
    assert {k % 1500 for k in long} == {0.0}


def test_every_key_is_unique_and_resolves_to_its_own_contract(market):
    listed = market.listed(MONDAY)
    assert len(listed) > 15_000
    assert len({c.exchange_token + c.segment for c in listed.values()}) == len(listed)
    for contract in list(listed.values())[::37]:
        spec = market._listing.spec(contract.key, MONDAY)
        assert (spec.strike, spec.expiry) == (contract.strike, contract.expiry)


def test_a_contract_keeps_its_key_from_listing_to_expiry(market):
    by_name = {c.trading_symbol: c for c in series(market, "NIFTY", WEEKLY, MONDAY)}
    later = {c.trading_symbol: c for c in series(market, "NIFTY", WEEKLY, WEDNESDAY)}
    assert set(by_name) <= set(later)
    assert all(later[name].key == c.key for name, c in by_name.items())
    assert all(later[name].listed == c.listed for name, c in by_name.items())
    assert all(later[name].listed == WEDNESDAY for name in set(later) - set(by_name))


def test_symbols_are_written_as_the_broker_writes_them(market):
    names = {c.trading_symbol for c in market.listed(MONDAY).values()}
    assert {"NIFTY 24200 CE 01 DEC 26", "NIFTY FUT 29 DEC 26", "RELIANCE", "INDIA VIX"} <= names


def test_strikes_are_added_when_the_spot_wanders(market):
    series_ = series_of("NIFTY", date(2026, 10, 27))
    assert series_.near_since is not None
    first = market._listing.grid("NIFTY", series_.expiry, series_.near_since)
    last = market._listing.grid("NIFTY", series_.expiry, series_.expiry)
    assert set(first.strikes) < set(last.strikes)


def test_days_without_trading_list_what_has_not_expired(market):
    holiday = date(2026, 11, 24)
    assert date(2026, 11, 23) not in {c.expiry for c in market.listed(holiday).values()}
    assert market.expiries("NIFTY", holiday)[0] == WEEKLY


def test_expired_series_can_be_asked_for_half_a_year(market):
    gone = market.expired("NIFTY", MONDAY)
    assert gone[-1] == date(2026, 11, 17)
    assert MONDAY - gone[0] <= timedelta(days=183)
    assert len(gone) >= 24
    contracts = market.expired_contracts("NIFTY", gone[-1])
    assert len(contracts) > 160
    with pytest.raises(KeyError):
        market.expired_contracts("NIFTY", date(2026, 11, 18))


def test_unknown_keys_and_underlyings_are_refused(market):
    for key in ("NSE_FO|1", "NSE_FO|x", "NSE_FO|99999999999", "NSE_EQ|INE000000000", "", "NIFTY"):
        with pytest.raises(KeyError):
            market.quotes([key], 1_795_405_600_000)
    with pytest.raises(KeyError):
        market.expiries("NOPE", MONDAY)
