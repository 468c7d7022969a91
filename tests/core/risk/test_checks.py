"""Each check refuses what it is there for, with its reason, and lets exits through."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import nan

import pytest

from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Kind
from core.risk.checks import Situation, reduces, refusals, warnings
from core.risk.exposure import naked_lots, open_lots, stakes
from core.risk.limits import Limits, Standing, lock
from core.risk.limits_file import changes, from_plain, to_plain
from core.risk.sizing import lots
from core.trading.requests import OrderRequest, OrderType, Side
from tests.core.trading.samples import CALL, KEY, LISTED, LOT, NOW, OTHER, PUT, ask

D = Decimal
LIMITS = Limits(naked_lots=None)
MARKET = {"type": OrderType.MARKET, "price": D(0)}


def at(**more: object) -> Situation:
    given: dict[str, object] = {
        "now": NOW,
        "instrument": CALL,
        "bid": 149.95,
        "ask": 150.05,
        "ltp": 150.0,
        "band": (1.0, 500.0),
    }
    return Situation(**(given | more))  # type: ignore[arg-type]


def why(request: OrderRequest, situation: Situation, limits: Limits = LIMITS) -> str:
    return "; ".join(refusals(request, situation, limits))


def test_a_plain_order_passes() -> None:
    assert why(ask(), at()) == ""


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"quantity": 66}, "multiple of the lot of 65"),
        ({"price": D("150.02")}, "multiple of the tick of 0.05"),
        ({"price": D("0.95")}, "outside the day's band"),
        ({"type": OrderType.SL, "trigger_price": D("149.99")}, "trigger price 149.99"),
        ({"quantity": 1820}, "freeze quantity of 1755"),
        ({"quantity": 1755 * 25 + 65, "slice": True}, "26 slices"),
        ({"quantity": LOT * 21}, "21 lots are more than the 20"),
        ({"quantity": LOT * 20, "price": D(800)}, "₹1,040,000 is more than"),
        ({"price": D(190)}, "27 % worse"),
        ({"side": Side.SELL, "price": D(100)}, "33 % worse"),
        ({"type": OrderType.SL_M, "price": D(0), "trigger_price": D(150)}, "no stop-loss market"),
    ],
)
def test_what_the_exchange_or_a_limit_refuses_is_refused_here(
    terms: dict[str, object], words: str
) -> None:
    assert words in why(ask(**terms), at())  # type: ignore[arg-type]


def test_slices_within_the_brokers_number_pass() -> None:
    free = replace(LIMITS, order_lots=None, order_value=None)
    assert why(ask(quantity=1755 * 25, slice=True), at(), free) == ""


def test_a_cheap_option_may_move_by_a_few_ticks_and_a_better_price_by_any() -> None:
    cheap = at(bid=0.05, ask=0.10, ltp=0.05)
    assert why(ask(price=D("1.00")), cheap) == ""
    assert "worse" in why(ask(price=D("1.50")), cheap)
    assert why(ask(price=D(5)), at()) == ""
    assert "worse" not in why(ask(price=D(400)), at(bid=nan, ask=nan, ltp=nan))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"not_ready": ["log in first"]}, "log in first"),
        ({"standing": Standing.HALTED, "standing_reason": "by hand"}, "halted: by hand"),
        ({"market_open": False}, "the market is closed"),
        ({"now": NOW + timedelta(days=9)}, "expired on 25 Aug 2026"),
        ({"instrument": replace(CALL, kind=Kind.INDEX)}, "computed, not traded"),
    ],
)
def test_some_things_stop_exits_too(more: dict[str, object], words: str) -> None:
    exit = ask(Side.SELL)
    assert words in why(exit, at(held=LOT, **more))


@pytest.mark.parametrize(
    ("more", "limits"),
    [
        ({"standing": Standing.REDUCE_ONLY, "standing_reason": "by hand"}, LIMITS),
        ({"lock_reason": "the day has lost enough"}, LIMITS),
        ({"blocked": "we count 0 units, and the broker 65"}, LIMITS),
        ({"banned": True}, LIMITS),
        ({"pnl": nan}, replace(LIMITS, day_loss=D(5_000))),
        ({}, replace(LIMITS, square_off_at=time(10, 30))),
        ({"orders_today": 500}, LIMITS),
        ({}, replace(LIMITS, order_lots=0)),
        ({}, replace(LIMITS, order_value=D(100))),
    ],
)
def test_what_stops_new_risk_lets_exits_through(more: dict[str, object], limits: Limits) -> None:
    exit = ask(Side.SELL)
    assert why(exit, at(**more), limits) != ""
    assert why(exit, at(held=LOT, **more), limits) == ""


def test_an_exit_is_only_what_no_other_order_closes_already() -> None:
    exit = ask(Side.SELL)
    assert reduces(exit, at(held=LOT))
    assert not reduces(exit, at(held=LOT, exiting=LOT))
    assert not reduces(ask(Side.SELL, 2 * LOT), at(held=LOT))
    assert not reduces(exit, at(held=-LOT))
    assert not reduces(exit, at())
    assert reduces(ask(), at(held=-LOT))


def test_market_orders_need_a_price_to_go_by() -> None:
    quiet = at(bid=nan, ask=nan, ltp=nan)
    assert "has not traded" in why(ask(**MARKET), quiet)  # type: ignore[arg-type]
    assert "cannot be checked" in why(ask(**MARKET), quiet)  # type: ignore[arg-type]
    assert why(ask(**MARKET), at()) == ""  # type: ignore[arg-type]


def test_the_same_order_twice_at_once_is_a_slip() -> None:
    assert "less than 2 s ago" in why(ask(), at(alike=[NOW - timedelta(seconds=1)]))
    assert why(ask(), at(alike=[NOW - timedelta(seconds=3)])) == ""


def test_open_lots_count_what_is_held_and_ordered() -> None:
    held = {KEY: 2 * LOT}
    before = stakes(held, [(KEY, LOT), (OTHER, -LOT)], LISTED)
    assert open_lots(before) == 4
    after = stakes(held, [(KEY, LOT), (OTHER, -LOT), (KEY, 2 * LOT)], LISTED)
    assert open_lots(after) == 6
    few = replace(LIMITS, open_lots=5)
    assert "6 lots would be open, and 5" in why(ask(), at(before=before, after=after), few)
    assert why(ask(), at(before=after, after=after), few) == ""  # it adds nothing


def test_a_short_option_is_naked_until_its_hedge_is_really_held() -> None:
    far = replace(CALL, key=InstrumentKey("NSE_FO|7"), strike=24_500.0)
    listed = LISTED | {far.key: far}
    nothing = stakes({}, [], listed)
    sold = stakes({}, [(KEY, -LOT)], listed)
    strict = replace(LIMITS, naked_lots=0)
    words = why(ask(Side.SELL), at(before=nothing, after=sold), strict)
    assert "1 lot of NIFTY calls would be short and not hedged" in words
    ordered = stakes({}, [(far.key, LOT), (KEY, -LOT)], listed)
    assert "buy the hedge first" in why(ask(Side.SELL), at(after=ordered), strict)
    hedged = stakes({far.key: LOT}, [(KEY, -LOT)], listed)
    assert why(ask(Side.SELL), at(after=hedged), strict) == ""
    other_kind = stakes({OTHER: LOT}, [(KEY, -LOT)], listed)
    assert naked_lots(other_kind) == {("NIFTY", CALL.expiry, Kind.CALL): 1}
    assert "not hedged" in why(ask(Side.SELL), at(after=other_kind), strict)


def test_selling_the_hedge_leaves_the_short_one_naked() -> None:
    far = replace(CALL, key=InstrumentKey("NSE_FO|7"), strike=24_500.0)
    listed = LISTED | {far.key: far}
    before = stakes({far.key: LOT, KEY: -LOT}, [], listed)
    after = stakes({far.key: LOT, KEY: -LOT}, [(far.key, -2 * LOT)], listed)
    request = ask(Side.SELL, 2 * LOT, key=far.key)
    strict = replace(LIMITS, naked_lots=0)
    assert "not hedged" in why(request, at(before=before, after=after), strict)


def test_the_day_is_locked_by_its_loss_and_by_what_it_gives_back() -> None:
    limits = replace(LIMITS, day_loss=D(5_000), profit_lock=D(10_000), give_back=D(4_000))
    assert lock(limits, -4_999.0, 0.0) == ""
    assert "has lost ₹5,000" in lock(limits, -5_000.0, 0.0)
    assert lock(limits, 6_500.0, 9_999.0) == ""
    assert lock(limits, 8_001.0, 12_000.0) == ""
    assert "given back ₹4,000" in lock(limits, 8_000.0, 12_000.0)
    assert lock(limits, nan, nan) == ""
    assert lock(Limits(), -1e9, 0.0) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"order_lots": -1},
        {"order_value": D(0)},
        {"day_loss": D("NaN")},
        {"orders_a_second": 9},
        {"orders_a_second": 0},
        {"profit_lock": D(5)},
        {"duplicate_seconds": 61.0},
    ],
)
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RuleBroken):
        Limits(**wrong)  # type: ignore[arg-type]


def test_limits_come_back_as_they_were_kept() -> None:
    limits = Limits(order_lots=None, day_loss=D("5000.50"), square_off_at=time(15, 10))
    assert from_plain(to_plain(limits)) == limits
    assert changes(Limits(), limits) == [
        "order_lots: 20 → no limit",
        "day_loss: no limit → 5000.50",
        "square_off_at: no limit → 15:10:00",
    ]
    for wrong in ([], {"colour": 1}, {"order_lots": "x"}, {"day_loss": "x"}, {"order_lots": True}):
        with pytest.raises(BadData):
            from_plain(wrong)


def test_size_is_what_the_risk_allows_in_whole_lots() -> None:
    assert lots(D(500_000), D(1), D(150), D(120), LOT) == 2
    assert lots(D(500_000), D(1), D(120), D(150), LOT) == 2
    assert lots(D(10_000), D(1), D(150), D(120), LOT) == 0
    for wrong in ((D(0), D(1)), (D(5), D(0)), (D(5), D(101))):
        with pytest.raises(RuleBroken):
            lots(*wrong, D(2), D(1), LOT)
    with pytest.raises(RuleBroken):
        lots(D(5), D(1), D(2), D(2), LOT)
    with pytest.raises(RuleBroken):
        lots(D(5), D(1), D(2), D(1), 0)


def test_the_user_is_warned_of_the_end_of_a_contract() -> None:
    last_day = datetime(2026, 8, 25, 5, 0, tzinfo=UTC)
    assert "expires today" in warnings(ask(), at(now=last_day))[0]
    assert warnings(ask(), at()) == []
    stock = replace(PUT, underlying_key=InstrumentKey("NSE_EQ|INE002A01018"))
    assert "settled in shares" in warnings(ask(), at(instrument=stock))[0]
    assert "more than its premium" in warnings(ask(Side.SELL), at())[0]
    assert warnings(ask(), at(instrument=replace(CALL, expiry=None))) == []
    assert date(2026, 8, 25) == CALL.expiry
