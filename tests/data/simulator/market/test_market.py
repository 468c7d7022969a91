"""The market as a function of seed and time: the same for everyone, and consistent with itself."""

from dataclasses import fields
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from core.clock import IST
from data.simulator.market import Market, Quotes
from tests.data.simulator.market.moments import (
    MONDAY,
    NIFTY,
    RELIANCE,
    VIX,
    WEDNESDAY,
    WEEKLY,
    at,
    option,
    series,
)

DAY_END = at(MONDAY, 15, 40)


def bytes_of(quotes: Quotes) -> bytes:
    return b"".join(getattr(quotes, f.name).tobytes() for f in fields(quotes))


def few(market: Market) -> list[str]:
    future = next(c for c in series(market, "NIFTY", date(2026, 12, 29), MONDAY) if c.type == "FUT")
    options = [option(market, k, t).key for k in (23500, 24200, 24600) for t in ("CE", "PE")]
    return [NIFTY, VIX, RELIANCE, future.key, *options]


def test_the_same_seed_and_time_give_the_same_bytes_whatever_was_asked_before(market):
    keys = few(market)
    one, other = Market(seed=7), Market(seed=7)
    late, early = at(MONDAY, 14, 2, 3, 250), at(MONDAY, 9, 20)
    first = [bytes_of(one.quotes(keys, t)) for t in (early, late)]
    other.bars(keys[4], MONDAY, MONDAY, 1, late)
    for key in reversed(keys):
        other.quotes([key], late)
    other.quotes(keys, at(WEDNESDAY, 10))
    second = [bytes_of(other.quotes(keys, t)) for t in (late, early)]
    assert first == second[::-1]
    assert bytes_of(Market(seed=8).quotes(keys, late)) != first[1]


def test_a_key_is_the_same_alone_and_among_others(market):
    keys, now = few(market), at(MONDAY, 11, 11, 11)
    together = market.quotes(keys, now)
    for i, key in enumerate(keys):
        alone = market.quotes([key], now)
        for f in fields(Quotes):
            a, b = getattr(alone, f.name)[0], getattr(together, f.name)[i]
            if f.name == "iv":  # solved for all at one go: its last bits are those of the company
                np.testing.assert_allclose(a, b, rtol=1e-12, err_msg=key)
            else:
                assert np.array_equal(a, b, equal_nan=True), (key, f.name)


def test_activity_changes_how_often_books_move_and_nothing_that_trades(market):
    keys, now = few(market), at(MONDAY, 13)
    busy = Market(seed=7, activity=5.0)
    a, b = market.quotes(keys, now), busy.quotes(keys, now)
    for name in ("ltp", "ltt", "high", "low", "volume", "close"):
        assert np.array_equal(getattr(a, name), getattr(b, name))

    def moves(m: Market) -> int:
        times = range(now, now + 10_000, 50)
        return sum(int(m.changed(keys, t, t + 50).sum()) for t in times)

    assert moves(busy) > 1.5 * moves(market)


@pytest.mark.parametrize("index", [0, 1, 2, 3, 5, 9])
def test_minute_bars_are_the_tape_of_the_quotes(market, index: int):
    key = few(market)[index]
    bars = market.bars(key, MONDAY, MONDAY, 1, DAY_END)
    seen = 0
    for i in range(0, len(bars), 3):
        q = market.quotes([key], (int(bars.time[i]) + 60) * 1000 - 1)
        assert int(q.m_time[0]) == int(bars.time[i]) * 1000
        got = [float(getattr(q, "m_" + n)[0]) for n in ("open", "high", "low", "close", "volume")]
        names = ("open", "high", "low", "close", "volume")
        assert got == [float(getattr(bars, n)[i]) for n in names]
        seen += 1
    assert seen > 50
    end = market.quotes([key], DAY_END)
    assert float(end.high[0]) == bars.high.max()
    assert float(end.low[0]) == bars.low.min()
    assert float(end.open[0]) == bars.open[0]
    assert float(end.ltp[0]) == bars.close[-1]
    assert int(end.volume[0]) == bars.volume.sum()


def test_every_trade_seen_in_the_quotes_makes_up_the_minutes_bar(market):
    key = option(market, 24200, "CE").key
    start = at(MONDAY, 12, 30)
    market.quotes([key], start)
    traded: dict[int, float] = {}
    for t in range(start, start + 60_000, 80):
        q = market.quotes([key], t)
        if q.ltt[0] >= start:
            traded[int(q.ltt[0])] = float(q.ltp[0])
    bar = market.bars(key, MONDAY, MONDAY, 1, DAY_END)
    i = int(np.flatnonzero(bar.time == start // 1000)[0])
    prices = [traded[t] for t in sorted(traded)]
    assert len(prices) >= 5
    assert (prices[0], prices[-1]) == (bar.open[i], bar.close[i])
    assert (max(prices), min(prices)) == (bar.high[i], bar.low[i])


def test_bars_never_go_beyond_now_and_the_last_one_grows(market):
    now = at(MONDAY, 10, 0, 30)
    bars = market.bars(NIFTY, date(2026, 11, 19), MONDAY, 1, now)
    assert bars.time[-1] == at(MONDAY, 10) // 1000
    assert float(market.quotes([NIFTY], now).ltp[0]) == bars.close[-1]
    assert np.all(np.diff(bars.time) > 0)
    assert len(market.bars(NIFTY, WEDNESDAY, WEDNESDAY, 1, now)) == 0


def test_longer_bars_and_days_are_made_of_the_minutes(market):
    friday = date(2026, 11, 20)
    key = option(market, 24200, "PE").key
    minutes = market.bars(key, friday, friday, 1, DAY_END)
    hours = market.bars(key, friday, friday, 60, DAY_END)
    assert hours.time[0] == at(friday, 9, 15) // 1000
    assert set(np.diff(hours.time).tolist()) == {3600}
    assert hours.volume.sum() == minutes.volume.sum()
    assert (hours.high.max(), hours.low.min()) == (minutes.high.max(), minutes.low.min())
    for k in (key, NIFTY, RELIANCE):
        fine = market.bars(k, friday, friday, 1, DAY_END)
        day = market.day_bars(k, friday, friday, DAY_END)
        assert [day.open[0], day.high[0], day.low[0], day.close[0]] == [
            fine.open[0],
            fine.high.max(),
            fine.low.min(),
            fine.close[-1],
        ]
        assert day.volume[0] == fine.volume.sum()
        assert day.time[0] == at(friday, 0) // 1000


@pytest.mark.parametrize("key", [NIFTY, VIX, RELIANCE, "NSE_EQ|INE467B01029"])
@pytest.mark.parametrize("first", [date(2022, 1, 3), date(2025, 10, 16), date(2026, 7, 27)])
def test_days_made_without_their_minutes_agree_with_them(market, key: str, first: date):
    last = first + timedelta(days=10)
    days = market.day_bars(key, first, last, DAY_END)
    assert len(days) >= 5
    for i, start in enumerate(days.time.tolist()):
        day = datetime.fromtimestamp(start, IST).date()
        fine = market.bars(key, day, day, 1, DAY_END)
        ends = (fine.open[0], fine.high.max(), fine.low.min(), fine.close[-1])
        assert (days.open[i], days.high[i], days.low[i], days.close[i]) == ends
        assert days.volume[i] == fine.volume.sum()


def test_the_tape_of_all_that_is_listed_stays_small():
    small = Market(seed=7, underlyings=["NIFTY", "TCS"])
    keys = list(small.listed(MONDAY))
    small.quotes(keys, at(MONDAY, 10))
    tape = small._board_at(DAY_END).tape
    small.quotes(keys, DAY_END)
    assert sum(column.nbytes for column in tape._data.values()) < 4_000 * len(keys)


def test_a_days_close_is_the_next_days_previous_close(market):
    keys = few(market)
    last = market.quotes(keys, at(MONDAY, 20))
    following = market.quotes(keys, at(WEDNESDAY, 9, 14))
    assert np.array_equal(last.ltp, following.close)
    assert np.array_equal(following.ltp, following.close)  # nothing has traded yet
    assert not following.volume.any()
    assert not following.open.any()
    assert np.array_equal(last.oi, following.oi_prev)
    assert np.array_equal(market.quotes(keys, at(date(2026, 11, 24), 12)).ltp, last.ltp)


def test_history_from_2000_ends_in_the_present(market):
    days = market.day_bars(NIFTY, date(2000, 1, 1), date(2000, 12, 31), DAY_END)
    assert len(days) > 240
    assert np.all(days.high >= np.maximum(days.open, days.close))
    assert np.all(days.low <= np.minimum(days.open, days.close))
    assert 1000 < days.close[-1] < 3000
    today = market.day_bars(NIFTY, MONDAY, MONDAY, at(MONDAY, 11))
    assert today.close[0] == market.spot("NIFTY", at(MONDAY, 11))
    assert len(market.bars(NIFTY, date(2021, 1, 1), date(2021, 1, 5), 1, DAY_END)) == 0


def test_volume_and_open_interest_evolve_sensibly(market):
    keys = few(market)[3:]
    last = np.zeros(len(keys), dtype=np.int64)
    for minute in range(0, 385, 7):
        q = market.quotes(keys, at(MONDAY, 9, 15) + minute * 60_000 + 59_000)
        assert np.all(q.volume >= last)
        assert np.all(q.oi % 65 == 0)
        assert np.all(q.oi > 0)
        last = q.volume
    chain = series(market, "NIFTY", WEEKLY, MONDAY)
    total = market.quotes([c.key for c in chain], DAY_END).oi.sum()
    assert 5e7 < total < 6e8
    calls = [c for c in chain if c.type == "CE" and abs(c.strike - 24250) < 1500]
    oi = market.quotes([c.key for c in calls], DAY_END).oi
    round_ones = np.array([c.strike % 500 == 0 for c in calls])
    assert np.median(oi[round_ones]) > 1.5 * np.median(oi[~round_ones])
    assert 24300 <= calls[int(np.argmax(oi))].strike <= 25500


def test_the_book_is_never_crossed_and_lies_on_the_tick(market):
    chain = [c.key for c in series(market, "NIFTY", WEEKLY, MONDAY)]
    future = few(market)[3]
    keys = [*chain, future, RELIANCE]
    ticks = np.array([0.05] * len(chain) + [0.1, 0.1])[:, None]
    for hour, minute in ((9, 16), (12, 0), (15, 12), (15, 39)):
        q = market.quotes(keys, at(MONDAY, hour, minute), levels=30)
        assert np.all(q.ask[:, 0] > q.bid[:, 0])
        assert np.all(q.bid >= 0)
        assert np.all((q.bid > 0) == (q.bid_qty > 0))
        assert np.all(np.diff(q.ask, axis=1) > 0)
        both = q.bid[:, 1:] > 0
        assert np.all(np.diff(q.bid, axis=1)[both] < 0)
        for side in (q.bid, q.ask):
            assert np.allclose(side / ticks, np.round(side / ticks), atol=1e-6)
        assert np.all(q.ltp >= ticks[:, 0] - 1e-9)
        assert np.all((q.ltp >= q.lower_circuit) & (q.ltp <= q.upper_circuit))
        assert np.all(q.ask[:, 0] <= q.upper_circuit)
        assert np.all((q.high >= q.ltp) | (q.volume == 0))
        assert np.all(q.year_high >= q.high)
        assert np.all((q.bid_orders > 0) == (q.bid_qty > 0))
        assert np.all(q.bid_qty[:-2] % 65 == 0)


def test_five_levels_are_the_first_of_thirty(market):
    keys, now = few(market), at(MONDAY, 10, 30)
    five, thirty = market.quotes(keys, now), market.quotes(keys, now, levels=30)
    for name in ("bid", "bid_qty", "bid_orders", "ask", "ask_qty", "ask_orders"):
        assert getattr(five, name).shape == (len(keys), 5)
        assert np.array_equal(getattr(five, name), getattr(thirty, name)[:, :5])
    assert np.array_equal(five.total_buy, thirty.total_buy)


def test_spreads_and_sizes_are_those_measured(market):
    now = at(MONDAY, 12)
    chain = [c for c in series(market, "NIFTY", WEEKLY, MONDAY) if c.type == "CE"]
    q = market.quotes([c.key for c in chain], now)
    otm = np.array([c.strike for c in chain]) / market.forward("NIFTY", WEEKLY, now) - 1
    spread = q.ask[:, 0] - q.bid[:, 0]
    money, inside, outside = np.abs(otm) < 0.005, (otm < -0.05) & (otm > -0.12), otm > 0.05
    assert 0.1 <= np.median(spread[money]) <= 0.8
    assert 8 <= np.median(spread[inside]) <= 60
    assert np.median(spread[outside]) == pytest.approx(0.05)
    assert np.median(q.ask_qty[outside, 0]) > 20 * np.median(q.ask_qty[money, 0])
    volume = q.volume
    assert np.median(volume[money]) > 5 * np.median(volume[(otm > 0.02) & (otm < 0.03)])


def test_changed_tells_exactly_when_the_newest_event_moves(market):
    keys, start = few(market), at(MONDAY, 9, 47)
    before = market.quotes(keys, start).event
    for t in range(start, start + 4_000, 100):
        flags = market.changed(keys, t, t + 100)
        event = market.quotes(keys, t + 100).event
        assert np.array_equal(flags, event > before)
        assert np.all(event <= t + 100)
        before = event


def test_nothing_changes_when_the_market_is_closed(market):
    keys = few(market)
    for moment in (at(MONDAY, 8), at(MONDAY, 9, 10), at(MONDAY, 18), at(date(2026, 11, 24), 11)):
        assert not market.changed(keys, moment, moment + 5_000).any()


def test_the_index_stands_still_through_the_closing_auction_while_options_trade(market):
    call = option(market, 24200, "CE").key
    moments = [at(MONDAY, 15, 15), at(MONDAY, 15, 25), at(MONDAY, 15, 34, 59)]
    index = [market.spot("NIFTY", t) for t in moments]
    assert len(set(index)) == 1
    assert len({float(market.quotes([call], t).ltp[0]) for t in moments}) > 1
    assert market.spot("NIFTY", at(MONDAY, 15, 35)) != index[0]
    assert market.spot("NIFTY", at(MONDAY, 15, 35)) == market.spot("NIFTY", DAY_END)
    share = [float(market.quotes([RELIANCE], t).ltp[0]) for t in moments]
    assert len(set(share)) == 1


def test_on_expiry_day_options_end_at_their_intrinsic_value(market):
    expiring = series(market, "NIFTY", MONDAY, MONDAY)
    now = at(MONDAY, 15, 39, 50)
    close = market.spot("NIFTY", now)
    near = [c for c in expiring if c.strike and abs(c.strike - close) < 1500]
    q = market.quotes([c.key for c in near], now)
    worth = np.array(
        [max(close - c.strike if c.type == "CE" else c.strike - close, 0) for c in near]
    )
    assert np.abs(0.5 * (q.bid[:, 0] + q.ask[:, 0]) - worth).max() < 30
    money = np.abs(np.array([c.strike for c in near]) - close) < 300
    assert np.abs(0.5 * (q.bid[:, 0] + q.ask[:, 0]) - worth)[money].max() < 2.5


def test_parity_of_the_quotes_gives_the_forward(market):
    now = at(MONDAY, 11)
    strikes = [24150.0, 24200.0, 24250.0, 24300.0]
    keys = [option(market, k, t).key for t in ("CE", "PE") for k in strikes]
    q = market.quotes(keys, now)
    middle = (0.5 * (q.bid[:, 0] + q.ask[:, 0])).reshape(2, 4)
    implied = np.array(strikes) + middle[0] - middle[1]
    assert np.median(implied) == pytest.approx(market.forward("NIFTY", WEEKLY, now), abs=4.0)
    assert market.forward("NIFTY", WEEKLY, now) > market.spot("NIFTY", now) - 15


def test_the_brokers_greeks_are_near_those_of_a_plain_model(market):
    q = market.quotes([option(market, 24250, t).key for t in ("CE", "PE")], at(MONDAY, 11))
    assert 0.05 < q.iv[0] < 0.4
    assert q.delta[0] - q.delta[1] == pytest.approx(1.0, abs=0.05)
    assert np.all(q.theta < 0)
    assert np.all(q.vega > 0)
    assert np.isnan(market.quotes([NIFTY], at(MONDAY, 11)).iv[0])


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 3, 2),  # a Saturday of special sessions
        date(2025, 10, 21),  # muhurat
        date(2026, 2, 1),  # the budget's Sunday
        date(2026, 7, 31),  # the last day without a closing auction
        date(2026, 8, 3),
        date(2026, 12, 29),  # the month's expiry
        date(2029, 6, 26),
    ],
)
def test_every_kind_of_day_trades(market, day: date):
    opens, closes = market.hours(day)
    listed = market.listed(day)
    symbols = ("NIFTY", "SENSEX", "TCS", "BANKEX")
    keys = [c.key for c in listed.values() if c.underlying in symbols or c.expiry is None]
    some = market.quotes(keys[::3], opens + 600_000)
    end = market.quotes(keys[::3], closes + 1)
    for q in (some, end):
        assert np.all(np.isfinite(q.ltp) & (q.ltp > 0) & (q.close > 0))
        assert np.all(q.event <= closes)
        quoted = q.ask[:, 0] > 0
        assert np.all(q.ask[quoted, 0] > q.bid[quoted, 0])
        assert np.all(q.ltp[q.upper_circuit > 0] <= q.upper_circuit[q.upper_circuit > 0])
    assert end.volume.sum() > some.volume.sum() > 0
    bars = market.bars(NIFTY, day, day, 1, closes)
    assert bars.time[0] == opens // 1000
    assert (closes - opens) // 60_000 - 6 <= len(bars) <= (closes - opens) // 60_000
    assert bars.close[-1] == market.spot("NIFTY", closes)


def test_the_worst_days_stay_within_the_circuit_limits(market):
    daily = market._daily
    first, last = daily.number(date(2022, 1, 3)), daily.number(MONDAY)
    moves = np.abs(np.diff(daily.levels("NIFTY").close[first:last]))
    for place in np.argsort(moves)[-3:]:
        day = daily.day(first + int(place) + 1)
        listed = [c for c in market.listed(day).values() if c.underlying in ("NIFTY", "TCS")]
        for moment in market.hours(day):
            q = market.quotes([c.key for c in listed], moment + 1000)
            assert np.all((q.ltp >= q.lower_circuit) & (q.ltp <= q.upper_circuit))
            quoted = q.ask[:, 0] > 0
            assert np.all((q.ask[:, 0] <= q.upper_circuit)[quoted])
            assert np.all((q.bid[:, 0] >= q.lower_circuit)[quoted & (q.bid[:, 0] > 0)])


def test_expired_contracts_have_their_bars_and_none_after(market):
    expiry = date(2026, 11, 17)
    contract = next(
        c for c in market.expired_contracts("NIFTY", expiry) if c.strike == 24000 and c.type == "CE"
    )
    days = market.day_bars(contract.key, date(2026, 9, 1), MONDAY, at(MONDAY, 11))
    assert days.time[-1] == at(expiry, 0) // 1000
    assert days.time[0] >= at(contract.listed, 0) // 1000
    minutes = market.bars(contract.key, expiry, expiry, 1, at(MONDAY, 11))
    assert len(minutes) > 300
    with pytest.raises(KeyError):
        market.quotes([contract.key], at(MONDAY, 11))


def test_a_market_of_some_underlyings_lists_only_their_derivatives():
    small = Market(seed=7, underlyings=["NIFTY"])
    listed = small.listed(MONDAY)
    assert {c.underlying for c in listed.values()} == {"NIFTY", ""}
    assert RELIANCE in listed
    with pytest.raises(KeyError):
        small.expiries("SENSEX", MONDAY)
    with pytest.raises(KeyError):
        Market(underlyings=["NOPE"])
